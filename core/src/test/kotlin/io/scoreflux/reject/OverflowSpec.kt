package io.scoreflux.reject

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import org.apache.commons.statistics.distribution.NormalDistribution
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.sqrt

class OverflowSpec : StringSpec({
    val normal = NormalDistribution.of(0.0, 1.0)

    "is the mean of (|W| - B)+ for a normal weight" {
        for (u in listOf(1e-6, 0.01, 0.3, 1.0, 1.9, 1.999999, 2.0, 2.000001, 2.5, 4.0, 8.0, 20.0, 30.0)) {
            val tau = 0.5 / u
            // Simpson's rule for the integral of P(|W| > B + s) over s, which has no cancellation.
            val steps = 20_000
            val end = tau * (12 / (1 + u / 4))

            fun tail(s: Double) = 2 * normal.survivalProbability((0.5 + s) / tau)
            var sum = tail(0.0) + tail(end)
            for (i in 1 until steps) sum += (if (i % 2 == 1) 4 else 2) * tail(end * i / steps)
            val exact = sum * end / (3 * steps)
            abs(Overflow.mean(tau, 0.5) / exact - 1) shouldBeLessThan 1e-9
        }
    }

    "is 2 tau phi(u) / u^2 far in the tail, and 0 where no double is smaller" {
        val u = 36.0
        val leading = 2 / u * exp(-u * u / 2) / sqrt(2 * Math.PI) / (u * u)
        // The next term is 3 / u^2 of this.
        abs(Overflow.mean(1 / u, 1.0) / leading - 1) shouldBeLessThan 3 / (u * u)
        Overflow.mean(0.0, 0.5) shouldBe 0.0
        Overflow.mean(1e-300, 0.5) shouldBe 0.0
    }

    "grows like the mean of |W| for a huge weight" {
        abs(Overflow.mean(1e200, 0.5) / (1e200 * sqrt(2 / Math.PI)) - 1) shouldBeLessThan 1e-12
        Overflow.mean(Double.POSITIVE_INFINITY, 0.5) shouldBe Double.POSITIVE_INFINITY
    }
})
