package io.scoreflux.kotlin

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.SampleFailedException
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import org.jetbrains.kotlinx.multik.api.mk
import org.jetbrains.kotlinx.multik.api.ndarray
import org.jetbrains.kotlinx.multik.ndarray.data.D2
import org.jetbrains.kotlinx.multik.ndarray.data.get
import org.jetbrains.kotlinx.multik.ndarray.data.set
import org.jetbrains.kotlinx.multik.ndarray.data.slice
import org.jetbrains.kotlinx.multik.ndarray.operations.times

class MultikSpec : StringSpec({
    val mixture = GaussianMixture.builder(
        2,
    ).component(0.7, doubleArrayOf(1.0, 0.0), 0.3).component(0.3, doubleArrayOf(-1.0, 0.5), 0.4).build()
    val sampler = sampler {
        target { denoiser(mixture) }
        reverseProcess { from(20.0).to(0.05) }
    }

    "samples convert to a matrix and back" {
        val samples = sampler.asFlow(to = 5).toList()
        val matrix = samples.toD2Array()
        matrix.shape.toList() shouldContainExactly listOf(5, 2)
        matrix.toRows().map { it.toList() } shouldBe samples.map { it.values().toList() }
        samples[3].toD1Array().toValues().toList() shouldBe samples[3].values().toList()
        // The matrix is a copy, so the samples do not change.
        matrix[0, 0] = 99.0
        samples[0].values()[0] shouldBe sampler.asFlow(to = 1).toList().toD2Array()[0, 0]
    }

    "views share their array, copies do not" {
        val numbers = doubleArrayOf(1.0, 2.0, 3.0, 4.0)
        val view = numbers.asD2Array(2)
        numbers[3] = 40.0
        view[1, 1] shouldBe 40.0
        view[0, 0] = 10.0
        numbers[0] shouldBe 10.0
        val rows = view.toRows()
        rows[0][0] = 0.0
        numbers[0] shouldBe 10.0
        numbers.asD1Array().toValues() shouldBe numbers
        shouldThrow<IllegalArgumentException> { numbers.asD2Array(3) }.message shouldContain
            "divide the array's size 4, was 3"
        shouldThrow<IllegalArgumentException> { arrayOf(doubleArrayOf(1.0), doubleArrayOf()).toD2Array() }
            .message shouldContain "rows[1] must have 1 numbers like the first, was 0"
    }

    "slices and transposes of arrays are read correctly" {
        val matrix = mk.ndarray(mk[mk[1.0, 2.0, 3.0], mk[4.0, 5.0, 6.0]])
        matrix.transpose().toRows().map { it.toList() } shouldBe
            listOf(listOf(1.0, 4.0), listOf(2.0, 5.0), listOf(3.0, 6.0))
        matrix[1].toValues().toList() shouldBe listOf(4.0, 5.0, 6.0)
        matrix.slice<Double, D2, D2>(1..2, axis = 1).toRows().map { it.toList() } shouldBe
            listOf(listOf(2.0, 3.0), listOf(5.0, 6.0))
        matrix.transpose()[2].toValues().toList() shouldBe listOf(3.0, 6.0)
    }

    "Multik arrays give the same mixtures and states as plain arrays" {
        val matrix = mk.ndarray(mk[mk[0.04, 0.01], mk[0.01, 0.09]])
        val arrays = gaussianMixtureOf {
            component(0.4, mk.ndarray(mk[1.0, 0.0]), std = 0.3)
            component(0.3, mk.ndarray(mk[0.0, 1.0]), std = mk.ndarray(mk[0.1, 0.2]))
            component(0.3, mk.ndarray(mk[0.0, -1.0]), covariance = matrix)
        }
        val plain = gaussianMixtureOf {
            component(0.4, doubleArrayOf(1.0, 0.0), std = 0.3)
            component(0.3, doubleArrayOf(0.0, 1.0), std = doubleArrayOf(0.1, 0.2))
            component(0.3, doubleArrayOf(0.0, -1.0), io.scoreflux.model.Covariance.full(matrix.toRows()))
        }
        val rows = Rows(2, 1).also { it.append(doubleArrayOf(0.3, 0.2), 0, 0.5) }
        val answers = listOf(arrays, plain).map { mixture ->
            DoubleArray(2).also { mixture.denoise(rows, it) }.toList()
        }
        answers[0] shouldBe answers[1]
        val states = mk.ndarray(mk[mk[3.0, -4.0], mk[0.0, 10.0]])
        sampler.decodeAsFlow(states).map { it.values().toList() }.toList() shouldBe
            sampler.decode(states.toRows()).map { it.values().toList() }.collectList().block()
    }

    "a Multik denoiser gives the bits of the formula, and a result of another shape fails its samples" {
        fun of(target: TargetScope.() -> Unit) = sampler {
            target {
                target()
                radius = 1.4
            }
            reverseProcess { from(20.0).to(0.05) }
            fixedStep(Scheme.HEUN, 20)
        }
        val formula = of { denoiser(2) { z, sigma, out -> for (i in 0..1) out[i] = z[i] * (1 / (1 + sigma * sigma)) } }
        val multik = of {
            multikDenoiser(2) { z, sigma ->
                for (row in 0 until sigma.size) {
                    for (i in 0..1) z[row, i] = z[row, i] * (1 / (1 + sigma[row] * sigma[row]))
                }
                z
            }
        }
        multik.asFlow(to = 6).toList().toD2Array() shouldBe formula.asFlow(to = 6).toList().toD2Array()
        val wrong = of { multikDenoiser(2) { z, _ -> z.transpose() } }
        val failure = wrong.asFlow(to = 1).toList().single().certificate().failure()!!
        failure.message() shouldContain "the denoiser's result must be a matrix of 1 x 2, was 2 x 1"
    }

    "matrices contain no failed samples" {
        val half = object : Denoiser {
            override fun dimension() = 2

            override fun moments() = mixture.moments()

            override fun denoise(rows: Rows, out: DoubleArray) {
                mixture.denoise(rows, out)
                for (row in 0 until rows.count()) {
                    if (rows.sigma(row) < 0.1 &&
                        rows.values()[2 * row] < 0
                    ) {
                        out[2 * row] = Double.NaN
                    }
                }
            }
        }
        val failing = sampler {
            target { denoiser(half) }
            reverseProcess { from(20.0).to(0.05) }
        }
        val samples = failing.asFlow(to = 30).toList()
        val good = samples.filterNot { it.failed() }
        (good.size in 5..25) shouldBe true
        val batches = failing.asFlow(to = 30).matrices(4).toList()
        batches.map { it.shape[0] }.dropLast(1).toSet() shouldBe setOf(4)
        batches.flatMap { it.toRows().toList() }.map { it.toList() } shouldBe good.map { it.values().toList() }
        shouldThrow<SampleFailedException> { samples.toD2Array() }
    }

    "running moments agree with the two-pass formulas" {
        val samples = sampler.asFlow().take(200).toList()
        val counts = sampler.asFlow().take(200).map { it }.runningMoments().map { it.count }.toList()
        counts shouldBe (1L..200L).toList()
        val moments = sampler.asFlow().take(200).moments()
        val values = samples.map { it.values() }
        val mean = List(2) { axis -> values.sumOf { it[axis] } / 200 }
        for (i in 0..1) {
            // A few rounding errors of numbers of order 1.
            moments.mean()[i] shouldBe (mean[i] plusOrMinus 1e-13)
            for (j in 0..1) {
                val exact = values.sumOf { (it[i] - mean[i]) * (it[j] - mean[j]) } / 199
                moments.covariance()[i, j] shouldBe (exact plusOrMinus 1e-13)
            }
        }
        // Five standard errors of 200 samples: the variance of the mixture is about 1.
        moments.mean()[0] shouldBe (0.4 plusOrMinus 5 / kotlin.math.sqrt(200.0))
        shouldThrow<IllegalStateException> { RunningMoments(1).mean() }.message shouldContain "add one"
        shouldThrow<IllegalStateException> { flowOf<io.scoreflux.Sample>().moments() }.message shouldContain
            "at least one sample"
    }

    "arrays and their arithmetic need no Multik engine" {
        // The class path of these tests contains no engine.
        (mk.ndarray(mk[1.0, 2.0]) * 2.0).toValues().toList() shouldBe listOf(2.0, 4.0)
    }
})
