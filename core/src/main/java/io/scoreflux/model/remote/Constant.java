package io.scoreflux.model.remote;

import io.scoreflux.model.remote.InferenceException.Kind;
import io.scoreflux.model.remote.Metadata.Declared;
import java.nio.ByteBuffer;

/** An input whose values are the same in every row. Where its first axis is dynamic it is the batch, and each row has the values. */
final class Constant {
    private final Tensor tensor;
    private final double[] values;

    private Constant(Tensor tensor, double[] values) {
        this.tensor = tensor;
        this.values = values;
    }

    Tensor tensor() {
        return tensor;
    }

    /** Checked against what the server declares. */
    static Constant of(String model, Declared declared, double[] values) {
        boolean perRow = !declared.shape().isEmpty() && declared.shape().get(0) < 0;
        int[] shape = Signature.fixed(perRow ? declared.rest() : declared.shape());
        Datatype type = Datatype.named(declared.datatype());
        Tensor tensor = shape == null || type == null ? null : new Tensor(declared.name(), type, shape, perRow);
        if (type == null || tensor == null || tensor.size() != values.length) {
            throw new InferenceException(
                    Kind.SHAPE,
                    model + ": input '" + declared.name() + "' is " + declared + " and was given " + values.length
                            + " values; give as many as it has" + (perRow ? " in a row" : "")
                            + ", of FP32, FP64, INT32, INT64 or BOOL, on fixed axes");
        }
        for (double value : values) {
            if (!fits(type, value)) {
                throw new InferenceException(
                        Kind.TYPE,
                        model + ": input '" + declared.name() + "' is " + declared + " and cannot carry the value "
                                + value + "; give finite numbers, whole ones for INT32 and INT64, 0 or 1 for BOOL");
            }
        }
        return new Constant(tensor, values.clone());
    }

    private static boolean fits(Datatype type, double value) {
        return switch (type) {
            case FP32 -> Math.abs(value) <= Float.MAX_VALUE;
            case FP64 -> Double.isFinite(value);
            case INT32 -> value == (int) value;
            case INT64 -> value == (long) value;
            case BOOL -> value == 0 || value == 1;
        };
    }

    /** Writes the values for a call. */
    void put(ByteBuffer bytes, int rows) {
        for (int i = 0; i < (tensor.perRow() ? rows : 1); i++) {
            for (double value : values) {
                switch (tensor.type()) {
                    case FP32 -> bytes.putFloat((float) value);
                    case FP64 -> bytes.putDouble(value);
                    case INT32 -> bytes.putInt((int) value);
                    case INT64 -> bytes.putLong((long) value);
                    case BOOL -> bytes.put((byte) value);
                }
            }
        }
    }
}
