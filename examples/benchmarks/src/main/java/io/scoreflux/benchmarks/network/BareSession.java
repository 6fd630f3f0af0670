package io.scoreflux.benchmarks.network;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.scoreflux.state.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * Calls the network of digits directly with ONNX Runtime, as its manual recommends. The tensors are created once, and only the call is
 * repeated.
 */
final class BareSession implements AutoCloseable {
    private static final int SIDE = Digits.SIDE;
    private static final int NULL_LABEL = Digits.CLASSES;

    private final OrtSession session;
    private final OnnxTensor x;
    private final OnnxTensor sigma;
    private final OnnxTensor label;
    private final OnnxTensor y;

    BareSession(Path model, Rows rows) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            this.session = environment.createSession(model.toString(), options);
        }
        int n = rows.count();
        long[] shape = {n, 1, SIDE, SIDE};
        FloatBuffer state = floats(n * SIDE * SIDE);
        FloatBuffer levels = floats(n);
        LongBuffer labels = bytes(n * Long.BYTES).asLongBuffer();
        for (int i = 0; i < n * SIDE * SIDE; i++) {
            state.put(i, (float) rows.values()[i]);
        }
        for (int row = 0; row < n; row++) {
            levels.put(row, (float) rows.sigma(row));
            labels.put(row, NULL_LABEL);
        }
        this.x = OnnxTensor.createTensor(environment, state, shape);
        this.sigma = OnnxTensor.createTensor(environment, levels, new long[] {n});
        this.label = OnnxTensor.createTensor(environment, labels, new long[] {n});
        this.y = OnnxTensor.createTensor(environment, floats(n * SIDE * SIDE), shape);
    }

    /** Makes one call. */
    void run() throws OrtException {
        session.run(Map.of("x", x, "sigma", sigma, "label", label), Map.of("y", y))
                .close();
    }

    /** One number of the last result. */
    double answer(int at) {
        return y.getFloatBuffer().get(at);
    }

    private static FloatBuffer floats(int length) {
        return bytes(length * Float.BYTES).asFloatBuffer();
    }

    private static ByteBuffer bytes(int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() throws OrtException {
        x.close();
        sigma.close();
        label.close();
        y.close();
        session.close();
    }
}
