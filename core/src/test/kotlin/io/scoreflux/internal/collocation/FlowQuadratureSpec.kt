package io.scoreflux.internal.collocation

import io.kotest.core.spec.style.StringSpec
import io.kotest.inspectors.forAll
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.numericDouble
import io.kotest.property.checkAll
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.expm1
import kotlin.math.ln

class FlowQuadratureSpec : StringSpec({
    // Far below b and above a the coordinate is ln sigma, for which the integrals are known.
    fun logarithmic() = NoiseCoordinate(1e9)

    fun interval(coordinate: Coordinate, sigma: Double, h: Double) =
        FlowQuadrature(FlowQuadrature.Workspace()).apply {
            interval(sigma, h)
            coordinate(coordinate)
        }

    // Lengths on both sides of each change of the rule.
    val lengths = listOf(1e-9, 1e-4, 0.03, 0.1, 0.1001, 0.2, 0.2001, 0.4, 0.4001, 1.0, 1.0001, 3.0)

    "the integral of a constant is 1 - e^-h, for short and long intervals" {
        lengths.forAll { h ->
            val g = DoubleArray(1)
            interval(logarithmic(), 1.0, h).integrate(0.0, 1.0, DoubleArray(0), 0, g)
            abs(g[0] / -expm1(-h) - 1) shouldBeLessThan 1e-14
        }
    }

    "the decay is e^-h" {
        lengths.forAll { h -> abs(interval(logarithmic(), 1.0, h).decay() / exp(-h) - 1) shouldBeLessThan 1e-15 }
    }

    "the integral of v agrees with that of t / h in ln sigma" {
        lengths.filter { it > 1e-4 }.forAll { h ->
            val g = DoubleArray(2)
            val quadrature = interval(logarithmic(), 1.0, h)
            quadrature.integrate(0.0, quadrature.drop(), doubleArrayOf(0.0), 1, g)
            // int_0^h e^{-(h - t)} t / h dt = (h - 1 + e^-h) / h; the coordinate differs from ln sigma by sigma / b = 1e-9.
            g[1] shouldBe ((h - 1 + exp(-h)) / h plusOrMinus 1e-8)
        }
    }

    "the length in u is that of the closed form at all noise floors and levels" {
        val levels = Arb.numericDouble(-9.0, 9.0)
        val floors = Arb.numericDouble(-6.0, 3.0)
        checkAll(PropTestConfig(seed = 20_261_130, iterations = 500), levels, floors, Arb.numericDouble(1e-3, 3.0)) {
            tau,
            floor,
            h,
            ->
            val coordinate = NoiseCoordinate(1.0).apply { floor(exp(floor)) }
            val sigma = exp(tau)
            val drop = coordinate.atSigma(sigma) - coordinate.atSigma(sigma * exp(-h))
            // The closed form is a difference of numbers of size ln(s / b), each with a rounding error.
            interval(coordinate, sigma, h).drop() shouldBe (drop plusOrMinus 1e-13 * drop + 4e-15)
        }
    }

    // Nodes above and below an interval, whose halves use other rules unless it is longer than 0.8.
    suspend fun checkHalves(check: (FlowQuadrature, FlowQuadrature, FlowQuadrature, DoubleArray) -> Unit) {
        val gaps = Arb.list(Arb.numericDouble(0.02, 1.2), 16..16)
        val logarithms = Arb.numericDouble(ln(1e-3), ln(1.9))
        checkAll(
            PropTestConfig(seed = 20_261_130, iterations = 1_000),
            Arb.numericDouble(-3.0, 3.0),
            Arb.numericDouble(-5.0, 1.0),
            logarithms,
            gaps,
        ) {
            tau,
            floor,
            length,
            above,
            ->
            val coordinate = NoiseCoordinate(1.0).apply { floor(exp(floor)) }
            val h = exp(length)
            val sigma = exp(tau)
            val whole = interval(coordinate, sigma, h)
            var level = tau
            val v = DoubleArray(above.size)
            for (i in 1 until v.size) {
                level += above[i] * h
                v[i] = (coordinate.at(tau) - coordinate.at(level)) / whole.drop()
            }
            val lower = interval(coordinate, sigma * exp(-h / 2), h / 2)
            check(whole, interval(coordinate, sigma, h / 2), lower, v)
        }
    }

    "integrals of Newton polynomials up to degree 16 agree with those of two halves" {
        checkHalves { whole, upper, lower, v ->
            val once = DoubleArray(v.size + 1)
            val first = DoubleArray(v.size + 1)
            val second = DoubleArray(v.size + 1)
            whole.integrate(0.0, whole.drop(), v, v.size, once)
            upper.integrate(0.0, whole.drop(), v, v.size, first)
            lower.integrate(upper.drop() / whole.drop(), whole.drop(), v, v.size, second)
            for (j in v.indices) {
                val twice = lower.decay() * first[j] + second[j]
                // All terms of the sum are positive, so that its error is relative. The rule of eight points is exact up to degree 15. The
                // exponential and the curvature of u add degrees, with small coefficients: C(12, 4) 0.03^4 of degree 16 for j = 12.
                abs(once[j] / twice - 1) shouldBeLessThan if (j <= 12) 1e-11 else 1e-9
            }
        }
    }

    "weights of nodes around the interval agree with those of two halves" {
        checkHalves { whole, upper, lower, above ->
            // Three nodes above, the ends, and three below, as in an error estimate; the first entry is not used.
            val v = doubleArrayOf(
                7.0,
                above[3],
                above[2],
                above[1],
                0.0,
                1.0,
                1.0 - above[1],
                1.0 - above[2],
                1.0 - above[3],
            )
            val n = v.size - 1
            val once = DoubleArray(n)
            val first = DoubleArray(n)
            val second = DoubleArray(n)
            whole.weights(0.0, whole.drop(), v, 1, n, once)
            upper.weights(0.0, whole.drop(), v, 1, n, first)
            lower.weights(upper.drop() / whole.drop(), whole.drop(), v, 1, n, second)
            val size = once.maxOf { abs(it) }
            for (i in 0 until n) once[i] shouldBe (lower.decay() * first[i] + second[i] plusOrMinus 1e-12 * size)
        }
    }

    "weights and Newton integrals agree for any polynomial in the coordinate" {
        val coordinate = NoiseCoordinate(1.3)
        coordinate.floor(0.2)
        val quadrature = LagrangeQuadrature(coordinate)
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
        val interval = interval(coordinate, exp(top), h)
        interval.integrate(0.0, interval.drop(), v, levels.size - 1, g)
        val newton = g.indices.sumOf { g[it] * divided[it] }
        val lagrange = weights.indices.sumOf { weights[it] * f(v[it]) }
        // Both are sums of five terms of size 1.
        newton shouldBe (lagrange plusOrMinus 1e-13)
    }
})
