package io.scoreflux.evaluation.plot;

/** Piecewise cubic interpolation on a line through given values, each in the middle of its cell (Catmull and Rom 1974). */
final class CubicUpsampling {
    private static final int TAPS = 4;

    private final int given;
    private final int zoom;
    /** For each position in a cell, the weights of the four surrounding values. */
    private final double[][] weights;

    /**
     * An interpolation.
     *
     * @param given the number of given values
     * @param zoom interpolated values per given value, at least 1
     */
    CubicUpsampling(int given, int zoom) {
        this.given = given;
        this.zoom = zoom;
        this.weights = new double[zoom][];
        for (int place = 0; place < zoom; place++) {
            double u = offset(place) - Math.floor(offset(place));
            weights[place] = new double[] {
                ((-0.5 * u + 1) * u - 0.5) * u,
                (1.5 * u - 2.5) * u * u + 1,
                ((-1.5 * u + 2) * u + 0.5) * u,
                (0.5 * u - 0.5) * u * u
            };
        }
    }

    /** The number of interpolated values. */
    int size() {
        return given * zoom;
    }

    /**
     * One interpolated value; beyond the ends, the outermost given value is repeated.
     *
     * @param at its index, from 0
     * @param values the given values
     * @param first the index of the first given value
     */
    double at(int at, double[] values, int first) {
        double[] weight = weights[at % zoom];
        int before = at / zoom + (int) Math.floor(offset(at % zoom)) - 1;
        double sum = 0;
        for (int tap = 0; tap < TAPS; tap++) {
            int k = Math.max(0, Math.min(given - 1, before + tap));
            sum += weight[tap] * values[first + k];
        }
        return sum;
    }

    /** The offset from the middle of a cell, in cells. */
    private double offset(int place) {
        return (place + 0.5) / zoom - 0.5;
    }
}
