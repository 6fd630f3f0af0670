package io.scoreflux.model.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.model.NetworkBuilder;
import io.scoreflux.state.Require;
import java.util.Objects;

/** Collects what a network's file does not say of itself, and how it is called; neither immutable nor thread-safe. */
public final class OnnxDenoiserBuilder extends NetworkBuilder<OnnxDenoiserBuilder> {
    /** The most rows that calls can be fixed at. */
    public static final int MOST_FIXED_ROWS = 1 << 20;

    final ModelSource source;
    long memory = 256L << 20;
    int fixedRows;
    private int threads = 1;
    private int operatorThreads = 1;
    private SessionOptions.OptLevel optimisation = SessionOptions.OptLevel.ALL_OPT;
    private SessionSettings settings = options -> {};

    OnnxDenoiserBuilder(ModelSource source) {
        this.source = source;
    }

    @Override
    protected OnnxDenoiserBuilder self() {
        return this;
    }

    /**
     * Memory that one call may take, in bytes; a call of more rows is made in parts. A row is taken to need
     * {@value OnnxNetwork#LAYERS} times the bytes of its tensors, for the layers between them. Defaults to 256 MiB.
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
     * @param rows at least 1, at most {@value #MOST_FIXED_ROWS}; more than 1 are made the next multiple of 16, unless the model itself
     *     fixes them
     */
    public OnnxDenoiserBuilder fixedRows(int rows) {
        if (rows > MOST_FIXED_ROWS) {
            throw new InvalidArgumentException(
                    "fixedRows", "must be at most " + MOST_FIXED_ROWS + ", as calls of more rows gain nothing", rows);
        }
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
        return new OnnxDenoiser(OnnxNetwork.open(this));
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
