package io.scoreflux.diffusion;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import io.scoreflux.diffusion.PipelineException.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** A network of a pipeline other than the denoising network: a text encoder, or half of an autoencoder. Thread-safe. */
final class OnnxModel implements AutoCloseable {
    private static final String MASK = "attention_mask";

    private final Path file;
    private final OrtEnvironment environment;
    private final OrtSession session;

    private OnnxModel(Path file, OrtEnvironment environment, OrtSession session) {
        this.file = file;
        this.environment = environment;
        this.session = session;
    }

    static OnnxModel open(Path file, int threads) {
        requireFile(file);
        OrtEnvironment environment = environment(file);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            // Errors are thrown. The log would repeat them on standard error.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            options.setIntraOpNumThreads(threads);
            return new OnnxModel(file, environment, environment.createSession(file.toString(), options));
        } catch (OrtException e) {
            throw PipelineException.file(
                    Kind.INVALID_NETWORK,
                    file,
                    "ONNX Runtime cannot load the network: "
                            + String.valueOf(e.getMessage()).strip() + "; export it again",
                    e);
        }
    }

    private static OrtEnvironment environment(Path file) {
        try {
            return OrtEnvironment.getEnvironment();
        } catch (LinkageError e) {
            if (!NativeCode.isCauseOf(e)) {
                throw e;
            }
            throw PipelineException.file(Kind.INVALID_NETWORK, file, NativeCode.missing("ONNX Runtime"), e);
        }
    }

    /** Requires that the file of a network exists. */
    static void requireFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw PipelineException.file(
                    Kind.UNREADABLE, file, "the network does not exist; export this component to ONNX", null);
        }
    }

    /** Returns the file of the network. */
    Path file() {
        return file;
    }

    /** Returns the names of the outputs. */
    Set<String> outputs() {
        return session.getOutputNames();
    }

    /** Returns the first of some names that is an input. */
    String input(String... names) {
        for (String name : names) {
            if (session.getInputNames().contains(name)) {
                return name;
            }
        }
        throw PipelineException.file(
                Kind.INVALID_NETWORK,
                file,
                "the network must have the input " + String.join(" or ", names) + ", has "
                        + new TreeSet<>(session.getInputNames()) + "; export it again",
                null);
    }

    /** Requires an output. */
    void requireOutput(String name) {
        if (!session.getOutputNames().contains(name)) {
            throw PipelineException.file(
                    Kind.INVALID_NETWORK,
                    file,
                    "the network must have the output " + name + ", has " + new TreeSet<>(session.getOutputNames())
                            + "; export it again",
                    null);
        }
    }

    /** Runs a text encoder. An attention mask, if the network has this input, admits all tokens, as in {@code diffusers}. */
    Map<String, FloatTensor> run(String input, long[] tokens, long[] shape, Set<String> outputs) {
        long[] ones = new long[tokens.length];
        Arrays.fill(ones, 1);
        String mask = session.getInputNames().contains(MASK) ? MASK : null;
        try (OnnxTensor tensor = whole(input, tokens, shape);
                OnnxTensor all = mask == null ? null : whole(mask, ones, shape)) {
            return run(all == null ? Map.of(input, tensor) : Map.of(input, tensor, MASK, all), outputs);
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    /** Runs the network on numbers in single or half precision, as its input requires. */
    FloatTensor run(String input, FloatTensor values, String output) {
        try (OnnxTensor tensor = floating(input, values)) {
            return Objects.requireNonNull(
                    run(Map.of(input, tensor), Set.of(output)).get(output));
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    private Map<String, FloatTensor> run(Map<String, OnnxTensor> inputs, Set<String> outputs) throws OrtException {
        try (OrtSession.Result result = session.run(inputs, outputs)) {
            Map<String, FloatTensor> all = new LinkedHashMap<>();
            for (Map.Entry<String, OnnxValue> entry : result) {
                OnnxTensor answer = (OnnxTensor) entry.getValue();
                FloatBuffer buffer = answer.getFloatBuffer();
                if (buffer == null) {
                    throw PipelineException.file(
                            Kind.INVALID_NETWORK,
                            file,
                            "output '" + entry.getKey() + "' must have floating-point numbers, has "
                                    + answer.getInfo().type + "; export it again",
                            null);
                }
                float[] values = new float[buffer.remaining()];
                buffer.get(values);
                all.put(entry.getKey(), new FloatTensor(answer.getInfo().getShape(), values));
            }
            return all;
        }
    }

    private OnnxTensor whole(String input, long[] tokens, long[] shape) throws OrtException {
        if (type(input) == OnnxJavaType.INT32) {
            int[] narrow = new int[tokens.length];
            for (int i = 0; i < narrow.length; i++) {
                narrow[i] = Math.toIntExact(tokens[i]);
            }
            return OnnxTensor.createTensor(environment, IntBuffer.wrap(narrow), shape);
        }
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(tokens), shape);
    }

    private OnnxTensor floating(String input, FloatTensor tensor) throws OrtException {
        if (type(input) == OnnxJavaType.FLOAT16) {
            ByteBuffer half =
                    ByteBuffer.allocateDirect(2 * tensor.values().length).order(ByteOrder.nativeOrder());
            half.asShortBuffer().put(Fp16Conversions.convertFloatBufferToFp16Buffer(FloatBuffer.wrap(tensor.values())));
            return OnnxTensor.createTensor(environment, half, tensor.shape(), OnnxJavaType.FLOAT16);
        }
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(tensor.values()), tensor.shape());
    }

    private OnnxJavaType type(String input) {
        return declared(input).type;
    }

    /** Returns the declared shape of an input; negative lengths are dynamic. */
    long[] inputShape(String name) {
        return declared(name).getShape();
    }

    /** Returns the declared shape of an output; negative lengths are dynamic. */
    long[] outputShape(String name) {
        try {
            return tensor("output", name, session.getOutputInfo()).getShape();
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    private TensorInfo declared(String name) {
        try {
            return tensor("input", name, session.getInputInfo());
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    private TensorInfo tensor(String what, String name, Map<String, NodeInfo> nodes) {
        NodeInfo node = nodes.get(name);
        if (node != null && node.getInfo() instanceof TensorInfo tensor) {
            return tensor;
        }
        throw PipelineException.file(
                Kind.INVALID_NETWORK, file, what + " '" + name + "' must be a tensor; export it again", null);
    }

    private PipelineException failed(OrtException e) {
        return PipelineException.file(Kind.INVALID_NETWORK, file, "a call of the network failed: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(file + ": the network could not be closed: " + e.getMessage(), e);
        }
    }
}
