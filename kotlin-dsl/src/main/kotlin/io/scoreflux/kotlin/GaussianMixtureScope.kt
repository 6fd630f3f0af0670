package io.scoreflux.kotlin

import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import org.jetbrains.kotlinx.multik.ndarray.data.D1Array
import org.jetbrains.kotlinx.multik.ndarray.data.D2Array

private const val PATH = "gaussianMixture.component"
private const val REMEDY = "give each a positive weight, a finite mean of the same length and a positive deviation"

/** The components of a mixture of Gaussians; all of one dimension, at least one. Arrays are copied. */
@ScorefluxDsl
public class GaussianMixtureScope internal constructor() {
    private var builder: GaussianMixture.Builder? = null

    /**
     * A component with the same standard deviation in all directions.
     *
     * @param weight greater than 0; weights are divided by their sum
     * @param mean finite, in the data's units
     * @param std greater than 0, in the data's units
     */
    public fun component(weight: Double, mean: DoubleArray, std: Double) {
        named(PATH, REMEDY) { to(mean).component(weight, std, *mean) }
    }

    /**
     * A component with a standard deviation for each axis.
     *
     * @param weight greater than 0; weights are divided by their sum
     * @param mean finite, in the data's units
     * @param std as many, each greater than 0, in the data's units
     */
    public fun component(weight: Double, mean: DoubleArray, std: DoubleArray) {
        named(PATH, REMEDY) { to(mean).component(weight, Covariance.diagonal(*std), *mean) }
    }

    /**
     * A component with any covariance.
     *
     * @param weight greater than 0; weights are divided by their sum
     * @param mean finite, in the data's units
     * @param covariance of the same dimension, in squares of the data's units
     */
    public fun component(weight: Double, mean: DoubleArray, covariance: Covariance) {
        named(PATH, REMEDY) { to(mean).component(weight, covariance, *mean) }
    }

    /** A component by Multik: like the one with a `DoubleArray` for the mean. */
    public fun component(weight: Double, mean: D1Array<Double>, std: Double) {
        component(weight, mean.toValues(), std)
    }

    /** A component by Multik, with a standard deviation for each axis. */
    public fun component(weight: Double, mean: D1Array<Double>, std: D1Array<Double>) {
        component(weight, mean.toValues(), std.toValues())
    }

    /** A component by Multik, with a covariance matrix: symmetric, positive definite. */
    @JvmName("componentOfMatrix")
    public fun component(weight: Double, mean: D1Array<Double>, covariance: D2Array<Double>) {
        val matrix = named(PATH, REMEDY) { Covariance.full(covariance.toRows()) }
        component(weight, mean.toValues(), matrix)
    }

    private fun to(mean: DoubleArray) = builder ?: GaussianMixture.builder(mean.size).also { builder = it }

    internal fun build(): GaussianMixture =
        checkNotNull(builder) { "gaussianMixture has no components; write component(weight, mean, std)" }.build()
}

/**
 * A mixture of Gaussians outside of a sampler.
 *
 * @sample io.scoreflux.kotlin.examples.mixtureAsTable
 */
@JvmSynthetic
public fun gaussianMixtureOf(components: GaussianMixtureScope.() -> Unit): GaussianMixture =
    GaussianMixtureScope().apply(components).build()
