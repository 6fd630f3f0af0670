package io.scoreflux.logconcave

import java.util.Random
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt

/** A density with f itself, which the Metropolis rule needs. */
class Known(
    val dimension: Int,
    val value: (DoubleArray) -> Double,
    val gradient: (DoubleArray) -> DoubleArray,
)

/** Returns the draws of one chain of the unadjusted Langevin algorithm with step [h]. Each draw costs one gradient. */
fun ula(
    target: Known,
    h: Double,
    start: DoubleArray,
    seed: Long,
): Sequence<DoubleArray> = sequence {
    val random = Random(seed)
    val x = start.clone()
    while (true) {
        val gradient = target.gradient(x)
        for (i in x.indices) x[i] += -h * gradient[i] + sqrt(2 * h) * random.nextGaussian()
        yield(x.clone())
    }
}

/**
 * Returns the draws of one chain of Hamiltonian Monte Carlo: [leaps] leapfrog steps of length [h], varied by a tenth, in units of [scale]
 * for each axis, and the Metropolis rule. Exact for any f with a gradient almost everywhere.
 */
fun hmc(
    target: Known,
    h: Double,
    leaps: Int,
    scale: DoubleArray,
    start: DoubleArray,
    seed: Long,
): Sequence<DoubleArray> = sequence {
    val random = Random(seed)
    var x = start.clone()
    var f = target.value(x)
    var g = target.gradient(x)
    while (true) {
        val step = h * (0.9 + 0.2 * random.nextDouble())
        val momentum = DoubleArray(x.size) { random.nextGaussian() }
        val before = f + 0.5 * momentum.sumOf { it * it }
        val to = x.clone()
        var there = g
        repeat(leaps) {
            for (i in to.indices) {
                momentum[i] -= 0.5 * step * scale[i] * there[i]
                to[i] += step * scale[i] * momentum[i]
            }
            there = target.gradient(to)
            for (i in to.indices) momentum[i] -= 0.5 * step * scale[i] * there[i]
        }
        val value = target.value(to)
        if (ln(random.nextDouble()) < before - value - 0.5 * momentum.sumOf { it * it }) {
            x = to
            f = value
            g = there
        }
        yield(x.clone())
    }
}

/** The distribution function of a density known up to a constant on [from, to], by the trapezoidal rule with [n] intervals. */
class Quadrature(
    private val from: Double,
    private val to: Double,
    n: Int = 20_000,
    minusLog: (Double) -> Double,
) {
    private val h = (to - from) / n
    private val below = DoubleArray(n + 1)

    init {
        val density = DoubleArray(n + 1) { exp(-minusLog(from + it * h)) }
        for (i in 1..n) below[i] = below[i - 1] + 0.5 * h * (density[i - 1] + density[i])
        val all = below[n]
        for (i in 0..n) below[i] /= all
    }

    fun cdf(x: Double): Double {
        if (x <= from) return 0.0
        if (x >= to) return 1.0
        val at = (x - from) / h
        val k = at.toInt().coerceAtMost(below.size - 2)
        return below[k] + (at - k) * (below[k + 1] - below[k])
    }
}

/** Returns the Kolmogorov-Smirnov distance of independent values from a distribution function, times sqrt(n), which exceeds 1.95 with p < 1e-3. */
fun kolmogorov(
    values: List<Double>,
    cdf: (Double) -> Double,
): Double {
    val n = values.size
    val distance = values.sorted().mapIndexed { i, x ->
        val f = cdf(x)
        maxOf(f - i.toDouble() / n, (i + 1.0) / n - f)
    }.max()
    return sqrt(n.toDouble()) * distance
}
