package io.scoreflux.model.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The description of an input or output by its model.
 *
 * @param name its name in the model
 * @param type the type of its elements, or null if the type is not supported
 * @param shape the lengths of the axes; negative for dynamic axes
 * @param notation the type and the shape in the notation of the model's format, for messages
 */
public record TensorDescription(String name, @Nullable ElementType type, List<Long> shape, String notation) {
    /** Copies the shape. */
    public TensorDescription {
        Objects.requireNonNull(name, "name");
        shape = List.copyOf(shape);
        Objects.requireNonNull(notation, "notation");
    }

    /**
     * Describes a tensor of a supported type.
     *
     * @param name its name in the model
     * @param type the type of its elements
     * @param shape the lengths of the axes; negative for dynamic axes
     */
    public static TensorDescription of(String name, ElementType type, long... shape) {
        List<Long> axes = Arrays.stream(shape).boxed().toList();
        return new TensorDescription(name, type, axes, type + shown(axes));
    }

    /** Formats the lengths of the axes, such as {@code [?, 1, 28, 28]}. */
    private static String shown(List<Long> axes) {
        return axes.stream()
                .map(axis -> axis < 0 ? "?" : axis.toString())
                .toList()
                .toString();
    }

    /** Returns the shape without the batch axis. */
    List<Long> row() {
        return shape.subList(1, shape.size());
    }

    /** Returns whether a tensor with the declared lengths, negative for dynamic axes, can have a shape. */
    static boolean agree(List<Long> declared, List<Long> shape) {
        boolean agree = declared.size() == shape.size();
        for (int i = 0; agree && i < shape.size(); i++) {
            agree = declared.get(i) < 0 || declared.get(i).equals(shape.get(i));
        }
        return agree;
    }

    /** Formats a shape with a name for its first axis, such as {@code [n, 1, 28, 28]}. */
    static String shown(String first, List<Long> row) {
        List<Object> axes = new ArrayList<>(row);
        axes.add(0, first);
        return axes.toString();
    }

    /** Returns the name, the type and the shape, such as {@code 'x' float[batch, 28, 28]}. */
    @Override
    public String toString() {
        return "'" + name + "' " + notation;
    }
}
