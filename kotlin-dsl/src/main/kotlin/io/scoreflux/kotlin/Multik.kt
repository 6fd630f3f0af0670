package io.scoreflux.kotlin

import io.scoreflux.Sample
import io.scoreflux.internal.Require
import io.scoreflux.logconcave.Draw
import io.scoreflux.model.Denoiser
import io.scoreflux.posterior.Island
import io.scoreflux.state.Rows
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import org.jetbrains.kotlinx.multik.ndarray.data.D1
import org.jetbrains.kotlinx.multik.ndarray.data.D1Array
import org.jetbrains.kotlinx.multik.ndarray.data.D2
import org.jetbrains.kotlinx.multik.ndarray.data.D2Array
import org.jetbrains.kotlinx.multik.ndarray.data.MemoryViewDoubleArray
import org.jetbrains.kotlinx.multik.ndarray.data.MultiArray

/**
 * Returns a view of this array as a Multik vector. The view shares the array.
 *
 * @sample io.scoreflux.kotlin.examples.arraysAndBack
 */
@JvmSynthetic
public fun DoubleArray.asD1Array(): D1Array<Double> =
    D1Array(MemoryViewDoubleArray(this), shape = intArrayOf(size), dim = D1)

/**
 * Returns a view of this row-major array as a Multik matrix. The view shares the array.
 *
 * @param columns the number of columns, at least 1; must divide the size of the array
 */
@JvmSynthetic
public fun DoubleArray.asD2Array(columns: Int): D2Array<Double> {
    requireRule(
        columns >= 1 && size % columns == 0,
        "columns",
        "must be at least 1 and divide the array's size $size",
        columns,
    )
    return D2Array(MemoryViewDoubleArray(this), shape = intArrayOf(size / columns, columns), dim = D2)
}

/** Returns a copy of these rows as a Multik matrix. There must be at least one row, and all rows must have the same length. */
@JvmSynthetic
public fun Array<DoubleArray>.toD2Array(): D2Array<Double> = matrixOf(size) { this[it] }

/**
 * Returns a copy of the values as a Multik vector.
 *
 * @throws io.scoreflux.error.SampleFailedException if the sample failed
 */
@JvmSynthetic
public fun Sample.toD1Array(): D1Array<Double> = values().asD1Array()

/**
 * Returns a copy of the values as a Multik vector.
 *
 * @throws io.scoreflux.error.SampleFailedException if the draw failed
 */
@JvmSynthetic
public fun Draw.toD1Array(): D1Array<Double> = values().asD1Array()

/**
 * Returns a copy of the values of these samples as a Multik matrix with one sample in each row. There must be at least one sample.
 *
 * @throws io.scoreflux.error.SampleFailedException if a sample failed; remove failed samples first: `filterNot { it.failed() }`
 * @sample io.scoreflux.kotlin.examples.arraysAndBack
 */
@JvmSynthetic
@JvmName("samplesToD2Array")
public fun List<Sample>.toD2Array(): D2Array<Double> = matrixOf(size) { this[it].values() }

/**
 * Returns a copy of the values of these draws as a Multik matrix with one draw in each row. There must be at least one draw.
 *
 * @throws io.scoreflux.error.SampleFailedException if a draw failed
 */
@JvmSynthetic
@JvmName("drawsToD2Array")
public fun List<Draw>.toD2Array(): D2Array<Double> = matrixOf(size) { this[it].values() }

/**
 * Returns a copy of the states of the particles as a Multik matrix with one particle in each row. They have [weights][weightsToD1Array].
 *
 * @throws io.scoreflux.error.SampleFailedException if the island failed
 * @sample io.scoreflux.kotlin.examples.islandsOfTwoModes
 */
@JvmSynthetic
public fun Island.toD2Array(): D2Array<Double> = matrixOf(particles()) { state(it) }

/**
 * Returns a copy of the weights of the particles as a Multik vector. Their sum is 1.
 *
 * @throws io.scoreflux.error.SampleFailedException if the island failed
 */
@JvmSynthetic
public fun Island.weightsToD1Array(): D1Array<Double> = DoubleArray(particles()) { weight(it) }.asD1Array()

/** Returns a copy of the numbers of this vector, which may be a slice of another array. */
@JvmSynthetic
public fun MultiArray<Double, D1>.toValues(): DoubleArray {
    val numbers = data.getDoubleArray()
    return DoubleArray(shape[0]) { numbers[offset + it * strides[0]] }
}

/**
 * Returns a copy of the rows of this matrix, which may be a slice or transpose of another array.
 *
 * @sample io.scoreflux.kotlin.examples.arraysAndBack
 */
@JvmSynthetic
public fun MultiArray<Double, D2>.toRows(): Array<DoubleArray> {
    val numbers = data.getDoubleArray()
    return Array(shape[0]) { row ->
        DoubleArray(shape[1]) { column -> numbers[offset + row * strides[0] + column * strides[1]] }
    }
}

/**
 * Collects the values of samples in matrices of [rows] rows. The last matrix may have fewer rows. Failed samples are left out.
 *
 * @param rows the number of rows of a matrix, at least 1
 * @sample io.scoreflux.kotlin.examples.matrices
 */
@JvmSynthetic
public fun Flow<Sample>.matrices(rows: Int): Flow<D2Array<Double>> {
    Require.atLeast("rows", rows, 1)
    return flow {
        val batch = ArrayList<DoubleArray>(rows)
        collect { sample ->
            if (!sample.failed()) batch += sample.values()
            if (batch.size == rows) {
                emit(matrixOf(rows) { batch[it] })
                batch.clear()
            }
        }
        if (batch.isNotEmpty()) emit(matrixOf(batch.size) { batch[it] })
    }
}

private inline fun matrixOf(count: Int, row: (Int) -> DoubleArray): D2Array<Double> {
    Require.entries("rows", count, 1)
    val first = row(0)
    val numbers = DoubleArray(Math.multiplyExact(count, first.size))
    for (i in 0 until count) {
        val values = if (i == 0) first else row(i)
        requireRule(
            values.size == first.size,
            "rows[$i]",
            "must have ${first.size} numbers like the first",
            values.size,
        )
        values.copyInto(numbers, i * first.size)
    }
    return numbers.asD2Array(first.size)
}

/** A denoiser that takes and returns matrices. */
internal class MultikDenoiser(
    dimension: Int,
    private val answer: (z: D2Array<Double>, sigma: D1Array<Double>) -> D2Array<Double>,
) : Denoiser {
    private val dimension = Require.atLeast("dimension", dimension, 1)

    override fun dimension() = dimension

    override fun denoise(rows: Rows, out: DoubleArray) {
        val count = rows.count()
        val z = rows.values().copyOf(count * dimension).asD2Array(dimension)
        val answers = answer(z, rows.sigma().copyOf(count).asD1Array())
        checkRule(
            answers.shape.contentEquals(intArrayOf(count, dimension)),
            "the denoiser's result",
            "must be a matrix of $count x $dimension",
            answers.shape.joinToString(" x "),
        )
        val numbers = answers.data.getDoubleArray()
        for (row in 0 until count) {
            for (column in 0 until dimension) {
                out[row * dimension + column] =
                    numbers[answers.offset + row * answers.strides[0] + column * answers.strides[1]]
            }
        }
    }
}
