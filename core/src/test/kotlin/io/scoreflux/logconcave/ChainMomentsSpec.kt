package io.scoreflux.logconcave

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeNaN
import io.kotest.matchers.shouldBe
import java.util.Random
import kotlin.math.sqrt

/** Autoregressive series of variance 1 and correlation rho, each around its own center. */
private fun moments(
    rho: Double,
    draws: Int,
    chains: Int = 4,
    centre: (Int) -> Double = { 0.0 },
): ChainMoments {
    val moments = ChainMoments(chains, 1)
    val random = Random(3)
    val x = DoubleArray(chains) { random.nextGaussian() }
    repeat(draws) {
        for (c in 0 until chains) {
            x[c] = rho * x[c] + sqrt(1 - rho * rho) * random.nextGaussian()
            moments.add(c, doubleArrayOf(centre(c) + x[c]))
        }
    }
    return moments
}

class ChainMomentsSpec : StringSpec({
    for (rho in listOf(0.0, 0.5, 0.9, 0.98)) {
        "finds the effective size of an autoregressive series with correlation $rho: n (1 - rho) / (1 + rho)" {
            val found = moments(rho, 50_000).coordinates()[0]
            val exact = 200_000 * (1 - rho) / (1 + rho)
            // The relative standard error of the estimate is about sqrt(2 / batches) = .07 with at least 4 x 64 batches. The limit is three of them.
            found.effectiveSize().shouldBeBetween(0.79 * exact, 1.21 * exact, 0.0)
            found.mean() shouldBe (0.0 plusOrMinus 4 / sqrt(exact))
            // The squares of an autoregressive series have the correlation rho^2.
            found.deviation() shouldBe (1.0 plusOrMinus 4 * sqrt(0.5 * (1 + rho * rho) / (1 - rho * rho) / 200_000))
            found.splitRhat() shouldBe (1.0 plusOrMinus 0.01)
        }
    }

    "agrees with two passes over the draws, with batches of single draws and with long ones" {
        for (draws in listOf(100, 1 shl 12)) {
            val random = Random(8)
            val values = List(3) { List(draws) { random.nextGaussian() * 2 + 1 } }
            val moments = ChainMoments(3, 1)
            for (k in 0 until draws) for (c in 0 until 3) moments.add(c, doubleArrayOf(values[c][k]))
            val halves = values.flatMap { listOf(it.take(draws / 2), it.drop(draws / 2)) }
            val within = halves.map { half ->
                half.sumOf { (it - half.average()) * (it - half.average()) } /
                    (half.size - 1)
            }
            val means = halves.map { it.average() }
            val between = means.sumOf { (it - means.average()) * (it - means.average()) } / 5
            val n = draws / 2.0
            val variance = within.average() * (n - 1) / n + between
            val found = moments.coordinates()[0]
            // Rounding of sums of some thousand numbers.
            found.mean() shouldBe (values.flatten().average() plusOrMinus 1e-12)
            found.deviation() shouldBe (sqrt(variance) plusOrMinus 1e-12)
            found.splitRhat() shouldBe (sqrt(variance / within.average()) plusOrMinus 1e-12)
        }
    }

    "shows chains that do not agree" {
        // The variance is 1 within chains, and 4/3 * 9/4 = 3 between the centers 0 and 3. With halves as chains, R-hat = sqrt(1 + 18/7).
        val found = moments(0.0, 2000, centre = { if (it < 2) 0.0 else 3.0 }).coordinates()[0]
        found.splitRhat() shouldBe (sqrt(1 + 18.0 / 7) plusOrMinus 0.03)
        // Two groups of chains determine the mean as accurately as a few draws.
        found.effectiveSize().shouldBeBetween(1.0, 20.0, 0.0)
    }

    "counts antithetic series as more than independent draws" {
        moments(-0.5, 20_000).coordinates()[0].effectiveSize() shouldBeGreaterThan 80_000.0 * 1.5
    }

    "returns NaN without draws, NaN for the effective size of few draws, and the value of a constant" {
        ChainMoments(2, 1).coordinates()[0].mean().shouldBeNaN()
        moments(0.0, 3).coordinates()[0].effectiveSize().shouldBeNaN()
        val constant = ChainMoments(2, 1)
        repeat(10) { for (c in 0..1) constant.add(c, doubleArrayOf(7.0)) }
        constant.coordinates()[0] shouldBe ChainMoments.Coordinate(7.0, 0.0, 20.0, 1.0)
    }

    "keeps its batches while one chain is a draw ahead at a doubling" {
        val moments = ChainMoments(2, 1)
        for (k in 0 until 129) {
            moments.add(0, doubleArrayOf(k % 2.0))
            moments.add(1, doubleArrayOf(k % 2.0))
        }
        moments.add(0, doubleArrayOf(1.0))
        // The sum of the draws is 65 for chain 0, with 130 draws, and 64 for chain 1, with 129 draws.
        moments.coordinates()[0].mean() shouldBe (129.0 / 259 plusOrMinus 1e-15)
        moments.draws() shouldBe 259L
    }

    "excludes the draws of a chain that has ended" {
        val moments = ChainMoments(3, 1)
        val others = ChainMoments(2, 1)
        for (k in 0 until 300) {
            if (k < 5) moments.add(1, doubleArrayOf(1e6))
            for (c in 0..1) {
                moments.add(2 * c, doubleArrayOf((k * k + c) % 7.0))
                others.add(c, doubleArrayOf((k * k + c) % 7.0))
            }
        }
        moments.exclude(1)
        moments.coordinates() shouldBe others.coordinates()
        moments.draws() shouldBe 600L
        moments.chains() shouldBe 2
        shouldThrow<IllegalArgumentException> { moments.add(3, doubleArrayOf(0.0)) }
    }
})
