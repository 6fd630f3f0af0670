package io.scoreflux.logconcave

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.longs.shouldBeBetween
import io.kotest.matchers.shouldBe
import io.scoreflux.ProximalSampler
import io.scoreflux.ProximalSamplerBuilder
import kotlin.math.abs
import kotlin.math.cosh
import kotlin.math.exp
import kotlin.math.sinh

/** f = |x|^2 / 2 + q sum x_i^4 / 4, whose curvature has no limit; keeps the farthest point asked. */
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

/** The same integral as the sampler's mean: of g under exp(-f), by the trapezoid rule, which is exact to rounding for analytic f. */
private fun expectation(f: (Double) -> Double, g: (Double) -> Double): Double {
    val xs = (-4000..4000).map { it * 1e-3 }
    return xs.sumOf { g(it) * exp(-f(it)) } / xs.sumOf { exp(-f(it)) }
}

class TailsSpec : StringSpec({
    val starts = mapOf<String, ProximalSamplerBuilder.(Int) -> Unit>(
        "far out" to {},
        "at the mode, where A is exact" to { d -> starts(Array(4) { DoubleArray(d) }) },
    )
    for ((where, configure) in starts) {
        for ((d, q) in listOf(1 to 3.0, 10 to 1.0, 10 to 10.0)) {
            "no chain runs away where f is steeper than A: x^4, q = $q in $d dimensions, starts $where" {
                for (seed in 0L until 10) {
                    val quartic = Quartic(d, q)
                    val draws = ProximalSampler.builder(quartic.target).seed(seed).apply { configure(d) }.build().collect(1)
                    withClue("seed $seed") {
                        draws.filter { it.failed() }.shouldBeEmpty()
                        // Two deviations of a start and five of its proposals; a chain that runs away passes 1e3.
                        quartic.farthest shouldBeLessThan 10.0
                    }
                }
            }
        }
    }

    "comes back from a long step, with gradients that are counted: cosh 3x at eta = 30 / A" {
        val watched = Watched(logConcave(1) { x, out -> out[0] = 3 * sinh(3 * x[0]) })
        val sampler = ProximalSampler.builder(watched).curvature(Curvature.none()).step(30.0).burnIn(0).chains(16).build()
        val draws = sampler.collect(500)
        draws.filter { it.failed() }.shouldBeEmpty()
        val told = draws.sumOf { it.effort().gradients() + it.effort().burnInGradients() }
        watched.rows.get() shouldBe told + sampler.mode().block()!!.gradients()
        // Beyond the first x+ of each step, and below what would show a search that does not end.
        val linearisations = draws.sumOf { it.effort().gradients() - it.effort().weights() }
        linearisations.shouldBeBetween(8001L, 8L * 8000)
    }

    "keeps the law where steps are damped: x^2 / 2 + 3 x^4 / 4 from its own law, at a step that is too long for A" {
        // The fixed step makes most first x+ overshoot; at B = 3 little is clipped, so that what is left is the law.
        val f = { x: Double -> x * x / 2 + 3 * x * x * x * x / 4 }
        val (square, error) = ProximalSampler
            .builder(Quartic(1, 3.0).target)
            .bound(3.0)
            .step(0.5)
            .burnIn(30)
            .chains(64)
            .seed(2)
            .build()
            .collect(500)
            .mean { it[0] * it[0] }
        val exact = expectation(f) { it * it }
        withClue("$square +- $error, exactly $exact") { square shouldBe (exact plusOrMinus 4 * error) }
    }
})
