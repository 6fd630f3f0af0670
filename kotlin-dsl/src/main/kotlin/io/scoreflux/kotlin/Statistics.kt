package io.scoreflux.kotlin

import io.scoreflux.Sample
import io.scoreflux.internal.Require
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import org.jetbrains.kotlinx.multik.ndarray.data.D1Array
import org.jetbrains.kotlinx.multik.ndarray.data.D2Array

/**
 * Mean and covariance of points that come one by one, in memory that does not grow with them: Welford's recurrence
 * `m' = m + (x - m) / n`, `S' = S + (x - m)(x - m')^T`. Not thread-safe.
 *
 * @param dimension numbers in a point, at least 1
 */
public class RunningMoments(public val dimension: Int) {
    /** Points so far. */
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

    /** Takes note of a point of [dimension] numbers. */
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

    /** The mean: a copy. There is one from the first point on. */
    public fun mean(): D1Array<Double> {
        checkRule(count >= 1, "points", "must be at least 1 for a mean", count, "add one")
        return mean.copyOf().asD1Array()
    }

    /** The unbiased covariance: a copy. There is one from the second point on. */
    public fun covariance(): D2Array<Double> {
        checkRule(count >= 2, "points", "must be at least 2 for a covariance", count, "add more")
        return DoubleArray(squares.size) {
            // The recurrence is symmetric up to rounding.
            val mirrored = it % dimension * dimension + it / dimension
            0.5 * (squares[it] + squares[mirrored]) / (count - 1)
        }.asD2Array(dimension)
    }
}

/**
 * Mean and covariance after each sample: the same object each time, which goes on, so it is to be read before the next sample, without
 * `buffer`, `conflate` or `flowOn` in between. Failed samples are left out.
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
 * Mean and covariance of all samples but those that failed, of which there is at least one.
 *
 * @sample io.scoreflux.kotlin.examples.momentsOfSamples
 */
@JvmSynthetic
public suspend fun Flow<Sample>.moments(): RunningMoments {
    var last: RunningMoments? = null
    runningMoments().collect { last = it }
    return checkNotNull(last) { "there are no moments of no samples; take some that did not fail" }
}
