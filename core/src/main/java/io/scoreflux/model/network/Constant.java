package io.scoreflux.model.network;

import java.nio.ByteBuffer;

/**
 * An input whose values do not depend on the row.
 *
 * @param tensor the input
 * @param values the values of one row, or of the whole tensor if it has no batch axis
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Constant(Tensor tensor, double[] values) {

    /** Writes the values into the buffer of a call. */
    void put(ByteBuffer bytes, int rows) {
        int times = tensor.perRow() ? rows : 1;
        for (int i = 0; i < times * values.length; i++) {
            tensor.type().put(bytes, i, values[i % values.length]);
        }
    }
}
