package io.scoreflux.cli

import java.util.Random
import kotlin.math.ln
import kotlin.math.sqrt

/**
 * Hamiltonian Monte Carlo as an independent reference. Its metric is adapted in burn-in and then fixed. Chains run in parallel, each from
 * its own seed, so the estimates do not depend on the number of threads.
 *
 * @property value the potential f at a point
 * @property gradient writes the gradient of f
 */
class Hmc(
    private val dimension: Int,
    private val value: (DoubleArray) -> Double,
    private val gradient: (DoubleArray, DoubleArray) -> Unit,
) {
    /** Mean and deviation of each axis over chains, each with its standard error from the chains. */
    fun estimates(
        start: DoubleArray,
        chains: Int,
        burnIn: Int,
        draws: Int,
    ): List<Pair<Pair<Double, Double>, Pair<Double, Double>>> {
        var root = Array(dimension) { i -> DoubleArray(dimension) { if (it == i) 0.1 else 0.0 } }
        repeat(3) { root = cholesky(covariance(chain(start, root, burnIn, 50L + it))) }
        val metric = root
        val all = (0L until chains).toList().parallelStream()
            .map { chain(start, metric, burnIn / 4 + draws, 100L + it).drop(burnIn / 4) }
            .toList()
        return (0 until dimension).map { i ->
            val means = all.map { chain -> chain.sumOf { it[i] } / chain.size }
            val deviations = all.zip(means) { chain, mean ->
                sqrt(chain.sumOf { (it[i] - mean) * (it[i] - mean) } / (chain.size - 1))
            }
            withError(means) to withError(deviations)
        }
    }

    private fun withError(values: List<Double>): Pair<Double, Double> {
        val mean = values.average()
        return mean to sqrt(values.sumOf { (it - mean) * (it - mean) } / (values.size - 1) / values.size)
    }

    /** In coordinates x = root u: four leapfrog steps of about 0.5, then Metropolis' rule. */
    private fun chain(
        start: DoubleArray,
        root: Array<DoubleArray>,
        draws: Int,
        seed: Long,
    ): List<DoubleArray> {
        val random = Random(seed)
        var x = start.clone()
        var slope = DoubleArray(dimension).also { gradient(x, it) }
        var f = value(x)
        return List(draws) {
            val step = 0.45 + 0.1 * random.nextDouble()
            val momentum = DoubleArray(dimension) { random.nextGaussian() }
            val before = f + 0.5 * momentum.sumOf { it * it }
            val to = x.clone()
            val there = slope.clone()
            repeat(4) {
                kick(momentum, root, there, step / 2)
                for (i in 0 until dimension) for (j in 0..i) to[i] += step * root[i][j] * momentum[j]
                gradient(to, there)
                kick(momentum, root, there, step / 2)
            }
            val after = value(to)
            if (ln(random.nextDouble()) < before - after - 0.5 * momentum.sumOf { it * it }) {
                x = to
                f = after
                slope = there
            }
            x
        }
    }

    private fun kick(
        momentum: DoubleArray,
        root: Array<DoubleArray>,
        gradient: DoubleArray,
        step: Double,
    ) {
        for (j in 0 until dimension) for (i in j until dimension) momentum[j] -= step * root[i][j] * gradient[i]
    }

    private fun covariance(draws: List<DoubleArray>): Array<DoubleArray> {
        val half = draws.drop(draws.size / 3)
        val mean = DoubleArray(dimension) { i -> half.sumOf { it[i] } / half.size }
        return Array(dimension) { i ->
            DoubleArray(dimension) { j ->
                half.sumOf { (it[i] - mean[i]) * (it[j] - mean[j]) } / half.size +
                    if (i == j) 1e-4 else 0.0
            }
        }
    }

    private fun cholesky(matrix: Array<DoubleArray>): Array<DoubleArray> {
        val root = Array(dimension) { DoubleArray(dimension) }
        for (i in 0 until dimension) {
            for (j in 0..i) {
                val rest = matrix[i][j] - (0 until j).sumOf { root[i][it] * root[j][it] }
                root[i][j] = if (i == j) sqrt(rest) else rest / root[j][j]
            }
        }
        return root
    }
}
