package io.scoreflux.cli.plot;

/** Values on a line between those given: piecewise cubic through the given ones, each in the middle of its cell (Catmull and Rom 1974). */
final class CubicUpsampling {
    private static final int TAPS = 4;

    private final int given;
    private final int zoom;
    /** By the place in a cell: the weights of the four given values around it. */
    private final double[][] weights;

    /**
     * An enlargement.
     *
     * @param given values
     * @param zoom values in the place of one, at least 1
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

    /** Values after it. */
    int size() {
        return given * zoom;
    }

    /**
     * One value; at the ends the outermost given one goes on.
     *
     * @param at which, from 0
     * @param values those given
     * @param first where they begin
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

    /** From the middle of a cell, in cells. */
    private double offset(int place) {
        return (place + 0.5) / zoom - 0.5;
    }
}
