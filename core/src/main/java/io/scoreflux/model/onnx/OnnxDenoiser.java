package io.scoreflux.model.onnx;

import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.model.onnx.OnnxModelException.Kind;
import io.scoreflux.state.Require;
import io.scoreflux.state.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The denoiser that a trained network in an ONNX file stands for.
 *
 * <p>With x_t = alpha z, {@code D(z; sigma) = a x_t + b f(x_t, time, label)}, f being the network and a, b those of its
 * {@link io.scoreflux.model.Parametrization}. The file's tensors are float or double; x_t and f have the batch as their first, dynamic axis, the
 * time and the label are {@code [n]} or {@code [n, 1]}.
 *
 * <p>Thread-safe: all callers share one session. {@link #close} waits for the calls that run.
 *
 * <p>ONNX Runtime chooses its kernels by the number of rows in a call, so that the last digits of a row's answer depend on it. With
 * {@link OnnxDenoiserBuilder#fixedRows} every call has the same shape, and they do not. Kernels also treat numbers in groups, and those
 * that are left over at the end of a tensor by other code, whose last digits differ; so the number of fixed rows is made a multiple
 * of {@value #GROUP}, and a row's place in the call does not matter either.
 *
 * <p>ONNX Runtime is an optional dependency: {@value #COORDINATES}.
 */
public final class OnnxDenoiser implements Denoiser, AutoCloseable {
    /** The version of ONNX Runtime that is tested. */
    static final String COORDINATES = "com.microsoft.onnxruntime:onnxruntime:1.28.0";
    /** Kernels take this many numbers at a time at most, and what is left over at the end of a tensor by other code. */
    static final int GROUP = 16;

    private final OnnxNetwork network;

    OnnxDenoiser(OnnxNetwork network) {
        this.network = network;
    }

    /**
     * A builder for a file; its weights may be in separate files beside it.
     *
     * @throws IllegalStateException if ONNX Runtime is missing; the other builders throw it as well
     */
    public static OnnxDenoiserBuilder builder(Path file) {
        requireRuntime();
        return new OnnxDenoiserBuilder(new ModelSource.File(Objects.requireNonNull(file, "file")));
    }

    /**
     * A builder for a resource.
     *
     * @param near the class beside which it lies
     * @param resource its name
     * @throws OnnxModelException if it is not there
     */
    public static OnnxDenoiserBuilder builder(Class<?> near, String resource) {
        try (InputStream in = near.getResourceAsStream(resource)) {
            if (in == null) {
                throw new OnnxModelException(
                        Kind.UNREADABLE, resource + ": there is no such resource near " + near.getName());
            }
            return builder(resource, in.readAllBytes());
        } catch (IOException e) {
            throw new OnnxModelException(Kind.UNREADABLE, resource + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * A builder for a model in memory.
     *
     * @param name what messages call it
     * @param bytes the whole model; not modified
     */
    public static OnnxDenoiserBuilder builder(String name, byte[] bytes) {
        requireRuntime();
        return new OnnxDenoiserBuilder(new ModelSource.Bytes(name, bytes.clone()));
    }

    private static void requireRuntime() {
        Require.library(
                "OnnxDenoiser",
                "ONNX Runtime",
                "ai.onnxruntime.OrtEnvironment",
                COORDINATES,
                "com.microsoft.onnxruntime");
    }

    /** One sample's shape, without the batch. */
    public int[] shape() {
        return network.shape();
    }

    @Override
    public int dimension() {
        return network.dimension();
    }

    @Override
    public Optional<Moments> moments() {
        return network.moments();
    }

    @Override
    public double maxSigma() {
        return network.maxSigma();
    }

    @Override
    public int classes() {
        return network.classes();
    }

    /**
     * 2^-24 where the state, the time or the answer is float, which is what a number of the answer is rounded by, or sigma and so the
     * answer; a network's own sums add some times that.
     */
    @Override
    public double rounding() {
        return network.rounding();
    }

    /** The most rows in one call of the model; of {@link #denoise} there is no limit. */
    public int maxRows() {
        return network.maxRows();
    }

    /**
     * Answers all rows, in calls of at most {@link #maxRows} rows.
     *
     * @throws OnnxModelException if ONNX Runtime cannot carry out a call
     * @throws IllegalArgumentException if a row's label is not one of the classes
     * @throws IllegalStateException if the model is closed
     */
    @Override
    public void denoise(Rows in, double[] out) {
        network.denoise(in, out);
    }

    /** Tensors that are not closed. */
    long openTensors() {
        return network.openTensors();
    }

    /** Closes the model, after the calls that run. */
    @Override
    public void close() {
        network.close();
    }
}
