package io.scoreflux.model.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.TensorInfo;
import io.scoreflux.model.onnx.OnnxModelException.Kind;
import java.nio.ByteBuffer;

/**
 * An input whose values are the same in every row. Where its first axis is dynamic it is the batch, and each row has the values.
 */
final class ConstantInput {
    private final Slot slot;
    private final double[] values;
    private final boolean perRow;

    private ConstantInput(Slot slot, double[] values, boolean perRow) {
        this.slot = slot;
        this.values = values;
        this.perRow = perRow;
    }

    /** The tensor; the shape is that of the whole where there is not one for each row. */
    Slot slot() {
        return slot;
    }

    /** Whether each row has the values. */
    boolean perRow() {
        return perRow;
    }

    /** Checked against what the model declares. */
    static ConstantInput of(String model, String name, TensorInfo declared, double[] values) {
        long[] shape = declared.getShape();
        boolean perRow = shape.length > 0 && shape[0] < 0;
        long[] fixed = perRow ? Shapes.rest(shape) : shape;
        if (!Shapes.isStatic(fixed) || Shapes.size(fixed) != values.length) {
            throw new OnnxModelException(
                    Kind.SHAPE,
                    model + ": input '" + name + "' is " + Shapes.shown(declared) + " and must have "
                            + (Shapes.isStatic(fixed)
                                    ? (long) Shapes.size(fixed) + (perRow ? " values a row" : " values")
                                    : "static axes behind the batch axis")
                            + ", was given " + values.length);
        }
        ConstantInput input = new ConstantInput(new Slot(name, declared.type, fixed), values.clone(), perRow);
        for (double value : values) {
            input.requireType(model, declared, value);
        }
        return input;
    }

    private void requireType(String model, TensorInfo declared, double value) {
        boolean fits = switch (slot.type()) {
            case FLOAT -> Math.abs(value) <= Float.MAX_VALUE;
            case DOUBLE -> Double.isFinite(value);
            case INT32 -> value == (int) value;
            case INT64 -> value == (long) value;
            case BOOL -> value == 0 || value == 1;
            default -> false;
        };
        if (!fits) {
            throw new OnnxModelException(
                    Kind.TYPE,
                    model + ": input '" + slot.name() + "' is " + Shapes.shown(declared)
                            + " and cannot carry the value " + value
                            + "; float, double, int32, int64 and bool (0 or 1) can be given");
        }
    }

    /** Writes the values {@code times} times. */
    void fill(ByteBuffer bytes, int times) {
        for (int i = 0; i < times * values.length; i++) {
            double value = values[i % values.length];
            if (slot.type() == OnnxJavaType.FLOAT) {
                bytes.putFloat(Float.BYTES * i, (float) value);
            } else if (slot.type() == OnnxJavaType.DOUBLE) {
                bytes.putDouble(Double.BYTES * i, value);
            } else if (slot.type() == OnnxJavaType.INT32) {
                bytes.putInt(Integer.BYTES * i, (int) value);
            } else if (slot.type() == OnnxJavaType.INT64) {
                bytes.putLong(Long.BYTES * i, (long) value);
            } else {
                bytes.put(i, (byte) value);
            }
        }
    }
}
