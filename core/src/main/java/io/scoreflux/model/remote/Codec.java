package io.scoreflux.model.remote;

import io.scoreflux.internal.Credentials;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.Evaluations;
import io.scoreflux.model.network.Tensor;
import io.scoreflux.model.network.TensorMapping;
import io.scoreflux.state.Rows;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Converts rows to request bodies and response bodies to values. A body is JSON, followed by the tensors in the order of the JSON, little-endian. */
final class Codec {
    private static final String BINARY_SIZE = "binary_data_size";

    private final String model;
    private final TensorMapping mapping;
    private final Consumer<Rows> check;

    /**
     * Creates the codec of a model.
     *
     * @param check throws if the network does not accept the condition of a row
     */
    Codec(String model, TensorMapping mapping, Consumer<Rows> check) {
        this.model = model;
        this.mapping = mapping;
        this.check = check;
    }

    /**
     * The body of a request.
     *
     * @param body the JSON and the tensors
     * @param header the number of bytes of the JSON
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Question(byte[] body, int header) {}

    /** Returns the maximum number of bytes of a response. */
    int answerLimit(int rows) {
        return (int) Math.min(
                Integer.MAX_VALUE - 8, Endpoint.JSON_LIMIT + mapping.output().bytes(rows));
    }

    /** Returns the evaluations that a batch needs, after checking its conditions. */
    Evaluations evaluations(Rows in) {
        check.accept(in);
        return mapping.evaluations(in);
    }

    /** Returns the request for the values of {@code count} rows from {@code first} on. */
    Question encode(Rows in, int first, int count) {
        double binary = requireSize(count);
        byte[] header = Json.bytes(header(count));
        byte[] body = Arrays.copyOf(header, (int) (header.length + binary));
        Map<Tensor, ByteBuffer> inputs = new LinkedHashMap<>();
        int at = header.length;
        for (Tensor input : mapping.inputs()) {
            int length = (int) input.bytes(count);
            inputs.put(input, ByteBuffer.wrap(body, at, length).slice().order(ByteOrder.LITTLE_ENDIAN));
            at += length;
        }
        mapping.write(in, first, count, count, inputs);
        mapping.writeConstants(count, inputs);
        return new Question(body, header.length);
    }

    private double requireSize(int count) {
        double binary = mapping.inputs().stream()
                .mapToDouble(input -> input.bytes(count))
                .sum();
        double most = Integer.MAX_VALUE - 2.0 * Endpoint.JSON_LIMIT;
        if (binary > most || mapping.output().bytes(count) > most) {
            throw new InferenceException(
                    Kind.TOO_LARGE,
                    model + ": a call must have at most " + (long) most + " bytes, one of " + count + " rows has "
                            + (long) binary + "; use fewer rows per call");
        }
        return binary;
    }

    private ObjectNode header(int count) {
        ObjectNode header = Json.object();
        ArrayNode inputs = header.putArray("inputs");
        for (Tensor input : mapping.inputs()) {
            ObjectNode node = inputs.addObject().put("name", input.name());
            ArrayNode shape = node.putArray("shape");
            Arrays.stream(input.shape(count)).forEach(shape::add);
            node.put("datatype", InferenceDescription.datatype(input.type()));
            node.putObject("parameters").put(BINARY_SIZE, (long) input.bytes(count));
        }
        ObjectNode output = header.putArray("outputs").addObject();
        output.put("name", mapping.output().name()).putObject("parameters").put("binary_data", true);
        return header;
    }

    /** Writes the values for the rows of a call to their places in {@code out}. */
    void decode(Rows in, int first, int count, HttpResponse<byte[]> answer, double[] out) {
        byte[] body = answer.body();
        Integer header = Endpoint.length(answer, Endpoint.HEADER_LENGTH);
        if (header == null || header > body.length) {
            throw wrong("the header " + Endpoint.HEADER_LENGTH + " must be the length of the JSON in a body of "
                    + body.length + " bytes, was " + (header == null ? "missing or not a length" : header)
                    + "; the server must support the binary tensor extension");
        }
        JsonNode json = Json.read(model, "the header of the response", body, 0, header);
        mapping.read(output(count, json, body, header), in, first, count, out);
    }

    private ByteBuffer output(int count, JsonNode json, byte[] body, int header) {
        Tensor expected = mapping.output();
        long at = header;
        @Nullable JsonNode found = null;
        long foundAt = 0;
        for (JsonNode output : Json.list(model, json, "outputs")) {
            long size = binarySize(output);
            if (Json.text(model, output, "name").equals(expected.name())) {
                found = output;
                foundAt = at;
            }
            at += size;
        }
        if (at != body.length) {
            throw wrong("the tensors must fill the body of " + body.length + " bytes, but end at " + at);
        }
        if (found == null) {
            throw wrong("the response must contain the output '" + expected.name() + "'");
        }
        requireShape(found, count);
        long size = binarySize(found);
        if (size != (long) expected.bytes(count)) {
            throw wrong("the output '" + expected.name() + "' must have " + (long) expected.bytes(count)
                    + " bytes of binary data, has " + size);
        }
        return ByteBuffer.wrap(body, (int) foundAt, (int) size).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns the number of bytes of a tensor after the JSON; 0 for a tensor inside the JSON. */
    private long binarySize(JsonNode output) {
        JsonNode size = output.path("parameters").path(BINARY_SIZE);
        if (size.isMissingNode()) {
            return 0;
        }
        if (!size.isIntegralNumber() || !size.canConvertToInt() || size.intValue() < 0) {
            throw wrong(BINARY_SIZE + " must be a whole number of bytes, was " + Credentials.shown(size.toString()));
        }
        return size.intValue();
    }

    private void requireShape(JsonNode found, int count) {
        Tensor expected = mapping.output();
        String declared = InferenceDescription.datatype(expected.type()) + Arrays.toString(expected.shape(count));
        String answered = Json.text(model, found, "datatype") + Metadata.shape(model, found);
        if (!answered.equals(declared)) {
            throw new InferenceException(
                    Kind.SHAPE,
                    model + ": output '" + expected.name() + "' for " + count + " rows must be " + declared
                            + " as its description says, is " + Credentials.shown(answered));
        }
    }

    private InferenceException wrong(String complaint) {
        return new InferenceException(Kind.PROTOCOL, model + ": " + complaint);
    }
}
