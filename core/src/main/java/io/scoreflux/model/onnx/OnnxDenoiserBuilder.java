package io.scoreflux.model.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.scoreflux.model.Moments;
import io.scoreflux.model.Parametrization;
import io.scoreflux.model.TimeInput;
import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.state.Require;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Collects what a network's file does not say of itself; neither immutable nor thread-safe. */
public final class OnnxDenoiserBuilder {
    final ModelSource source;
    Parametrization parametrization = Parametrization.DENOISED;
    NoiseSchedule schedule = NoiseSchedule.ve();
    int @Nullable [] shape;
    String stateName = "x";
    String timeName = "sigma";
    TimeInput timeInput = TimeInput.SIGMA;
    String outputName = "y";

    @Nullable
    String labelName;

    int classes;
    final Map<String, double[]> inputs = new TreeMap<>();

    @Nullable
    IntFunction<Moments> moments;

    long memory = 256L << 20;
    int fixedRows;
    private int threads = 1;
    private int operatorThreads = 1;
    private SessionOptions.OptLevel optimisation = SessionOptions.OptLevel.ALL_OPT;
    private SessionSettings settings = options -> {};

    OnnxDenoiserBuilder(ModelSource source) {
        this.source = source;
    }

    /** What the network predicts of its own x_t. Defaults to {@link Parametrization#DENOISED}. */
    public OnnxDenoiserBuilder parametrization(Parametrization value) {
        this.parametrization = Objects.requireNonNull(value, "parametrization");
        return this;
    }

    /** The process that it was trained on. Defaults to {@link NoiseSchedule#ve}. */
    public OnnxDenoiserBuilder schedule(NoiseSchedule value) {
        this.schedule = Objects.requireNonNull(value, "schedule");
        return this;
    }

    /** One sample's shape, without the batch. Defaults to the model's own; needed where its axes are dynamic. */
    public OnnxDenoiserBuilder shape(int... value) {
        for (int axis : value) {
            Require.atLeast("shape", axis, 1);
        }
        this.shape = value.clone();
        return this;
    }

    /** The input that takes x_t. Defaults to {@code x}. */
    public OnnxDenoiserBuilder state(String input) {
        this.stateName = Objects.requireNonNull(input, "state");
        return this;
    }

    /** The input that takes the time, and what it carries. Defaults to {@code sigma} and {@link TimeInput#SIGMA}. */
    public OnnxDenoiserBuilder time(String input, TimeInput means) {
        this.timeName = Objects.requireNonNull(input, "time");
        this.timeInput = Objects.requireNonNull(means, "time input");
        return this;
    }

    /** The output that predicts. Defaults to {@code y}. */
    public OnnxDenoiserBuilder output(String output) {
        this.outputName = Objects.requireNonNull(output, "output");
        return this;
    }

    /**
     * The input that takes the class of a row, int64 or int32; by default there is none. Rows without a condition are given the null
     * label, which is {@code classes}.
     *
     * @param classes labels are 0 to classes - 1; at least 1
     */
    public OnnxDenoiserBuilder label(String input, int classes) {
        this.labelName = Objects.requireNonNull(input, "label");
        this.classes = Require.atLeast("classes", classes, 1);
        return this;
    }

    /**
     * Feeds a further input with values that are the same in every row.
     *
     * @param values row-major; of one row if the input's first axis is dynamic, otherwise of the whole tensor
     */
    public OnnxDenoiserBuilder input(String input, double... values) {
        inputs.put(Objects.requireNonNull(input, "input"), values.clone());
        return this;
    }

    /** Mean and covariance of the data, if they are known. By default they are not. */
    public OnnxDenoiserBuilder moments(Moments value) {
        Objects.requireNonNull(value, "moments");
        return moments(dimension -> value);
    }

    /** The same, from the dimension that the model has when it is opened. */
    public OnnxDenoiserBuilder moments(IntFunction<Moments> ofDimension) {
        this.moments = Objects.requireNonNull(ofDimension, "moments");
        return this;
    }

    /**
     * Memory that one call may take, in bytes; a call of more rows is made in parts. A row is taken to need
     * {@value OnnxDenoiser#LAYERS} times the bytes of its tensors, for the layers between them. Defaults to 256 MiB.
     */
    public OnnxDenoiserBuilder memory(long bytes) {
        this.memory = Require.atLeast("memory", bytes, 1);
        return this;
    }

    /**
     * Has the model called with the same number of rows each time, those that are missing being copies: a row's answer is then the same
     * whatever rows are asked for with it, bit for bit, on one kind of machine and with the same number of threads. By default calls have
     * as many rows as are asked for, and the last digits of an answer depend on their number.
     *
     * @param rows at least 1; more than 1 are made the next multiple of 16, unless the model itself fixes them
     */
    public OnnxDenoiserBuilder fixedRows(int rows) {
        this.fixedRows = Require.atLeast("fixedRows", rows, 1);
        return this;
    }

    /** Threads that work on one operator of one call. Defaults to 1: callers come on threads of their own. */
    public OnnxDenoiserBuilder threads(int value) {
        this.threads = Require.atLeast("threads", value, 1);
        return this;
    }

    /** Operators of one call that run at a time. Defaults to 1. */
    public OnnxDenoiserBuilder operatorThreads(int value) {
        this.operatorThreads = Require.atLeast("operatorThreads", value, 1);
        return this;
    }

    /** How far the model is rewritten when it is opened. Defaults to all that ONNX Runtime does. */
    public OnnxDenoiserBuilder optimisation(SessionOptions.OptLevel value) {
        this.optimisation = Objects.requireNonNull(value, "optimisation");
        return this;
    }

    /** Further settings of the session, such as an execution provider; applied last. By default there are none. */
    public OnnxDenoiserBuilder session(SessionSettings value) {
        this.settings = Objects.requireNonNull(value, "settings");
        return this;
    }

    /**
     * Opens the model and tries it with two rows.
     *
     * @throws OnnxModelException if the model cannot be read or does not fit the settings
     */
    public OnnxDenoiser open() {
        return OnnxDenoiser.open(this);
    }

    /** The options of the session; to be closed. */
    SessionOptions options() throws OrtException {
        SessionOptions options = new SessionOptions();
        try {
            // What goes wrong is thrown; the log would say it again on standard error.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(operatorThreads);
            if (operatorThreads > 1) {
                options.setExecutionMode(SessionOptions.ExecutionMode.PARALLEL);
            }
            options.setOptimizationLevel(optimisation);
            settings.apply(options);
            return options;
        } catch (OrtException | RuntimeException | Error e) {
            options.close();
            throw e;
        }
    }
}
