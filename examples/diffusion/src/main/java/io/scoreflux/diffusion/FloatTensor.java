package io.scoreflux.diffusion;

import java.util.Arrays;

/**
 * A tensor in single precision.
 *
 * @param shape the lengths of its axes
 * @param values row-major
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record FloatTensor(long[] shape, float[] values) {

    /** Returns the length of the last axis. */
    int lastAxis() {
        return (int) shape[shape.length - 1];
    }

    @Override
    public String toString() {
        return "float" + Arrays.toString(shape);
    }
}
