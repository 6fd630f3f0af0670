package io.scoreflux

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.GaussianMixture.Component
import io.scoreflux.solve.Solver
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import kotlin.math.pow
import kotlin.math.sin
import kotlin.math.sqrt

private const val DIMENSION = 12

/** [exact], rounded to single precision, which it says is [said]. */
private class Single(private val exact: GaussianMixture, private val said: Double) : Denoiser {
    override fun dimension() = exact.dimension()

    override fun moments() = exact.moments()

    override fun rounding() = said

    override fun denoise(rows: Rows, out: DoubleArray) {
        exact.denoise(rows, out)
        for (i in 0 until rows.count() * DIMENSION) out[i] = out[i].toFloat().toDouble()
    }
}

class RoundingSpec : StringSpec({
    val float = 2.0.pow(-24)
    val double = 2.0.pow(-53)
    val exact = GaussianMixture.of(
        List(3) { c ->
            Component(1.0, DoubleArray(DIMENSION) { 2 * sin(1.7 * it + 2.1 * c) }, Covariance.isotropic(0.3))
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

    /** The true errors over what certificates say of them. */
    fun ratios(samples: List<Sample>) = samples.zip(reference) { sample, truth ->
        val squares = sample.values().zip(truth.values()) { a, b -> (a - b) * (a - b) }.sum()
        sqrt(squares) / radius / sample.certificate().error().asDouble
    }

    for (solver in listOf<Solver>(Sliding(1e-4), Picard(1e-4), Parallel(1e-4))) {
        "${solver.name()}: no certificate is below what the denoiser's digits allow" {
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

    "a denoiser that keeps its rounding to itself is believed" {
        ratios(ends(Single(exact, double), Sliding(1e-8))).max() shouldBeGreaterThan 4.0
    }

    "double precision says less than single precision could" {
        for (sample in ends(exact, Sliding(1e-10))) sample.certificate().error().asDouble shouldBeLessThan 1e-9
    }
})
