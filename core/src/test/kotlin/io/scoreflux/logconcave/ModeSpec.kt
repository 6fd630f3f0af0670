package io.scoreflux.logconcave

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.SampleFailedException
import kotlin.math.exp
import kotlin.math.ln

private fun mode(
    target: LogConcave,
    term: ConvexTerm = ConvexTerm.none(),
    vararg start: Double,
): Mode = ProximalSampler
    .builder(target)
    .term(term)
    .apply { if (start.isNotEmpty()) initialState(*start) }
    .build()
    .mode()
    .block()!!

class ModeSpec : StringSpec({
    "is exact for a quadratic f, with two Hessians" {
        val precision = arrayOf(doubleArrayOf(4.0, 1.0), doubleArrayOf(1.0, 9.0))
        val target = logConcave(2) { x, out ->
            for (i in 0..1) out[i] = (0..1).sumOf { precision[i][it] * (x[it] - 3) }
        }
        val found = mode(target)
        // The error of differences of a linear function is rounding divided by the step of 1e-5.
        for (i in 0..1) {
            found.point()[i] shouldBe (3.0 plusOrMinus 1e-8)
            for (j in 0..1) found.hessian()[i][j] shouldBe (precision[i][j] plusOrMinus 1e-8)
        }
        found.gradients() shouldBeLessThan 20L
    }

    "is found from far away if the curvature changes by orders of magnitude" {
        // exp(x) - y x is a Poisson count y with the log-rate x: the mode is ln y, and the curvature is y.
        for (y in listOf(1e-3, 1.0, 1e6)) {
            for (start in listOf(-20.0, 0.0, 20.0)) {
                val found = mode(logConcave(1) { x, out -> out[0] = exp(x[0]) - y }, start = doubleArrayOf(start))
                // Newton's last step is below 1e-5 standard deviations, which are 1 / sqrt(y).
                found.point()[0] shouldBe (ln(y) plusOrMinus 1e-5 / kotlin.math.sqrt(y))
                // Central differences with steps of a thousandth of a standard deviation, or 1e-5 if that is less.
                found.hessian()[0][0] shouldBe (y plusOrMinus 1e-4 * y)
            }
        }
    }

    "can lie on the boundary or at the kink of a term" {
        val quadratic = logConcave(2) { x, out ->
            out[0] = 2 * (x[0] - 1)
            out[1] = 4 * (x[1] + 1)
        }
        // The last step is below .03 standard deviations, and steps contract at least by half.
        val box = mode(quadratic, ConvexTerm.nonNegative(2)).point()
        box[0] shouldBe (1.0 plusOrMinus 0.05)
        box[1] shouldBe 0.0
        // Soft thresholding: 1 - 1/2, and 0 because 1 - 6/4 is negative.
        val norm = mode(quadratic, ConvexTerm.l1(1.0, 6.0)).point()
        norm[0] shouldBe (0.5 plusOrMinus 0.05)
        norm[1] shouldBe 0.0
        // The nearest point to (1, -1) in the metric (2, 4) with x + y >= 1: the difference is divided in proportion 1/2 : 1/4.
        val half = mode(quadratic, ConvexTerm.halfSpace(doubleArrayOf(-1.0, -1.0), -1.0)).point()
        half[0] shouldBe (1 + 2.0 / 3 plusOrMinus 0.05)
        half[1] shouldBe (-1 + 1.0 / 3 plusOrMinus 0.05)
    }

    "a function f without a mode is rejected with a remedy" {
        val flat = logConcave(2) { x, out ->
            out[0] = x[0]
            out[1] = 0.0
        }
        shouldThrow<SampleFailedException> { mode(flat) }.message!! shouldContain "give preconditioner"
    }

    "is not searched for if it is not needed" {
        plain(standardNormal(1)).mode().block() shouldBe null
    }
})
