package io.scoreflux.model.network;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** A view of floating-point numbers in a byte buffer or an array, row-major. */
sealed interface Numbers {

    /** Returns a view of an array. */
    static Numbers of(double[] values) {
        return new OfDouble(DoubleBuffer.wrap(values));
    }

    /** Returns a view of numbers in single precision, in the buffer's byte order. */
    static Numbers ofFloats(ByteBuffer bytes) {
        return new OfFloat(bytes.asFloatBuffer());
    }

    /** Returns a view of numbers in double precision, in the buffer's byte order. */
    static Numbers ofDoubles(ByteBuffer bytes) {
        return new OfDouble(bytes.asDoubleBuffer());
    }

    /** Sets the {@code n} numbers from index {@code at} to {@code factor * from[fromAt + i]}. */
    void set(int at, double factor, double[] from, int fromAt, int n);

    /** Writes {@code out[outAt + i] = a * z[zAt + i] + b * f[at + i]} for {@code n} numbers f of this view. {@code out} may be its array. */
    void combine(int at, int n, double a, double[] z, int zAt, double b, double[] out, int outAt);

    /**
     * Numbers of 16 bits.
     *
     * @param brain whether they are the upper halves of numbers in single precision, otherwise half precision
     */
    record OfShort(ShortBuffer values, boolean brain) implements Numbers {
        private short shortOf(double value) {
            return brain ? ShortFloats.brain((float) value) : ShortFloats.half((float) value);
        }

        @Override
        public void set(int at, double factor, double[] from, int fromAt, int n) {
            for (int i = 0; i < n; i++) {
                values.put(at + i, shortOf(factor * from[fromAt + i]));
            }
        }

        @Override
        public void combine(int at, int n, double a, double[] z, int zAt, double b, double[] out, int outAt) {
            for (int i = 0; i < n; i++) {
                short bits = values.get(at + i);
                out[outAt + i] = a * z[zAt + i] + b * (brain ? ShortFloats.ofBrain(bits) : ShortFloats.ofHalf(bits));
            }
        }
    }

    /** Single precision. */
    record OfFloat(FloatBuffer values) implements Numbers {
        @Override
        public void set(int at, double factor, double[] from, int fromAt, int n) {
            for (int i = 0; i < n; i++) {
                values.put(at + i, (float) (factor * from[fromAt + i]));
            }
        }

        @Override
        public void combine(int at, int n, double a, double[] z, int zAt, double b, double[] out, int outAt) {
            for (int i = 0; i < n; i++) {
                out[outAt + i] = a * z[zAt + i] + b * values.get(at + i);
            }
        }
    }

    /** Double precision. */
    record OfDouble(DoubleBuffer values) implements Numbers {
        @Override
        public void set(int at, double factor, double[] from, int fromAt, int n) {
            for (int i = 0; i < n; i++) {
                values.put(at + i, factor * from[fromAt + i]);
            }
        }

        @Override
        public void combine(int at, int n, double a, double[] z, int zAt, double b, double[] out, int outAt) {
            for (int i = 0; i < n; i++) {
                out[outAt + i] = a * z[zAt + i] + b * values.get(at + i);
            }
        }
    }
}
