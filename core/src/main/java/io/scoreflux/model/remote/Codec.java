package io.scoreflux.model.remote;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.model.NetworkSettings;
import io.scoreflux.model.Numbers;
import io.scoreflux.model.Translation;
import io.scoreflux.model.remote.InferenceException.Kind;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Rows as bodies of requests, and bodies of answers as rows: JSON, then the tensors in the order that it names them, little-endian. */
final class Codec {
    private static final String BINARY_SIZE = "binary_data_size";

    private final String model;
    private final Signature signature;
    private final Translation translation;
    private final int classes;

    Codec(String model, Signature signature, NetworkSettings network) {
        this.model = model;
        this.signature = signature;
        this.translation = network.translation();
        this.classes = network.classes();
    }

    /**
     * A body.
     *
     * @param header bytes of its JSON
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Question(byte[] body, int header) {}

    /** The most bytes of an answer. */
    int answerLimit(int rows) {
        return (int) Math.min(
                Integer.MAX_VALUE - 8, Endpoint.JSON_LIMIT + signature.output().bytes(rows));
    }

    /** The question that rows are. */
    Question encode(Rows in) {
        int count = in.count();
        requireLabels(in);
        double binary = requireSize(count);
        byte[] header = Json.bytes(header(count));
        byte[] body = Arrays.copyOf(header, (int) (header.length + binary));
        ByteBuffer bytes = ByteBuffer.wrap(body, header.length, (int) binary).order(ByteOrder.LITTLE_ENDIAN);
        putReals(bytes, in);
        putLabels(bytes, in);
        signature.constants().forEach(constant -> constant.put(bytes, count));
        return new Question(body, header.length);
    }

    private double requireSize(int count) {
        double binary = signature.inputs().stream()
                .mapToDouble(input -> input.bytes(count))
                .sum();
        double most = Integer.MAX_VALUE - 2.0 * Endpoint.JSON_LIMIT;
        if (binary > most || signature.output().bytes(count) > most) {
            throw new InferenceException(
                    Kind.TOO_LARGE,
                    model + ": a call must have at most " + (long) most + " bytes, one of " + count + " rows has "
                            + (long) binary + "; make calls of fewer rows");
        }
        return binary;
    }

    private ObjectNode header(int count) {
        ObjectNode header = Json.object();
        ArrayNode inputs = header.putArray("inputs");
        for (Tensor input : signature.inputs()) {
            ObjectNode node = inputs.addObject().put("name", input.name());
            ArrayNode shape = node.putArray("shape");
            Arrays.stream(input.shape(count)).forEach(shape::add);
            node.put("datatype", input.type().name());
            node.putObject("parameters").put(BINARY_SIZE, (long) input.bytes(count));
        }
        ObjectNode output = header.putArray("outputs").addObject();
        output.put("name", signature.output().name()).putObject("parameters").put("binary_data", true);
        return header;
    }

    private void putReals(ByteBuffer bytes, Rows in) {
        int count = in.count();
        Numbers x = numbers(take(bytes, signature.state(), count), signature.state());
        Numbers t = numbers(take(bytes, signature.time(), count), signature.time());
        for (int row = 0; row < count; row++) {
            translation.write(in, row, x, t, row);
        }
    }

    private void putLabels(ByteBuffer bytes, Rows in) {
        Tensor label = signature.label();
        for (int row = 0; label != null && row < in.count(); row++) {
            Condition condition = in.condition(row);
            int chosen = condition == null ? classes : condition.label();
            if (label.type() == Datatype.INT64) {
                bytes.putLong(chosen);
            } else {
                bytes.putInt(chosen);
            }
        }
    }

    private void requireLabels(Rows in) {
        for (int row = 0; classes > 0 && row < in.count(); row++) {
            Condition condition = in.condition(row);
            if (condition != null && condition.label() >= classes) {
                throw new InvalidArgumentException(
                        "label",
                        "must be below " + classes + ", the number of the model's classes",
                        condition.label() + " for " + model);
            }
        }
    }

    /** The next bytes, which are a tensor's. */
    private static ByteBuffer take(ByteBuffer bytes, Tensor tensor, int rows) {
        int length = (int) tensor.bytes(rows);
        ByteBuffer taken = bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(bytes.position() + length);
        return taken;
    }

    private static Numbers numbers(ByteBuffer bytes, Tensor tensor) {
        return tensor.type() == Datatype.FP64 ? Numbers.ofDoubles(bytes) : Numbers.ofFloats(bytes);
    }

    /** The denoiser's answers for the rows that were asked. */
    double[] decode(Rows in, HttpResponse<byte[]> answer) {
        byte[] body = answer.body();
        Integer header = Endpoint.length(answer, Endpoint.HEADER_LENGTH);
        if (header == null || header > body.length) {
            throw wrong("the header " + Endpoint.HEADER_LENGTH + " must be the length of the JSON in a body of "
                    + body.length + " bytes, was " + (header == null ? "missing or no length" : header)
                    + "; the server must have the binary tensor extension");
        }
        JsonNode json = Json.read(model, "the answer's header", body, 0, header);
        Numbers f = numbers(output(in.count(), json, body, header), signature.output());
        double[] out = new double[in.count() * in.dimension()];
        for (int row = 0; row < in.count(); row++) {
            translation.read(f, row, in, row, out);
        }
        return out;
    }

    private ByteBuffer output(int count, JsonNode json, byte[] body, int header) {
        Tensor expected = signature.output();
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
            throw wrong("the tensors must fill the body of " + body.length + " bytes, end at " + at);
        }
        if (found == null) {
            throw wrong("the output '" + expected.name() + "' must be answered, is not");
        }
        requireShape(found, count);
        long size = binarySize(found);
        if (size != (long) expected.bytes(count)) {
            throw wrong("the output '" + expected.name() + "' must have " + (long) expected.bytes(count)
                    + " bytes of binary data, has " + size);
        }
        return ByteBuffer.wrap(body, (int) foundAt, (int) size).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Bytes of a tensor behind the JSON; 0 for one that is written inside it. */
    private long binarySize(JsonNode output) {
        JsonNode size = output.path("parameters").path(BINARY_SIZE);
        if (size.isMissingNode()) {
            return 0;
        }
        if (!size.isIntegralNumber() || !size.canConvertToInt() || size.intValue() < 0) {
            throw wrong(BINARY_SIZE + " must be a whole number of bytes, was " + Json.shown(size.toString()));
        }
        return size.intValue();
    }

    private void requireShape(JsonNode found, int count) {
        Tensor expected = signature.output();
        List<Long> shape = Metadata.shape(model, found);
        List<Long> asked = Arrays.stream(expected.shape(count)).boxed().toList();
        String type = Json.text(model, found, "datatype");
        if (!Objects.equals(shape, asked) || !type.equals(expected.type().name())) {
            throw new InferenceException(
                    Kind.SHAPE,
                    model + ": output '" + expected.name() + "' for " + count + " rows must be " + expected.type()
                            + asked + " as its description says, is " + Json.shown(type + shape));
        }
    }

    private InferenceException wrong(String complaint) {
        return new InferenceException(Kind.PROTOCOL, model + ": " + complaint);
    }
}
