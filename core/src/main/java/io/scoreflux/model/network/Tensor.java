package io.scoreflux.model.network;

import java.util.ArrayList;
import java.util.List;

/**
 * An input or output of a model, with all axes known but the number of rows.
 *
 * @param name the model's name for it
 * @param type of its elements
 * @param shape lengths of the axes behind the batch, or of all axes if there is no batch axis
 * @param perRow whether the first axis is the batch; otherwise one tensor serves all rows of a call
 */
public record Tensor(String name, ElementType type, List<Long> shape, boolean perRow) {
    /** Copies the shape. */
    public Tensor {
        shape = List.copyOf(shape);
    }

    /** Elements of one row, or of the whole tensor if there is no batch axis; a double, as a model may declare more than a long counts. */
    public double size() {
        return shape.stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
    }

    /** Bytes in a call. */
    public double bytes(int rows) {
        return (perRow ? rows : 1) * size() * type.bytes();
    }

    /** Lengths of all axes in a call. */
    public long[] shape(int rows) {
        List<Long> axes = new ArrayList<>(shape);
        if (perRow) {
            axes.add(0, (long) rows);
        }
        return axes.stream().mapToLong(Long::longValue).toArray();
    }

    /** Type and shape without the batch, such as {@code float[1, 28, 28]}. */
    @Override
    public String toString() {
        return type.toString() + shape;
    }
}
