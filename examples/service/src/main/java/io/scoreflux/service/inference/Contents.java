package io.scoreflux.service.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The elements of a tensor, row-major, as a client has sent them. */
sealed interface Contents {
    /** The number of bytes of an element of raw contents. */
    int BYTES = Long.BYTES;

    /** Returns the number of elements, or -1 if the contents do not consist of whole elements. */
    long count();

    /** Returns what the contents are, for messages. */
    String shown();

    /** Returns an element of a tensor of numbers. */
    double number(int index);

    /** Returns an element of a tensor of integers as a number. It is not an integer if the client has sent another number. */
    double integer(int index);

    /** Little-endian bytes. */
    record Raw(ByteBuffer bytes) implements Contents {
        /** Makes a view of the remaining bytes. */
        public Raw {
            bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public long count() {
            return bytes.capacity() % BYTES == 0 ? bytes.capacity() / BYTES : -1;
        }

        @Override
        public String shown() {
            return bytes.capacity() + " bytes";
        }

        @Override
        public double number(int index) {
            return bytes.getDouble(BYTES * index);
        }

        @Override
        public double integer(int index) {
            return bytes.getLong(BYTES * index);
        }
    }

    /** Numbers of a text or of typed contents. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Numbers(double[] values) implements Contents {
        @Override
        public long count() {
            return values.length;
        }

        @Override
        public String shown() {
            return values.length + " numbers";
        }

        @Override
        public double number(int index) {
            return values[index];
        }

        @Override
        public double integer(int index) {
            return values[index];
        }
    }
}
