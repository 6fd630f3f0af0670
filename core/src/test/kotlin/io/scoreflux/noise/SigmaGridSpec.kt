package io.scoreflux.noise

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.numericDouble
import io.kotest.property.checkAll
import io.scoreflux.model.relative
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.pow

class SigmaGridSpec : FreeSpec({
    val config = PropTestConfig(seed = 20_260_111, iterations = 300)
    val ends = Arb.numericDouble(ln(1e-4), ln(100.0))
    val ratios = Arb.numericDouble(0.1, 12.0)
    val steps = Arb.int(1, 400)

    for (grid in SigmaGrid.entries) {
        "$grid has both ends exactly and goes strictly down" {
            checkAll(config, ends, ratios, steps) { end, ratio, n ->
                val to = exp(end)
                val from = exp(end + ratio)
                val levels = grid.levels(from, to, n)
                levels.size shouldBe n + 1
                levels.first() shouldBe from
                levels.last() shouldBe to
                (1..n).all { levels[it] < levels[it - 1] } shouldBe true
            }
        }

        "$grid with one step is the two ends" {
            grid.levels(80.0, 0.002, 1).toList() shouldBe listOf(80.0, 0.002)
        }

        "$grid refuses a range that does not go down, with names and values" {
            val equal = shouldThrow<IllegalArgumentException> { grid.levels(1.5, 1.5, 4) }.message
            equal shouldContain "fromSigma must be greater than toSigma"
            equal shouldContain "1.5"
            shouldThrow<IllegalArgumentException> { grid.levels(0.1, 2.5, 4) }.message shouldContain "0.1 <= 2.5"
        }

        "$grid refuses ends that are zero, negative, infinite or no numbers" {
            for (bad in listOf(0.0, -1.0, Double.NaN, Double.POSITIVE_INFINITY)) {
                val from = shouldThrow<IllegalArgumentException> { grid.levels(bad, 0.01, 4) }.message
                from shouldContain "fromSigma"
                from shouldContain "$bad"
                val to = shouldThrow<IllegalArgumentException> { grid.levels(20.0, bad, 4) }.message
                to shouldContain "toSigma"
                to shouldContain "$bad"
            }
            shouldThrow<IllegalArgumentException> { grid.levels(20.0, 0.01, 0) }.message shouldContain
                "steps must be at least 1, was 0"
        }
    }

    "UNIFORM_LOG has equal steps in ln sigma" {
        checkAll(config, ends, ratios, steps) { end, ratio, n ->
            val levels = SigmaGrid.UNIFORM_LOG.levels(exp(end + ratio), exp(end), n)
            for (i in 1..n) {
                // Two logarithms below 10 in size, each with a rounding of 1e-15 in exp's argument.
                abs(ln(levels[i - 1] / levels[i]) - ratio / n) shouldBeLessThan 1e-14
            }
        }
    }

    "KARRAS follows (a + i / n (b - a))^7 with a and b the seventh roots of the ends" {
        checkAll(config, ends, ratios, steps) { end, ratio, n ->
            val from = exp(end + ratio)
            val to = exp(end)
            val levels = SigmaGrid.KARRAS.levels(from, to, n)
            for (i in 0..n) {
                val expected = ((from.pow(1 / 7.0) * (n - i) + to.pow(1 / 7.0) * i) / n).pow(7)
                // The seventh power carries seven times the few roundings of its base.
                relative(levels[i], expected) shouldBeLessThan 1e-14
            }
        }
    }

    "KARRAS has the published 18-step levels' second entry" {
        // 80, 57.586, 40.786, ...: the table printed by NVlabs edm for sigma 0.002 to 80 in 18 levels.
        val levels = SigmaGrid.KARRAS.levels(80.0, 0.002, 17)
        relative(levels[1], 57.58598580) shouldBeLessThan 1e-6
        relative(levels[2], 40.78557103) shouldBeLessThan 1e-5
    }
})
