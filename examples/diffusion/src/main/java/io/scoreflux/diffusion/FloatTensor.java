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
        return ConditionTensor.of(Arrays.stream(shape).mapToObj(Math::toIntExact).toList(), values);
    }

    /** Joins matrices along their rows: {@code [n, a]} and {@code [n, b]} become {@code [n, a + b]}. */
    FloatTensor joined(FloatTensor other) {
        int rows = Math.toIntExact(shape[0]);
        int own = Math.toIntExact(shape[1]);
        int more = Math.toIntExact(other.shape[1]);
        float[] all = new float[rows * (own + more)];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(values, row * own, all, row * (own + more), own);
            System.arraycopy(other.values, row * more, all, row * (own + more) + own, more);
        }
        return new FloatTensor(new long[] {rows, own + more}, all);
    }

    @Override
    public String toString() {
        return "float" + Arrays.toString(shape);
    }
}
