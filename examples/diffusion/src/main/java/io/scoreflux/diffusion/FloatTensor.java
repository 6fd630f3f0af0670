package io.scoreflux.diffusion;

import io.scoreflux.state.ConditionTensor;
import java.util.Arrays;

/**
 * A tensor in single precision.
 *
 * @param shape the lengths of its axes
 * @param values row-major
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record FloatTensor(long[] shape, float[] values) {

    /** Returns the tensor of a condition. */
    ConditionTensor asCondition() {
        return ConditionTensor.of(
                Arrays.stream(shape).mapToObj(Math::toIntExact).toList(), values);
    }

    /** Returns a matrix of zeros. */
    static FloatTensor zeros(int rows, int columns) {
        return new FloatTensor(new long[] {rows, columns}, new float[Math.multiplyExact(rows, columns)]);
    }

    /** Returns the length of the last axis. */
    int columns() {
        return Math.toIntExact(shape[shape.length - 1]);
    }

    /** Joins vectors, or the rows of matrices: {@code [n, a]} and {@code [n, b]} become {@code [n, a + b]}. */
    FloatTensor joined(FloatTensor other) {
        int own = columns();
        int more = other.columns();
        int rows = values.length / own;
        float[] all = new float[Math.multiplyExact(rows, own + more)];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(values, row * own, all, row * (own + more), own);
            System.arraycopy(other.values, row * more, all, row * (own + more) + own, more);
        }
        long[] joined = shape.clone();
        joined[joined.length - 1] = (long) own + more;
        return new FloatTensor(joined, all);
    }

    /** Pads the rows of a matrix with zeros. */
    FloatTensor padded(int columns) {
        int rows = values.length / columns();
        return columns == columns() ? this : joined(zeros(rows, columns - columns()));
    }

    /** Appends the rows of another matrix with the same number of columns. */
    FloatTensor followedBy(FloatTensor other) {
        float[] all = Arrays.copyOf(values, values.length + other.values.length);
        System.arraycopy(other.values, 0, all, values.length, other.values.length);
        return new FloatTensor(new long[] {shape[0] + other.shape[0], columns()}, all);
    }

    @Override
    public String toString() {
        return "float" + Arrays.toString(shape);
    }
}
