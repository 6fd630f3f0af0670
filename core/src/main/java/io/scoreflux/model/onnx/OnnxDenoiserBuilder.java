package io.scoreflux.model.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.scoreflux.internal.Require;
import io.scoreflux.model.network.TensorDenoiserBuilder;
import java.util.Objects;

/** Collects the settings of a network in an ONNX file. Not thread-safe. */
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

    /** Sets the number of threads that evaluate one operator of a call; at least 1. Defaults to 1, because callers make calls in parallel. */
    public OnnxDenoiserBuilder threads(int value) {
        this.threads = Require.atLeast("threads", value, 1);
        return this;
    }

    /** Sets the number of operators of one call that run concurrently; at least 1. Defaults to 1. */
    public OnnxDenoiserBuilder operatorThreads(int value) {
        this.operatorThreads = Require.atLeast("operatorThreads", value, 1);
        return this;
    }

    /** Sets the level at which ONNX Runtime optimises the model when it is opened. Defaults to all optimisations. */
    public OnnxDenoiserBuilder optimisation(SessionOptions.OptLevel value) {
        this.optimisation = Objects.requireNonNull(value, "optimisation");
        return this;
    }

    /** Sets a function that changes other settings of the session, such as its execution provider. It is applied last. Defaults to none. */
    public OnnxDenoiserBuilder session(SessionSettings value) {
        this.settings = Objects.requireNonNull(value, "settings");
        return this;
    }

    /**
     * Opens the model and makes a trial call, by default with two rows.
     *
     * @throws OnnxModelException if the model cannot be read, does not fit the settings, or fails the trial call
     */
    @Override
    public OnnxDenoiser open() {
        return OnnxDenoiser.open(this);
    }

    /** Returns the options of the session. The caller must close them. */
    SessionOptions options() throws OrtException {
        SessionOptions options = new SessionOptions();
        try {
            // Errors are thrown. The log would repeat them on standard error.
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
