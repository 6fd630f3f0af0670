package io.scoreflux.logconcave

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.FunctionFailedException
import io.scoreflux.error.InvalidConfigurationException
import io.scoreflux.error.SampleFailedException
import io.scoreflux.error.Violation
import io.scoreflux.stream.FaultPolicy
import java.util.function.Function
import kotlin.math.abs
import kotlin.math.cosh
import kotlin.math.exp
import kotlin.math.sinh
import kotlin.math.sqrt

/** f = cosh x. */
private val cosh = logConcave(1) { x, out -> out[0] = sinh(x[0]) }

/** E x^2 under exp(-cosh x), by the trapezoidal rule, which converges faster than any power of the step here. */
private val square = (-8000..8000).map { it / 1000.0 }.let { points ->
    points.sumOf { it * it * exp(-cosh(it)) } / points.sumOf { exp(-cosh(it)) }
}

private fun ChainEstimate.contains(vararg exact: Double) =
    exact.indices.all { abs(values()[it].value() - exact[it]) <= values()[it].halfWidth() }

private val firstAndSquare = Function<DoubleArray, DoubleArray> { x -> doubleArrayOf(x[0], x[0] * x[0]) }

private fun ProximalSampler.estimate(
    within: Double,
    most: Long = 100_000,
    function: Function<DoubleArray, DoubleArray> = firstAndSquare,
): ChainEstimate = expectation(function, within, most).block()!!

/** Small steps, so that successive draws depend on each other. */
private fun slow(
    of: LogConcave = standardNormal(2),
    configure: ProximalSamplerBuilder.() -> Unit = {},
) = plain(of) { moves(false).burnIn(200).configure() }

class ChainEstimateSpec : StringSpec({
    "intervals contain the exact expectations, for independent and for correlated draws" {
        // If exactly 95 per cent hold, 183 or fewer of 200 do with probability 0.03, and 53 or fewer of 60 likewise.
        (0L until 200).count { seed ->
            val estimate = ProximalSampler.builder(standardNormal(2)).seed(seed).build().estimate(0.08)
            estimate.reached() shouldBe true
            estimate.contains(0.0, 1.0)
        } shouldBeInRange 184..200
        (0L until 60).count { seed ->
            ProximalSampler.builder(cosh).moves(false).seed(seed).build().estimate(0.08).contains(0.0, square)
        } shouldBeInRange 54..60
        (0L until 60).count { slow { seed(it) }.estimate(0.12).contains(0.0, 1.0) } shouldBeInRange 54..60
    }

    "the half-width is that of the effective size and of all components together" {
        val sampler = slow()
        val estimate = sampler.estimate(0.12)
        val one = sampler.estimate(0.12) { doubleArrayOf(it[0]) }
        // Quantiles of the normal distribution: 1.959964 at 95 per cent, and 2.241403 at 97.5.
        for ((of, normal) in listOf(one to 1.959964, estimate to 2.241403)) {
            val mean = of.diagnostics().coordinates()[0]
            val smallest = 2.1 / 1.959964 * normal * mean.deviation() / sqrt(mean.effectiveSize())
            // The range of 20,000 normal values is about 8 deviations, and its square divided by the effective size below 0.2.
            of.values()[0].halfWidth() shouldBe (1.05 * smallest plusOrMinus 0.05 * smallest)
        }
        // As many independent draws would have an interval less than half as wide.
        val draws = estimate.diagnostics().draws()
        estimate.values()[0].halfWidth() shouldBeGreaterThan 2 * 2.4 / sqrt(draws.toDouble())
    }

    "is an estimate from the first draws of all chains, and computes no gradient after them" {
        val watched = Watched(cosh)
        val sampler = ProximalSampler.builder(watched).moves(false).seed(2).build()
        val estimate = sampler.estimate(0.05)
        val diagnostics = estimate.diagnostics()
        watched.rows.get() shouldBe
            diagnostics.gradients() + diagnostics.burnInGradients() + sampler.mode().block()!!.gradients()
        val each = diagnostics.draws() / 4
        each shouldBeGreaterThan 128
        val draws = ProximalSampler.builder(cosh).moves(false).seed(2).build().collect(each)
        estimate.values()[1].value() shouldBe
            (draws.map { it.values()[0] * it.values()[0] }.average() plusOrMinus 1e-12)
        // One look earlier, the interval was too wide, or the chains had too few effective draws.
        val looks = generateSequence(128L) { it + it / 2 }
        looks.takeWhile { it <= each }.last() shouldBe each
        sampler.estimate(0.05, most = looks.takeWhile { it < each }.last()).reached() shouldBe false
    }

    "is cold, and each subscription starts anew" {
        val watched = Watched(cosh)
        val mono = ProximalSampler.builder(watched).seed(2).build().expectation(firstAndSquare, 0.1, 100_000)
        watched.calls.get() shouldBe 0
        mono.block()!!.values() shouldBe mono.block()!!.values()
    }

    "stops at the largest number of draws, and says that the half-width is not reached" {
        val estimate = slow().estimate(0.001, most = 200)
        estimate.diagnostics().draws() shouldBe 800
        estimate.reached() shouldBe false
        estimate.within() shouldBe 0.001
    }

    "chains that do not agree do not reach a half-width, however narrow their intervals are" {
        // A normal distribution with standard deviation 1000. The chains stay near their starts, which are up to a hundred apart.
        val starts = arrayOf(doubleArrayOf(-50.0), doubleArrayOf(-49.0), doubleArrayOf(49.0), doubleArrayOf(50.0))
        val flat = logConcave(1) { x, out -> out[0] = x[0] / 1e6 }
        val estimate = plain(flat) {
            moves(false).burnIn(0).step(1e-3).initialStates(starts)
        }.estimate(1000.0, most = 512) { doubleArrayOf(it[0]) }
        estimate.diagnostics().largestRhat() shouldBeGreaterThan 1.5
        estimate.reached() shouldBe false
    }

    "each rule is needed: half-widths, R-hat, effective size, and few clipped weights" {
        fun estimate(
            deviation: Double = 1.0,
            rHat: Double = 1.0,
            size: Double = 40_000.0,
            warnings: Int = 0,
        ): ChainEstimate {
            val component = ChainMoments.Coordinate(0.0, deviation, size, rHat)
            val rules = buildList {
                if (rHat > 1.01) add(Violation.of("split R-hat", "must be at most 1.01", rHat))
                if (size < 400) add(Violation.of("the effective sample size", "must be at least 400", size))
                repeat(warnings) {
                    add(Violation.of("the fraction of weights above the bound", "must be at most 2 %", 3))
                }
            }
            val summary = Diagnostics.Summary(40_000, 4, 0, null, listOf(component), 1, 1, 0.5, 0.0, 0.0, rules)
            return ChainEstimate(summary, doubleArrayOf(1.0), 0.01051)
        }
        // 2.1 / 200 = 0.0105, and slightly more because of the range.
        estimate().reached() shouldBe true
        estimate(deviation = 1.02).reached() shouldBe false
        estimate(rHat = 1.02).reached() shouldBe false
        estimate(deviation = 0.01, size = 399.0).reached() shouldBe false
        estimate(warnings = 1).reached() shouldBe false
        estimate(deviation = Double.NaN).reached() shouldBe false
    }

    "clipping that changes the distribution is not certified" {
        // f = e^x - 0.3 x has a steep side. With safety 1, a tenth of the weights is clipped.
        val steep = logConcave(1) { x, out -> out[0] = exp(x[0]) - 0.3 }
        val estimate = plain(steep) { moves(false).safety(1.0) }.estimate(0.05, most = 30_000)
        estimate.diagnostics().overflow() shouldBeGreaterThan 0.02
        estimate.values()[0].halfWidth() shouldBeLessThan 0.2
        estimate.reached() shouldBe false
    }

    "an event that has not occurred is not certified, and neither is a constant" {
        // P(x > 3) = 0.00135. Without rules for rare values, half of the runs would end with 0 +- 0 after 512 draws.
        val tail = Function<DoubleArray, DoubleArray> { doubleArrayOf(if (it[0] > 3) 1.0 else 0.0) }
        (0L until 40).count { seed ->
            val sampler = ProximalSampler.builder(standardNormal(1)).moves(false).seed(seed).build()
            sampler.estimate(7e-4, function = tail).contains(0.0013499)
        } shouldBeInRange 36..40
        for (constant in listOf(0.0, 1.0, 0.1, 1.0 / 3, 1e6 + 0.1)) {
            val sampler = ProximalSampler.builder(standardNormal(1)).moves(false).build()
            val estimate = sampler.estimate(0.1, most = 1000) { doubleArrayOf(it[0], constant) }
            withClue(constant) {
                estimate.values()[1].halfWidth() shouldBe Double.POSITIVE_INFINITY
                estimate.values()[1].splitRhat() shouldBe 1.0
                estimate.values()[1].value() shouldBe (constant plusOrMinus 1e-9)
                estimate.reached() shouldBe false
            }
        }
    }

    "a function that throws or returns something else than finite numbers fails, and the error names the draw" {
        val sampler = ProximalSampler.builder(cosh).moves(false).build()

        fun failure(of: (DoubleArray) -> DoubleArray?) = shouldThrow<FunctionFailedException> {
            @Suppress("UNCHECKED_CAST")
            sampler.estimate(0.1, function = Function(of) as Function<DoubleArray, DoubleArray>)
        }
        failure { throw ArithmeticException("no root") }.message shouldContain "must not throw an exception"
        failure { null }.message shouldContain "must return at least one number"
        failure { doubleArrayOf() }.message shouldContain "must return at least one number"
        failure { doubleArrayOf(sqrt(it[0])) }.message shouldContain "must return finite numbers"
        var calls = 0
        failure { DoubleArray(1 + calls++ / 7) }.index() shouldBe 7
    }

    "a chain that fails makes the estimate fail, also where failed draws are skipped" {
        val bad = logConcave(1) { x, out -> out[0] = if (x[0] > 1.5) Double.NaN else x[0] }
        val sampler = plain(bad) {
            moves(false).initialStates(Array(4) { doubleArrayOf(0.0) }).faults(FaultPolicy.skip { _, _ -> })
        }
        shouldThrow<SampleFailedException> { sampler.estimate(0.1) }
    }

    "wrong arguments are refused before any gradient" {
        val watched = Watched(cosh)
        val sampler = ProximalSampler.builder(watched).build()
        shouldThrow<IllegalArgumentException> { sampler.estimate(0.0) }.message shouldContain "within"
        shouldThrow<IllegalArgumentException> { sampler.estimate(Double.NaN) }.message shouldContain "within"
        shouldThrow<IllegalArgumentException> { sampler.estimate(0.1, most = 127) }.message shouldContain "most"
        val few = ProximalSampler.builder(watched).chains(3).build()
        shouldThrow<InvalidConfigurationException> { few.estimate(0.1) }.message shouldContain "chains"
        watched.calls.get() shouldBe 0
    }
})
