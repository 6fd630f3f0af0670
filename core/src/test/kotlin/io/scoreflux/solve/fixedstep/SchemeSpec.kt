package io.scoreflux.solve.fixedstep

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.long
import io.kotest.property.checkAll
import java.util.Random
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.expm1
import kotlin.math.ln
import kotlin.math.pow

/** int_0^h e^{-(h - u)} u^m du, the exact step for D = u^m, as a stable series. */
private fun exactStep(h: Double, m: Int): Double {
    var term = h.pow(m + 1) / (m + 1)
    var sum = 0.0
    for (k in 0..60) {
        sum += term
        term *= -h / (m + 2 + k)
    }
    return sum
}

/** Levels of an irregular grid. lambda = -ln s is measured from the level with index [at]. */
private class Grid(seed: Long, val at: Int) {
    val s: DoubleArray
    val h: Double
    private val random = Random(seed)

    init {
        var level = 5.0
        s = DoubleArray(6) {
            level *= exp(-0.05 - 0.4 * random.nextDouble())
            level
        }
        h = ln(s[at] / s[at + 1])
    }

    fun lambda(i: Int) = ln(s[at] / s[i])
}

class SchemeSpec : FreeSpec({
    val config = PropTestConfig(seed = 20_260_115, iterations = 200)

    /** The result of the predictor for D = lambda^m and z = 0. */
    fun Grid.predicted(scheme: Scheme, m: Int): Double {
        val step = scheme.step(s, at, at == s.size - 2)
        return step.predict.indices.sumOf { step.predict[it] * lambda(at - it).pow(m) }
    }

    fun Grid.corrected(scheme: Scheme, m: Int): Double {
        val factors = scheme.step(s, at, false).correct!!
        return factors.indices.sumOf { factors[it] * lambda(at + 1 - it).pow(m) }
    }

    "every step preserves constants, as coefficients sum to 1, and ends at the next level" {
        checkAll(config, Arb.long()) { seed ->
            for (scheme in Scheme.entries) {
                for (at in 0..4) {
                    val grid = Grid(seed, at)
                    val step = scheme.step(grid.s, at, at == 4)
                    step.to shouldBe grid.s[at + 1]
                    // Rounding errors of factors of size 1.
                    abs(step.keep + step.predict.sum() - 1) shouldBeLessThan 1e-14
                    step.correct?.let { abs(step.keep + it.sum() - 1) shouldBeLessThan 1e-14 }
                }
            }
        }
    }

    "deterministic multistep schemes solve the linear part exactly: s' / s" {
        val grid = Grid(1, 3)
        for (scheme in listOf(Scheme.EULER, Scheme.DPMPP_2M, Scheme.DPMPP_3M, Scheme.UNIPC, Scheme.UNIPC_5)) {
            scheme.step(grid.s, 3, false).keep shouldBe grid.s[4] / grid.s[3]
        }
    }

    "dpmpp-3m is exact if D is a parabola in lambda" {
        checkAll(config, Arb.long()) { seed ->
            val grid = Grid(seed, 3)
            // Divided differences of steps of at least 0.05 have about a hundred rounding errors.
            for (m in 0..2) abs(grid.predicted(Scheme.DPMPP_3M, m) - exactStep(grid.h, m)) shouldBeLessThan 1e-13
        }
    }

    "unipc's corrector is exact if D is a parabola in lambda" {
        checkAll(config, Arb.long()) { seed ->
            val grid = Grid(seed, 3)
            for (m in 0..2) abs(grid.corrected(Scheme.UNIPC, m) - exactStep(grid.h, m)) shouldBeLessThan 1e-13
        }
    }

    "unipc-5 is exact if D is a polynomial in lambda: of degree 4 for the predictor, 5 for the corrector" {
        checkAll(config, Arb.long()) { seed ->
            val grid = Grid(seed, 4)
            // Divided differences of degree 5 over steps of at least 0.05 have up to 1e5 rounding errors of terms up to 1.
            for (m in 0..4) abs(grid.predicted(Scheme.UNIPC_5, m) - exactStep(grid.h, m)) shouldBeLessThan 1e-10
            val inner = Grid(seed, 4)
            for (m in 0..5) {
                val step = Scheme.UNIPC_5.step(inner.s, 4, false).correct!!
                val sum = step.indices.sumOf { step[it] * inner.lambda(5 - it).pow(m) }
                abs(sum - exactStep(inner.h, m)) shouldBeLessThan 1e-10
            }
        }
    }

    "the first steps of unipc-5 use the values that there are" {
        val grid = Grid(6, 0)
        for (i in 0..4) {
            val step = Scheme.UNIPC_5.step(grid.s, i, false)
            step.predict.size shouldBe i + 1
            step.correct!!.size shouldBe i + 2
        }
        Scheme.UNIPC_5.step(grid.s, 4, true).correct shouldBe null
    }

    "unipc has the published coefficients: rho_p = 1/2, and rho_c from R rho B(h) = (phi_1, 2 phi_2), B(h) = e^h - 1" {
        checkAll(config, Arb.long()) { seed ->
            val grid = Grid(seed, 3)
            // Data prediction is noise prediction with -h: Zhao et al., (9) and Algorithm 8, r_1 = (l_{i-1} - l_i) / h.
            val hh = -grid.h
            val b = expm1(hh)
            val r = grid.lambda(2) / grid.h
            val phi2 = (b / hh - 1) / hh
            val phi3 = (phi2 - 0.5) / hh
            val g1 = hh * phi2 / b
            val g2 = 2 * hh * phi3 / b
            // [1 1; r 1] (a, c) = (g1, g2).
            val a = (g1 - g2) / (1 - r)
            val c = (g2 - r * g1) / (1 - r)

            fun published(dOld: Double, dNow: Double, dNext: Double) =
                -b * (dNow + a * (dOld - dNow) / r + c * (dNext - dNow))

            val step = Scheme.UNIPC.step(grid.s, 3, false)
            val correct = step.correct!!
            // phi_3 loses 1 / h^2 here, which is 400 rounding errors. The code under test loses no more.
            abs(correct[0] - published(0.0, 0.0, 1.0)) shouldBeLessThan 1e-12
            abs(correct[1] - published(0.0, 1.0, 0.0)) shouldBeLessThan 1e-12
            abs(correct[2] - published(1.0, 0.0, 0.0)) shouldBeLessThan 1e-12
            abs(step.predict[1] - -b * 0.5 / r) shouldBeLessThan 1e-14
            abs(step.predict[0] - -b * (1 - 0.5 / r)) shouldBeLessThan 1e-14
        }
    }

    "unipc's first step is DDIM corrected by the trapezoid, rho_c = 1/2; its last is not corrected" {
        val grid = Grid(2, 0)
        val first = Scheme.UNIPC.step(grid.s, 0, false)
        val weight = -expm1(-grid.h)
        abs(first.predict.single() - weight) shouldBeLessThan 1e-15
        first.correct!!.forEach { abs(it - weight / 2) shouldBeLessThan 1e-15 }
        Scheme.UNIPC.step(grid.s, 4, true).correct shouldBe null
        Scheme.UNIPC.step(grid.s, 0, true).correct shouldBe null
    }

    "dpmpp-2m has the published coefficients: (1 - e^-h) ((1 + 1 / (2 r)) D_0 - 1 / (2 r) D_-1), r = h_{i-1} / h_i" {
        checkAll(config, Arb.long()) { seed ->
            val grid = Grid(seed, 3)
            val r = ln(grid.s[2] / grid.s[3]) / grid.h
            val weight = -expm1(-grid.h)
            val step = Scheme.DPMPP_2M.step(grid.s, 3, false)
            abs(step.predict[0] - weight * (1 + 1 / (2 * r))) shouldBeLessThan 1e-14
            abs(step.predict[1] + weight / (2 * r)) shouldBeLessThan 1e-14
        }
    }

    "two-step predictors have an error of O(h^3) for linear D" {
        for (scheme in listOf(Scheme.DPMPP_2M, Scheme.UNIPC)) {
            fun miss(h: Double): Double {
                val s = DoubleArray(6) { exp(-h * it) }
                val step = scheme.step(s, 3, false)
                return abs(-h * step.predict[1] - exactStep(h, 1))
            }
            // (1 - e^-h) h / 2 and h - 1 + e^-h differ by h^3 / 12, so halving h divides the error by 8 up to O(h).
            withClue(scheme.label()) { abs(miss(0.02) / miss(0.01) - 8) shouldBeLessThan 0.1 }
        }
    }

    "heun is the trapezoidal rule for the slope (z - D) / s in sigma" {
        val grid = Grid(3, 2)
        val s = grid.s[2]
        val next = grid.s[3]
        val step = Scheme.HEUN.step(grid.s, 2, false)
        val correct = step.correct!!
        val (z, d, dNext) = Triple(0.7, -0.3, 0.4)
        val slope = (z - d) / s
        val predicted = z + (next - s) * slope
        val expected = z + (next - s) / 2 * (slope + (predicted - dNext) / next)
        abs(step.keep * z + step.predict[0] * d - predicted) shouldBeLessThan 1e-15
        abs(step.keep * z + correct[0] * dNext + correct[1] * d - expected) shouldBeLessThan 1e-15
    }

    "ancestral draws from the posterior of z' given z and x_0 = D" {
        val grid = Grid(4, 2)
        val v = grid.s[2].pow(2)
        val w = grid.s[3].pow(2)
        val step = Scheme.ANCESTRAL.step(grid.s, 2, false)
        // z' ~ N(D, w) and z | z' ~ N(z', v - w): precision 1 / w + 1 / (v - w).
        val variance = 1 / (1 / w + 1 / (v - w))
        abs(step.keep - variance / (v - w)) shouldBeLessThan 1e-14
        abs(step.predict.single() - variance / w) shouldBeLessThan 1e-14
        abs(step.noise * step.noise - variance) shouldBeLessThan 1e-13
    }

    "euler-maruyama steps the reverse SDE: z + (v - v') (D - z) / v, noise of variance v - v'" {
        val grid = Grid(5, 2)
        val v = grid.s[2].pow(2)
        val w = grid.s[3].pow(2)
        val step = Scheme.EULER_MARUYAMA.step(grid.s, 2, false)
        abs(step.keep - (1 - (v - w) / v)) shouldBeLessThan 1e-14
        abs(step.predict.single() - (v - w) / v) shouldBeLessThan 1e-14
        abs(step.noise * step.noise - (v - w)) shouldBeLessThan 1e-13
    }

    "labels identify schemes, and unknown labels give null" {
        for (scheme in Scheme.entries) Scheme.ofLabel(scheme.label()) shouldBe scheme
        Scheme.ofLabel("Euler") shouldBe null
        Scheme.entries.map { it.label() }.distinct().size shouldBe Scheme.entries.size
    }
})
