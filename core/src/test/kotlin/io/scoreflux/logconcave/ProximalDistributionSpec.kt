package io.scoreflux.logconcave

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.util.Random
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.expm1
import kotlin.math.ln
import kotlin.math.sqrt

/** Runs chains that start in N(0, I_10) and have steps of one length, so that they need no burn-in. */
private fun stationary(safety: Double): List<Draw> {
    val random = Random(7)
    val eta = 0.5 / (safety * sqrt(10.0))
    return plain(standardNormal(10)) {
        chains(64)
        initialStates(Array(64) { DoubleArray(10) { random.nextGaussian() } })
        burnIn(0)
        step(eta)
        seed(11)
    }.collect(3000)
}

private fun square(x: DoubleArray) = x.sumOf { it * it } / x.size

/** Returns Kolmogorov's distance times sqrt(n) of 2000 independent draws, one of each chain, which exceeds 1.95 with p < 1e-3. */
private fun distance(
    target: LogConcave,
    exact: Quadrature,
    configure: ProximalSamplerBuilder.() -> Unit,
): Double {
    val draws = ProximalSampler
        .builder(target)
        .chains(2000)
        .burnIn(300)
        .seed(5)
        .apply(configure)
        .build()
        .collect(1)
    return kolmogorov(draws.map { it.values()[0] }, exact::cdf)
}

class ProximalDistributionSpec : StringSpec({
    "keeps the variance of N(0, I_10) at bound 0.5 and safety 4, with 2 e^B - 1 gradients for each step" {
        val draws = stationary(4.0)
        val (variance, error) = draws.mean(::square)
        val summary = draws.summary(64, 10)
        withClue("variance $variance +- $error, $summary") {
            // The limit of .015 is three standard errors of this run.
            error.shouldBeBetween(0.0, 0.006, 0.0)
            variance shouldBe (1.0 plusOrMinus 0.015)
            // For 192,000 steps the mean is accurate to .3%.
            summary.gradients().toDouble() / draws.size shouldBe (2 * exp(0.5) - 1 plusOrMinus 0.03 * 2.297)
            summary.acceptance() shouldBe (exp(-0.5) plusOrMinus 0.02 * exp(-0.5))
            // std W = (pi/2) eta |H|_F = (pi/2) B / c. A normal W exceeds B, 2.55 standard deviations, with probability .011. W has longer tails.
            summary.overflow().shouldBeBetween(0.005, 0.03, 0.0)
        }
    }

    "is biased with safety 1, as a control" {
        val draws = stationary(1.0)
        val (variance, error) = draws.mean(::square)
        withClue("variance $variance +- $error") {
            variance - 1 shouldBeGreaterThan 0.02
            variance - 1 shouldBeGreaterThan 5 * error
            draws.summary(64, 10).overflow() shouldBeGreaterThan 0.3
        }
    }

    "ULA is biased at a step of the same cost, as a control" {
        // A proximal step shrinks the distance from 0 by 1 / (1 + eta), so the correlation time in gradients is (2 e^B - 1) (1 + 2 / eta).
        // A step of ULA shrinks it by 1 - h, with correlation time 2 / h - 1. The variance of ULA is 1 / (1 - h / 2).
        val eta = 0.5 / (4 * sqrt(10.0))
        val h = 2 / ((2 * exp(0.5) - 1) * (1 + 2 / eta) + 1)
        val known = Known(10, { x -> 0.5 * x.sumOf { it * it } }, { it })
        val random = Random(9)
        val chains = List(32) { chain ->
            ula(
                known,
                h,
                DoubleArray(10) {
                    random.nextGaussian()
                },
                chain.toLong(),
            ).take(100_000).map(::square).average()
        }
        val variance = chains.average()
        val error = sqrt(chains.sumOf { (it - variance) * (it - variance) } / 31 / 32)
        withClue("h $h, variance $variance +- $error") {
            variance - 1 shouldBeGreaterThan 4 * error
            variance shouldBe (1 / (1 - h / 2) plusOrMinus 4 * error)
        }
    }

    "has zero weights if A is the Hessian of a quadratic f, and draws almost independently" {
        val precision = arrayOf(doubleArrayOf(50.0, 20.0), doubleArrayOf(20.0, 10.0))
        val draws = ProximalSampler.builder(normal(precision)).seed(2).build().collect(2000)
        val summary = draws.summary(4, 2)
        summary.overflow() shouldBe 0.0
        // W is 0 up to the rounding of differences. The largest eta, 10, gives the correlation 1/11, so 1/1.2 of the draws count.
        draws[0].statistics().eta() shouldBe (10.0 plusOrMinus 1e-6)
        summary.leastEffectiveSize() shouldBeGreaterThan 8000 / 1.2 * 0.75
        // The inverse is (10, -20; -20, 50) / 100. From 6700 draws a variance is accurate to 1.7%, and the limit is four standard errors.
        summary.coordinates()[0].deviation() shouldBe (sqrt(0.1) plusOrMinus 0.035 * sqrt(0.1))
        summary.coordinates()[1].deviation() shouldBe (sqrt(0.5) plusOrMinus 0.035 * sqrt(0.5))
    }

    // f = x + e^-x + x^2 / 8 is neither quadratic nor symmetric. Its curvature is between 1/4 and e^3.
    val skewed = logConcave(1) { x, out -> out[0] = 1 - exp(-x[0]) + x[0] / 4 }
    val f = { x: Double -> x + exp(-x) + x * x / 8 }
    val anyCurvature = mapOf<String, ProximalSamplerBuilder.() -> Unit>(
        "none" to { preconditioner(Preconditioner.identity()).curvature(Curvature.none()) },
        "secants alone" to { preconditioner(Preconditioner.identity()) },
        "diagonal" to { preconditioner(Preconditioner.diagonal(1.5)).curvature(Curvature.diagonal(0.7)) },
        "dense" to {
            preconditioner(Preconditioner.dense(arrayOf(doubleArrayOf(2.0))))
                .curvature(Curvature.dense(arrayOf(doubleArrayOf(0.8))))
        },
        "the Hessian at the mode" to {},
        "too large" to { curvature(Curvature.diagonal(3.0)).step(0.3) },
    )
    for ((name, configure) in anyCurvature) {
        "the distribution is exact for any modelled curvature: $name" {
            // Steps are as long as 1 / A and do not shrink if weights are wrong. With the opposite sign of A, all cases but the first exceed 1.95.
            distance(skewed, Quadrature(-4.5, 16.0, minusLog = f)) {
                bound(1.5).step(0.5)
                configure()
            } shouldBeLessThan 1.95
        }
    }

    "frequent clipping is detected, as a control of the comparisons above" {
        distance(skewed, Quadrature(-4.5, 16.0, minusLog = f)) {
            preconditioner(Preconditioner.identity()).curvature(Curvature.none()).step(3.0)
        } shouldBeGreaterThan 1.95
    }

    val terms = mapOf(
        "a box" to Triple(ConvexTerm.box(doubleArrayOf(-0.5), doubleArrayOf(1.0)), -0.5, 1.0),
        "non-negativity" to Triple(ConvexTerm.nonNegative(1), 0.0, 16.0),
        "a half-line" to Triple(ConvexTerm.halfSpace(doubleArrayOf(-2.0), -3.0), 1.5, 16.0),
    )
    for ((name, case) in terms) {
        val (term, from, to) = case
        for (everywhere in listOf(true, false)) {
            "the distribution is exact with $name, gradient ${if (everywhere) "everywhere" else "inside alone"}" {
                val target = logConcave(1, everywhere) { x, out ->
                    check(everywhere || x[0] in from..Double.POSITIVE_INFINITY) { "asked outside, at ${x[0]}" }
                    out[0] = 1 - exp(-x[0]) + x[0] / 4
                }
                distance(target, Quadrature(from, to, minusLog = f)) { term(term) } shouldBeLessThan 1.95
            }
        }
    }

    "the distribution is exact with an L1 term, at whose kink draws collect" {
        val law = { x: Double -> f(x) + 2 * abs(x) }
        // The grid has a node at the kink.
        distance(skewed, Quadrature(-8.0, 8.0, 16_000, law)) { term(ConvexTerm.l1(2.0)) } shouldBeLessThan 1.95
    }

    "a density that is 0 with infinite slope at the boundary: gamma of shape 9" {
        val target = logConcave(1, everywhere = false) { x, out -> out[0] = 1 - 8 / x[0] }
        val law = { x: Double -> if (x == 0.0) Double.POSITIVE_INFINITY else x - 8 * ln(x) }
        distance(target, Quadrature(0.0, 40.0, 40_000, law)) {
            term(ConvexTerm.nonNegative(1)).preconditioner(Preconditioner.diagonal(3.0)).burnIn(500)
        } shouldBeLessThan 1.95
    }

    "a normal distribution in a box agrees with quadrature: moments in the plane" {
        // Precision (2, 1; 1, 2) on [0, 1] x [-1, .5].
        val draws = ProximalSampler
            .builder(normal(arrayOf(doubleArrayOf(2.0, 1.0), doubleArrayOf(1.0, 2.0))))
            .term(ConvexTerm.box(doubleArrayOf(0.0, -1.0), doubleArrayOf(1.0, 0.5)))
            .chains(64)
            .burnIn(100)
            .build()
            .collect(3000)
        val n = 600
        val sums = DoubleArray(6)
        for (i in 0 until n) {
            for (j in 0 until n) {
                val x = (i + 0.5) / n
                val y = -1 + 1.5 * (j + 0.5) / n
                val p = exp(-x * x - x * y - y * y)
                doubleArrayOf(1.0, x, y, x * x, x * y, y * y).forEachIndexed { k, m -> sums[k] += p * m }
            }
        }
        val moments = listOf<
            (
                DoubleArray,
            ) -> Double,
        >({ it[0] }, { it[1] }, { it[0] * it[0] }, { it[0] * it[1] }, {
            it[1] *
                it[1]
        })
        moments.forEachIndexed { k, of ->
            val (mean, error) = draws.mean(of)
            // The midpoint rule is exact to 1e-6. Four standard errors for each of five moments.
            withClue("moment $k: $mean +- $error, exactly ${sums[k + 1] / sums[0]}") {
                error shouldBeLessThan 0.003
                mean shouldBe (sums[k + 1] / sums[0] plusOrMinus 4 * error)
            }
        }
    }

    "the cost of a step does not depend on clipping: e^-B and 2 e^B - 1 for B of .3 and 1" {
        for (bound in listOf(0.3, 1.0)) {
            val summary = plain(standardNormal(4)) { bound(bound).burnIn(400).chains(16) }.collect(2000).summary(16, 4)
            withClue(summary) {
                summary.overflow() shouldBeLessThan 0.03
                summary.acceptance() shouldBe (exp(-bound) plusOrMinus 0.02 * exp(-bound))
                summary.gradients() / 32_000.0 shouldBe (1 + 2 * expm1(bound) plusOrMinus 0.03 * (1 + 2 * expm1(bound)))
            }
        }
    }

    for (weight in listOf(1e5, 1e9, 1e160)) {
        "draws from a dominant L1 term have the Laplace distribution and are not 0: weight $weight" {
            for (scaled in listOf(true, false)) {
                val draws = ProximalSampler
                    .builder(standardNormal(1))
                    .apply { if (!scaled) preconditioner(Preconditioner.identity()) }
                    .term(ConvexTerm.l1(weight))
                    .chains(2000)
                    .burnIn(20)
                    .build()
                    .collect(1)
                // |x| w is exponential with mean 1 and standard deviation 1. The limit is four standard errors of 2000 draws.
                draws.map { abs(it.values()[0]) * weight }.average() shouldBe (1.0 plusOrMinus 4 / sqrt(2000.0))
            }
        }
    }

    for (offset in listOf(1e6, 1e17, 1e300)) {
        "a boundary far away does not change the distribution: x_1 <= $offset" {
            val draws = ProximalSampler
                .builder(standardNormal(3))
                .term(ConvexTerm.halfSpace(doubleArrayOf(1.0, 0.0, 0.0), offset))
                .chains(2000)
                .burnIn(50)
                .seed(5)
                .build()
                .collect(1)
            val law = Quadrature(-8.0, 8.0, minusLog = { 0.5 * it * it })
            kolmogorov(draws.map { it.values()[0] }, law::cdf) shouldBeLessThan 1.95
        }
    }

    "rounding leads neither draws nor queries out of a half-space, and their distances are correct: slopes to 1e13" {
        val random = Random(3)
        for (slope in listOf(1e3, 1e6, 1e9, 1e13)) {
            val normal = DoubleArray(3) { random.nextGaussian() }
            val length = sqrt(normal.sumOf { it * it })
            for (i in normal.indices) normal[i] /= length
            val offset = random.nextGaussian()

            fun along(x: DoubleArray) = normal[0] * x[0] + normal[1] * x[1] + normal[2] * x[2]
            val target = logConcave(3, everywhere = false) { x, out ->
                check(along(x) <= offset) { "asked outside, at ${along(x)} > $offset" }
                for (i in out.indices) out[i] = -slope * normal[i] + x[i]
            }
            val draws = ProximalSampler
                .builder(target)
                .preconditioner(Preconditioner.identity())
                .term(ConvexTerm.halfSpace(normal, offset))
                // Differences of numbers of 1e13 are dominated by rounding.
                .asymmetryLimit(1.0)
                .chains(1000)
                .burnIn(20)
                .seed(slope.toLong())
                .build()
                .collect(1)
            withClue("slope $slope") {
                draws.count { it.failed() } shouldBe 0
                draws.count { along(it.values()) > offset } shouldBe 0
                // The distance is exponential with rate slope - offset: four standard errors. At 1e13 it is a thousand times the rounding of a state.
                draws.map { (offset - along(it.values())) * (slope - offset) }.average() shouldBe
                    (1.0 plusOrMinus 4 / sqrt(1000.0))
            }
        }
    }

    "rounding leads neither draws nor queries out of a box" {
        val random = Random(1)
        for (trial in 0 until 60) {
            val low = random.nextDouble()
            val target = logConcave(1, everywhere = false) { x, out ->
                check(x[0] >= low) { "asked outside, at ${x[0]} < $low" }
                out[0] = 1e13 + 1e10 * (x[0] - low)
            }
            val draws = ProximalSampler
                .builder(target)
                .preconditioner(Preconditioner.diagonal(exp(random.nextGaussian())))
                .term(ConvexTerm.box(doubleArrayOf(low), doubleArrayOf(Double.POSITIVE_INFINITY)))
                .chains(2)
                .burnIn(20)
                .seed(trial.toLong())
                .build()
                .collect(30)
            draws.forEach { withClue(it) { (it.values()[0] >= low) shouldBe true } }
        }
    }
})
