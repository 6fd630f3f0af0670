package io.scoreflux

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.GaussianMixture.Component
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Solver
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import java.util.Random
import kotlin.math.abs
import kotlin.math.pow
import kotlin.math.sin
import kotlin.math.sqrt

/** [exact], rounded to single precision, with the stated rounding [said]. */
private class Single(private val exact: GaussianMixture, private val said: Double) : Denoiser {
    override fun dimension() = exact.dimension()

    override fun moments() = exact.moments()

    override fun rounding() = said

    override fun denoise(rows: Rows, out: DoubleArray) {
        exact.denoise(rows, out)
        for (i in 0 until rows.count() * dimension()) out[i] = out[i].toFloat().toDouble()
    }
}

class RoundingSpec : StringSpec({
    val float = 2.0.pow(-24)
    val double = 2.0.pow(-53)
    val exact = GaussianMixture.of(
        List(3) { c ->
            Component(1.0, DoubleArray(12) { 2 * sin(1.7 * it + 2.1 * c) }, Covariance.isotropic(0.3))
        },
    )

    fun ends(denoiser: Denoiser, solver: Solver) = Sampler.builder(denoiser)
        .noiseRange(20.0, 0.01)
        .solver(solver)
        .build()
        .samples(0, 24)
        .collectList()
        .block()!!

    val reference = ends(exact, Sliding(1e-12))
    val radius = exact.moments().get().radius()

    /** The ratios of the true errors and those of the certificates. */
    fun ratios(samples: List<Sample>) = samples.zip(reference) { sample, truth ->
        val squares = sample.values().zip(truth.values()) { a, b -> (a - b) * (a - b) }.sum()
        sqrt(squares) / radius / sample.certificate().error().asDouble
    }

    for (solver in listOf<Solver>(Sliding(1e-4), Picard(1e-4), Parallel(1e-4))) {
        "${solver.name()}: no certificate is below the rounding of the denoiser" {
            for (tolerance in listOf(1e-7, 1e-8, 1e-9)) {
                val samples = ends(Single(exact, float), solver.withTolerance(tolerance))
                val ratios = ratios(samples)
                println(
                    "${solver.name()} at $tolerance: true errors are %.2f to %.2f of those said".format(
                        ratios.min(),
                        ratios.max(),
                    ),
                )
                ratios.max() shouldBeLessThan 4.0
                for (sample in samples) {
                    val size = sqrt(sample.values().sumOf { it * it })
                    sample.certificate().error().asDouble shouldBeGreaterThan 0.999 * float * size / radius
                }
            }
        }
    }

    "the certificate trusts a denoiser that understates its rounding" {
        // Sliding sees the rounding in its pairs of evaluations.
        ratios(ends(Single(exact, double), Picard(1e-8))).max() shouldBeGreaterThan 4.0
    }

    "double precision gives certificates below the rounding of single precision" {
        for (sample in ends(exact, Sliding(1e-10))) sample.certificate().error().asDouble shouldBeLessThan 0.1 * float
    }

    // A quarter of the axes has data. The others are far narrower than the smallest level, like the margins of images, so nothing damps rounding.
    val random = Random(3)
    val narrow = GaussianMixture.of(
        List(5) {
            val mean = DoubleArray(64) { (if (it < 16) 1.0 else 0.3) * random.nextGaussian() }
            Component(1.0, mean, Covariance.diagonal(*DoubleArray(64) { if (it < 16) 0.3 else 1e-4 }))
        },
    )
    val narrowRadius = narrow.moments().get().radius()

    fun upwards(denoiser: Denoiser, solver: Solver) = Sampler.builder(denoiser)
        .noiseRange(6 * narrowRadius, narrowRadius / 7000)
        .solver(solver)
        .seed(5)
        .build()
    val data = upwards(narrow, Sliding(1e-9)).samples(0, 24).map { it.values() }.collectList().block()!!.toTypedArray()
    val noise = upwards(narrow, Sliding(1e-11)).encode(data).collectList().block()!!

    for (solver in listOf<Solver>(Sliding(1e-4), Picard(1e-4), Parallel(1e-4))) {
        "${solver.name()}: the error of encoding includes rounding, and a lower tolerance does no harm" {
            fun found(tolerance: Double) =
                upwards(Single(narrow, float), solver.withTolerance(tolerance)).encode(data).collectList().block()!!

            fun errors(samples: List<Sample>) = samples.zip(noise) { sample, truth ->
                sqrt(sample.values().zip(truth.values()) { a, b -> (a - b) * (a - b) }.sum()) / (6 * narrowRadius)
            }
            val fine = found(1e-6)
            val finer = found(1e-8)
            for (samples in listOf(fine, finer)) {
                val ratios = errors(samples).zip(samples) { error, sample ->
                    error /
                        sample.certificate().error().asDouble
                }
                println(
                    "${solver.name()} up: errors to %.1e, %.2f to %.2f of those said, %.0f calls".format(
                        errors(samples).max(),
                        ratios.min(),
                        ratios.max(),
                        samples.map { it.certificate().calls() }.average(),
                    ),
                )
                ratios.max() shouldBeLessThan 1.0
                // Rounding is 2^-24 |x| / s_min = 4e-4. The certificate contains a quarter of it, which is more than 30 of these tolerances.
                samples.count { it.certificate().status() == Status.CONVERGED } shouldBe 0
            }
            // If rounding dominates, a lower tolerance neither increases the error nor costs more calls.
            errors(finer).max() shouldBeLessThan 1.2 * errors(fine).max()
            finer.sumOf { it.certificate().calls() }.toDouble() shouldBeLessThan
                1.2 * fine.sumOf { it.certificate().calls() }
        }
    }

    "log-densities by probes in single precision agree with those in double, for each tolerance" {
        for (tolerance in listOf(1e-4, 1e-6)) {
            fun found(denoiser: Denoiser) =
                upwards(denoiser, Sliding(tolerance)).likelihood(data, Likelihood.probes(4)).collectList().block()!!
            val exact = found(narrow)
            val rounded = found(Single(narrow, float))
            val off = exact.zip(rounded) { a, b -> abs(a.logDensity() - b.logDensity()) }
            println("at $tolerance: off by up to %.1e nats of %.0f".format(off.max(), exact[0].logDensity()))
            // Probes err by (h / s)^2 of the divergence. With the rounding of a step at the smallest level, this is less than 1 nat of 300.
            off.max() shouldBeLessThan 1.0
        }
    }
})
