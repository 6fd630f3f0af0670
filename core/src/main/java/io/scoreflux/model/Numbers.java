package io.scoreflux.model;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/** Real numbers in the bytes of a tensor or in an array, where a network reads and writes them: one row after another, in float or double. */
public sealed interface Numbers {

    /** The numbers of an array, which is written through. */
    static Numbers of(double[] values) {
        return new OfDouble(DoubleBuffer.wrap(values));
    }

    /** Single precision numbers in bytes, in the order that these have. */
    static Numbers ofFloats(ByteBuffer bytes) {
        return new OfFloat(bytes.asFloatBuffer());
    }

    /** Double precision numbers in bytes, in the order that these have. */
    static Numbers ofDoubles(ByteBuffer bytes) {
        return new OfDouble(bytes.asDoubleBuffer());
    }

    /** Sets one. */
    void set(int at, double value);

    /** Sets {@code n} from {@code at} on to {@code factor * from[fromAt + i]}. */
    void set(int at, double factor, double[] from, int fromAt, int n);

    /** Writes {@code out[outAt + i] = a * z[zAt + i] + b * f[at + i]} for {@code n} of them, f being these, which out may be. */
    void combine(int at, int n, double a, double[] z, int zAt, double b, double[] out, int outAt);

    /** Single precision. */
    record OfFloat(FloatBuffer values) implements Numbers {
        @Override
        public void set(int at, double value) {
            values.put(at, (float) value);
        }

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
        public void set(int at, double value) {
            values.put(at, value);
        }

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
