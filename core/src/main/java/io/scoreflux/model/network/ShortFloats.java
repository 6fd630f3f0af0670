package io.scoreflux.model.network;

/**
 * Conversions between single precision and floating-point numbers of 16 bits, which Java has only from version 20 on. Numbers are rounded to
 * nearest, ties to even. Numbers that are too large become infinite.
 */
final class ShortFloats {
    /** The number of bits that half precision has less in its fraction than single precision. */
    private static final int FRACTION = 13;
    /** The difference of the exponents' offsets, in place. */
    private static final int OFFSET = (127 - 15) << 23;

    private static final int INFINITE_HALF = 0x7c00;

    private ShortFloats() {}

    /** Returns a number in half precision (binary16 of IEEE 754). */
    static short half(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 0x47800000) { // 65536
            return (short) (sign | INFINITE_HALF);
        }
        if (magnitude < 0x38800000) { // 2^-14: the sum with 0.5 rounds to a multiple of 2^-24, the spacing of subnormal
            // numbers.
            float rounded = Float.intBitsToFloat(magnitude) + 0.5f;
            return (short) (sign | (Float.floatToRawIntBits(rounded) - Float.floatToRawIntBits(0.5f)));
        }
        // Rounding up may carry into the exponent, which is correct, up to infinity.
        return (short) (sign | rounded(magnitude - OFFSET, FRACTION));
    }

    /** Returns the value of a number in half precision. */
    static float ofHalf(short half) {
        int magnitude = half & 0x7fff;
        float value;
        if (magnitude >= INFINITE_HALF) {
            value = magnitude > INFINITE_HALF ? Float.NaN : Float.POSITIVE_INFINITY;
        } else if (magnitude < 0x400) {
            value = magnitude * 0x1p-24f;
        } else {
            value = Float.intBitsToFloat((magnitude << FRACTION) + OFFSET);
        }
        return half < 0 ? -value : value;
    }

    /** Returns a number as the upper half of single precision (bfloat16). */
    static short brain(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        return Float.isNaN(value) ? (short) (sign | 0x7fc0) : (short) (sign | rounded(bits & 0x7fffffff, 16));
    }

    /** Returns the value of a number that is the upper half of single precision. */
    static float ofBrain(short brain) {
        return Float.intBitsToFloat(brain << 16);
    }

    /** Removes the lowest bits and rounds. */
    private static int rounded(int magnitude, int bits) {
        int even = (magnitude >>> bits) & 1;
        return (magnitude + (1 << (bits - 1)) - 1 + even) >>> bits;
    }
}
