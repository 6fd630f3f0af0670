package io.scoreflux.kotlin

import io.scoreflux.model.Observation
import org.jetbrains.kotlinx.multik.ndarray.data.D2Array

private const val REMEDY = "give one value for each, and the deviation of its error, 0 for none"

/** What is known of the samples: `observe { }` takes one of its functions. Arrays are copied. */
@ScorefluxDsl
public class ObserveScope internal constructor() {
    internal val observation = Choice<Observation>("observe")

    /**
     * Some numbers of a row are known.
     *
     * @param indices which, from 0, each once
     * @param values what they are, as many, in the data's units
     * @param noise the standard deviation of each value's error, at least 0, in the data's units
     */
    public fun pixels(indices: IntArray, values: DoubleArray, noise: Double) {
        observation.choose("pixels") {
            called("observe.pixels", REMEDY) { Observation.pixels(indices, values, noise) }
        }
    }

    /**
     * Linear functions of a row are known: `values = matrix x + noise`.
     *
     * @param matrix a row, as long as a sample, for each value; of full rank unless there is noise
     * @param values as many as the matrix has rows
     * @param noise the standard deviation of each value's error, at least 0
     */
    public fun linear(matrix: Array<DoubleArray>, values: DoubleArray, noise: Double) {
        observation.choose("linear") {
            called("observe.linear", REMEDY) { Observation.linear(matrix, values, noise) }
        }
    }

    /** Linear functions of a row are known, by a matrix of Multik; see the other [linear]. */
    public fun linear(matrix: D2Array<Double>, values: DoubleArray, noise: Double) {
        linear(matrix.toRows(), values, noise)
    }
}
