package io.scoreflux.model

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import java.util.Random

/** A symmetric matrix with a dominant diagonal, which is positive definite. */
private fun matrix(
    d: Int,
    random: Random,
): Array<DoubleArray> {
    val matrix = Array(d) { DoubleArray(d) { random.nextGaussian() } }
    for (i in 0 until d) {
        for (j in 0 until i) matrix[i][j] = matrix[j][i]
        matrix[i][i] = 3.0 * d + random.nextDouble()
    }
    return matrix
}

class CholeskySpec :
    StringSpec({
        "factors have the bits of EJML's, on which existing samples depend" {
            val random = Random(11)
            for (d in (1..40) + listOf(64, 100, 257)) {
                val matrix = matrix(d, random)
                val factor = Cholesky.factor(matrix).shouldNotBeNull()
                factor.map { it.toRawBits() } shouldBe
                    Cholesky.Blocked
                        .factor(matrix)
                        .shouldNotBeNull()
                        .map { it.toRawBits() }
            }
        }

        "a matrix that is not positive definite has no factor" {
            Cholesky.factor(arrayOf(doubleArrayOf(1.0, 2.0), doubleArrayOf(2.0, 1.0))).shouldBeNull()
            Cholesky.factor(arrayOf(doubleArrayOf(0.0))).shouldBeNull()
        }
    })
