package io.scoreflux.internal.collocation

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.expm1
import kotlin.math.ln

class NewtonQuadratureSpec : StringSpec({
    // Far below b and above a the coordinate is ln sigma, for which the integrals are known.
    fun logarithmic() = NewtonQuadrature(NoiseCoordinate(1e9)::at)

    "the integral of a constant is 1 - e^-h, for short and long intervals" {
        for (h in listOf(1e-9, 1e-4, 0.1, 1.0, 3.0)) {
            val quadrature = logarithmic()
            quadrature.between(0.0, -h)
            val g = DoubleArray(1)
            quadrature.integrate(0.0, h, DoubleArray(0), 0, g)
            abs(g[0] / -expm1(-h) - 1) shouldBe (0.0 plusOrMinus 1e-14)
        }
    }

    "the integral of v agrees with that of t / h in ln sigma" {
        val h = 0.7
        val quadrature = logarithmic()
        quadrature.between(0.0, -h)
        val g = DoubleArray(2)
        quadrature.integrate(0.0, h, doubleArrayOf(0.0), 1, g)
        // int_0^h e^{-(h - t)} t / h dt = (h - 1 + e^-h) / h; the coordinate differs from ln sigma by sigma / b = 1e-9.
        g[1] shouldBe ((h - 1 + exp(-h)) / h plusOrMinus 1e-8)
    }

    "weights and Newton integrals agree for any polynomial in the coordinate" {
        val coordinate = NoiseCoordinate(1.3)
        coordinate.floor(0.2)
        val quadrature = NewtonQuadrature(coordinate::at)
        val levels = listOf(0.3, -0.1, -0.2, -0.6, -1.1).map { it + ln(0.5) }
        quadrature.between(levels[1], levels[2])
        val v = DoubleArray(levels.size) { quadrature.v(levels[it]) }

        fun f(x: Double) = 2.0 - x + 0.5 * x * x - 0.1 * x * x * x
        val top = levels[1]
        val h = levels[1] - levels[2]
        val weights = DoubleArray(levels.size)
        quadrature.weights(top, h, v, 0, levels.size, weights)
        val divided = DoubleArray(levels.size) { f(v[it]) }
        for (j in 1 until divided.size) {
            for (i in divided.size - 1 downTo j) divided[i] = (divided[i] - divided[i - 1]) / (v[i] - v[i - j])
        }
        val g = DoubleArray(levels.size)
        quadrature.integrate(top, h, v, levels.size - 1, g)
        val newton = g.indices.sumOf { g[it] * divided[it] }
        val lagrange = weights.indices.sumOf { weights[it] * f(v[it]) }
        // Both are sums of five terms of size 1.
        newton shouldBe (lagrange plusOrMinus 1e-13)
    }
})
