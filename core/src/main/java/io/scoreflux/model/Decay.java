package io.scoreflux.model;

/**
 * The weights {@code exp(-t)}, or 0 where t is above {@link #LARGEST_EXPONENT}. t is at least {@code -LARGEST_EXPONENT}. The relative error for a
 * given t is at most 6e-14 for weights above 1e-7: three roundings of the series and one of each squaring, which the later squarings double.
 * e^-48 is subtracted from each weight, so that weights reach 0 continuously.
 *
 * <p>The vector variant executes the same operations.
 */
final class Decay {
    static final double LARGEST_EXPONENT = 48;

    /** The exponent is divided by 2 to the power of 7. The exponential of the quotient is then squared 7 times. */
    static final double PART = 1.0 / 128;

    /** 1 / k!. The next term of the series would change a weight by at most a factor of 1 + 3e-15. */
    static final double C13 = 1.0 / 6_227_020_800.0;

    static final double C12 = 1.0 / 479_001_600;
    static final double C11 = 1.0 / 39_916_800;
    static final double C10 = 1.0 / 3_628_800;
    static final double C9 = 1.0 / 362_880;
    static final double C8 = 1.0 / 40_320;
    static final double C7 = 1.0 / 5_040;
    static final double C6 = 1.0 / 720;
    static final double C5 = 1.0 / 120;
    static final double C4 = 1.0 / 24;
    static final double C3 = 1.0 / 6;
    static final double C2 = 1.0 / 2;

    /** The computed exponential of the largest exponent. */
    static final double LEAST_EXPONENTIAL;

    static {
        double[] largest = {LARGEST_EXPONENT};
        exponentials(largest, 0, 1);
        LEAST_EXPONENTIAL = largest[0];
    }

    private Decay() {}

    /** Replaces x by the weights of {@code t = rate (x - reference)}. */
    static void weights(double[] x, double reference, double rate) {
        exponentials(x, reference, rate);
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.max(x[i] - LEAST_EXPONENTIAL, 0);
        }
    }

    /** The loops are short, so that the compiler vectorises them. */
    private static void exponentials(double[] x, double reference, double rate) {
        for (int i = 0; i < x.length; i++) {
            x[i] = -PART * Math.min(rate * (x[i] - reference), LARGEST_EXPONENT);
        }
        for (int i = 0; i < x.length; i++) {
            double y = x[i];
            double y2 = y * y;
            double y4 = y2 * y2;
            double low = Math.fma(y2, Math.fma(y, C5, C4), Math.fma(y, C3, C2));
            double middle = Math.fma(y2, Math.fma(y, C9, C8), Math.fma(y, C7, C6));
            double high = Math.fma(y2, Math.fma(y, C13, C12), Math.fma(y, C11, C10));
            x[i] = Math.fma(y2, Math.fma(y4, Math.fma(y4, high, middle), low), 1 + y);
        }
        for (int i = 0; i < x.length; i++) {
            double e = x[i];
            double e2 = e * e;
            double e4 = e2 * e2;
            double e8 = e4 * e4;
            double e16 = e8 * e8;
            double e32 = e16 * e16;
            double e64 = e32 * e32;
            x[i] = e64 * e64;
        }
    }
}
