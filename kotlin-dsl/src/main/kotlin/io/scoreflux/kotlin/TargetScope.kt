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

/** What is sampled: `target { }` of [sampler] takes exactly one of its functions. */
@ScorefluxDsl
public class TargetScope internal constructor() {
    internal val target = Choice<DenoiserAccess>("target")
    internal val settings = Settings("target", ::anySampler)

    /**
     * The data's radius (root mean square distance from its mean) in the data's units, greater than 0: the unit of every tolerance. By
     * default the target's own, where it knows its moments, and otherwise the estimate of a pilot.
     */
    public var radius: Double? by settings.of(
        "leave it out if it is not known: a pilot estimates it",
        SamplerBuilder::radius,
    )

    /**
     * A mixture of Gaussians, whose denoiser is known exactly. Its components may have labels, for [SamplerScope.label].
     *
     * @sample io.scoreflux.kotlin.examples.mixtureWithCovariances
     */
    public fun gaussianMixture(components: GaussianMixtureScope.() -> Unit) {
        target.choose("gaussianMixture") { DenoiserAccess.Direct(GaussianMixtureScope().apply(components).denoiser()) }
    }

    /**
     * A data set smoothed by a Gaussian kernel, whose denoiser is known exactly.
     *
     * @param rows at least one, all finite and of one length; copied
     * @param bandwidth the kernel's standard deviation, greater than 0, in the data's units
     * @sample io.scoreflux.kotlin.examples.smoothedRows
     */
    public fun dataset(rows: Array<DoubleArray>, bandwidth: Double) {
        target.choose("dataset") {
            called("target.dataset", "give rows of finite numbers and the width of their noise") {
                DenoiserAccess.Direct(SmoothedDataset.of(rows, bandwidth))
            }
        }
    }

    /**
     * A data set in a matrix, one row a datum; copied. Otherwise like the other [dataset].
     *
     * @param rows at least one, all finite
     * @param bandwidth the kernel's standard deviation, greater than 0, in the data's units
     */
    public fun dataset(rows: D2Array<Double>, bandwidth: Double) {
        dataset(rows.toRows(), bandwidth)
    }

    /**
     * A formula for one row: writes E[x_0 | x_0 + sigma n = z] to `out`. It is called on the threads that request, from several at
     * once with lanes; `z` is its own to overwrite.
     *
     * @param dimension numbers in a row, at least 1
     * @param formula is given the state z, its noise level sigma, and the array for the answer
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
     * A trained network in an ONNX file, which may have its weights beside it. It takes `com.microsoft.onnxruntime:onnxruntime` on the class
     * path. The model is opened, compared with the settings and tried where this is written, and stays open; for one that is to be closed
     * see [onnxDenoiserOf]. It is called on the threads that request.
     *
     * @param file the model
     * @param settings what the file does not say of itself
     * @sample io.scoreflux.kotlin.examples.trainedNetwork
     */
    public fun onnx(file: Path, settings: OnnxScope.() -> Unit = {}) {
        target.choose("onnx") { DenoiserAccess.Direct(onnxDenoiserOf(file, settings)) }
    }

    /**
     * A trained network in memory. Otherwise like the other [onnx].
     *
     * @param bytes the whole model; copied
     * @param settings what it does not say of itself
     */
    public fun onnx(bytes: ByteArray, settings: OnnxScope.() -> Unit = {}) {
        target.choose("onnx") { DenoiserAccess.Direct(onnxDenoiserOf(bytes, settings)) }
    }

    /** A denoiser that is there already: a network, a model of one's own. It is called on the threads that request. */
    public fun denoiser(denoiser: Denoiser) {
        target.choose("denoiser") { DenoiserAccess.Direct(denoiser) }
    }

    /**
     * A denoiser in Multik: it is given the states of a call, one in each row, and their noise levels, and answers with a matrix of the same
     * shape. Both arguments are copies, its own to keep; the answer is copied. Called as [denoiser] is.
     *
     * @param dimension numbers in a row, at least 1
     * @param answer E[x_0 | z] for all rows, each as if it were alone
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
     * A denoiser that suspends, such as a remote model: D of all rows of a call, row-major. Its calls run in the context of the coroutine
     * that collects, dispatcher and elements (logging, tracing), as a child of it would: when collection ends or is cancelled, so is the
     * call, and `collect` returns when it has ended. Where several collectors share a call, it has what their contexts have in
     * common, and ends with the last of them, none of which waits for it; where there is no collecting coroutine, it runs on `Dispatchers.Default`. Nothing of this changes a value.
     *
     * A pilot, which all wait for who collect, is no collector's: its calls have [context] alone, and end with the last who waits.
     *
     * A call that throws is repeated on halves; a time limit of its own (`withTimeout`) counts as failed in transport.
     *
     * @param dimension numbers in a row, at least 1
     * @param context is added to the collector's; without a Job
     * @param moments mean and covariance of the data, where they are known
     * @param classes labels that it knows, as `rows.condition(row)` has them, 0 to classes - 1; by default none
     * @param maxSigma the largest noise level that it can be asked for; by default there is none
     * @param rounding the relative rounding of its answers; by default that of doubles, for models in single precision 2^-24
     * @param answer one answer, `rows.count()` times [dimension] numbers; it reads rows only until it returns
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
            called("target.suspendingDenoiser", "0 for a model that knows no classes") {
                Require.atLeast("classes", classes, 0)
            }
            called("target.suspendingDenoiser", "it is the number of values in a sample") {
                DenoiserAccess.Async(SuspendingDenoiser(dimension, context, moments, classes, maxSigma, rounding, answer))
            }
        }
    }

    /** A denoiser that answers by a publisher, by a gateway of the sampler's own: `engine` has the settings of its calls. */
    public fun asyncDenoiser(denoiser: AsyncDenoiser) {
        target.choose("asyncDenoiser") { DenoiserAccess.Async(denoiser) }
    }

    /** A gateway that other samplers may share: queries of all of them go into common calls. It has the settings of its calls. */
    public fun gateway(gateway: Gateway) {
        target.choose("gateway") { DenoiserAccess.Shared(gateway) }
    }
}
