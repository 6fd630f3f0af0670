package io.scoreflux.model.remote;

import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.ElementType;
import io.scoreflux.model.network.ModelDescription;
import io.scoreflux.model.network.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The description of a model by a server of the Open Inference Protocol 2, over any transport. */
public interface InferenceDescription extends ModelDescription {

    /** Returns the protocol's name of a type, such as {@code FP32}. */
    static String datatype(ElementType type) {
        return switch (type) {
            case FLOAT16 -> "FP16";
            case BFLOAT16 -> "BF16";
            case FLOAT -> "FP32";
            case DOUBLE -> "FP64";
            case INT32, INT64, BOOL -> type.name();
        };
    }

    /** Returns the type of a name in the protocol; empty for types that networks here do not have. */
    static Optional<ElementType> elementType(String datatype) {
        return Stream.of(ElementType.values())
                .filter(type -> datatype(type).equals(datatype))
                .findFirst();
    }

    /** Returns the largest size of a tensor of one row, in bytes. */
    long maxBytes();

    @Override
    default String typeName(ElementType type) {
        return datatype(type);
    }

    /** Rejects a state without numbers, one above {@link #maxBytes}, and one above {@link InferenceDenoiser#MAX_ELEMENTS} without a given shape. */
    @Override
    default void checkSize(Tensor state, boolean given) {
        String declared = model() + ": '" + state.name() + "' " + state;
        if (!(state.size() >= 1 && state.bytes(1) <= maxBytes())) {
            throw failure(
                    Kind.TOO_LARGE,
                    declared + " must have at least 1 number in a row and at most 2 GB; use another model",
                    List.of());
        }
        if (!given && state.size() > InferenceDenoiser.MAX_ELEMENTS) {
            throw failure(
                    Kind.TOO_LARGE,
                    declared + " must have at most " + InferenceDenoiser.MAX_ELEMENTS
                            + " numbers in a row unless a shape is given",
                    List.of("if this is the expected model, give one sample's {shape}"));
        }
    }
}
