package io.scoreflux.kotlin

import io.scoreflux.Sample
import io.scoreflux.internal.Require
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import org.jetbrains.kotlinx.multik.ndarray.data.D1Array
import org.jetbrains.kotlinx.multik.ndarray.data.D2Array

/**
 * The mean and covariance of a stream of points, in constant memory. Uses Welford's recurrence
 * `m' = m + (x - m) / n`, `S' = S + (x - m)(x - m')^T`. Not thread-safe.
 *
 * @param dimension the number of values in a point, at least 1
 */
public class RunningMoments(public val dimension: Int) {
    /** The number of points added so far. */
    public var count: Long = 0
        private set

    private val mean: DoubleArray
    private val squares: DoubleArray
    private val before: DoubleArray

    init {
        Require.atLeast("dimension", dimension, 1)
        mean = DoubleArray(dimension)
        squares = DoubleArray(Math.multiplyExact(dimension, dimension))
        before = DoubleArray(dimension)
    }

    /** Adds a point of [dimension] numbers. */
    public fun add(point: DoubleArray) {
        requireRule(point.size == dimension, "point", "must have $dimension numbers", point.size)
        count++
        for (i in 0 until dimension) {
            before[i] = point[i] - mean[i]
            mean[i] += before[i] / count
        }
        for (i in 0 until dimension) {
            for (j in 0 until dimension) {
                squares[i * dimension + j] += before[i] * (point[j] - mean[j])
            }
        }
    }

    /** Returns a copy of the mean. Requires at least one point. */
    public fun mean(): D1Array<Double> {
        checkRule(count >= 1, "points", "must be at least 1 for a mean", count, "add one")
        return mean.copyOf().asD1Array()
    }

    /** Returns the unbiased covariance. Requires at least two points. */
    public fun covariance(): D2Array<Double> {
        checkRule(count >= 2, "points", "must be at least 2 for a covariance", count, "add more")
        return DoubleArray(squares.size) {
            // Symmetrizes, because the recurrence is symmetric only up to rounding.
            val mirrored = it % dimension * dimension + it / dimension
            0.5 * (squares[it] + squares[mirrored]) / (count - 1)
        }.asD2Array(dimension)
    }
}

/**
 * Returns the mean and covariance after each sample. The flow emits the same mutable object each time, so read it before the next sample, and
 * do not put `buffer`, `conflate` or `flowOn` in between. Failed samples are left out.
 *
 * @sample io.scoreflux.kotlin.examples.runningMean
 */
@JvmSynthetic
public fun Flow<Sample>.runningMoments(): Flow<RunningMoments> = flow {
    var moments: RunningMoments? = null
    collect { sample ->
        if (!sample.failed()) {
            val values = sample.values()
            val sofar = moments ?: RunningMoments(values.size).also { moments = it }
            sofar.add(values)
            emit(sofar)
        }
    }
}

/**
 * Collects the mean and covariance of all samples. Failed samples are left out. At least one sample must not fail.
 *
 * @sample io.scoreflux.kotlin.examples.momentsOfSamples
 */
@JvmSynthetic
public suspend fun Flow<Sample>.moments(): RunningMoments {
    var last: RunningMoments? = null
    runningMoments().collect { last = it }
    return checkNotNull(last) { "moments require at least one sample that did not fail" }
}
