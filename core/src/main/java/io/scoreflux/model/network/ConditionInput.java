package io.scoreflux.model.network;

import io.scoreflux.state.ConditionTensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An input of a network for a tensor of each row, which the condition of the row gives.
 *
 * @param name the name of the input
 * @param shape the shape of the tensor of one row, without the batch axis; null for the shape of the model
 * @param nullTensor the tensor of rows whose condition has none; null if every row must have one
 */
public record ConditionInput(
        String name,
        @Nullable List<Integer> shape,
        @Nullable ConditionTensor nullTensor) {
    /** Copies the shape. */
    public ConditionInput {
        Objects.requireNonNull(name, "input");
        shape = shape == null ? null : List.copyOf(shape);
    }
}
