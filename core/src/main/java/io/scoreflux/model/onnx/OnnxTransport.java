package io.scoreflux.model.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.scoreflux.model.ModelException;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.ElementType;
import io.scoreflux.model.network.Tensor;
import io.scoreflux.model.network.TensorDescription;
import io.scoreflux.model.network.TensorTransport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The transport that runs a session of ONNX Runtime. */
final class OnnxTransport implements TensorTransport {
    private final String model;
    private final OrtSession session;
    private final List<TensorDescription> inputs;
    private final List<TensorDescription> outputs;
    private final Tensors tensors;
    /** Owns the tensors that all calls share. The trial call creates them, and they are closed with the session. */
    private final Tensors.Call held;

    private final Map<Tensor, OnnxTensor> shared = new HashMap<>();

    private OnnxTransport(String model, OrtEnvironment environment, OrtSession session) throws OrtException {
        this.model = model;
        this.session = session;
        this.inputs = descriptions(session.getInputInfo());
        this.outputs = descriptions(session.getOutputInfo());
        this.tensors = new Tensors(environment);
        this.held = tensors.call();
    }

    static OnnxTransport open(OnnxDenoiserBuilder settings) {
        String model = settings.source.name();
        OrtEnvironment environment = environment(model);
        try (OrtSession.SessionOptions options = settings.options()) {
            OrtSession session = settings.source.open(environment, options);
            try {
                return new OnnxTransport(model, environment, session);
            } catch (OrtException | RuntimeException | Error e) {
                session.close();
                throw e;
            }
        } catch (OrtException e) {
            throw new OnnxModelException(
                    Kind.UNREADABLE,
                    model + ": ONNX Runtime cannot load the model: " + e.getMessage()
                            + "; export it again, or check the session's settings",
                    e);
        }
    }

    private static OrtEnvironment environment(String model) {
        try {
            return OrtEnvironment.getEnvironment();
        } catch (LinkageError e) {
            if (!isNative(e)) {
                throw e;
            }
            throw new OnnxModelException(
                    Kind.UNREADABLE,
                    model + ": ONNX Runtime cannot load its native library for " + System.getProperty("os.name")
                            + " on "
                            + System.getProperty("os.arch")
                            + "; use an artifact of onnxruntime that has native code for this platform",
                    e);
        }
    }

    /** Returns whether the native library could not be loaded, now or at an earlier attempt. Otherwise a class is missing. */
    private static boolean isNative(LinkageError e) {
        return e instanceof UnsatisfiedLinkError
                || e instanceof ExceptionInInitializerError
                || e.getCause() instanceof ExceptionInInitializerError;
    }

    private static List<TensorDescription> descriptions(Map<String, NodeInfo> nodes) {
        List<TensorDescription> all = new ArrayList<>();
        nodes.forEach((name, node) -> all.add(
                node.getInfo() instanceof TensorInfo tensor
                        ? description(name, tensor)
                        : new TensorDescription(name, null, List.of(), String.valueOf(node.getInfo()))));
        return all;
    }

    private static TensorDescription description(String name, TensorInfo tensor) {
        List<Long> shape = Arrays.stream(tensor.getShape()).boxed().toList();
        String[] axisNames = tensor.getDimensionNames();
        List<String> axes = new ArrayList<>();
        for (int i = 0; i < shape.size(); i++) {
            String axis = i < axisNames.length ? axisNames[i] : "";
            axes.add(shape.get(i) >= 0 ? shape.get(i).toString() : axis.isEmpty() ? "?" : axis);
        }
        return new TensorDescription(
                name, type(tensor.type), shape, tensor.type.toString().toLowerCase(Locale.ROOT) + axes);
    }

    private static @Nullable ElementType type(OnnxJavaType type) {
        return switch (type) {
            case FLOAT16 -> ElementType.FLOAT16;
            case BFLOAT16 -> ElementType.BFLOAT16;
            case FLOAT -> ElementType.FLOAT;
            case DOUBLE -> ElementType.DOUBLE;
            case INT32 -> ElementType.INT32;
            case INT64 -> ElementType.INT64;
            case BOOL -> ElementType.BOOL;
            default -> null;
        };
    }

    @Override
    public String model() {
        return model;
    }

    @Override
    public List<TensorDescription> inputs() {
        return inputs;
    }

    @Override
    public List<TensorDescription> outputs() {
        return outputs;
    }

    @Override
    public ModelException failure(Kind kind, String complaint, List<String> remedies) {
        return new OnnxModelException(kind, complaint, remedies, null);
    }

    @Override
    public void run(int rows, Map<Tensor, ByteBuffer> inputs, Tensor output, ByteBuffer answer) {
        try (PreparedCall call = prepare(rows, inputs, output, answer)) {
            call.run();
        }
    }

    @Override
    public PreparedCall prepare(int rows, Map<Tensor, ByteBuffer> inputs, Tensor output, ByteBuffer answer) {
        Tensors.Call owner = tensors.call();
        try {
            return new Prepared(
                    rows,
                    owner,
                    tensors(owner, rows, inputs),
                    Map.of(output.name(), tensor(owner, output, rows, answer)));
        } catch (OrtException e) {
            owner.close();
            throw failed(rows, e);
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    private OnnxModelException failed(int rows, OrtException e) {
        return new OnnxModelException(Kind.CALL, model + ": a call of " + rows + " rows failed: " + e.getMessage(), e);
    }

    /** Calls on tensors that are created once. */
    private final class Prepared implements PreparedCall {
        private final int rows;
        private final Tensors.Call owner;
        private final Map<String, OnnxTensor> inputs;
        private final Map<String, OnnxTensor> outputs;

        Prepared(int rows, Tensors.Call owner, Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {
            this.rows = rows;
            this.owner = owner;
            this.inputs = inputs;
            this.outputs = outputs;
        }

        @Override
        public void run() {
            try {
                // The result does not own the tensors.
                session.run(inputs, outputs).close();
            } catch (OrtException e) {
                throw failed(rows, e);
            }
        }

        @Override
        public void close() {
            owner.close();
        }
    }

    /** Lets the model allocate its output, to find out the true shape. */
    @Override
    public TensorDescription trial(int rows, Map<Tensor, ByteBuffer> inputs, Tensor output) {
        try (Tensors.Call call = tensors.call()) {
            for (Map.Entry<Tensor, ByteBuffer> input : inputs.entrySet()) {
                Tensor tensor = input.getKey();
                if (tensor.shared()) {
                    shared.put(tensor, tensor(held, tensor, rows, input.getValue()));
                }
            }
            OrtSession.Result result = call.run(session, tensors(call, rows, inputs), output.name());
            return description(output.name(), (TensorInfo) result.get(0).getInfo());
        } catch (OrtException e) {
            throw new OnnxModelException(
                    Kind.CALL,
                    model + ": a trial call failed: " + e.getMessage(),
                    List.of("compare {shape}, {classes} and {inputs} with the model"),
                    e);
        }
    }

    private Map<String, OnnxTensor> tensors(Tensors.Call call, int rows, Map<Tensor, ByteBuffer> inputs)
            throws OrtException {
        Map<String, OnnxTensor> all = new HashMap<>();
        for (Map.Entry<Tensor, ByteBuffer> input : inputs.entrySet()) {
            Tensor tensor = input.getKey();
            OnnxTensor known = shared.get(tensor);
            all.put(tensor.name(), known == null ? tensor(call, tensor, rows, input.getValue()) : known);
        }
        return all;
    }

    private static OnnxTensor tensor(Tensors.Call call, Tensor tensor, int rows, ByteBuffer bytes) throws OrtException {
        return call.tensor(
                bytes, tensor.shape(rows), OnnxJavaType.valueOf(tensor.type().name()));
    }

    /** Returns the number of open tensors. */
    long openTensors() {
        return tensors.open();
    }

    @Override
    public void close() {
        try {
            held.close();
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(model + ": the model could not be closed: " + e.getMessage(), e);
        }
    }
}
