package io.scoreflux.model.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.scoreflux.internal.Require;
import io.scoreflux.model.network.TensorDenoiserBuilder;
import java.util.Objects;

/** Collects the settings of a network in an ONNX file; neither immutable nor thread-safe. */
public final class OnnxDenoiserBuilder extends TensorDenoiserBuilder<OnnxDenoiserBuilder> {
    final ModelSource source;
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

    /** Sets the threads that work on one operator of one call. Defaults to 1, as callers have threads of their own. */
    public OnnxDenoiserBuilder threads(int value) {
        this.threads = Require.atLeast("threads", value, 1);
        return this;
    }

    /** Sets the number of operators of one call that run at a time. Defaults to 1. */
    public OnnxDenoiserBuilder operatorThreads(int value) {
        this.operatorThreads = Require.atLeast("operatorThreads", value, 1);
        return this;
    }

    /** Sets how far ONNX Runtime optimises the model when it is opened. Defaults to all optimisations. */
    public OnnxDenoiserBuilder optimisation(SessionOptions.OptLevel value) {
        this.optimisation = Objects.requireNonNull(value, "optimisation");
        return this;
    }

    /** Changes further settings of the session, such as its execution provider; applied last. By default there are none. */
    public OnnxDenoiserBuilder session(SessionSettings value) {
        this.settings = Objects.requireNonNull(value, "settings");
        return this;
    }

    /**
     * Opens the model and tries it with two rows.
     *
     * @throws OnnxModelException if the model cannot be read or does not fit the settings
     */
    @Override
    public OnnxDenoiser open() {
        return OnnxDenoiser.open(this);
    }

    /** The options of the session; to be closed. */
    SessionOptions options() throws OrtException {
        SessionOptions options = new SessionOptions();
        try {
            // Errors are thrown; the log would repeat them on standard error.
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
