package io.scoreflux.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import inference.OpenInferenceGrpc.InferTensorContents;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferRequest.InferInputTensor;
import inference.OpenInferenceGrpc.ModelInferRequest.InferRequestedOutputTensor;
import inference.OpenInferenceGrpc.ModelInferResponse;
import inference.OpenInferenceGrpc.ModelInferResponse.InferOutputTensor;
import io.scoreflux.internal.Credentials;
import io.scoreflux.model.ModelException;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.ElementType;
import io.scoreflux.model.network.Evaluations;
import io.scoreflux.model.network.Tensor;
import io.scoreflux.model.network.TensorMapping;
import io.scoreflux.model.remote.InferenceDescription;
import io.scoreflux.state.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Converts rows to requests with raw contents, and the raw or typed contents of responses to values. Raw contents are little-endian. */
final class Codec {
    /** The maximum number of bytes of the tensors of a message. */
    static final int MAX_BYTES = Integer.MAX_VALUE - (1 << 17);

    /** The maximum number of bytes of a response that are not its tensor. */
    private static final int ANSWER_EXTRA = 1 << 16;

    /** The maximum number of bytes of a message that are not tensors: names, types and shapes. */
    private static final int REQUEST_EXTRA = 64;

    private final String model;
    private final String modelName;
    private final String version;
    private final TensorMapping mapping;
    private final int maxRows;

    /**
     * Creates the codec of a model.
     *
     * @param model the name of the model in messages
     * @param modelName the name of the model on the server
     * @param version the version of the model on the server, or an empty string
     * @param mapping the mapping between rows and tensors
     * @param maxMessageBytes the maximum number of bytes of a request and of a response
     * @throws ModelException if one row exceeds it
     */
    Codec(String model, String modelName, String version, TensorMapping mapping, int maxMessageBytes) {
        this.model = model;
        this.modelName = modelName;
        this.version = version;
        this.mapping = mapping;
        this.maxRows = maxRows(maxMessageBytes);
    }

    /**
     * The rows of one call.
     *
     * @param first the index of the first evaluation
     * @param count the number of evaluations
     */
    record Part(int first, int count) {}

    private int maxRows(int maxMessageBytes) {
        double fixed = modelName.length() + version.length() + REQUEST_EXTRA;
        double perRow = 0;
        for (Tensor input : mapping.inputs()) {
            fixed += 2.0 * input.name().length()
                    + REQUEST_EXTRA
                    + 10.0 * input.shape().size();
            if (input.perRow()) {
                perRow += input.bytes(1);
            } else {
                fixed += input.bytes(1);
            }
        }
        double most = Math.min(
                Math.floor((Math.min(maxMessageBytes, MAX_BYTES) - fixed) / perRow),
                Math.floor((Math.min(maxMessageBytes, MAX_BYTES) - fixed)
                        / mapping.output().bytes(1)));
        if (most < 1) {
            throw new ModelException(
                    Kind.TOO_LARGE,
                    model + ": a message must have at most " + maxMessageBytes + " bytes, one row has "
                            + (long) Math.max(fixed + perRow, mapping.output().bytes(1)),
                    List.of("set a greater {maxMessageBytes}, here and on the server"),
                    null);
        }
        return (int) Math.min(most, Integer.MAX_VALUE);
    }

    /** Returns the maximum number of bytes of a response. */
    int answerLimit(int count) {
        return (int) Math.min(Integer.MAX_VALUE, ANSWER_EXTRA + mapping.output().bytes(count));
    }

    /** Divides a batch into calls. */
    List<Part> parts(Evaluations evaluations) {
        List<Part> parts = new ArrayList<>();
        int first = 0;
        while (first < evaluations.rows().count()) {
            int count = evaluations.callRows(first, maxRows);
            parts.add(new Part(first, count));
            first += count;
        }
        return parts;
    }

    /** Returns the request for the values of some rows. */
    ModelInferRequest encode(Rows in, Part part) {
        int count = part.count();
        ModelInferRequest.Builder request =
                ModelInferRequest.newBuilder().setModelName(modelName).setModelVersion(version);
        Map<Tensor, ByteBuffer> inputs = new LinkedHashMap<>();
        for (Tensor input : mapping.inputs()) {
            byte[] raw = new byte[(int) input.bytes(count)];
            inputs.put(input, ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN));
            InferInputTensor.Builder tensor = InferInputTensor.newBuilder()
                    .setName(input.name())
                    .setDatatype(InferenceDescription.datatype(input.type()));
            Arrays.stream(input.shape(count)).forEach(tensor::addShape);
            // The array is filled below, before the request is sent, and then never written again.
            request.addInputs(tensor).addRawInputContents(UnsafeByteOperations.unsafeWrap(raw));
        }
        mapping.write(in, part.first(), count, count, inputs);
        mapping.writeConstants(count, inputs);
        return request.addOutputs(InferRequestedOutputTensor.newBuilder()
                        .setName(mapping.output().name()))
                .build();
    }

    /** Writes the values for the rows of a call to their places in {@code out}. */
    void decode(Rows in, Part part, ModelInferResponse answer, double[] out) {
        mapping.read(output(part.count(), answer), in, part.first(), part.count(), out);
    }

    private ByteBuffer output(int count, ModelInferResponse answer) {
        Tensor expected = mapping.output();
        List<InferOutputTensor> outputs = answer.getOutputsList();
        int index = 0;
        while (index < outputs.size() && !outputs.get(index).getName().equals(expected.name())) {
            index++;
        }
        if (index == outputs.size()) {
            throw wrong("the response must contain the output '" + expected.name() + "'");
        }
        InferOutputTensor found = outputs.get(index);
        requireShape(found, count);
        if (answer.getRawOutputContentsCount() == 0) {
            return typed(found.getContents(), count);
        }
        if (answer.getRawOutputContentsCount() != outputs.size()) {
            throw wrong("the response must have raw contents for each of its " + outputs.size() + " outputs, has "
                    + answer.getRawOutputContentsCount());
        }
        ByteString raw = answer.getRawOutputContents(index);
        if (raw.size() != (long) expected.bytes(count)) {
            throw wrong("the output '" + expected.name() + "' must have " + (long) expected.bytes(count)
                    + " bytes of raw contents, has " + raw.size());
        }
        return raw.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer typed(InferTensorContents contents, int count) {
        Tensor expected = mapping.output();
        int elements = (int) (count * expected.size());
        boolean wide = expected.type() == ElementType.DOUBLE;
        if (!wide && expected.type() != ElementType.FLOAT) {
            throw wrong("the output '" + expected.name() + "' must have raw contents, as "
                    + InferenceDescription.datatype(expected.type()) + " has no typed ones");
        }
        int given = wide ? contents.getFp64ContentsCount() : contents.getFp32ContentsCount();
        if (given != elements) {
            throw wrong("the output '" + expected.name() + "' must have " + elements + " numbers as raw contents or as "
                    + (wide ? "fp64_contents" : "fp32_contents") + ", has " + given);
        }
        ByteBuffer numbers = ByteBuffer.allocate((int) expected.bytes(count)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < elements; i++) {
            if (wide) {
                numbers.putDouble(contents.getFp64Contents(i));
            } else {
                numbers.putFloat(contents.getFp32Contents(i));
            }
        }
        return numbers.flip();
    }

    private void requireShape(InferOutputTensor found, int count) {
        Tensor expected = mapping.output();
        String declared = InferenceDescription.datatype(expected.type()) + Arrays.toString(expected.shape(count));
        String answered = found.getDatatype() + found.getShapeList();
        if (!answered.equals(declared)) {
            throw new ModelException(
                    Kind.SHAPE,
                    model + ": output '" + expected.name() + "' for " + count + " rows must be " + declared
                            + " as its description says, is " + Credentials.shown(answered),
                    null);
        }
    }

    private ModelException wrong(String complaint) {
        return new ModelException(Kind.PROTOCOL, model + ": " + complaint, null);
    }
}
