package io.scoreflux.kotlin

import io.scoreflux.SamplerBuilder
import io.scoreflux.internal.Require
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.model.Moments
import io.scoreflux.model.SmoothedDataset
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import org.jetbrains.kotlinx.multik.ndarray.data.D1Array
import org.jetbrains.kotlinx.multik.ndarray.data.D2Array
import java.nio.file.Path
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext

/** The target of a sampler. `target { }` of [sampler] must call exactly one function of this scope. */
@ScorefluxDsl
public class TargetScope internal constructor() {
    internal val target = Choice<DenoiserAccess>("target")
    internal val settings = Settings("target", ::anySampler)

    /**
     * The radius of the data (root mean square distance from their mean) in the data's units, greater than 0. It is the unit of tolerances.
     * By default it follows from the moments of the target. If these are unknown, a pilot estimates it.
     */
    public var radius: Double? by settings.of(
        "leave it out if it is not known: a pilot estimates it",
        SamplerBuilder::radius,
    )

    /**
     * Sets a mixture of Gaussians, whose denoiser is known exactly. Its components may have labels, for [SamplerScope.label].
     *
     * @sample io.scoreflux.kotlin.examples.mixtureWithCovariances
     */
    public fun gaussianMixture(components: GaussianMixtureScope.() -> Unit) {
        target.choose("gaussianMixture") { DenoiserAccess.Direct(GaussianMixtureScope().apply(components).denoiser()) }
    }

    /**
     * Sets a data set smoothed by a Gaussian kernel, whose denoiser is known exactly.
     *
     * @param rows at least one data point, all finite and of the same length; copied
     * @param bandwidth the kernel's standard deviation, greater than 0, in the data's units
     * @sample io.scoreflux.kotlin.examples.smoothedRows
     */
    public fun dataset(rows: Array<DoubleArray>, bandwidth: Double) {
        target.choose("dataset") {
            called("target.dataset", "give rows of finite numbers and a positive bandwidth") {
                DenoiserAccess.Direct(SmoothedDataset.of(rows, bandwidth))
            }
        }
    }

    /**
     * Sets a data set in a matrix with one data point in each row. Otherwise like the other [dataset].
     *
     * @param rows at least one data point, all finite; copied
     * @param bandwidth the kernel's standard deviation, greater than 0, in the data's units
     */
    public fun dataset(rows: D2Array<Double>, bandwidth: Double) {
        dataset(rows.toRows(), bandwidth)
    }

    /**
     * Sets a denoiser by a formula for one row, which writes E[x_0 | x_0 + sigma n = z] to `out`. It is called on the requesting threads,
     * concurrently if there are several rails.
     *
     * @param dimension the number of values in a row, at least 1
     * @param formula takes the state z, which it may overwrite, its noise level sigma, and the array for the value of the denoiser
     * @sample io.scoreflux.kotlin.examples.formula
     */
    public fun denoiser(dimension: Int, formula: (z: DoubleArray, sigma: Double, out: DoubleArray) -> Unit) {
        target.choose("denoiser") {
            called("target.denoiser", "it is the number of values in a sample") {
                DenoiserAccess.Direct(Denoiser.rowwise(dimension, formula))
            }
        }
    }

    /**
     * Sets a trained network in an ONNX file, whose weights may be in separate files in the same directory. Requires
     * `com.microsoft.onnxruntime:onnxruntime` on the class path. This function opens the model, compares it with the settings and evaluates
     * it on two rows. The model is called on the requesting threads. It stays open; [onnxDenoiserOf] returns one that can be closed.
     *
     * @param file the model
     * @param settings the properties that the file does not contain
     * @sample io.scoreflux.kotlin.examples.trainedNetwork
     */
    public fun onnx(file: Path, settings: OnnxScope.() -> Unit = {}) {
        target.choose("onnx") { DenoiserAccess.Direct(onnxDenoiserOf(file, settings)) }
    }

    /**
     * Sets a trained network in memory. Otherwise like the other [onnx].
     *
     * @param bytes the whole model; copied
     * @param settings the properties that the model does not contain
     */
    public fun onnx(bytes: ByteArray, settings: OnnxScope.() -> Unit = {}) {
        target.choose("onnx") { DenoiserAccess.Direct(onnxDenoiserOf(bytes, settings)) }
    }

    /** Sets an existing denoiser, such as a network or a custom model. It is called on the requesting threads. */
    public fun denoiser(denoiser: Denoiser) {
        target.choose("denoiser") { DenoiserAccess.Direct(denoiser) }
    }

    /**
     * Sets a denoiser that takes and returns Multik arrays. It takes the states of a call, one in each row, and their noise levels, and returns
     * a matrix of the same shape. Both arguments are copies that it may keep. The result is copied. It is called like [denoiser].
     *
     * @param dimension the number of values in a row, at least 1
     * @param answer returns E[x_0 | z] for all rows; the result for a row must not depend on the other rows
     * @sample io.scoreflux.kotlin.examples.multikDenoiser
     */
    public fun multikDenoiser(
        dimension: Int,
        answer: (z: D2Array<Double>, sigma: D1Array<Double>) -> D2Array<Double>,
    ) {
        target.choose("multikDenoiser") {
            called("target.multikDenoiser", "it is the number of values in a sample") {
                DenoiserAccess.Direct(MultikDenoiser(dimension, answer))
            }
        }
    }

    /**
     * Sets a denoiser that suspends, such as a remote model.
     *
     * A call runs in the context of the collecting coroutine, with its dispatcher and elements (logging, tracing), like a child coroutine. When
     * the collection ends or is cancelled, the call is cancelled, and `collect` returns when the call has ended. If several collectors share a
     * call, it runs with the context elements that they have in common and is cancelled with the last of them. Then no collector waits for
     * its end. Without a collecting coroutine, a call runs on `Dispatchers.Default`. None of this changes the values of the samples.
     *
     * All collectors that wait for a pilot share it. Its calls run in [context] alone, and are cancelled with the last waiting collector.
     *
     * A call that throws is repeated on halves of its rows, until the rows that cause the exception are alone. A timeout in the denoiser
     * (`withTimeout`) counts as a transport error.
     *
     * @param dimension the number of values in a row, at least 1
     * @param context added to the context of the collector; without a Job
     * @param moments mean and covariance of the data; null if they are unknown
     * @param classes the number of classes; the labels of `rows.condition(row)` are 0 to classes - 1; by default there are none
     * @param maxSigma the largest noise level at which the denoiser can be evaluated; by default there is no limit
     * @param rounding the relative rounding error of the values; defaults to that of doubles; 2^-24 for models in single precision
     * @param answer returns D of all rows, row-major, as `rows.count()` times [dimension] numbers; must not read the rows after it has returned
     * @sample io.scoreflux.kotlin.examples.suspendingModel
     */
    public fun suspendingDenoiser(
        dimension: Int,
        context: CoroutineContext = EmptyCoroutineContext,
        moments: Moments? = null,
        classes: Int = 0,
        maxSigma: Double = Double.POSITIVE_INFINITY,
        rounding: Double = 0.5 * Math.ulp(1.0),
        answer: suspend (rows: Rows) -> DoubleArray,
    ) {
        target.choose("suspendingDenoiser") {
            called("target.suspendingDenoiser", "give 0 for a model without classes") {
                Require.atLeast("classes", classes, 0)
            }
            called("target.suspendingDenoiser", "it is the number of values in a sample") {
                DenoiserAccess.Async(
                    SuspendingDenoiser(dimension, context, moments, classes, maxSigma, rounding, answer),
                )
            }
        }
    }

    /** Sets a denoiser that returns a publisher. The sampler creates a gateway for it, and `engine` has the settings of its calls. */
    public fun asyncDenoiser(denoiser: AsyncDenoiser) {
        target.choose("asyncDenoiser") { DenoiserAccess.Async(denoiser) }
    }

    /** Sets a gateway that other samplers may share. It merges the queries of all samplers and has the settings of its calls. */
    public fun gateway(gateway: Gateway) {
        target.choose("gateway") { DenoiserAccess.Shared(gateway) }
    }
}
