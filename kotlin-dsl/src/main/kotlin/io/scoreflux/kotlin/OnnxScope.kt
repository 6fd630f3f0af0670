package io.scoreflux.kotlin

import io.scoreflux.error.InvalidArgumentException
import io.scoreflux.error.Violation
import io.scoreflux.model.Moments
import io.scoreflux.model.network.Parametrization
import io.scoreflux.model.network.TimeInput
import io.scoreflux.model.onnx.OnnxDenoiser
import io.scoreflux.model.onnx.OnnxDenoiserBuilder
import io.scoreflux.model.onnx.OnnxModelException
import io.scoreflux.model.onnx.SessionSettings
import io.scoreflux.noise.NoiseSchedule
import java.nio.file.Path

private const val PATH = "target.onnx"
private const val REMEDY = "compare the model with onnx { }"

/** Settings of a network in an ONNX file: what it predicts, and the names of its tensors. */
@ScorefluxDsl
public class OnnxScope internal constructor() {
    internal val settings = Settings(PATH) { OnnxDenoiser.builder("model", ByteArray(0)) }

    /** What the network predicts from its own x_t; by default the clean data, [Parametrization.DENOISED]. */
    public var parametrization: Parametrization? by settings.of("", OnnxDenoiserBuilder::parametrization)

    /** The process that it was trained on; by default [NoiseSchedule.ve]. */
    public var schedule: NoiseSchedule? by settings.of("", OnnxDenoiserBuilder::schedule)

    /** The input for x_t; by default `x`. */
    public var state: String? by settings.of("", OnnxDenoiserBuilder::state)

    /** The output that predicts; by default `y`. */
    public var output: String? by settings.of("", OnnxDenoiserBuilder::output)

    /** Mean and covariance of the data, if known; by default they are unknown. */
    public var moments: Moments? by settings.of("") { moments(it) }

    /** Limit of the memory of one call, in bytes, at least 1; a call of more rows is divided. By default 256 MiB. */
    public var memory: Long? by settings.of("268435456 is usual", OnnxDenoiserBuilder::memory)

    /**
     * Rows of every call, at least 1, at most [OnnxDenoiserBuilder.MOST_FIXED_ROWS], rounded up to a multiple of 16: answers then have the same
     * bits whatever rows a call has, on one kind of machine. By default calls have as many rows as are asked for.
     */
    public var fixedRows: Int? by settings.of("64 is usual, or leave it out", OnnxDenoiserBuilder::fixedRows)

    /** Threads that work on one operator of one call, at least 1; by default 1. */
    public var threads: Int? by settings.of("1 is usual", OnnxDenoiserBuilder::threads)

    /** Operators of one call that run at a time, at least 1; by default 1. */
    public var operatorThreads: Int? by settings.of("1 is usual", OnnxDenoiserBuilder::operatorThreads)

    /** One sample's shape, without the batch; by default the model's own. Required if its axes are dynamic. */
    public fun shape(vararg axes: Int) {
        settings.put("shape", "as shape(1, 28, 28)") { it.shape(*axes) }
    }

    /** The input for the time, and what it carries; by default `sigma` and [TimeInput.SIGMA]. */
    public fun time(input: String, means: TimeInput) {
        settings.put("time", "") { it.time(input, means) }
    }

    /**
     * The input for the label of a row, for [SamplerScope.label]; by default there is none.
     *
     * @param classes labels are 0 to classes - 1, at least 1; rows without a condition have the label `classes`
     */
    public fun label(input: String, classes: Int) {
        settings.put("label", "it is the number of labels") { it.label(input, classes) }
    }

    /**
     * Sets the values of a further input, which are the same in every row.
     *
     * @param values row-major; of one row if the input's first axis is dynamic, otherwise of the whole tensor
     */
    public fun input(input: String, vararg values: Double) {
        settings.put("input", "", key = "input $input") { it.input(input, *values) }
    }

    /** Further settings of ONNX Runtime's session, such as an execution provider, applied last; by default there are none. */
    public fun session(settings: SessionSettings) {
        this.settings.put("session", "") { it.session(settings) }
    }
}

/**
 * Opens a trained network in an ONNX file outside of a sampler, so that it can be closed after its samplers have ended. Otherwise like
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
    // Before the settings, because each of them calls a builder.
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
