package io.scoreflux.noise

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.model.relative
import kotlin.math.PI
import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sqrt

/** The levels of a chain from its betas, in double precision: the product includes the beta of the level itself. */
private fun levels(betas: List<Double>): List<Double> {
    var square = 1.0
    return betas.map {
        square *= 1 - it
        sqrt(1 / square - 1)
    }
}

private fun between(first: Double, last: Double) = List(1000) { first + (last - first) * it / 999 }

class DiscreteScheduleSpec : FreeSpec({
    val trained = doubleArrayOf(0.001, 0.02, 0.003, 0.3, 0.1, 0.5, 0.2, 0.4)
    val schedules = mapOf(
        DiscreteSchedule.linear(1e-4, 0.02, 1000) to levels(between(1e-4, 0.02)),
        DiscreteSchedule.scaledLinear(0.00085, 0.012, 1000) to
            levels(between(sqrt(0.00085), sqrt(0.012)).map { it * it }),
        DiscreteSchedule.ofBetas(*trained) to levels(trained.toList()),
    )

    "the levels are the products of 1 - beta up to and including their own" {
        for ((schedule, exact) in schedules) {
            schedule.steps() shouldBe exact.size
            // Single precision changes 1 - alpha^2 by 6e-8, which is 6e-4 of its first value. A level that is off by one differs by 4e-3 or more.
            for ((sigma, level) in schedule.sigmas().zip(exact)) relative(sigma, level) shouldBeLessThan 6e-4
        }
    }

    "the levels of diffusers' schedulers have the same digits" {
        // From PyTorch's float tensors, converted to double.
        val linear = DiscreteSchedule.linear(1e-4, 0.02, 1000)
        linear.minSigma() shouldBe 0.01000132982421665
        linear.maxSigma() shouldBe 157.40726936571173
        val scaled = DiscreteSchedule.scaledLinear(0.00085, 0.012, 1000)
        scaled.minSigma() shouldBe 0.02916753316555422
        scaled.sigma(981.0) shouldBe 13.120415588346862
        scaled.maxSigma() shouldBe 14.614646624923662
    }

    "the cosine has its closed form until betas reach their limit" {
        fun square(t: Double) = cos((t + 0.008) / 1.008 * PI / 2).pow(2)
        val sigmas = DiscreteSchedule.squaredCosine(1000).sigmas()
        for (k in 0..998) {
            val exact = sqrt(square(0.0) / square((k + 1) / 1000.0) - 1)
            relative(sigmas[k], exact) shouldBeLessThan 1e-3
        }
        sigmas[999] / sigmas[998] shouldBe (sqrt(1000.0) plusOrMinus 0.01)
    }

    "time is the index at a level, and linear in ln sigma between levels" {
        for (schedule in schedules.keys + DiscreteSchedule.squaredCosine(1000)) {
            val sigmas = schedule.sigmas()
            for ((k, sigma) in sigmas.withIndex()) {
                schedule.time(sigma) shouldBe k.toDouble()
                schedule.sigma(k.toDouble()) shouldBe sigma
                schedule.timestep(sigma) shouldBe k.toDouble()
                if (k > 0) {
                    val part = sigmas[k - 1].pow(0.75) * sigma.pow(0.25)
                    relative(schedule.sigma(k - 0.75), part) shouldBeLessThan 1e-14
                    schedule.time(part) shouldBe (k - 0.75 plusOrMinus 1e-9)
                }
            }
        }
    }

    "outside of its levels, the time is that of the nearest level, and alpha is exact" {
        val schedule = DiscreteSchedule.linear(1e-4, 0.02, 1000)
        schedule.time(1e-3) shouldBe 0.0
        schedule.time(1e3) shouldBe 999.0
        schedule.sigma(-1.0) shouldBe schedule.minSigma()
        schedule.sigma(1000.0) shouldBe schedule.maxSigma()
        relative(schedule.alpha(1e3), 1 / sqrt(1 + 1e6)) shouldBeLessThan 1e-15
    }

    "zero terminal SNR shifts and scales alpha, and makes the last level infinite" {
        val plain = DiscreteSchedule.scaledLinear(0.00085, 0.012, 1000)
        val rescaled = plain.withZeroTerminalSnr()
        val alphas = plain.sigmas().map { 1 / sqrt(1 + it * it) }
        val sigmas = rescaled.sigmas()
        rescaled.steps() shouldBe 1000
        rescaled.hasZeroTerminalSnr() shouldBe true
        plain.hasZeroTerminalSnr() shouldBe false
        sigmas[999] shouldBe Double.POSITIVE_INFINITY
        rescaled.maxSigma() shouldBe sigmas[998]
        rescaled.time(1e9) shouldBe 998.0
        for (k in 0..998) {
            val alpha = (alphas[k] - alphas[999]) * alphas[0] / (alphas[0] - alphas[999])
            // alpha has the rounding 6e-8 of single precision, and its last value is 4e-4.
            withClue(k) { relative(sigmas[k], sqrt(1 / (alpha * alpha) - 1)) shouldBeLessThan 6e-4 }
        }
    }

    "levels can be given" {
        val schedule = DiscreteSchedule.ofSigmas(0.1, 1.0, 10.0)
        schedule.time(exp(0.5 * ln(10.0))) shouldBe (1.5 plusOrMinus 1e-15)
        shouldThrow<IllegalArgumentException> { schedule.withZeroTerminalSnr() }.message shouldBe
            "a schedule must have at least 3 levels from betas, and a finite last level, to be rescaled to zero " +
            "terminal SNR, was one of noise levels"
    }

    "what is not a chain is rejected" {
        val cases = mapOf<String, () -> Any>(
            "betaStart must be in (0, 1), was 0.0" to { DiscreteSchedule.linear(0.0, 0.02, 1000) },
            "betaEnd must be in (0, 1), was NaN" to { DiscreteSchedule.scaledLinear(0.1, Double.NaN, 1000) },
            "betas[1] must be in (0, 1), was 1.0" to { DiscreteSchedule.ofBetas(0.1, 1.0) },
            "steps must be at least 2 and at most 1048576, was 1" to { DiscreteSchedule.squaredCosine(1) },
            "levels must be positive, finite and ascending, as noise accumulates along the chain, " +
                "was s_1 = 1.0 after 1.0" to { DiscreteSchedule.ofSigmas(1.0, 1.0) },
        )
        for ((message, build) in cases) {
            shouldThrow<IllegalArgumentException> { build() }.message shouldBe message
        }
    }
})
