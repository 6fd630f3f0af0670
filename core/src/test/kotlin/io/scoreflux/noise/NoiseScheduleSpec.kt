package io.scoreflux.noise

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.numericDouble
import io.kotest.property.checkAll
import io.scoreflux.model.relative
import java.math.BigDecimal
import java.math.MathContext
import kotlin.math.abs
import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.expm1
import kotlin.math.ln
import kotlin.math.min
import kotlin.math.sqrt

private val DIGITS = MathContext(60)
private const val BETA_MIN = 0.1
private const val BETA_MAX = 20.0

private fun big(x: Double) = BigDecimal(x)

private operator fun BigDecimal.div(other: BigDecimal): BigDecimal = divide(other, DIGITS)

/** The sum of the terms until they no longer count at 60 digits. */
private fun series(term: (Int) -> BigDecimal): Double {
    var sum = BigDecimal.ZERO
    for (k in 0..40) sum = sum.add(term(k), DIGITS)
    return sum.toDouble()
}

class NoiseScheduleSpec : FreeSpec({
    val config = PropTestConfig(seed = 20_260_110)
    val schedules =
        listOf(
            NoiseSchedule.ve(),
            NoiseSchedule.vpLinear(BETA_MIN, BETA_MAX),
            NoiseSchedule.vpCosine(),
            NoiseSchedule.flow(),
        )
    // The time of all others ends at 1.
    val unbounded = listOf(NoiseSchedule.ve())
    val variancePreserving = schedules.filter { it.name().startsWith("vp") }

    fun levels(schedule: NoiseSchedule) =
        Arb.numericDouble(ln(1e-6), ln(min(100.0, schedule.maxSigma())))

    for (schedule in schedules) {
        "${schedule.name()}: the level of a level's time is that level" {
            checkAll(config, levels(schedule)) { logSigma ->
                val s = exp(logSigma)
                // The worst condition number is that of 1 - t in flow and of tan in the cosine: about 100 at s = 100, and
                // ln(s^2) = 9 in the linear schedule; times a few roundings that is 1e-13.
                relative(schedule.sigma(schedule.time(s)), s) shouldBeLessThan 1e-12
            }
        }

        "${schedule.name()}: time grows with the level and stays below 1 where the process is finite" {
            checkAll(config, levels(schedule), Arb.numericDouble(1e-6, 1.0)) { logSigma, more ->
                val low = exp(logSigma)
                val high = exp(logSigma + more)
                (schedule.time(low) < schedule.time(high)) shouldBe true
                if (schedule !in unbounded && low <= schedule.maxSigma()) {
                    // One rounding of sigma(1) itself at the end of the linear schedule.
                    schedule.time(low) shouldBeLessThan 1 + 1e-15
                }
            }
        }
    }

    for (schedule in variancePreserving) {
        "${schedule.name()} preserves variance: alpha^2 + sigma_t^2 = 1" {
            checkAll(config, levels(schedule)) { logSigma ->
                val s = exp(logSigma)
                val alpha = schedule.alpha(s)
                // Four roundings of numbers below 1.
                abs(alpha * alpha + alpha * s * (alpha * s) - 1) shouldBeLessThan 1e-15
            }
        }
    }

    "flow lies on straight lines: alpha + sigma_t = 1 and sigma_t is the time" {
        val flow = NoiseSchedule.flow()
        checkAll(config, levels(flow)) { logSigma ->
            val s = exp(logSigma)
            val alpha = flow.alpha(s)
            // Three roundings of numbers below 1.
            abs(alpha + alpha * s - 1) shouldBeLessThan 1e-15
            relative(alpha * s, flow.time(s)) shouldBeLessThan 1e-15
        }
    }

    "ve leaves the signal alone and its time is its level" {
        val ve = NoiseSchedule.ve()
        checkAll(config, levels(ve)) { logSigma ->
            val s = exp(logSigma)
            ve.alpha(s) shouldBe 1.0
            ve.time(s) shouldBe s
            ve.sigma(s) shouldBe s
        }
        ve.maxSigma() shouldBe Double.POSITIVE_INFINITY
    }

    "vp-linear has the closed form alpha = exp(-(betaMin t + (betaMax - betaMin) t^2 / 2) / 2)" {
        checkAll(
            config,
            Arb.numericDouble(0.01, 1.0),
            Arb.numericDouble(0.0, 30.0),
            Arb.numericDouble(1e-4, 1.0),
        ) { low, more, t ->
            val schedule = NoiseSchedule.vpLinear(low, low + more)
            val integral = low * t + more * t * t / 2
            // exp and expm1 carry the integral's rounding, at most 16 ulp of it, into alpha and sigma.
            relative(schedule.sigma(t), sqrt(expm1(integral))) shouldBeLessThan 1e-13
            relative(schedule.alpha(schedule.sigma(t)), exp(-integral / 2)) shouldBeLessThan 1e-13
        }
        val largest = sqrt(expm1(0.5 * (BETA_MIN + BETA_MAX)))
        relative(NoiseSchedule.vpLinear(BETA_MIN, BETA_MAX).maxSigma(), largest) shouldBeLessThan 1e-13
    }

    "vp-cosine has alpha = cos(pi t / 2)" {
        val schedule = NoiseSchedule.vpCosine()
        checkAll(config, Arb.numericDouble(1e-4, 0.99)) { t ->
            // cos near pi / 2 is 0.016 here: its argument's rounding counts 60-fold.
            relative(schedule.alpha(schedule.sigma(t)), cos(Math.PI * t / 2)) shouldBeLessThan 3e-14
        }
    }

    "times at tiny levels keep all digits" {
        for (exponent in 1..12) {
            val s = Math.scalb(1.0, -3 * exponent)
            withClue("sigma $s") {
                // ln(1 + s^2) = s^2 - s^4 / 2 + ...; then the quadratic's positive root.
                val x = big(s).pow(2)
                val integral = (1..40).fold(BigDecimal.ZERO) { sum, k ->
                    val term = x.pow(k, DIGITS).divide(BigDecimal(k), DIGITS)
                    if (k % 2 == 1) sum.add(term, DIGITS) else sum.subtract(term, DIGITS)
                }
                val half = big(BETA_MAX).subtract(big(BETA_MIN)) / BigDecimal(2)
                val root = big(BETA_MIN).pow(2).add(BigDecimal(4) * half * integral).sqrt(DIGITS)
                val linear = (root.subtract(big(BETA_MIN)) / (BigDecimal(2) * half)).toDouble()
                relative(NoiseSchedule.vpLinear(BETA_MIN, BETA_MAX).time(s), linear) shouldBeLessThan 1e-13
                // atan(s) = s - s^3 / 3 + ...; its rounding and that of 2 / pi remain.
                val arc = series { k ->
                    big(s).pow(2 * k + 1).divide(BigDecimal(2 * k + 1), DIGITS).let {
                        if (k % 2 ==
                            0
                        ) {
                            it
                        } else {
                            it.negate()
                        }
                    }
                }
                relative(NoiseSchedule.vpCosine().time(s), arc * 2 / Math.PI) shouldBeLessThan 1e-13
                val flow = (big(s) / big(s).add(BigDecimal.ONE)).toDouble()
                relative(NoiseSchedule.flow().time(s), flow) shouldBeLessThan 1e-13
            }
        }
    }

    "levels at tiny times keep all digits" {
        for (exponent in 1..12) {
            val t = Math.scalb(1.0, -3 * exponent)
            withClue("time $t") {
                val x = big(BETA_MIN).add(big(BETA_MAX).subtract(big(BETA_MIN)) * big(t) / BigDecimal(2)) * big(t)
                var factorial = BigDecimal.ONE
                val square = (1..40).fold(BigDecimal.ZERO) { sum, k ->
                    factorial = factorial.multiply(BigDecimal(k))
                    sum.add(x.round(DIGITS).pow(k, DIGITS).divide(factorial, DIGITS), DIGITS)
                }
                val linear = square.sqrt(DIGITS).toDouble()
                relative(NoiseSchedule.vpLinear(BETA_MIN, BETA_MAX).sigma(t), linear) shouldBeLessThan 1e-13
                val flow = (big(t) / BigDecimal.ONE.subtract(big(t))).toDouble()
                relative(NoiseSchedule.flow().sigma(t), flow) shouldBeLessThan 1e-13
            }
        }
    }

    "alpha at tiny levels differs from 1 by what the series says" {
        for (exponent in 2..8) {
            val s = Math.scalb(1.0, -3 * exponent)
            // 1 - alpha = s^2 / 2 - 3 s^4 / 8 for VP, to one rounding of 1.
            for (schedule in variancePreserving) {
                abs(
                    schedule.alpha(s) - (1 - s * s / 2 + 3 * s * s * s * s / 8 - 5 * s * s * s * s * s * s / 16),
                ) shouldBeLessThan
                    4e-16 + s * s * s * s * s * s * s * s
            }
        }
    }

    "vp-linear refuses bad rates with their name and value" {
        for (bad in listOf(0.0, -0.5, Double.NaN, Double.POSITIVE_INFINITY)) {
            val message = shouldThrow<IllegalArgumentException> { NoiseSchedule.vpLinear(bad, BETA_MAX) }.message
            message shouldContain "betaMin"
            message shouldContain "$bad"
        }
        for (bad in listOf(0.05, -1.0, Double.NaN, Double.POSITIVE_INFINITY)) {
            val message = shouldThrow<IllegalArgumentException> { NoiseSchedule.vpLinear(BETA_MIN, bad) }.message
            message shouldContain "betaMax"
            message shouldContain "$bad"
        }
    }
})
