package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeUnique
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.reject.Fors
import io.scoreflux.reject.ForsCorrector
import io.scoreflux.reject.Metropolis
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.Solver
import io.scoreflux.solve.SolverContract
import io.scoreflux.solve.SolverDescriptor
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.picard.PicardWindows
import io.scoreflux.solve.sliding.Sliding

/** Settings that solve a Gaussian: enough calls for fixed steps, and a tolerance at which rejection sampling is fast. */
private fun SolverDescriptor.forGaussian(): Solver = when {
    name() == "fors" -> with(mapOf("tolerance" to 0.5))
    name() != "budget" && setting("calls").isPresent -> with(mapOf("calls" to 40.0))
    else -> example()
}

/** The list of solvers, and the rules for each of them. */
class SolversSpec : FreeSpec({
    "names are unique, and each finds its solver" {
        Solvers.all().map { it.name() }.shouldBeUnique()
        for (descriptor in Solvers.all()) {
            Solvers.named(descriptor.name()) shouldBe descriptor
            descriptor.example().name() shouldBe descriptor.name()
        }
        Solvers.named("picard", mapOf("tolerance" to 1e-6)) shouldBe Picard(1e-6)
        // The first is the default of front ends.
        Solvers.all().first().name() shouldBe "sliding"
        shouldThrow<IllegalArgumentException> { Solvers.named("magic") }.message shouldContain
            "solver must be one of ${Solvers.all().joinToString(", ") { it.name() }}"
    }

    "defaults are those of the records" {
        fun made(name: String, vararg values: Pair<String, Double>) = Solvers.named(name, mapOf(*values))
        made("sliding") shouldBe Sliding.DEFAULT
        made("picard") shouldBe Picard(1e-4)
        made("parallel") shouldBe Parallel(1e-4)
        made("fors") shouldBe Fors(1e-4)
        made("budget", "calls" to 20.0) shouldBe Budget(20)
        for (scheme in Scheme.entries) made(scheme.label(), "calls" to 20.0) shouldBe FixedStep(scheme, 20)
        made("sliding", "tolerance" to 1e-6, "minDegree" to 2.0, "maxDegree" to 8.0, "maxCalls" to 50.0) shouldBe
            Sliding(1e-6, 2, 8, 50)
        made("parallel", "lookAhead" to 3.0, "maxDegree" to 8.0, "maxCalls" to 50.0) shouldBe Parallel(1e-4, 3, 8, 50)
    }

    for (descriptor in Solvers.all()) {
        descriptor.name() - {
            "accepts every setting at the ends of its range, and nothing beyond" {
                for (setting in descriptor.settings()) {
                    // The highest degree must be at least the lowest.
                    val others = mutableMapOf<String, Double>()
                    if (setting.name() == "minDegree") others["maxDegree"] = setting.max()
                    for (other in descriptor.settings()) {
                        if (other.defaultValue() == null) others.putIfAbsent(other.name(), other.min())
                    }

                    fun with(value: Double) = descriptor.with(others + (setting.name() to value))
                    val largest = if (setting.whole()) setting.max() else Math.nextDown(setting.max())
                    for (value in listOf(setting.min(), largest)) {
                        with(value).name() shouldBe descriptor.name()
                        setting.contains(value) shouldBe true
                    }
                    val step = if (setting.whole()) 1.0 else Math.ulp(setting.min())
                    val beyond = listOf(setting.min() - step, Math.nextUp(largest), Double.NaN, 1.0 + setting.max())
                    for (value in beyond) {
                        shouldThrow<IllegalArgumentException> { with(value) }.message shouldContain setting.name()
                        setting.contains(value) shouldBe false
                    }
                }
                shouldThrow<IllegalArgumentException> { descriptor.with(mapOf("magic" to 1.0)) }.message shouldContain
                    "magic must be a setting of the solver ${descriptor.name()}"
            }

            "satisfies the contract of solvers" {
                val limit = if (descriptor.name() == "fors") 50_000_000 else 200_000
                SolverContract.of(descriptor.forGaussian()).maxRounds(limit).check()
            }
        }
    }

    val composed = mapOf(
        "fors by a pilot" to Fors(0.5, 0.5, Slopes.scalar(), StepRule.Pilot(32)),
        "fors of fixed gain" to Fors(0.5, 0.5, Slopes.none(), StepRule.FixedGain(8.0)),
        "sliding with Metropolis" to CorrectedSolver(Sliding(1e-4), Metropolis.of(2)),
        "heun with fors" to CorrectedSolver(FixedStep(Scheme.HEUN, 40), ForsCorrector(0.5)),
        "picard-windows" to PicardWindows(12, 8, 4),
    )
    for ((name, solver) in composed) {
        "$name satisfies the contract of solvers" {
            SolverContract.of(solver).maxRounds(50_000_000).check()
        }
    }

    "ranges have the text that front ends print" {
        Solvers.named("sliding").setting("tolerance").get().range() shouldBe "[1e-14, 1)"
        Solvers.named("budget").setting("calls").get().range() shouldBe "5 to 100"
        Solvers.named("heun").setting("calls").get().range() shouldBe "2 to 1000000"
    }
})
