package io.scoreflux.kotlin

import io.scoreflux.model.Covariance
import io.scoreflux.model.Observation
import org.jetbrains.kotlinx.multik.ndarray.data.D2Array

private const val REMEDY = "give one value for each observation, and the standard deviation of its error, 0 for none"

/** An observation of the samples. `observe { }` must call exactly one function of this scope. Arrays are copied. */
@ScorefluxDsl
public class ObserveScope internal constructor() {
    internal val observation = Choice<Observation>("observe")

    /**
     * Sets the observed values of some components of a sample.
     *
     * @param indices the indices of the components, counted from 0, without duplicates
     * @param values one value for each index, in the data's units
     * @param noise the standard deviation of the error of each value, at least 0, in the data's units
     */
    public fun pixels(indices: IntArray, values: DoubleArray, noise: Double) {
        observation.choose("pixels") {
            called("observe.pixels", REMEDY) { Observation.pixels(indices, values, noise) }
        }
    }

    /**
     * Sets the observed averages of groups of components, such as blocks of pixels.
     *
     * @param dimension the number of components of a sample
     * @param groups for each average, the indices of its components, counted from 0, without duplicates
     * @param values one value for each group, in the data's units
     * @param noise the standard deviation of the error of each value, at least 0, in the data's units
     */
    public fun averages(dimension: Int, groups: Array<IntArray>, values: DoubleArray, noise: Double) {
        observation.choose("averages") {
            called("observe.averages", REMEDY) { Observation.averages(dimension, groups, values, noise) }
        }
    }

    /**
     * Sets the observed values of linear functions of a sample x: `values = matrix x + noise`.
     *
     * @param matrix a row for each value, as long as a sample; of full rank unless there is noise
     * @param values one value for each row of the matrix
     * @param noise the standard deviation of the error of each value, at least 0
     */
    public fun linear(matrix: Array<DoubleArray>, values: DoubleArray, noise: Double) {
        observation.choose("linear") {
            called("observe.linear", REMEDY) { Observation.linear(matrix, values, noise) }
        }
    }

    /** Sets the observed values of linear functions with a Multik matrix. Otherwise like the other [linear]. */
    public fun linear(matrix: D2Array<Double>, values: DoubleArray, noise: Double) {
        linear(matrix.toRows(), values, noise)
    }

    /**
     * Sets the observed values of linear functions of a sample, whose errors may be correlated.
     *
     * @param matrix a row for each value, as long as a sample
     * @param values one value for each row of the matrix
     * @param covariance the covariance of the errors
     */
    public fun linear(matrix: Array<DoubleArray>, values: DoubleArray, covariance: Covariance) {
        observation.choose("linear") {
            called("observe.linear", REMEDY) { Observation.linear(matrix, values, covariance) }
        }
    }

    /** Sets the observed values of linear functions with Multik matrices. Otherwise like the function with a [Covariance]. */
    public fun linear(matrix: D2Array<Double>, values: DoubleArray, covariance: D2Array<Double>) {
        linear(
            matrix.toRows(),
            values,
            called("observe.linear", "give a symmetric, positive definite matrix") {
                Covariance.full(covariance.toRows())
            },
        )
    }
}
