package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import io.scoreflux.state.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/** An input for a tensor of each row. Thread-safe. */
final class ConditionSlot {
    private final Tensor tensor;
    private final @Nullable ConditionTensor nullTensor;
    /** Tensors in the type of the input, unless that is single precision. They live as long as the tensors of the conditions. */
    private final Map<ConditionTensor, ByteBuffer> converted = Collections.synchronizedMap(new WeakHashMap<>());

    /**
     * Creates an input.
     *
     * @param tensor the input
     * @param nullTensor the tensor of rows whose condition has none; null if every row must have one
     */
    ConditionSlot(Tensor tensor, @Nullable ConditionTensor nullTensor) {
        this.tensor = tensor;
        this.nullTensor = nullTensor;
    }

    /** Returns the input. */
    Tensor tensor() {
        return tensor;
    }

    /** Returns the tensor of rows whose condition has none; null if every row must have one. */
    @Nullable
    ConditionTensor nullTensor() {
        return nullTensor;
    }

    /** Returns the shape of the tensor of one row. */
    List<Integer> shape() {
        return tensor.shape().stream().map(Long::intValue).toList();
    }

    /**
     * Checks the tensor of a condition.
     *
     * @param tensors the tensors of the condition, by the name of the input
     */
    void check(Map<String, ConditionTensor> tensors) {
        ConditionTensor own = tensors.get(tensor.name());
        if (own == null) {
            if (nullTensor == null) {
                throw new InvalidArgumentException(
                        "tensors",
                        "must contain '" + tensor.name() + "', as this input has no null tensor",
                        tensors.isEmpty()
                                ? "empty"
                                : String.join(
                                        ", ", tensors.keySet().stream().sorted().toList()),
                        "give the condition, and with guidance its {negative}, a tensor for it",
                        "declare a null tensor of the input");
            }
        } else if (!fits(own.shape())) {
            throw new InvalidArgumentException(
                    "tensor '" + tensor.name() + "'",
                    "must have the shape " + tensor.shape() + " that the network was opened with",
                    own.shape(),
                    "pad it as the network expects");
        } else {
            int at = misfit(tensor.type(), own);
            if (at >= 0) {
                throw new InvalidArgumentException(
                        "tensor '" + tensor.name() + "'",
                        "must contain numbers that its input can hold, which is " + tensor.type(),
                        own.value(at));
            }
        }
    }

    private boolean fits(List<Integer> shape) {
        boolean fits = shape.size() == tensor.shape().size();
        for (int axis = 0; fits && axis < shape.size(); axis++) {
            fits = shape.get(axis).longValue() == tensor.shape().get(axis);
        }
        return fits;
    }

    /** Returns the index of a number that elements of a type cannot hold, or -1. */
    static int misfit(ElementType type, ConditionTensor values) {
        // Every call checks its tensors. The numbers that a type holds are all those, or all integers, between two
        // bounds.
        boolean isWithin = type.holds(values.min()) && type.holds(values.max());
        if (isWithin && (type.isReal() || values.integral())) {
            return -1;
        }
        int i = 0;
        while (type.holds(values.value(i))) {
            i++;
        }
        return i;
    }

    /**
     * Writes the tensors of rows {@code first, ..., first + count - 1} into the buffer of a call; the last row is repeated as padding. A
     * tensor is converted once for all rows and calls.
     */
    void put(Rows in, int first, int count, int rows, ByteBuffer bytes) {
        int size = (int) tensor.size();
        int length = size * tensor.type().bytes();
        IdentityHashMap<ConditionTensor, Integer> written = new IdentityHashMap<>();
        for (int row = 0; row < rows; row++) {
            ConditionTensor own = of(in.condition(first + Math.min(row, count - 1)));
            Integer same = written.putIfAbsent(own, row);
            if (same == null) {
                write(own, bytes, row);
            } else {
                bytes.put(row * length, bytes, same * length, length);
            }
        }
    }

    private void write(ConditionTensor own, ByteBuffer bytes, int row) {
        if (tensor.type() == ElementType.FLOAT) {
            bytes.asFloatBuffer().put(row * own.size(), own.values(), 0, own.size());
            return;
        }
        ByteBuffer numbers = converted(own, bytes.order());
        bytes.put(row * numbers.capacity(), numbers, 0, numbers.capacity());
    }

    /** Returns the numbers of a tensor in the type of the input. */
    ByteBuffer converted(ConditionTensor own, ByteOrder order) {
        ByteBuffer known = converted.get(own);
        if (known != null && known.order().equals(order)) {
            return known;
        }
        ByteBuffer numbers =
                ByteBuffer.allocate(own.size() * tensor.type().bytes()).order(order);
        for (int i = 0; i < own.size(); i++) {
            tensor.type().put(numbers, i, own.value(i));
        }
        converted.put(own, numbers);
        return numbers;
    }

    private ConditionTensor of(@Nullable Condition condition) {
        ConditionTensor own = condition == null ? null : condition.tensors().get(tensor.name());
        ConditionTensor found = own == null ? nullTensor : own;
        if (found == null) {
            throw new InvalidArgumentException("tensors", "must contain '" + tensor.name() + "'", "missing");
        }
        return found;
    }
}
