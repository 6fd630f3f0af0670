package io.scoreflux.grpc;

import inference.OpenInferenceGrpc.ModelMetadataResponse;
import inference.OpenInferenceGrpc.ModelMetadataResponse.TensorMetadata;
import io.scoreflux.internal.Credentials;
import io.scoreflux.model.ModelException;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.ElementType;
import io.scoreflux.model.network.ModelDescription;
import io.scoreflux.model.network.Tensor;
import io.scoreflux.model.network.TensorDescription;
import io.scoreflux.model.remote.InferenceDenoiser;
import java.util.List;
import java.util.stream.Stream;

/**
 * The description of a model by its server.
 *
 * @param model the name of the model in messages
 * @param inputs the inputs that the server declares
 * @param outputs the outputs that the server declares
 */
record Description(String model, List<TensorDescription> inputs, List<TensorDescription> outputs)
        implements ModelDescription {

    static Description of(String model, ModelMetadataResponse answer) {
        return new Description(model, tensors(answer.getInputsList()), tensors(answer.getOutputsList()));
    }

    private static List<TensorDescription> tensors(List<TensorMetadata> declared) {
        return declared.stream()
                .map(tensor -> new TensorDescription(
                        tensor.getName(),
                        Stream.of(ElementType.values())
                                .filter(type -> name(type).equals(tensor.getDatatype()))
                                .findFirst()
                                .orElse(null),
                        tensor.getShapeList(),
                        Credentials.shown(tensor.getDatatype() + tensor.getShapeList())))
                .toList();
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
        if (!(state.size() >= 1 && state.bytes(1) <= Codec.MAX_BYTES)) {
            throw new ModelException(
                    Kind.TOO_LARGE,
                    declared + " must have at least 1 number in a row and at most 2 GB; use another model",
                    null);
        }
        if (!given && state.size() > InferenceDenoiser.MAX_ELEMENTS) {
            throw new ModelException(
                    Kind.TOO_LARGE,
                    declared + " must have at most " + InferenceDenoiser.MAX_ELEMENTS
                            + " numbers in a row unless a shape is given",
                    List.of("if this is the expected model, give one sample's {shape}"),
                    null);
        }
    }
}
