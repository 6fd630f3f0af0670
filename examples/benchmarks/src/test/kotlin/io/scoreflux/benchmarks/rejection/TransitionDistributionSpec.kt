package io.scoreflux.benchmarks.rejection

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.scoreflux.benchmarks.rejection.TransitionDistribution.Mode
import io.scoreflux.reject.ClippingBound
import io.scoreflux.reject.Fors
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.Problem
import kotlin.math.abs
import kotlin.math.sqrt

/** Laws by quadrature: nothing here is drawn. */
class TransitionDistributionSpec : StringSpec({
    val coarse = TransitionDistribution.levels(3.0, 20.0, 0.05)

    "without clipping the distribution is exact, except for the rest of the initial error" {
        // The initial Gaussian is 9.8e-6 from the exact distribution at sigma 20. Exact steps reduce this to 3.7e-8.
        TransitionDistribution.of(Mode.UNCLIPPED, 0.5, doubleArrayOf(20.0)).error shouldBeLessThan 1e-5
        TransitionDistribution.of(Mode.UNCLIPPED, 0.5, coarse).error shouldBeLessThan 1e-7
    }

    "A = 0, equal bound for each step: 6e-4 from the distribution at 260 calls, ancestral sampling 8 times as far" {
        val levels = TransitionDistribution.levels(Mode.PLAIN, 0.5, 4e-4, 20.0, 0.05)
        val plain = TransitionDistribution.of(Mode.PLAIN, 0.5, levels)
        plain.calls shouldBeLessThan 260.0
        plain.error shouldBeLessThan 6e-4
        val ancestral = TransitionDistribution.of(
            Mode.UNCORRECTED,
            0.5,
            TransitionDistribution.levels(21.0, 20.0, 0.05),
        )
        ancestral.calls shouldBeGreaterThan plain.calls
        ancestral.error / plain.error shouldBeGreaterThan 8.0
        plain.clipping shouldBeGreaterThan plain.distances
        plain.distances shouldBeGreaterThan plain.error
    }

    "the exact Jacobian with an equal bound for each step: 7e-4 from the distribution at 80 calls" {
        val levels = TransitionDistribution.levels(Mode.JACOBIAN, 0.5, 3e-4, 20.0, 0.05)
        val exact = TransitionDistribution.of(Mode.JACOBIAN, 0.5, levels)
        exact.calls shouldBeLessThan 80.0
        exact.error shouldBeLessThan 7e-4
        exact.clipping shouldBeGreaterThan exact.distances
        exact.distances shouldBeGreaterThan exact.error
    }

    "the bound that the sampler estimates is the bound by quadrature" {
        val problem = Problem(1, 20.0, 0.05, sqrt(Line.VARIANCE))
        val moments = Line.mixture().moments().get()
        for ((bound, gain) in listOf(0.5 to 8.0, 1.0 to 4.0)) {
            val law = TransitionDistribution.of(
                Mode.PLAIN,
                bound,
                TransitionDistribution.levels(gain, 20.0, 0.05),
            )
            val solver = Fors(0.1, bound, Slopes.none(), StepRule.FixedGain(gain))
            val estimate = ClippingBound()
            ChainRun(Line.mixture(), moments, problem, 1).run(solver.prepare(problem), 4_000).forEach {
                estimate.add(it.certificate())
            }
            abs(estimate.mean() - law.clipping) shouldBeLessThan 4 * estimate.standardError()
            // The estimate has a small error: chains without a clipped weight contribute to it.
            estimate.standardError() / estimate.mean() shouldBeLessThan 0.05
        }
    }

    "the clipping bound holds in 42 cases, and is below 1 with the exact Jacobian" {
        for (mode in listOf(Mode.PLAIN, Mode.JACOBIAN)) {
            for (bound in listOf(0.3, 0.5, 0.7, 1.0, 1.3, 1.6, 2.0)) {
                for (gain in listOf(1.0, 2.0, 4.0)) {
                    val law = TransitionDistribution.of(mode, bound, TransitionDistribution.levels(gain, 5.0, 0.1))
                    withClue("$mode, B = $bound, G = $gain: $law") {
                        law.error shouldBeLessThan law.clipping
                        law.distances shouldBeLessThan law.clipping
                        if (mode == Mode.JACOBIAN) law.clipping shouldBeLessThan 1.0
                    }
                }
            }
        }
    }

    "incorrect steps are detected: discarding clipped draws, shorter steps after them, and A with the opposite sign" {
        val right = TransitionDistribution.of(Mode.PLAIN, 0.7, coarse).error
        TransitionDistribution.of(Mode.DISCARDING, 0.7, coarse).error / right shouldBeGreaterThan 2.0
        // Shorter steps for the draws that are made again do not undo that others were chosen for their weights.
        TransitionDistribution.of(Mode.ADAPTING, 0.7, coarse).error / right shouldBeGreaterThan 2.0
        val exact = TransitionDistribution.of(Mode.JACOBIAN, 0.7, coarse).error
        TransitionDistribution.of(Mode.WRONG_SIGN, 0.7, coarse).error / exact shouldBeGreaterThan 5.0
    }
})
