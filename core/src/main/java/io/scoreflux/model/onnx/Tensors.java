package io.scoreflux.model.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Creates tensors and counts those that are open, because they hold memory outside the Java heap. Thread-safe. */
final class Tensors {
    private final OrtEnvironment environment;
    private final AtomicLong open = new AtomicLong();

    Tensors(OrtEnvironment environment) {
        this.environment = environment;
    }

    /** Returns the number of open tensors and results. */
    long open() {
        return open.get();
    }

    /** Creates an owner of tensors. */
    Call call() {
        return new Call();
    }

    /** The owner of the tensors of a prepared call, of the trial call or of an open model. Not thread-safe. */
    final class Call implements AutoCloseable {
        private final List<AutoCloseable> made = new ArrayList<>();

        /** Creates a tensor on the memory of a direct buffer. */
        OnnxTensor tensor(ByteBuffer bytes, long[] shape, OnnxJavaType type) throws OrtException {
            return kept(OnnxTensor.createTensor(environment, bytes, shape, type));
        }

        /** Runs a model that allocates its output. */
        OrtSession.Result run(OrtSession session, Map<String, OnnxTensor> inputs, String output) throws OrtException {
            return kept(session.run(inputs, Set.of(output)));
        }

        private <T extends AutoCloseable> T kept(T one) {
            open.incrementAndGet();
            made.add(one);
            return one;
        }

        @Override
        public void close() {
            for (int i = made.size() - 1; i >= 0; i--) {
                try {
                    made.get(i).close();
                    open.decrementAndGet();
                } catch (Exception e) {
                    throw new IllegalStateException("a tensor could not be closed: " + e.getMessage(), e);
                }
            }
            made.clear();
        }
    }
}
