package io.scoreflux.model.onnx;

import io.scoreflux.internal.Require;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.NetworkSettings;
import io.scoreflux.model.network.TensorDenoiser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The denoiser of a trained network in an ONNX file. All callers share one session. {@link TensorDenoiser} describes tensors, labels and calls.
 *
 * <p>ONNX Runtime selects its kernels by the number of rows in a call, so the last digits of a value depend on this number. With
 * {@link OnnxDenoiserBuilder#fixedRows} every call has the same shape, and values do not depend on the number of rows that are evaluated
 * together. Kernels also process numbers in groups and use different code for the remainder at the end of a tensor, which changes the last
 * digits. Therefore the number of fixed rows is rounded up to a multiple of 16, so that values do not depend on the position of a row in
 * the call either.
 *
 * <p>ONNX Runtime is an optional dependency: {@value #COORDINATES}.
 */
public final class OnnxDenoiser extends TensorDenoiser {
    /** The version of ONNX Runtime that is tested. */
    static final String COORDINATES = "com.microsoft.onnxruntime:onnxruntime:1.28.0";

    private final OnnxTransport transport;

    private OnnxDenoiser(OnnxTransport transport, NetworkSettings network, OnnxDenoiserBuilder settings) {
        super(transport, network, settings);
        this.transport = transport;
    }

    /**
     * Returns a builder for a file. The weights of the model may be in separate files beside it.
     *
     * @throws IllegalStateException if ONNX Runtime is missing
     */
    public static OnnxDenoiserBuilder builder(Path file) {
        requireRuntime();
        return new OnnxDenoiserBuilder(new ModelSource.File(Objects.requireNonNull(file, "file")));
    }

    /**
     * Returns a builder for a resource.
     *
     * @param near the class relative to which the resource is located
     * @param resource the name of the resource, as in {@link Class#getResourceAsStream}
     * @throws OnnxModelException if the resource does not exist or cannot be read
     * @throws IllegalStateException if ONNX Runtime is missing
     */
    public static OnnxDenoiserBuilder builder(Class<?> near, String resource) {
        try (InputStream in = near.getResourceAsStream(resource)) {
            if (in == null) {
                throw new OnnxModelException(
                        Kind.UNREADABLE, resource + ": there is no such resource near " + near.getName(), null);
            }
            return builder(resource, in.readAllBytes());
        } catch (IOException e) {
            throw new OnnxModelException(Kind.UNREADABLE, resource + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Returns a builder for a model in memory.
     *
     * @param name the name of the model in messages
     * @param bytes the whole model; copied
     * @throws IllegalStateException if ONNX Runtime is missing
     */
    public static OnnxDenoiserBuilder builder(String name, byte[] bytes) {
        requireRuntime();
        return new OnnxDenoiserBuilder(new ModelSource.Bytes(name, bytes.clone()));
    }

    static OnnxDenoiser open(OnnxDenoiserBuilder settings) {
        // Reject contradictory settings before reading a file.
        NetworkSettings network = settings.network();
        OnnxTransport transport = OnnxTransport.open(settings);
        return opened(transport, () -> new OnnxDenoiser(transport, network, settings));
    }

    private static void requireRuntime() {
        Require.library(
                "OnnxDenoiser",
                "ONNX Runtime",
                "ai.onnxruntime.OrtEnvironment",
                COORDINATES,
                "com.microsoft.onnxruntime");
    }

    /** Returns the number of open tensors. */
    long openTensors() {
        return transport.openTensors();
    }
}
