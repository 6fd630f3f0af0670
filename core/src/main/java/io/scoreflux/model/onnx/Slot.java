package io.scoreflux.model.onnx;

import ai.onnxruntime.OnnxJavaType;
import java.util.Arrays;
import java.util.Locale;

/** A tensor with one entry for each row of a call; the batch axis comes first. */
final class Slot {
    private final String name;
    private final OnnxJavaType type;
    private final long[] rowShape;

    /**
     * A tensor.
     *
     * @param name the model's name for it
     * @param type of its numbers
     * @param rowShape the shape without the batch axis
     */
    Slot(String name, OnnxJavaType type, long[] rowShape) {
        this.name = name;
        this.type = type;
        this.rowShape = rowShape;
    }

    /** The model's name for it. */
    String name() {
        return name;
    }

    /** The type of its numbers. */
    OnnxJavaType type() {
        return type;
    }

    /** The shape without the batch axis; not to be modified. */
    long[] rowShape() {
        return rowShape;
    }

    /** Numbers in a row; of a model that is open an int holds them. */
    int rowLength() {
        return (int) Shapes.size(rowShape);
    }

    /** Bytes of a row. */
    double rowBytes() {
        return Shapes.size(rowShape) * type.size;
    }

    /** The tensor's shape for a call of {@code rows} rows. */
    long[] shape(int rows) {
        long[] shape = new long[rowShape.length + 1];
        shape[0] = rows;
        System.arraycopy(rowShape, 0, shape, 1, rowShape.length);
        return shape;
    }

    /** The type and shape, as {@code float[1, 28, 28]}. */
    @Override
    public String toString() {
        return type.toString().toLowerCase(Locale.ROOT) + Arrays.toString(rowShape);
    }
}
