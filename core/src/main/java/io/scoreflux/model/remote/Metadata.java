package io.scoreflux.model.remote;

import io.scoreflux.internal.Credentials;
import io.scoreflux.model.ModelException;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.ElementType;
import io.scoreflux.model.network.ModelDescription;
import io.scoreflux.model.network.Tensor;
import io.scoreflux.model.network.TensorDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * The description of a model by its server.
 *
 * @param model the name of the model in messages
 * @param inputs the inputs that the server declares
 * @param outputs the outputs that the server declares
 */
record Metadata(String model, List<TensorDescription> inputs, List<TensorDescription> outputs)
        implements ModelDescription {

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
            ElementType known = Stream.of(ElementType.values())
                    .filter(one -> name(one).equals(type))
                    .findFirst()
                    .orElse(null);
            tensors.add(new TensorDescription(
                    Json.text(model, tensor, "name"), known, shape, Credentials.shown(type + shape)));
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

    /** Returns the protocol's name of a type. */
    static String name(ElementType type) {
        return switch (type) {
            case FLOAT16 -> "FP16";
            case BFLOAT16 -> "BF16";
            case FLOAT -> "FP32";
            case DOUBLE -> "FP64";
            case INT32, INT64, BOOL -> type.name();
        };
    }

    @Override
    public String typeName(ElementType type) {
        return name(type);
    }

    @Override
    public void checkSize(Tensor state, boolean given) {
        String declared = model + ": '" + state.name() + "' " + state;
        if (!(state.size() >= 1 && state.bytes(1) <= Integer.MAX_VALUE)) {
            throw new InferenceException(
                    Kind.TOO_LARGE,
                    declared + " must have at least 1 number in a row and at most 2 GB; use another model");
        }
        if (!given && state.size() > InferenceDenoiser.MAX_ELEMENTS) {
            throw new InferenceException(
                    Kind.TOO_LARGE,
                    declared + " must have at most " + InferenceDenoiser.MAX_ELEMENTS
                            + " numbers in a row unless a shape is given",
                    List.of("if this is the expected model, give one sample's {shape}"),
                    null);
        }
    }

    @Override
    public ModelException failure(Kind kind, String complaint, List<String> remedies) {
        return new InferenceException(kind, complaint, remedies, null);
    }
}
