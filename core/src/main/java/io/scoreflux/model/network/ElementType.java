package io.scoreflux.model.network;

import java.nio.ByteBuffer;
import java.util.Locale;

/** The types of the elements of tensors. */
public enum ElementType {
    /** Half precision: 5 bits of exponent, 10 bits of fraction. */
    FLOAT16(Short.BYTES),
    /** The upper half of single precision: 8 bits of exponent, 7 bits of fraction. */
    BFLOAT16(Short.BYTES),
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
        return this == FLOAT16 || this == BFLOAT16 || this == FLOAT || this == DOUBLE;
    }

    /** Returns whether elements are signed integers. */
    boolean isInteger() {
        return this == INT32 || this == INT64;
    }

    /** Returns the relative rounding error of floating-point numbers, half the distance from 1 to the next number. */
    double rounding() {
        return switch (this) {
            case FLOAT16 -> 0x1p-11;
            case BFLOAT16 -> 0x1p-8;
            case FLOAT -> 0x1p-24;
            default -> 0x1p-53;
        };
    }

    /** Returns whether an element can hold a value. Floating-point types round it. */
    boolean holds(double value) {
        return switch (this) {
            case FLOAT16 -> Float.isFinite(ShortFloats.ofHalf(ShortFloats.half((float) value)));
            case BFLOAT16 -> Float.isFinite(ShortFloats.ofBrain(ShortFloats.brain((float) value)));
            case FLOAT -> Math.abs(value) <= Float.MAX_VALUE;
            case DOUBLE -> Double.isFinite(value);
            case INT32 -> value == (int) value;
            // The conversion of 2^63 saturates, and the saturated number rounds to 2^63 again.
            case INT64 -> value == (long) value && value < 0x1p63;
            case BOOL -> value == 0 || value == 1;
        };
    }

    /** Sets the element at an index. Integer types truncate the value. */
    void put(ByteBuffer tensor, int index, double value) {
        int at = index * bytes;
        switch (this) {
            case FLOAT16 -> tensor.putShort(at, ShortFloats.half((float) value));
            case BFLOAT16 -> tensor.putShort(at, ShortFloats.brain((float) value));
            case FLOAT -> tensor.putFloat(at, (float) value);
            case DOUBLE -> tensor.putDouble(at, value);
            case INT32 -> tensor.putInt(at, (int) value);
            case INT64 -> tensor.putLong(at, (long) value);
            case BOOL -> tensor.put(at, (byte) value);
        }
    }

    /** Returns a view of a tensor of floating-point numbers. */
    Numbers numbers(ByteBuffer tensor) {
        return switch (this) {
            case FLOAT16 -> new Numbers.OfShort(tensor.asShortBuffer(), false);
            case BFLOAT16 -> new Numbers.OfShort(tensor.asShortBuffer(), true);
            case DOUBLE -> Numbers.ofDoubles(tensor);
            default -> Numbers.ofFloats(tensor);
        };
    }

    /** Returns the name in lower case, such as {@code float}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
