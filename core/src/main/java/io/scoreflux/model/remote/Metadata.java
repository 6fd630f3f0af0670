package io.scoreflux.model.remote;

import io.scoreflux.internal.Credentials;
import io.scoreflux.model.ModelException;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.TensorDescription;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The description of a model by its server.
 *
 * @param model the name of the model in messages
 * @param inputs the inputs that the server declares
 * @param outputs the outputs that the server declares
 */
record Metadata(String model, List<TensorDescription> inputs, List<TensorDescription> outputs)
        implements InferenceDescription {

    /** Reads the response of the server. */
    static Metadata of(String model, byte[] answer) {
        JsonNode root = Json.read(model, "the description", answer, 0, answer.length);
        return new Metadata(model, tensors(model, root, "inputs"), tensors(model, root, "outputs"));
    }

    private static List<TensorDescription> tensors(String model, JsonNode root, String field) {
        List<TensorDescription> tensors = new ArrayList<>();
        for (JsonNode tensor : Json.list(model, root, field)) {
            String type = Json.text(model, tensor, "datatype");
            List<Long> shape = shape(model, tensor);
            tensors.add(new TensorDescription(
                    Json.text(model, tensor, "name"),
                    InferenceDescription.elementType(type).orElse(null),
                    shape,
                    Credentials.shown(type + shape)));
        }
        return tensors;
    }

    /** Returns the lengths of the axes of a tensor. */
    static List<Long> shape(String model, JsonNode tensor) {
        List<Long> shape = new ArrayList<>();
        for (JsonNode axis : Json.list(model, tensor, "shape")) {
            if (!axis.isIntegralNumber() || !axis.canConvertToLong()) {
                throw new InferenceException(
                        Kind.PROTOCOL,
                        model + ": a shape must be a list of whole numbers, was "
                                + Credentials.shown(tensor.get("shape").toString()));
            }
            shape.add(axis.longValue());
        }
        return List.copyOf(shape);
    }

    @Override
    public long maxBytes() {
        return Integer.MAX_VALUE;
    }

    @Override
    public ModelException failure(Kind kind, String complaint, List<String> remedies) {
        return new InferenceException(kind, complaint, remedies, null);
    }
}
