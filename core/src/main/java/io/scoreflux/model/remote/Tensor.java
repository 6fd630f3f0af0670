package io.scoreflux.model.remote;

import java.util.Arrays;

/**
 * A tensor of a call; with one entry for each row the batch axis comes first.
 *
 * @param name the model's name for it
 * @param type of its numbers
 * @param shape without the batch axis where there is one; not to be modified
 * @param perRow whether it has a batch axis
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Tensor(String name, Datatype type, int[] shape, boolean perRow) {

    /** Numbers in a row, or in the whole. */
    double size() {
        double size = 1;
        for (int axis : shape) {
            size *= axis;
        }
        return size;
    }

    /** Bytes in a call. */
    double bytes(int rows) {
        return (perRow ? rows : 1) * size() * type.bytes();
    }

    /** The shape in a call. */
    long[] shape(int rows) {
        long[] axes = Arrays.stream(shape).asLongStream().toArray();
        if (!perRow) {
            return axes;
        }
        long[] all = new long[axes.length + 1];
        all[0] = rows;
        System.arraycopy(axes, 0, all, 1, axes.length);
        return all;
    }
}
