package io.scoreflux.logconcave

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.math.cosh
import kotlin.math.exp
import kotlin.math.sinh
import kotlin.math.sqrt

/** f = |x|^2 / 2 + q sum x_i^4 / 4, whose curvature is unbounded. Records the largest coordinate of all queries. */
private class Quartic(
    private val d: Int,
    private val q: Double,
) {
    var farthest = 0.0
    val target = logConcave(d) { x, out ->
        for (i in 0 until d) {
            out[i] = x[i] + q * x[i] * x[i] * x[i]
            farthest = maxOf(farthest, abs(x[i]))
        }
    }
}

/** The mean of g under exp(-f) by the trapezoidal rule, which is exact up to rounding for analytic f. */
private fun expectation(f: (Double) -> Double, g: (Double) -> Double): Double {
    val xs = (-4000..4000).map { it * 1e-3 }
    return xs.sumOf { g(it) * exp(-f(it)) } / xs.sumOf { exp(-f(it)) }
}

class TailsSpec : StringSpec({
    val starts = mapOf<String, ProximalSamplerBuilder.(Int) -> Unit>(
        "far out" to {},
        "at the mode, where A is exact" to { d -> initialStates(Array(4) { DoubleArray(d) }) },
    )
    for ((where, configure) in starts) {
        for ((d, q) in listOf(1 to 3.0, 10 to 1.0, 10 to 10.0)) {
            "no chain diverges if f is steeper than A: x^4, q = $q in $d dimensions, starts $where" {
                for (seed in 0L until 10) {
                    val quartic = Quartic(d, q)
                    val draws = ProximalSampler.builder(quartic.target).seed(seed).apply {
                        configure(d)
                    }.build().collect(1)
                    withClue("seed $seed") {
                        draws.filter { it.failed() }.shouldBeEmpty()
                        // Two standard deviations of an initial state and five of its proposals, or a trajectory of 6 sqrt(d) standard
                        // deviations. A chain that diverges exceeds 1e3.
                        quartic.farthest shouldBeLessThan maxOf(10.0, 6 * sqrt(d.toDouble()))
                    }
                }
            }
        }
    }

    for (d in listOf(1, 10)) {
        "steps are limited by what secants detect if they alone model f: x^2 / 2 + e^(x - 12) in $d dimensions" {
            // Without this limit steps grow while weights are 0, and e^x is evaluated where it is infinite.
            val target = logConcave(d) { x, out -> for (i in x.indices) out[i] = x[i] + exp(x[i] - 12) }
            val sampler = ProximalSampler.builder(target).preconditioner(Preconditioner.identity()).chains(100).seed(3)
            val draws = sampler.build().collect(50)
            draws.filter { it.failed() }.shouldBeEmpty()
            draws.maxOf { it.statistics().eta() } shouldBe (10.0 plusOrMinus 0.1)
            val (square, error) = draws.mean { x -> x.sumOf { it * it } / d }
            // e^-12 is negligible.
            square shouldBe (1.0 plusOrMinus 4 * error)
        }
    }

    "learns the mean slope with a fixed step too: a gamma distribution of shape 9 in 20 dimensions, inside alone" {
        val target = logConcave(20, everywhere = false) { x, out -> for (i in x.indices) out[i] = 1 - 8 / x[i] }
        val draws = ProximalSampler.builder(target).preconditioner(Preconditioner.identity())
            .term(ConvexTerm.nonNegative(20)).step(0.3).chains(50).build().collect(50)
        // With the slope at the initial states alone, nearly all weights are above the bound.
        draws.summary(50, 20).overflow() shouldBeLessThan 0.2
    }

    "recovers from a long step, and counts all gradients: cosh 3x at eta = 30 / A" {
        val watched = Watched(logConcave(1) { x, out -> out[0] = 3 * sinh(3 * x[0]) })
        val sampler = ProximalSampler.builder(
            watched,
        ).curvature(Curvature.none()).step(30.0).burnIn(0).chains(16).build()
        val draws = sampler.collect(500)
        draws.filter { it.failed() }.shouldBeEmpty()
        val told = draws.sumOf { it.statistics().gradients() + it.statistics().burnInGradients() }
        watched.rows.get() shouldBe told + sampler.mode().block()!!.gradients()
        // More than the first x+ of each step, and fewer than a search without end.
        val linearisations = draws.sumOf { it.statistics().gradients() - it.statistics().weights() }
        linearisations shouldBeGreaterThan 8000L
        linearisations shouldBeLessThan 8L * 8000
    }

    "keeps the distribution if every step is damped: 5 x^2 + x^4 in ten dimensions at eta = 1, A = 0" {
        // Without damping, the distance of the mean would be ten times that of x+, on the other side. With the curvature from damping, weights at
        // B = 3 are within the bound. In ten dimensions no first x+ is near enough by chance to give such weights.
        val target = logConcave(10) { x, out -> for (i in x.indices) out[i] = 10 * x[i] + 4 * x[i] * x[i] * x[i] }
        val draws = plain(target) { bound(3.0).step(1.0).burnIn(20).chains(64).seed(2) }.collect(200)
        val (square, error) = draws.mean { x -> x.sumOf { it * it } / 10 }
        val exact = expectation({ 5 * it * it + it * it * it * it }) { it * it }
        val summary = draws.summary(64, 10)
        withClue("$square +- $error, exactly $exact, $summary") {
            // The difference to the 0.1 of f = 5 x^2 is a tenth, at least ten standard errors.
            exact shouldBeLessThan 0.091
            error shouldBeLessThan 0.0009
            square shouldBe (exact plusOrMinus 4 * error)
            summary.overflow() shouldBeLessThan 0.01
            (
                summary.gradients() - draws.sumOf {
                    it.statistics().weights()
                }
            ) / draws.size.toDouble() shouldBeGreaterThan
                1.9
        }
    }

    "clips as many weights as safety implies, without further bias: cosh 3x, which has steep tails" {
        val target = logConcave(1) { x, out -> out[0] = 3 * sinh(3 * x[0]) }
        val exact = expectation({ cosh(3 * it) }) { 9 * it * it }

        for ((safety, warned) in listOf(2.0 to true, 4.0 to false, 8.0 to false)) {
            val draws = ProximalSampler.builder(target).safety(safety).chains(400).seed(7).build().collect(500)
            val (square, error) = draws.mean { 9 * it[0] * it[0] }
            val summary = draws.summary(400, 1)
            withClue("safety $safety: $square +- $error, exactly $exact, $summary") {
                error shouldBeLessThan 0.01 * exact
                abs(square / exact - 1) shouldBeLessThan summary.overflow() + 4 * error / exact
                summary.warnings().any { it.setting() == "the fraction of weights above the bound" } shouldBe warned
                // The expected part is 1.1 % for safety 4. The step of each chain is an estimate from some hundred weights.
                if (safety == 4.0) summary.overflow() shouldBe (0.011 plusOrMinus 0.003)
            }
        }
        // The control: with safety 1 the bias is visible.
        val draws = ProximalSampler.builder(target).safety(1.0).chains(400).seed(7).build().collect(500)
        val (square, error) = draws.mean { 9 * it[0] * it[0] }
        withClue("$square +- $error") { square - exact shouldBeGreaterThan 4 * error }
    }
})
