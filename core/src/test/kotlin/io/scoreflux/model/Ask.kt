package io.scoreflux.model

import io.scoreflux.state.Rows
import kotlin.math.abs
import kotlin.math.sqrt

/** Returns D(z; sigma) for one state. */
internal fun Denoiser.at(sigma: Double, vararg z: Double): DoubleArray = atAll(sigma, listOf(z)).single()

/** Returns D for several states at one noise level, from one call. */
internal fun Denoiser.atAll(sigma: Double, states: List<DoubleArray>): List<DoubleArray> {
    val rows = Rows(dimension(), states.size)
    states.forEach { rows.append(it, 0, sigma) }
    val out = DoubleArray(states.size * dimension()) { Double.NaN }
    denoise(rows, out)
    return states.indices.map { out.copyOfRange(it * dimension(), (it + 1) * dimension()) }
}

/** Euclidean length. */
internal fun norm(a: DoubleArray): Double = sqrt(a.sumOf { it * it })

/** Euclidean distance. */
internal fun distance(a: DoubleArray, b: DoubleArray): Double = norm(DoubleArray(a.size) { a[it] - b[it] })

/** |a - b| / |b|. */
internal fun relative(a: Double, b: Double): Double = abs(a - b) / abs(b)
