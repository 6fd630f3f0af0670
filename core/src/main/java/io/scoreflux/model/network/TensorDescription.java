package io.scoreflux.model.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An input or output as a model declares it.
 *
 * @param name the model's name for it
 * @param type of its elements, or null for a type that cannot be fed or read
 * @param shape lengths of the axes, negative where an axis is dynamic
 * @param words type and shape in the words of the model's format, for messages
 */
public record TensorDescription(String name, @Nullable ElementType type, List<Long> shape, String words) {
    /** Copies the shape. */
    public TensorDescription {
        Objects.requireNonNull(name, "name");
        shape = List.copyOf(shape);
        Objects.requireNonNull(words, "words");
    }

    /** A tensor of a known type. */
    public static TensorDescription of(String name, ElementType type, long... shape) {
        List<Long> axes = Arrays.stream(shape).boxed().toList();
        return new TensorDescription(name, type, axes, type + shown(axes));
    }

    /** The lengths of the axes, such as {@code [?, 1, 28, 28]}. */
    private static String shown(List<Long> axes) {
        return axes.stream()
                .map(axis -> axis < 0 ? "?" : axis.toString())
                .toList()
                .toString();
    }

    /** The shape without the batch. */
    List<Long> row() {
        return shape.subList(1, shape.size());
    }

    /** Whether a tensor of this description can have a shape. */
    static boolean agree(List<Long> declared, List<Long> shape) {
        boolean agree = declared.size() == shape.size();
        for (int i = 0; agree && i < shape.size(); i++) {
            agree = declared.get(i) < 0 || declared.get(i).equals(shape.get(i));
        }
        return agree;
    }

    /** A shape with its first axis in words, such as {@code [n, 1, 28, 28]}. */
    static String shown(String first, List<Long> row) {
        List<Object> axes = new ArrayList<>(row);
        axes.add(0, first);
        return axes.toString();
    }

    /** Name, type and shape, such as {@code 'x' float[batch, 28, 28]}. */
    @Override
    public String toString() {
        return "'" + name + "' " + words;
    }
}
