package io.scoreflux.kotlin

import io.scoreflux.error.InvalidArgumentException
import io.scoreflux.error.Violation
import io.scoreflux.model.Moments
import io.scoreflux.model.network.Parametrization
import io.scoreflux.model.network.SchedulerConfig
import io.scoreflux.model.network.TimeInput
import io.scoreflux.model.onnx.OnnxDenoiser
import io.scoreflux.model.onnx.OnnxDenoiserBuilder
import io.scoreflux.model.onnx.OnnxModelException
import io.scoreflux.model.onnx.SessionSettings
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.state.ConditionTensor
import java.nio.file.Path

private const val PATH = "target.onnx"
private const val REMEDY = "compare the model with onnx { }"

/** The settings of a network in an ONNX file: its parametrization, noise schedule and tensors. */
@ScorefluxDsl
public class OnnxScope internal constructor() {
    internal val settings = Settings(PATH) { OnnxDenoiser.builder("model", ByteArray(0)) }

    /** The quantity that the network predicts from x_t. Defaults to the clean data, [Parametrization.DENOISED]. */
    public var parametrization: Parametrization? by settings.of("", OnnxDenoiserBuilder::parametrization)

    /** The noise schedule of the training. Defaults to [NoiseSchedule.ve]. */
    public var schedule: NoiseSchedule? by settings.of("", OnnxDenoiserBuilder::schedule)

    /**
     * The configuration of a scheduler, which determines [parametrization], [schedule], what the time input takes, and [learnedVariance]. Settings
     * after it override it. By default there is none.
     */
    public var scheduler: SchedulerConfig? by settings.of("", OnnxDenoiserBuilder::scheduler)

    /** Whether the second half of the output's channels is a variance, which is not used. Defaults to false. */
    public var learnedVariance: Boolean? by settings.of("", OnnxDenoiserBuilder::learnedVariance)

    /** The name of the input for x_t. Defaults to `x`. */
    public var state: String? by settings.of("", OnnxDenoiserBuilder::state)

    /** The name of the output with the prediction. Defaults to `y`. */
    public var output: String? by settings.of("", OnnxDenoiserBuilder::output)

    /** Mean and covariance of the data. By default they are unknown. */
    public var moments: Moments? by settings.of("") { moments(it) }

    /** The memory limit of one call, in bytes, at least 1. A call that exceeds it is divided. Defaults to 256 MiB. */
    public var memory: Long? by settings.of("268435456 is usual", OnnxDenoiserBuilder::memory)

    /**
     * The fixed number of rows of every call, 1 to [OnnxDenoiserBuilder.MAX_FIXED_ROWS], rounded up to a multiple of 16. The bits of a value
     * then do not depend on the other rows of its call, on machines of the same kind. By default the number of rows varies.
     */
    public var fixedRows: Int? by settings.of("64 is usual, or leave it out", OnnxDenoiserBuilder::fixedRows)

    /** The number of threads that work on one operator of a call, at least 1. Defaults to 1. */
    public var threads: Int? by settings.of("1 is usual", OnnxDenoiserBuilder::threads)

    /** The number of operators of a call that run concurrently, at least 1. Defaults to 1. */
    public var operatorThreads: Int? by settings.of("1 is usual", OnnxDenoiserBuilder::operatorThreads)

    /** Sets the shape of one sample, without the batch axis. Defaults to the shape in the model. Required if axes of the model are dynamic. */
    public fun shape(vararg axes: Int) {
        settings.put("shape", "write shape(1, 28, 28)") { it.shape(*axes) }
    }

    /** Sets the name of the input for the time and the quantity that it takes. Defaults to `sigma` and [TimeInput.SIGMA]. */
    public fun time(input: String, means: TimeInput) {
        settings.put("time", "") { it.time(input, means) }
    }

    /** Sets the name of the input for the time. Defaults to `sigma`. */
    public fun time(input: String) {
        settings.put("time", "") { it.time(input) }
    }

    /**
     * Sets the name of the input for the label of a row, for [SamplerScope.label]. By default there is none.
     *
     * @param classes the number of classes, at least 1; labels are 0 to classes - 1, and rows without a condition have the label `classes`
     */
    public fun label(input: String, classes: Int) {
        settings.put("label", "it is the number of labels") { it.label(input, classes) }
    }

    /**
     * Names an input for a tensor of each row, for [SamplerScope.condition]. Every sample must have a condition with this tensor.
     *
     * @param shape the shape of one row's tensor; empty for that of the model; required if axes of the model are dynamic
     */
    public fun condition(input: String, vararg shape: Int) {
        settings.put("condition", "write condition(\"context\", 77, 768)", key = "condition $input") {
            it.condition(input, *shape)
        }
    }

    /**
     * Names an input for a tensor of each row, for [SamplerScope.condition].
     *
     * @param nullTensor the tensor of rows without one, such as the embeddings of the empty prompt; all tensors have its shape
     */
    public fun condition(input: String, nullTensor: ConditionTensor) {
        settings.put("condition", "", key = "condition $input") { it.condition(input, nullTensor) }
    }

    /**
     * Sets the values of an additional input. They are the same for all rows.
     *
     * @param values row-major, of one row if the first axis of the input is the batch, otherwise of the whole tensor. If one further axis is
     *     dynamic, the number of values determines its length
     */
    public fun input(input: String, vararg values: Double) {
        settings.put("input", "", key = "input $input") { it.input(input, *values) }
    }

    /** Sets additional settings of ONNX Runtime's session, such as an execution provider. They are applied last. By default there are none. */
    public fun session(settings: SessionSettings) {
        this.settings.put("session", "") { it.session(settings) }
    }
}

/**
 * Opens a trained network in an ONNX file outside of a sampler. The caller closes it when its samplers have ended. Otherwise like
 * [TargetScope.onnx].
 *
 * @sample io.scoreflux.kotlin.examples.closedNetwork
 */
@JvmSynthetic
public fun onnxDenoiserOf(file: Path, settings: OnnxScope.() -> Unit = {}): OnnxDenoiser =
    opened(settings) { OnnxDenoiser.builder(file) }

/** Opens a trained network in memory outside of a sampler. Otherwise like the other [onnxDenoiserOf]. */
@JvmSynthetic
public fun onnxDenoiserOf(bytes: ByteArray, settings: OnnxScope.() -> Unit = {}): OnnxDenoiser =
    opened(settings) { OnnxDenoiser.builder("model", bytes) }

private fun opened(settings: OnnxScope.() -> Unit, builder: () -> OnnxDenoiserBuilder): OnnxDenoiser {
    // Checks for ONNX Runtime before the settings do, because each setting creates a builder.
    built { builder() }
    val scope = OnnxScope().apply(settings)
    return built {
        try {
            val told = builder().also(scope.settings::applyTo)
            called(PATH, REMEDY) { told.network() }
            named("$PATH.moments", "give a mean of that length") { told.open() }
        } catch (e: OnnxModelException) {
            throw InvalidArgumentException(
                Violation.of(PATH, "must be a model that fits its settings", e.message.orEmpty(), REMEDY),
                e,
            )
        }
    }
}
