package io.scoreflux.model.remote;

import io.scoreflux.internal.Credentials;
import io.scoreflux.model.ModelException.Kind;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes the JSON of the protocol. The responses of the server are not trusted. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    /** Reads a JSON object. */
    static JsonNode read(String model, String what, byte[] bytes, int at, int length) {
        JsonNode node;
        try {
            node = MAPPER.readTree(bytes, at, length);
        } catch (JacksonException e) {
            throw new InferenceException(
                    Kind.PROTOCOL,
                    model + ": " + what + " must be JSON, " + Credentials.shown(e.getOriginalMessage())
                            + "; check that the address is that of an Open Inference Protocol server",
                    e);
        }
        if (!node.isObject()) {
            throw new InferenceException(
                    Kind.PROTOCOL,
                    model + ": " + what + " must be a JSON object, was " + Credentials.shown(node.toString())
                            + "; check that the address is that of an Open Inference Protocol server");
        }
        return node;
    }

    static List<JsonNode> list(String model, JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isArray()) {
            throw new InferenceException(
                    Kind.PROTOCOL,
                    model + ": '" + field + "' must be a list, was "
                            + (value == null ? "missing" : Credentials.shown(value.toString())));
        }
        return new ArrayList<>(value.values());
    }

    static String text(String model, JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isString()) {
            throw new InferenceException(
                    Kind.PROTOCOL,
                    model + ": '" + field + "' must be a string, was "
                            + (value == null ? "missing" : Credentials.shown(value.toString())));
        }
        return value.stringValue();
    }
}
