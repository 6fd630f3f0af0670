package io.scoreflux.internal.collocation

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.math.BigDecimal
import java.math.MathContext
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.expm1
import kotlin.math.max
import kotlin.math.pow

private val DIGITS = MathContext(60)

/** h int_0^x e^{-h (x - y)} y^m dy = h x^{m+1} sum_k (-h x)^k m! / (m + 1 + k)!, at 60 digits. */
private fun moment(h: Double, x: Double, m: Int): Double {
    val hx = BigDecimal(h).multiply(BigDecimal(x), DIGITS)
    var term = BigDecimal(h).multiply(BigDecimal(x).pow(m + 1, DIGITS), DIGITS).divide(BigDecimal(m + 1), DIGITS)
    var sum = BigDecimal.ZERO
    // The series of e^{-4} to 60 digits has 70 terms.
    for (k in 0..80) {
        sum = sum.add(term, DIGITS)
        term = term.multiply(hx, DIGITS).negate().divide(BigDecimal(m + 2 + k), DIGITS)
    }
    return sum.toDouble()
}

class ExponentialQuadratureSpec : FreeSpec({
    val lengths = listOf(1e-8, 1e-5, 1e-3, 0.03, 0.3, 1.0, 2.0, 3.0, 4.0)
    val targets = doubleArrayOf(0.1, 0.5, 0.85, 1.0)
    val families =
        (1..17).map { "chebyshev($it)" to Nodes.chebyshev(it) } +
            (1..16).map { "chebyshevLobatto($it)" to Nodes.chebyshevLobatto(it) }

    fun eachTarget(nodes: Nodes, h: Double, check: (x: Double, weights: DoubleArray, decay: Double) -> Unit) {
        val n = nodes.size()
        val weights = DoubleArray(n * targets.size)
        val decay = DoubleArray(targets.size)
        ExponentialQuadrature(nodes, targets).weights(h, weights, decay)
        targets.forEachIndexed { j, x -> check(x, weights.copyOfRange(j * n, (j + 1) * n), decay[j]) }
    }

    "a constant D gives 1 - e^{-h x}, and the weights sum to 1 - decay" {
        for ((name, nodes) in families) {
            for (h in lengths) {
                eachTarget(nodes, h) { x, weights, decay ->
                    val size = weights.sumOf { abs(it) }
                    withClue("$name h $h x $x") {
                        // The error is relative to the weights: nothing cancels, even for small h.
                        abs(weights.sum() + expm1(-h * x)) shouldBeLessThan 1e-14 * size
                        // The subtraction from 1 has a rounding error.
                        abs(weights.sum() - (1 - decay)) shouldBeLessThan 1e-14 * size + 2e-16
                        abs(decay - exp(-h * x)) shouldBeLessThan 2e-16
                    }
                }
            }
        }
    }

    "monomials below the number of nodes are integrated up to rounding, for h from 1e-8 to 4" {
        var worst = 0.0
        for (h in lengths) {
            for (x in targets) {
                val exact = DoubleArray(17) { moment(h, x, it) }
                for ((_, nodes) in families) {
                    val n = nodes.size()
                    val weights = DoubleArray(n)
                    ExponentialQuadrature(nodes, doubleArrayOf(x)).weights(h, weights, DoubleArray(1))
                    val size = weights.sumOf { abs(it) }
                    for (m in 0 until n) {
                        val sum = weights.indices.sumOf { weights[it] * nodes.node(it).pow(m) }
                        worst = max(worst, abs(sum - exact[m]) / size)
                    }
                }
            }
        }
        println("exponential quadrature, worst error of a monomial in units of the weights: %.1e".format(worst))
        // About ten rounding errors: Gauss nodes and weights, Lagrange polynomials, the exponential.
        worst shouldBeLessThan 1e-14
    }

    "the next degree is not integrated exactly" {
        val weights = DoubleArray(3)
        val nodes = Nodes.chebyshev(3)
        ExponentialQuadrature(nodes, doubleArrayOf(1.0)).weights(1.0, weights, DoubleArray(1))
        abs(weights.indices.sumOf { weights[it] * nodes.node(it).pow(3) } - moment(1.0, 1.0, 3)) shouldBeGreaterThan
            1e-5
    }

    "a smooth D converges faster than any power" {
        // z = e^{-h x} int with D = e^{c y}: h (e^{c} - e^{-h}) / (c + h).
        val h = 2.0
        val c = 1.5
        val exact = h * (exp(c) - exp(-h)) / (c + h)
        val errors = listOf(2, 4, 6, 8, 10, 12).map { n ->
            val nodes = Nodes.chebyshev(n)
            val weights = DoubleArray(n)
            ExponentialQuadrature(nodes, doubleArrayOf(1.0)).weights(h, weights, DoubleArray(1))
            abs(weights.indices.sumOf { weights[it] * exp(c * nodes.node(it)) } - exact)
        }
        // Interpolation at n Chebyshev nodes of [0, 1] has the error c^n / (n! 2^(2n - 1)), which falls by a factor of at least 40 for each pair.
        for (i in 1..4) errors[i] shouldBeLessThan errors[i - 1] / 40
        errors.last() shouldBeLessThan 2e-14
    }

    "a target of 0 has no weights and no decay" {
        val weights = DoubleArray(4) { 7.0 }
        val decay = DoubleArray(1)
        ExponentialQuadrature(Nodes.chebyshev(4), doubleArrayOf(0.0)).weights(1.0, weights, decay)
        weights.toList() shouldBe List(4) { 0.0 }
        decay[0] shouldBe 1.0
    }

    "a length that is not positive and finite is rejected" {
        val quadrature = ExponentialQuadrature(Nodes.chebyshev(2), doubleArrayOf(1.0))
        for (bad in listOf(0.0, -1.0, Double.NaN, Double.POSITIVE_INFINITY)) {
            shouldThrow<IllegalArgumentException> {
                quadrature.weights(bad, DoubleArray(2), DoubleArray(1))
            }.message shouldContain
                "h must be finite and greater than 0, was $bad"
        }
    }

    "Gauss-Legendre quadrature is exact up to degree 2 n - 1 and no further" {
        for (n in 1..27) {
            val rule = GaussLegendre(n)
            rule.size() shouldBe n
            for (degree in 0 until 2 * n) {
                val sum = (0 until n).sumOf { rule.weight(it) * rule.node(it).pow(degree) }
                // The weights are positive and sum to 1. The rounding of nodes near 1 counts up to 53-fold.
                withClue("n $n degree $degree") { abs(sum - 1.0 / (degree + 1)) shouldBeLessThan 3e-15 }
            }
            if (n <= 10) {
                val sum = (0 until n).sumOf { rule.weight(it) * rule.node(it).pow(2 * n) }
                // The closed form of the error is n!^4 / ((2 n + 1) (2 n)!^2).
                val factor = (1..n).fold(1.0) { f, i -> f * i / (n + i) }
                val missing = factor * factor / (2 * n + 1)
                abs(1.0 / (2 * n + 1) - sum - missing) shouldBeLessThan 1e-15 + 1e-9 * missing
            }
            (0 until n).all { rule.weight(it) > 0 && rule.node(it) > 0 && rule.node(it) < 1 } shouldBe true
        }
        shouldThrow<IllegalArgumentException> { GaussLegendre(0) }.message shouldContain "n must be at least 1, was 0"
    }
})
