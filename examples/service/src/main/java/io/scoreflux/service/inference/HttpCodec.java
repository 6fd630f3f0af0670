package io.scoreflux.service.inference;

import io.scoreflux.service.api.BodyErrors;
import io.scoreflux.service.api.RequestException;
import io.scoreflux.service.inference.Inference.Denoised;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/** Converts bodies of HTTP: JSON, or JSON followed by tensors in little-endian order (the extension for binary tensor data). */
final class HttpCodec {
    /** The header with the length of the JSON that precedes the tensors of a body. */
    static final String HEADER_LENGTH = "Inference-Header-Content-Length";

    private static final String BODY = "body";
    private static final String BINARY_SIZE = "binary_data_size";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private HttpCodec() {}

    /**
     * A request and how to answer it.
     *
     * @param request the request
     * @param id the client's name of the request, or null
     * @param binary whether the client asks for a binary output
     */
    record Decoded(InferenceRequest request, @Nullable String id, boolean binary) {}

    /**
     * Reads a body.
     *
     * @param header the value of {@link #HEADER_LENGTH}, or null
     * @throws RequestException if it does not follow the protocol
     */
    static Decoded decode(String model, String version, byte[] body, @Nullable String header) {
        int length = length(header, body.length);
        JsonRequest json = json(body, length);
        List<InferenceRequest.Input> inputs = new ArrayList<>();
        int at = length;
        List<JsonRequest.Input> given = json.inputs();
        if (given == null) {
            throw invalid("inputs", "must be a list of tensors, was missing");
        }
        for (int i = 0; i < given.size(); i++) {
            JsonRequest.Input input = given.get(i);
            String field = "inputs[" + i + "]";
            if (input == null) {
                throw invalid(field, "must be a tensor, was null");
            }
            String name = required(field + ".name", input.name());
            String datatype = required(field + ".datatype", input.datatype());
            List<Long> shape = required(field + ".shape", input.shape());
            if (shape.stream().anyMatch(Objects::isNull)) {
                throw invalid(field + ".shape", "must be a list of whole numbers, has null");
            }
            Integer size = binarySize(field, input.parameters());
            double[] data = input.data();
            if ((size == null) == (data == null)) {
                throw invalid(
                        field,
                        "must have either data or the parameter " + BINARY_SIZE + ", has "
                                + (size == null ? "neither" : "both"));
            }
            Contents contents;
            if (size != null) {
                if (size > body.length - at) {
                    throw invalid(
                            field + ".parameters." + BINARY_SIZE,
                            "must be at most the " + (body.length - at) + " bytes that are left in the body, was "
                                    + size);
                }
                contents = new Contents.Raw(ByteBuffer.wrap(body, at, size));
                at += size;
            } else {
                contents = new Contents.Numbers(Objects.requireNonNull(data));
            }
            inputs.add(new InferenceRequest.Input(name, datatype, shape, contents));
        }
        if (at != body.length) {
            throw invalid("body", "must end with the tensors, has " + (body.length - at) + " bytes more");
        }
        return new Decoded(new InferenceRequest(model, version, inputs, outputs(json)), json.id(), isBinary(json));
    }

    private static int length(@Nullable String header, int most) {
        if (header == null) {
            return most;
        }
        int length = header.matches("[0-9]{1,9}") ? Integer.parseInt(header) : -1;
        if (length < 0 || length > most) {
            throw invalid(
                    HEADER_LENGTH,
                    "must be the number of bytes of JSON at the beginning of the body of " + most + " bytes, was "
                            + Inference.quoted(header));
        }
        return length;
    }

    private static JsonRequest json(byte[] body, int length) {
        JsonRequest json;
        try {
            json = JSON.readValue(body, 0, length, JsonRequest.class);
        } catch (JacksonException e) {
            RequestException refusal = BodyErrors.of(e, BODY);
            if (!BODY.equals(refusal.field())) {
                throw refusal;
            }
            throw invalid(
                    BODY,
                    "must begin with one JSON object"
                            + (e instanceof DatabindException ? "" : ": " + Inference.quoted(e.getOriginalMessage())));
        }
        if (json == null) {
            throw invalid("body", "must begin with one JSON object, was null");
        }
        return json;
    }

    private static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw invalid(field, "must be given, was missing");
        }
        return value;
    }

    private static @Nullable Integer binarySize(String field, @Nullable Map<String, Object> parameters) {
        Object size = parameters == null ? null : parameters.get(BINARY_SIZE);
        if (size == null) {
            return null;
        }
        if (!(size instanceof Integer bytes) || bytes < 0) {
            throw invalid(
                    field + ".parameters." + BINARY_SIZE,
                    "must be a whole number of bytes, was " + Inference.quoted(size.toString()));
        }
        return bytes;
    }

    private static List<String> outputs(JsonRequest json) {
        List<String> names = new ArrayList<>();
        for (JsonRequest.Output output : Objects.requireNonNullElse(json.outputs(), List.<JsonRequest.Output>of())) {
            names.add(required("outputs.name", output == null ? null : output.name()));
        }
        return names;
    }

    private static boolean isBinary(JsonRequest json) {
        Object usual = json.parameters() == null ? null : json.parameters().get("binary_data_output");
        if (json.outputs() != null) {
            for (JsonRequest.Output output : json.outputs()) {
                Object own =
                        output.parameters() == null ? null : output.parameters().get("binary_data");
                if (own != null) {
                    return Boolean.TRUE.equals(own);
                }
            }
        }
        return Boolean.TRUE.equals(usual);
    }

    /** Writes the response. */
    static ResponseEntity<byte[]> encode(Denoised denoised, @Nullable String id, boolean binary) {
        ModelTensor declared = ModelTensor.output(denoised.model().info());
        double[] values = denoised.values();
        Map<String, Object> output = new LinkedHashMap<>();
        output.put("name", declared.name());
        output.put("datatype", declared.datatype());
        output.put("shape", List.of(denoised.rows(), denoised.model().info().dimension()));
        if (binary) {
            output.put("parameters", Map.of(BINARY_SIZE, Contents.BYTES * values.length));
        } else {
            requireFinite(values, denoised.model().info().dimension());
            output.put("data", values);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("model_name", denoised.model().name());
        answer.put("model_version", Inference.VERSION);
        if (id != null) {
            answer.put("id", id);
        }
        answer.put("outputs", List.of(output));
        byte[] json = JSON.writeValueAsBytes(answer);
        if (!binary) {
            return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(json);
        }
        ByteBuffer body = ByteBuffer.allocate(json.length + Contents.BYTES * values.length)
                .put(json)
                .order(ByteOrder.LITTLE_ENDIAN);
        body.asDoubleBuffer().put(values);
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .header(HEADER_LENGTH, Integer.toString(json.length))
                .body(body.array());
    }

    /** JSON has no NaN and no infinities. */
    private static void requireFinite(double[] values, int dimension) {
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw RequestException.of(
                        HttpStatus.INTERNAL_SERVER_ERROR,
                        null,
                        "d[" + i / dimension + "][" + i % dimension + "] is " + values[i]
                                + ", which JSON cannot express; ask for binary data");
            }
        }
    }

    private static RequestException invalid(String field, String rule) {
        return RequestException.invalid(field, field + " " + rule + "; correct it");
    }
}
