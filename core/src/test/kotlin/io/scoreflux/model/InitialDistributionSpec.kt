package io.scoreflux.model

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.NormalStream
import io.scoreflux.noise.Purpose
import java.util.Random
import kotlin.math.abs
import kotlin.math.sqrt

/** A stream of given numbers. */
private fun given(vararg numbers: Double): NormalStream {
    var next = 0
    return NormalStream { out, at, n -> repeat(n) { out[at + it] = numbers[next++] } }
}

class InitialDistributionSpec : FreeSpec({
    val full = arrayOf(doubleArrayOf(2.0, 0.6, -0.3), doubleArrayOf(0.6, 1.0, 0.2), doubleArrayOf(-0.3, 0.2, 0.5))
    val mean = doubleArrayOf(1.0, -2.0, 0.5)
    val cases = mapOf(
        "isotropic" to Covariance.isotropic(0.7),
        "diagonal" to Covariance.diagonal(0.1, 1.0, 3.0),
        "full" to Covariance.full(full),
    )

    for ((name, covariance) in cases) {
        "$name: the state is linear in the numbers, with L L' = s^2 I + Cov exactly" {
            for (s in listOf(0.5, 20.0)) {
                val start = InitialDistribution(3, Moments(mean, covariance), s)
                start.draw(given(0.0, 0.0, 0.0)).toList() shouldBe mean.toList()
                // Impulses give the columns of L.
                val columns = List(3) { j ->
                    val z = start.draw(given(*DoubleArray(3) { if (it == j) 1.0 else 0.0 }))
                    DoubleArray(3) { z[it] - mean[it] }
                }
                val cov = covariance.toMatrix(3)
                for (i in 0..2) {
                    for (j in 0..2) {
                        val product = columns.sumOf { it[i] * it[j] }
                        // Rounding errors of numbers up to s^2. Subtracting the mean costs a digit.
                        abs(product - cov[i][j] - (if (i == j) s * s else 0.0)) shouldBeLessThan 1e-14 * (10 + s * s)
                    }
                }
                val z = start.draw(given(0.3, -1.2, 2.5))
                val sum =
                    DoubleArray(3) { mean[it] + 0.3 * columns[0][it] - 1.2 * columns[1][it] + 2.5 * columns[2][it] }
                distance(z, sum) shouldBeLessThan 1e-14 * (10 + s)
            }
        }

        "$name: drawn states have mean m and covariance s^2 I + Cov" {
            val n = 40_000
            val s = 1.5
            val start = InitialDistribution(3, Moments(mean, covariance), s)
            val source = NoiseSource(31)
            val sum = DoubleArray(3)
            val squares = Array(3) { DoubleArray(3) }
            for (index in 0L until n) {
                val z = start.draw(source.normals(Purpose.START, index))
                for (i in 0..2) {
                    sum[i] += z[i]
                    for (j in 0..2) squares[i][j] += (z[i] - mean[i]) * (z[j] - mean[j])
                }
            }
            val expected = covariance.toMatrix(3).also { for (i in 0..2) it[i][i] += s * s }
            for (i in 0..2) {
                // Four standard errors: p = 6e-5, or 4e-4 for all means and 6e-4 for all covariances of one case.
                abs(sum[i] / n - mean[i]) shouldBeLessThan 4 * sqrt(expected[i][i] / n)
                for (j in 0..2) {
                    val error = sqrt((expected[i][i] * expected[j][j] + expected[i][j] * expected[i][j]) / n)
                    abs(squares[i][j] / n - expected[i][j]) shouldBeLessThan 4 * error
                }
            }
        }
    }

    "without moments the state is sigma times the normal numbers" {
        InitialDistribution(3, null, 20.0).draw(given(0.5, -1.0, 2.0)).toList() shouldBe listOf(10.0, -20.0, 40.0)
    }

    "a state takes one number for each axis, from its own stream" {
        var asked = 0
        val counting = NormalStream { _, _, n -> asked += n }
        for (covariance in cases.values) InitialDistribution(3, Moments(mean, covariance), 2.0).draw(counting)
        asked shouldBe 9
    }

    "a full covariance of many dimensions also has an exact factor" {
        val d = 120
        val random = Random(3)
        val q = rotation(d, random)
        val values = DoubleArray(d) { 0.01 + random.nextDouble() }
        val matrix = Array(d) { i -> DoubleArray(d) { j -> q.indices.sumOf { k -> values[k] * q[k][i] * q[k][j] } } }
        for (i in 0 until d) for (j in 0 until i) matrix[i][j] = matrix[j][i]
        val start = InitialDistribution(d, Moments(DoubleArray(d), Covariance.full(matrix)), 0.5)
        val columns = List(d) { j -> start.draw(given(*DoubleArray(d) { if (it == j) 1.0 else 0.0 })) }
        var worst = 0.0
        for (i in 0 until d) {
            for (j in 0 until d) {
                val product = columns.sumOf { it[i] * it[j] }
                worst = maxOf(worst, abs(product - matrix[i][j] - (if (i == j) 0.25 else 0.0)))
            }
        }
        // Eigenvectors and a factor of 120 rows: some hundred rounding errors of numbers below 1.3.
        worst shouldBeLessThan 1e-13
    }
})
