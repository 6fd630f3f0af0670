package io.scoreflux.kotlin

import io.scoreflux.internal.Require
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.LabelledMixture.Labelled
import org.jetbrains.kotlinx.multik.ndarray.data.D1Array
import org.jetbrains.kotlinx.multik.ndarray.data.D2Array

private const val PATH = "gaussianMixture.component"
private const val LABEL = "gaussianMixture.component.label"
private const val LABELS = "classes count from 0"
private const val REMEDY = "give each a positive weight, a finite mean of the same length and a positive deviation"

/**
 * The components of a mixture of Gaussians. The mixture has at least one component, and all components have the same dimension. Either all
 * components have a label, the index of their class, or none has. Labels start at 0 and have no gaps. Arrays are copied.
 *
 * @sample io.scoreflux.kotlin.examples.labelled
 */
@ScorefluxDsl
public class GaussianMixtureScope internal constructor() {
    private var builder: GaussianMixture.Builder? = null
    private val components = mutableListOf<GaussianMixture.Component>()
    private val labels = mutableListOf<Int?>()

    /**
     * Adds a component with the same standard deviation in all directions.
     *
     * @param weight greater than 0; weights are divided by their sum
     * @param mean finite, in the data's units
     * @param std greater than 0, in the data's units
     * @param label the index of its class, at least 0; null for no class
     */
    public fun component(weight: Double, mean: DoubleArray, std: Double, label: Int? = null) {
        add(weight, mean, label) { Covariance.isotropic(std) }
    }

    /**
     * Adds a component with a standard deviation for each axis.
     *
     * @param weight greater than 0; weights are divided by their sum
     * @param mean finite, in the data's units
     * @param std one number for each axis, greater than 0, in the data's units
     * @param label the index of its class, at least 0; null for no class
     */
    public fun component(weight: Double, mean: DoubleArray, std: DoubleArray, label: Int? = null) {
        add(weight, mean, label) { Covariance.diagonal(*std) }
    }

    /**
     * Adds a component with any covariance.
     *
     * @param weight greater than 0; weights are divided by their sum
     * @param mean finite, in the data's units
     * @param covariance of the same dimension, in squares of the data's units
     * @param label the index of its class, at least 0; null for no class
     */
    public fun component(weight: Double, mean: DoubleArray, covariance: Covariance, label: Int? = null) {
        add(weight, mean, label) { covariance }
    }

    /** Adds a component with a Multik vector as its mean. Otherwise like the function with a `DoubleArray`. */
    public fun component(weight: Double, mean: D1Array<Double>, std: Double, label: Int? = null) {
        component(weight, mean.toValues(), std, label)
    }

    /** Adds a component with Multik vectors for the mean and the standard deviation of each axis. */
    public fun component(weight: Double, mean: D1Array<Double>, std: D1Array<Double>, label: Int? = null) {
        component(weight, mean.toValues(), std.toValues(), label)
    }

    /** Adds a component with a Multik vector as its mean and a Multik matrix, symmetric and positive definite, as its covariance. */
    @JvmName("componentOfMatrix")
    public fun component(weight: Double, mean: D1Array<Double>, covariance: D2Array<Double>, label: Int? = null) {
        add(weight, mean.toValues(), label) { Covariance.full(covariance.toRows()) }
    }

    private fun add(weight: Double, mean: DoubleArray, label: Int?, covariance: () -> Covariance) {
        named(LABEL, LABELS) { label?.let { Require.atLeast("label", it, 0) } }
        called(PATH, REMEDY) {
            val to = builder ?: GaussianMixture.builder(mean.size).also { builder = it }
            val axes = covariance()
            to.component(weight, mean, axes)
            components += GaussianMixture.Component(weight, mean.clone(), axes)
        }
        labels += label
    }

    internal fun build(): GaussianMixture {
        checkRule(
            labels.all { it == null },
            LABEL,
            "must only be given in targets and labelledMixtureOf",
            labels.firstOrNull { it != null },
            "leave it out",
        )
        return given(builder, "gaussianMixture.component", "write component(weight, mean, std)").build()
    }

    internal fun buildLabelled(): LabelledMixture {
        val bare = labels.indexOf(null)
        checkRule(
            labels.isNotEmpty() && bare < 0,
            LABEL,
            "must be given for all components or for none",
            "missing for component ${maxOf(bare, 0)}",
            "give one to all components",
            "give one to none",
        )
        return named(LABEL, LABELS) {
            LabelledMixture.of(components.zip(labels) { component, label -> Labelled(checkNotNull(label), component) })
        }
    }

    internal fun denoiser(): Denoiser = if (labels.all { it == null }) build() else buildLabelled()
}

/**
 * Creates a mixture of Gaussians outside of a sampler.
 *
 * @sample io.scoreflux.kotlin.examples.mixtureAsTable
 */
@JvmSynthetic
public fun gaussianMixtureOf(components: GaussianMixtureScope.() -> Unit): GaussianMixture =
    GaussianMixtureScope().apply(components).build()

/**
 * Creates a mixture of Gaussians with labels outside of a sampler. All components must have a label.
 *
 * @sample io.scoreflux.kotlin.examples.likelihoods
 */
@JvmSynthetic
public fun labelledMixtureOf(components: GaussianMixtureScope.() -> Unit): LabelledMixture =
    GaussianMixtureScope().apply(components).buildLabelled()
