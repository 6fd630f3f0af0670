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
 * The denoiser of a trained network in an ONNX file; all callers share one session. Tensors, labels and calls are described at
 * {@link TensorDenoiser}.
 *
 * <p>ONNX Runtime chooses its kernels by the number of rows in a call, so the last digits of a row's answer depend on it. With
 * {@link OnnxDenoiserBuilder#fixedRows} every call has the same shape, and they do not. Kernels also process numbers in groups, and compute
 * what is left over at the end of a tensor by other code, whose last digits differ. The number of fixed rows is therefore made a multiple of
 * 16, and a row's place in the call does not matter either.
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
                        Kind.UNREADABLE, resource + ": there is no such resource near " + near.getName(), null);
            }
            return builder(resource, in.readAllBytes());
        } catch (IOException e) {
            throw new OnnxModelException(Kind.UNREADABLE, resource + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * A builder for a model in memory.
     *
     * @param name the model's name in messages
     * @param bytes the whole model; not modified
     */
    public static OnnxDenoiserBuilder builder(String name, byte[] bytes) {
        requireRuntime();
        return new OnnxDenoiserBuilder(new ModelSource.Bytes(name, bytes.clone()));
    }

    static OnnxDenoiser open(OnnxDenoiserBuilder settings) {
        // Contradicting settings are rejected before a file is read.
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

    /** Tensors that are not closed. */
    long openTensors() {
        return transport.openTensors();
    }
}
