package io.scoreflux.internal.expectation

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.comparables.shouldBeLessThan
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.util.Random
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt

private const val ALPHA = 0.05
private const val INFINITE = Double.POSITIVE_INFINITY

private fun unbounded(within: Double) = MeanSettings(-INFINITE, INFINITE, within, ALPHA, false)

private fun unit(within: Double) = MeanSettings(0.0, 1.0, within, ALPHA, false)

/** One run of the rule, and whether the interval that was shown missed the truth at some time. */
private class Run(val mean: Double, val n: Long, val missed: Boolean)

private fun run(settings: MeanSettings, truth: Double, draw: () -> Double): Run {
    val mean = CertifiedMean.of(settings)
    var missed = false
    while (mean.fixedHalfWidth() > settings.within()) {
        val value = draw()
        mean.add(value, value)
        missed = missed || abs(mean.anytimeCentre() - truth) > mean.anytimeHalfWidth()
    }
    return Run(mean.mean(), mean.count(), missed)
}

class StoppingSpec : StringSpec({
    "moments are those of the textbook" {
        val numbers = listOf(3.0, -1.0, 4.0, 1.0, -5.0, 9.0)
        val moments = RunningMoments()
        moments.variance() shouldBe 0.0
        numbers.forEach(moments::add)
        moments.count() shouldBe 6
        moments.mean() shouldBe (numbers.average() plusOrMinus 1e-15)
        val squares = numbers.sumOf { (it - numbers.average()) * (it - numbers.average()) }
        moments.variance() shouldBe (squares / 5 plusOrMinus 1e-13)
    }

    "the factor of the rule is 2.1 at 95 per cent, and grows with the number of statistics as a quantile" {
        Quantiles.fixedWidth(0.05) shouldBe (2.1 plusOrMinus 1e-12)
        val ratio = Quantiles.fixedWidth(0.005) / Quantiles.fixedWidth(0.05)
        ratio * ratio shouldBe (2.05 plusOrMinus 0.005)
        Quantiles.student(15, 0.05) shouldBe (2.13145 plusOrMinus 1e-5)
        Quantiles.upper(0.025) shouldBe (1.959964 plusOrMinus 1e-6)
        Quantiles.stoppedStudent(15, 0.05) shouldBe (2.13145 * 2.1 / 1.959964 plusOrMinus 1e-5)
    }

    "the half-width of the rule is that of its formula" {
        val mean = CertifiedMean.of(unit(0.01))
        repeat(99) { mean.add((it % 2).toDouble(), (it % 2).toDouble()) }
        mean.fixedHalfWidth() shouldBe INFINITE
        mean.add(1.0, 1.0)
        // 50 ones in 100 numbers: s^2 = 25/99, r = 1.
        mean.fixedHalfWidth() shouldBe (2.1 * sqrt((25.0 / 99 + 0.01) / 100) plusOrMinus 1e-14)
        val free = CertifiedMean.of(unbounded(0.01))
        repeat(100) { free.add((it % 2).toDouble(), (it % 2).toDouble()) }
        free.fixedHalfWidth() shouldBe (2.1 * sqrt(25.0 / 99 * 1.01 / 100) plusOrMinus 1e-14)
    }

    "the predicted number of samples is the one at which the half-width is the given one" {
        val mean = CertifiedMean.of(unit(0.01))
        repeat(200) { mean.add((it % 2).toDouble(), (it % 2).toDouble()) }
        val n = mean.needed(0.02)
        2.1 * sqrt((50.0 / 199 + 1 / n) / n) shouldBe (0.02 plusOrMinus 1e-12)
    }

    "the Bernstein interval has its closed form for equal numbers, and limits what has not been seen" {
        // All numbers 0, weights 1/2: centre 0 and half-width (L + sum (m_{i-1})^2 (ln 2 - 1/2)) / (n/2), m_i = 1/(2 (i + 1)).
        val sequence = EmpiricalBernstein(0.0, 1.0, 0.2, ln(2 / ALPHA))
        sequence.halfWidth() shouldBe 1.0
        repeat(1000) { sequence.add(0.0) }
        sequence.centre() shouldBe 0.0
        val penalties = (1..1000).sumOf { 1.0 / (4.0 * it * it) } * (ln(2.0) - 0.5)
        sequence.halfWidth() shouldBe ((ln(40.0) + penalties) / 500 plusOrMinus 1e-12)
        // The same for values in [-3, 5].
        val scaled = EmpiricalBernstein(-3.0, 5.0, 1.6, ln(2 / ALPHA))
        repeat(1000) { scaled.add(-3.0) }
        scaled.centre() shouldBe (-3.0 plusOrMinus 1e-12)
        scaled.halfWidth() shouldBe (8 * sequence.halfWidth() plusOrMinus 1e-12)
    }

    "the asymptotic sequence is that of its formula, and narrowest near its target" {
        val sequence = AsymptoticSequence(ALPHA, 0.06)
        val target = 9.2 / 0.0036
        val log = -2 * ln(ALPHA)
        val q = (log + ln(log) + 1) / target
        for (n in listOf(100L, 1000L, 5000L)) {
            val nq = n * q + 1
            sequence.halfWidth(n, 1.0) shouldBe
                (sqrt(2 * nq / (n.toDouble() * n * q) * ln(sqrt(nq) / ALPHA)) plusOrMinus 1e-14)
        }
        sequence.halfWidth(target.toLong(), 1.0) shouldBe (0.06 plusOrMinus 0.003)
        AsymptoticSequence(ALPHA, 0.06).halfWidth(100, 0.0) shouldBe INFINITE
    }

    // Binomial: 500 repetitions of a rule that covers 95 per cent have at least 465 hits with probability .98.
    val laws = listOf(
        Triple("normal", unbounded(0.06), 0.0) to { r: Random -> r.nextGaussian() },
        Triple("exponential", unbounded(0.06), 1.0) to { r: Random -> -ln(1 - r.nextDouble()) },
        Triple("Bernoulli .5", unit(0.03), 0.5) to { r: Random -> if (r.nextDouble() < 0.5) 1.0 else 0.0 },
        Triple("Bernoulli .05", unit(0.01), 0.05) to { r: Random -> if (r.nextDouble() < 0.05) 1.0 else 0.0 },
        Triple("Bernoulli .005", unit(0.005), 0.005) to { r: Random -> if (r.nextDouble() < 0.005) 1.0 else 0.0 },
    )
    for ((law, draw) in laws) {
        "the rule and the interval that is shown hold for a law: ${law.first}" {
            val random = Random(7)
            val runs = List(500) { run(law.second, law.third) { draw(random) } }
            runs.count { abs(it.mean - law.third) <= law.second.within() } shouldBeGreaterThan 470
            runs.count { it.missed } shouldBeLessThan 35
        }
    }

    "an unbounded function that has not varied says nothing" {
        val mean = CertifiedMean.of(unbounded(0.1))
        repeat(5000) { mean.add(0.0, 0.0) }
        mean.informative().shouldBeFalse()
        mean.fixedHalfWidth() shouldBe INFINITE
        mean.anytimeHalfWidth() shouldBe INFINITE
        val bounded = CertifiedMean.of(unit(0.1))
        repeat(100) { bounded.add(0.0, 0.0) }
        bounded.informative().shouldBeTrue()
        bounded.fixedHalfWidth() shouldBe (0.021 plusOrMinus 1e-12)
    }

    "a bias bound has a fifth of alpha, and the factor of the rule is that of the rest" {
        val settings = MeanSettings(0.0, 1.0, 0.01, ALPHA, true)
        settings.intervalAlpha() shouldBe (0.04 plusOrMinus 1e-15)
        settings.biasAlpha() shouldBe (0.01 plusOrMinus 1e-15)
        settings.z() shouldBe Quantiles.fixedWidth(0.04)
        val free = MeanSettings(0.0, 1.0, 0.01, ALPHA, false)
        free.intervalAlpha() shouldBe ALPHA
        free.z() shouldBe Quantiles.fixedWidth(ALPHA)
    }

    "a constant has no corrections, whatever its last bits" {
        for (constant in listOf(0.1, 3.7)) {
            val random = Random(4)
            val variates = ControlVariates(3, 1)
            val mean = CertifiedMean.of(unbounded(0.1))
            val corrections = DoubleArray(1)
            repeat(2000) {
                variates.correct(DoubleArray(3) { random.nextGaussian() }, doubleArrayOf(constant), corrections)
                corrections[0] shouldBe 0.0
                mean.add(constant, constant - corrections[0])
            }
            mean.informative().shouldBeFalse()
        }
        // Numbers that vary by rounding say nothing about values that do not.
        val rounded = CertifiedMean.of(unbounded(0.1))
        repeat(2000) { rounded.add(0.1, 0.1 + 1e-16 * (it % 3)) }
        rounded.fixedHalfWidth() shouldBe INFINITE
        rounded.anytimeHalfWidth() shouldBe INFINITE
    }

    "the Bernstein interval predicts the number at which it has a half-width" {
        val sequence = EmpiricalBernstein(0.0, 1.0, 0.05, ln(2 / ALPHA))
        repeat(200) { sequence.add((it % 2).toDouble()) }
        val n = sequence.needed(0.05)
        var more = 200
        while (sequence.halfWidth() > 0.05) sequence.add((more++ % 2).toDouble())
        n shouldBe (more.toDouble() plusOrMinus 0.03 * more)
        sequence.needed(0.06) shouldBe more.toDouble()
        sequence.needed(0.001) shouldBe INFINITE
    }

    "the bias of a Lipschitz function is at most the constant times the mean error" {
        val bound = BiasBound.lipschitz(3.0, 0.01)
        bound.bound() shouldBe INFINITE
        repeat(100) { bound.add(0.0, 0.2) }
        bound.bound() shouldBe (0.6 plusOrMinus 1e-12)
        bound.boundAfter(1e12) shouldBe (0.6 plusOrMinus 1e-12)
        repeat(100) { bound.add(0.0, 0.4) }
        bound.boundAfter(4.0) - 0.9 shouldBe ((bound.bound() - 0.9) / 2 plusOrMinus 1e-12)
    }

    "a sample with a very large error makes the bound too large for any number of samples" {
        val bound = BiasBound.lipschitz(1.0, 0.01)
        repeat(999) { bound.add(0.0, 1e-3) }
        bound.add(0.0, 1e9)
        bound.boundAfter(1e12) shouldBeGreaterThan 9.9e5
    }

    "the bias of an indicator is at most the share of samples near the border, with its confidence" {
        val bound = BiasBound.indicator(2.0, 0.1, 0.01)
        repeat(1000) { bound.add(0.5, 0.01) }
        // None near the border: ln(1/alpha) / (n/2), and a little.
        bound.bound() shouldBe (ln(100.0) / 500 plusOrMinus 5e-4)
        bound.boundAfter(2.0) shouldBe (bound.bound() / 2 plusOrMinus 1e-12)
        bound.boundAfter(1e12) shouldBe (0.0 plusOrMinus 1e-12)
        // Every second sample is near the border, on either side of it.
        val half = BiasBound.indicator(2.0, 0.1, 0.01)
        repeat(4000) { half.add(listOf(0.015, 0.5, -0.015, -0.5)[it % 4], 0.01) }
        half.bound() shouldBeGreaterThan 0.5
        half.bound() shouldBeLessThan 0.55
        half.boundAfter(1e12) shouldBe (0.5 plusOrMinus 0.05)
    }

    "control variates remove what the noise explains, and nothing when it explains nothing" {
        val random = Random(3)
        val variates = ControlVariates(9, 3)
        variates.axes() shouldBe 6
        val corrections = DoubleArray(3)
        val left = List(3) { RunningMoments() }
        repeat(5000) { k ->
            val noise = DoubleArray(6) { random.nextGaussian() }
            val other = random.nextGaussian()
            val values = doubleArrayOf(
                1 + 2 * noise[0] - noise[5] + 0.1 * other,
                noise[1] * noise[2] + noise[3] * noise[3] + 0.1 * other,
                exp(0.3 * other),
            )
            variates.correct(noise, values, corrections)
            if (k < 256) corrections.toList() shouldBe listOf(0.0, 0.0, 0.0)
            if (k >= 256) left.forEachIndexed { j, moments -> moments.add(values[j] - corrections[j]) }
        }
        left[0].variance() shouldBe (0.01 plusOrMinus 0.002)
        left[0].mean() shouldBe (1.0 plusOrMinus 0.006)
        left[1].variance() shouldBe (0.01 plusOrMinus 0.002)
        left[1].mean() shouldBe (1.0 plusOrMinus 0.006)
        corrections[2] shouldBe 0.0
    }
})
