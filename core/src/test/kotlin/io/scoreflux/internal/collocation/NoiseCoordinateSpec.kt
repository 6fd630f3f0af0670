package io.scoreflux.internal.collocation

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.numericDouble
import io.kotest.property.checkAll
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln

class NoiseCoordinateSpec : StringSpec({
    val seeded = PropTestConfig(seed = 3, iterations = 500)

    "its derivative is s^2 / (s^2 + a^2) b / (s + b)" {
        checkAll(seeded, Arb.numericDouble(-4.0, 4.0), Arb.numericDouble(0.001, 2.0), Arb.numericDouble(0.1, 5.0)) {
            tau,
            a,
            b,
            ->
            val coordinate = NoiseCoordinate(b)
            coordinate.floor(a)
            val s = exp(tau)
            val exact = s * s / (s * s + a * a) * b / (s + b)
            val h = 1e-4
            // A central difference: the error is h^2 / 6 times the third derivative, which is below 10 here, and the rounding is 1e-11.
            (coordinate.at(tau + h) - coordinate.at(tau - h)) / (2 * h) shouldBe (exact plusOrMinus 1e-7)
        }
    }

    "it increases, for all parameters" {
        checkAll(seeded, Arb.numericDouble(-9.0, 9.0), Arb.numericDouble(0.0, 100.0), Arb.numericDouble(1e-3, 1e3)) {
            tau,
            a,
            b,
            ->
            val coordinate = NoiseCoordinate(b)
            coordinate.floor(minOf(a, 2 * exp(tau)))
            coordinate.at(tau + 0.01) shouldBeGreaterThan coordinate.at(tau)
        }
    }

    "without a floor there is no cancellation far above the radius" {
        val coordinate = NoiseCoordinate(1.0)
        // The difference of -log1p(1/s) between two levels is (1/s)(1 - 1/e) to first order in 1/s.
        val s = 1e9
        val difference = coordinate.at(ln(s) + 1) - coordinate.at(ln(s))
        abs(difference * s / (1 - exp(-1.0)) - 1) shouldBeLessThan 1e-6
    }
})
