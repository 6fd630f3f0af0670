package io.scoreflux.model.network;

import java.util.ArrayList;
import java.util.List;

/**
 * An input or output of a model. The lengths of all axes are known except the number of rows.
 *
 * @param name its name in the model
 * @param type the type of its elements
 * @param shape the lengths of the axes after the batch axis, or of all axes if there is no batch axis
 * @param perRow whether the first axis is the batch axis; if not, all rows of a call share one tensor
 * @param shared whether all calls share one tensor; false if there is a batch axis
 */
public record Tensor(String name, ElementType type, List<Long> shape, boolean perRow, boolean shared) {
    /** Copies the shape. */
    public Tensor {
        shape = List.copyOf(shape);
    }

    /**
     * Returns the number of elements of one row, or of the whole tensor if there is no batch axis. It is a double, because a model may declare
     * more elements than a long can represent.
     */
    public double size() {
        return shape.stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
    }

    /** Returns the number of bytes in a call of the given number of rows. */
    public double bytes(int rows) {
        return (perRow ? rows : 1) * size() * type.bytes();
    }

    /** Returns the lengths of all axes in a call of the given number of rows. */
    public long[] shape(int rows) {
        List<Long> axes = new ArrayList<>(shape);
        if (perRow) {
            axes.add(0, (long) rows);
        }
        return axes.stream().mapToLong(Long::longValue).toArray();
    }

    /** Returns the type and the shape without the batch axis, such as {@code float[1, 28, 28]}. */
    @Override
    public String toString() {
        return type.toString() + shape;
    }
}
