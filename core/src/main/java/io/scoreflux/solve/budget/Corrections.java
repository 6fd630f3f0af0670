package io.scoreflux.solve.budget;

import java.util.Arrays;
import java.util.List;

/** The largest correction at each level: the distance between the predicted and the corrected state. Thread-safe. */
class Corrections {
    /** Keeps nothing. */
    static final Corrections IGNORED = new Corrections(0) {
        @Override
        void add(int level, double correction) {}
    };

    private final double[] largest;

    Corrections(int levels) {
        this.largest = new double[levels];
    }

    synchronized void add(int level, double correction) {
        largest[level] = Math.max(largest[level], correction);
    }

    /** Returns the largest correction at each level; 0 where there is none. */
    synchronized List<Double> largest() {
        return Arrays.stream(largest).boxed().toList();
    }
}
