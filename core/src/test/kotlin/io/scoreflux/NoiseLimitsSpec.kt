package io.scoreflux

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.scoreflux.error.shouldBeOf
import io.scoreflux.error.violationOf
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.reject.Fors
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Solver
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding

private fun mixture(scale: Double): GaussianMixture = GaussianMixture.builder(2)
    .component(1.0, doubleArrayOf(scale, 0.0), 0.5 * scale)
    .component(1.0, doubleArrayOf(-scale, 0.5 * scale), 0.3 * scale)
    .build()

class NoiseLimitsSpec : StringSpec({
    val solvers: Map<String, Solver> = mapOf(
        "sliding" to Sliding(1e-4),
        "picard" to Picard(1e-4),
        "parallel" to Parallel(1e-4),
        "fors" to Fors(1e-2),
        "budget" to Budget(20),
    ) + Scheme.entries.associate { it.label() to FixedStep(it, 20) }

    val outside = listOf(
        (1.0 to 1e-320) to ("toSigma" to "must be at least 1e-75, or 0"),
        (1.0 to Double.MIN_VALUE) to ("toSigma" to "must be at least 1e-75, or 0"),
        (1.0 to 9e-76) to ("toSigma" to "must be at least 1e-75, or 0"),
        (1e-80 to 0.0) to ("fromSigma" to "must be at least 1e-75"),
        (1e300 to 1.0) to ("fromSigma" to "must be at most 1e75"),
        (1.1e75 to 1.0) to ("fromSigma" to "must be at most 1e75"),
        (1e300 to 1e-300) to ("toSigma" to "must be at least 1e-75, or 0"),
    )

    for ((name, solver) in solvers) {
        "$name: noise levels beyond the limits are rejected before any work" {
            for ((range, rule) in outside) {
                val violation = violationOf {
                    Sampler.builder(mixture(1.0)).solver(solver).noiseRange(range.first, range.second)
                }
                violation.shouldBeOf(
                    rule.first,
                    rule.second,
                    if (rule.first == "toSigma") range.second else range.first,
                )
                violation.remedies() shouldContain "scale the data"
            }
        }

        "$name: a target at either end of the limits has the samples of the same target at scale 1" {
            fun samples(scale: Double) = Sampler.builder(mixture(scale)).solver(solver)
                .noiseRange(20 * scale, 0.05 * scale).seed(4).build().samples(0, 4).collectList().block()!!
                .map { it.values().map { value -> value / scale } }
            val expected = samples(1.0)
            for (scale in listOf(1e-73, 1e-40, 1e40, 1e73)) {
                withClue("scale $scale") {
                    samples(scale).zip(expected).forEach { (one, other) ->
                        // Powers of ten are rounded in the last bits, and adaptive steps amplify this to at most 1e-4.
                        for (i in one.indices) one[i] shouldBe (other[i] plusOrMinus 1e-3)
                    }
                }
            }
        }
    }

    "a range of 150 decades is within the limits" {
        for (solver in listOf(Sliding(1e-4), Picard(1e-4))) {
            val sampler = Sampler.builder(
                mixture(1.0),
            ).solver(solver).noiseRange(SigmaGrid.MAX_SIGMA, SigmaGrid.MIN_SIGMA)
            val samples = sampler.build().samples(0, 2).collectList().block()!!
            samples.none { it.failed() } shouldBe true
        }
    }

    "plans and radii beyond the limits are rejected by name, as is the radius of a denoiser" {
        val plan = Plan.of(Problem(2, 1.0, 1e-100, 1.0), DoubleArray(0), 1)
        violationOf { Sampler.builder(mixture(1.0)).plan(plan).build() }
            .shouldBeOf("toSigma", "must be at least 1e-75", 1e-100)
        for (radius in listOf(1e-320, 1e-80, 1e80, 1e300)) {
            violationOf { Sampler.builder(mixture(1.0)).radius(radius) }
                .shouldBeOf("radius", "must be at least 1e-75 and at most 1e75", radius)
        }
        for (scale in listOf(1e-100, 1e100)) {
            violationOf { Sampler.builder(mixture(scale)).noiseRange(1.0, 0.1).build() }.setting() shouldBe "radius"
        }
    }

    "deviations and means with unrepresentable squares are rejected when they are set" {
        for (std in listOf(1e-320, 1e-160, 1e155, 1e300)) {
            violationOf { Covariance.isotropic(std) }
                .shouldBeOf("std", "must be at least 1.5e-154 and at most 1.3e154", std)
            violationOf { Covariance.diagonal(1.0, std) }.shouldBeOf("std[1]", "must be at least 1.5e-154", std)
        }
        for (mean in listOf(1e151, -1e300)) {
            violationOf { GaussianMixture.builder(1).component(1.0, doubleArrayOf(mean), 1.0).build() }
                .shouldBeOf("components[0].mean[0]", "must be at most 1e150 in absolute value", mean)
        }
    }
})
