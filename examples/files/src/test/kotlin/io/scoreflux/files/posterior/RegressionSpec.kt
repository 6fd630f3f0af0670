package io.scoreflux.files.posterior

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.scoreflux.state.Rows
import kotlin.math.exp
import kotlin.math.ln1p

class RegressionSpec :
    StringSpec({
        "gradients of the regressions are those of their densities" {
            val rows = arrayOf(doubleArrayOf(1.0, 0.3), doubleArrayOf(1.0, -1.2), doubleArrayOf(1.0, 2.0))
            val x = doubleArrayOf(0.4, -0.7)

            fun density(
                link: Regression.Link,
                b: DoubleArray,
            ) = rows.indices.sumOf { k ->
                val eta = rows[k][0] * b[0] + rows[k][1] * b[1]
                if (link == Regression.Link.LOGISTIC) ln1p(exp(eta)) - eta * (k % 2) else exp(eta) - eta * (k % 2)
            } + 0.5 * 0.2 * (b[0] * b[0] + b[1] * b[1])
            for (link in Regression.Link.entries) {
                val at = Rows(2, 1).also { it.append(x, 0, 1.0) }
                val out = DoubleArray(2)
                Regression(link, rows, doubleArrayOf(0.0, 1.0, 0.0), 0.2).gradient(at, out)
                for (i in 0..1) {
                    val h = 1e-5
                    val up = x.clone().also { it[i] += h }
                    val down = x.clone().also { it[i] -= h }
                    // Central differences: h^2 f''' / 6 and rounding over h.
                    out[i] shouldBe ((density(link, up) - density(link, down)) / (2 * h) plusOrMinus 1e-9)
                }
            }
        }
    })
