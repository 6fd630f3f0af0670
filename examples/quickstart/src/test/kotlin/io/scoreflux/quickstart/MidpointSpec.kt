package io.scoreflux.quickstart

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sampler
import io.scoreflux.model.GaussianMixture
import io.scoreflux.solve.Solver
import io.scoreflux.solve.SolverContract
import io.scoreflux.solve.sliding.Sliding
import java.io.File
import kotlin.math.abs
import kotlin.math.ln

/** A solver outside the library, by public classes alone. */
class MidpointSpec : StringSpec({
    val target = GaussianMixture.builder(1)
        .component(0.6, doubleArrayOf(-1.0), 0.3).component(0.4, doubleArrayOf(1.2), 0.4).build()

    fun ends(solver: Solver, stages: Int = 1) =
        Sampler.builder(target).noiseRange(20.0, 0.02).solver(solver).stages(stages).build()
            .samples(0, 20).collectList().block()!!.map { it.values()[0] }

    "keeps the contract of solvers" {
        SolverContract.of(Midpoint(0.1)).accuracy(1e-2).check()
    }

    "has order 2, in a sampler, with stages too" {
        val exact = ends(Sliding(1e-11))

        fun error(step: Double, stages: Int) =
            ends(Midpoint(step), stages).zip(exact) { mine, right -> abs(mine - right) }.average()
        for (stages in listOf(1, 4)) {
            val order = ln(error(0.05, stages) / error(0.0125, stages)) / ln(4.0)
            // Steps are divided evenly between stages, so that one may be shorter than asked for.
            order.shouldBeBetween(1.8, 2.2, 0.0)
        }
    }

    "encodes, as it follows the flow" {
        val sampler = Sampler.builder(target).noiseRange(20.0, 0.02).solver(Midpoint(0.01)).build()
        val state = arrayOf(doubleArrayOf(0.7))
        val noise = sampler.encode(state).map { it.values() }.blockLast()!!
        // Of two solves of order 2.
        abs(sampler.decode(arrayOf(noise)).blockLast()!!.values()[0] - 0.7).shouldBeBetween(0.0, 1e-3, 0.0)
    }

    "rejects a step out of range" {
        for (step in listOf(0.0, -1.0, 1.5, Double.NaN)) {
            shouldThrow<IllegalArgumentException> { Midpoint(step) }.message shouldContain "was $step"
        }
    }

    "the page shows the example as it is compiled" {
        val file = File("src/main/java/io/scoreflux/quickstart/Midpoint.java").readText()
        val blocks = Regex("(?s)```java\\n(.*?)```").findAll(File("../../docs/write-a-solver.md").readText()).toList()
        blocks.size shouldBe 2
        for (block in blocks.take(1)) {
            file.replace(Regex("\\s+"), "") shouldContain block.groupValues[1].replace(Regex("\\s+"), "")
        }
    }
})
