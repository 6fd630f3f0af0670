package io.scoreflux.logconcave

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import org.apache.commons.statistics.distribution.NormalDistribution
import org.apache.commons.statistics.distribution.TruncatedNormalDistribution
import kotlin.math.abs
import kotlin.math.sqrt

private const val N = 20_000

/** Kolmogorov's quantile at 1e-4: each of the 22 comparisons here fails by chance for one of 10,000 seeds. */
private const val MOST = 2.23

private val INFINITY = Double.POSITIVE_INFINITY

private fun draws(
    term: ConvexTerm,
    mean: DoubleArray,
    variance: DoubleArray,
): List<DoubleArray> {
    val random = NoiseSource(5).normals(Purpose.CHAIN_STEP, 0)
    return List(N) { DoubleArray(mean.size).also { (term as Oracle).draw(mean, variance, random, it) } }
}

class OracleSpec : StringSpec({
    val intervals = listOf(
        -INFINITY to INFINITY,
        -1.0 to INFINITY,
        0.0 to INFINITY,
        0.5 to INFINITY,
        6.0 to INFINITY,
        -INFINITY to -3.0,
        -INFINITY to 0.4,
        -0.3 to 0.2,
        -3.0 to 2.0,
        1.0 to 1.2,
        2.0 to 5.0,
        -5.5 to -5.0,
        -0.1 to 7.0,
    )
    for ((low, high) in intervals) {
        "draws a normal restricted to [$low, $high]" {
            val random = NoiseSource(4).normals(Purpose.CHAIN_STEP, 0)
            val out = DoubleArray(1)
            val values = List(N) { TruncatedNormal.draw(low, high, random, out, 0).let { out[0] } }
            withClue(values.min() to values.max()) { values.all { it in low..high } shouldBe true }
            val exact = TruncatedNormalDistribution.of(0.0, 1.0, low, high)
            kolmogorov(values, exact::cumulativeProbability) shouldBeLessThan MOST
        }
    }

    "draws far in a tail, where the distribution beyond a is exponential with rate a" {
        val random = NoiseSource(4).normals(Purpose.CHAIN_STEP, 0)
        val out = DoubleArray(1)
        val beyond = List(N) { TruncatedNormal.draw(1e4, INFINITY, random, out, 0).let { (out[0] - 1e4) * 1e4 } }
        // The density of the excess is e^-v (1 - v^2 / (2 a^2) + ...), which differs by 1e-8 from the exponential.
        kolmogorov(beyond) { 1 - kotlin.math.exp(-it) } shouldBeLessThan MOST
    }

    "ends for an interval at any distance" {
        val random = NoiseSource(4).normals(Purpose.CHAIN_STEP, 0)
        val out = DoubleArray(1)
        for (low in listOf(1e20, 1e149, 1e200, Double.MAX_VALUE)) {
            for (high in listOf(2 * low, INFINITY)) {
                TruncatedNormal.draw(low, high, random, out, 0)
                out[0] shouldBe low
                TruncatedNormal.draw(-high, -low, random, out, 0)
                out[0] shouldBe -low
            }
        }
    }

    for ((weight, mean) in listOf(0.0 to 0.3, 1.0 to 0.5, 3.0 to -1.0, 0.5 to 8.0, 40.0 to 1.0, 2.0 to -60.0)) {
        "draws a normal times exp(-$weight |x|) around $mean" {
            val values = draws(ConvexTerm.l1(weight), doubleArrayOf(mean), doubleArrayOf(0.49)).map { it[0] }
            val law = { x: Double -> weight * abs(x) + (x - mean) * (x - mean) / 0.98 }
            // The bulk of the density is at the soft threshold. The grid has a node at the kink.
            val bulk = if (mean > 0) maxOf(0.0, mean - 0.49 * weight) else minOf(0.0, mean + 0.49 * weight)
            val exact = Quadrature(bulk - 8, bulk + 8) { law(it) - law(bulk) }
            kolmogorov(values, exact::cdf) shouldBeLessThan MOST
        }
    }

    "draws from a box axis by axis, and never leaves it" {
        val box = ConvexTerm.box(doubleArrayOf(-1.0, -INFINITY), doubleArrayOf(2.0, 0.5))
        val values = draws(box, doubleArrayOf(3.0, 0.0), doubleArrayOf(4.0, 0.25))
        values.all { it[0] in -1.0..2.0 && it[1] <= 0.5 } shouldBe true
        val first = TruncatedNormalDistribution.of(3.0, 2.0, -1.0, 2.0)
        val second = TruncatedNormalDistribution.of(0.0, 0.5, -INFINITY, 0.5)
        kolmogorov(values.map { it[0] }, first::cumulativeProbability) shouldBeLessThan MOST
        kolmogorov(values.map { it[1] }, second::cumulativeProbability) shouldBeLessThan MOST
        // The correlation of independent axes is N(0, 1/n). The limit is four standard deviations.
        val (a, b) = values.map { it[0] }.average() to values.map { it[1] }.average()
        val covariance = values.map { (it[0] - a) * (it[1] - b) }.average()
        val variances =
            values.map { (it[0] - a) * (it[0] - a) }.average() * values.map { (it[1] - b) * (it[1] - b) }.average()
        abs(covariance / sqrt(variances)) shouldBeLessThan 4 / sqrt(N.toDouble())
    }

    "draws from a half-space: truncated along the normal, normal across it" {
        val normal = doubleArrayOf(1.0, 2.0)
        val mean = doubleArrayOf(0.5, -0.2)
        val variance = doubleArrayOf(2.0, 0.3)
        val values = draws(ConvexTerm.halfSpace(normal, -1.0), mean, variance)
        // a.x ~ N(.1, 1 * 2 + 4 * .3) below -1. The direction V-orthogonal to the normal is independent of it.
        val along = TruncatedNormalDistribution.of(0.1, sqrt(3.2), -INFINITY, -1.0)
        kolmogorov(values.map { it[0] + 2 * it[1] }, along::cumulativeProbability) shouldBeLessThan MOST
        // cov(b.x, a.x) = b0 * 2 + 2 b1 * .3 = 0 for b = (.3, -1).
        val across = NormalDistribution.of(0.3 * 0.5 + 0.2, sqrt(0.09 * 2.0 + 0.3))
        kolmogorov(values.map { 0.3 * it[0] - it[1] }, across::cumulativeProbability) shouldBeLessThan MOST
    }

    "rejects invalid terms, with name, rule and value" {
        shouldThrow<IllegalArgumentException> { ConvexTerm.box(doubleArrayOf(1.0), doubleArrayOf(1.0)) }
            .message!! shouldContain "lower[0] must be below upper[0], was 1.0 >= 1.0"
        shouldThrow<IllegalArgumentException> { ConvexTerm.box(doubleArrayOf(Double.NaN), doubleArrayOf(1.0)) }
        shouldThrow<IllegalArgumentException> { ConvexTerm.box(doubleArrayOf(0.0), doubleArrayOf(1.0, 2.0)) }
            .message!! shouldContain "upper must have 1 numbers like lower, was 2"
        shouldThrow<IllegalArgumentException> { ConvexTerm.halfSpace(doubleArrayOf(0.0, 0.0), 1.0) }
            .message!! shouldContain "normal must have an entry other than 0"
        shouldThrow<IllegalArgumentException> { ConvexTerm.l1(1.0, -1.0) }
            .message!! shouldContain "weights[1] must be in [0.0, Infinity), was -1.0"
    }
})
