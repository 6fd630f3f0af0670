package io.scoreflux.model.network;

import java.nio.ByteBuffer;
import java.util.Locale;

/** The types of the elements of tensors. */
public enum ElementType {
    /** Single precision. */
    FLOAT(Float.BYTES),
    /** Double precision. */
    DOUBLE(Double.BYTES),
    /** Signed integers of 32 bits. */
    INT32(Integer.BYTES),
    /** Signed integers of 64 bits. */
    INT64(Long.BYTES),
    /** Booleans of one byte, 0 or 1. */
    BOOL(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Returns the number of bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Returns whether elements are floating-point numbers. */
    boolean isReal() {
        return this == FLOAT || this == DOUBLE;
    }

    /** Returns whether an element can hold a value. Floating-point types round it. */
    boolean holds(double value) {
        return switch (this) {
            case FLOAT -> Math.abs(value) <= Float.MAX_VALUE;
            case DOUBLE -> Double.isFinite(value);
            case INT32 -> value == (int) value;
            case INT64 -> value == (long) value;
            case BOOL -> value == 0 || value == 1;
        };
    }

    /** Sets the element at an index. */
    void put(ByteBuffer tensor, int index, double value) {
        int at = index * bytes;
        switch (this) {
            case FLOAT -> tensor.putFloat(at, (float) value);
            case DOUBLE -> tensor.putDouble(at, value);
            case INT32 -> tensor.putInt(at, (int) value);
            case INT64 -> tensor.putLong(at, (long) value);
            case BOOL -> tensor.put(at, (byte) value);
        }
    }

    /** Returns a view of a tensor of floating-point numbers. */
    Numbers numbers(ByteBuffer tensor) {
        return this == DOUBLE ? Numbers.ofDoubles(tensor) : Numbers.ofFloats(tensor);
    }

    /** Returns the name in lower case, such as {@code float}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
