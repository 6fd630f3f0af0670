package io.scoreflux.model.remote;

import io.scoreflux.model.remote.InferenceException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What a server says of a model.
 *
 * @param model what messages call it
 */
record Metadata(String model, Map<String, Declared> inputs, Map<String, Declared> outputs) {

    /**
     * A tensor as it is declared.
     *
     * @param shape an axis is a length, or -1 where it is dynamic
     */
    record Declared(String name, String datatype, List<Long> shape) {
        /** The shape without the first axis. */
        List<Long> rest() {
            return shape.subList(1, shape.size());
        }

        /** As {@code FP32[-1, 1, 28, 28]}. */
        @Override
        public String toString() {
            return Json.shown(datatype + shape);
        }
    }

    /** Reads the server's answer. */
    static Metadata of(String model, byte[] answer) {
        JsonNode root = Json.read(model, "the description", answer, 0, answer.length);
        return new Metadata(model, tensors(model, root, "inputs"), tensors(model, root, "outputs"));
    }

    private static Map<String, Declared> tensors(String model, JsonNode root, String field) {
        Map<String, Declared> tensors = new TreeMap<>();
        for (JsonNode tensor : Json.list(model, root, field)) {
            String name = Json.text(model, tensor, "name");
            tensors.put(name, new Declared(name, Json.text(model, tensor, "datatype"), shape(model, tensor)));
        }
        return tensors;
    }

    /** The lengths of a tensor's axes. */
    static List<Long> shape(String model, JsonNode tensor) {
        List<Long> shape = new ArrayList<>();
        for (JsonNode axis : Json.list(model, tensor, "shape")) {
            if (!axis.isIntegralNumber() || !axis.canConvertToLong()) {
                throw new InferenceException(
                        Kind.PROTOCOL,
                        model + ": a shape must be a list of whole numbers, was "
                                + Json.shown(tensor.get("shape").toString()));
            }
            shape.add(axis.longValue());
        }
        return List.copyOf(shape);
    }
}
