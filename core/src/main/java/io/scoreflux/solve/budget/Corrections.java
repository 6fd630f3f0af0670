package io.scoreflux.solve.budget;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.DoubleAccumulator;

/** The largest correction at each level: the distance between the predicted and the corrected state. Thread-safe. */
class Corrections {
    /** Keeps nothing. */
    static final Corrections IGNORED = new Corrections(0) {
        @Override
        void add(int level, double correction) {}
    };

    private final DoubleAccumulator[] largest;

    Corrections(int levels) {
        this.largest = new DoubleAccumulator[levels];
        Arrays.setAll(largest, level -> new DoubleAccumulator(Math::max, 0));
    }

    void add(int level, double correction) {
        largest[level].accumulate(correction);
    }

    /** Returns the largest correction at each level; 0 where there is none. */
    List<Double> largest() {
        return Arrays.stream(largest).map(DoubleAccumulator::get).toList();
    }
}
