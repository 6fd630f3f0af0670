package io.scoreflux;

import io.scoreflux.internal.expectation.Levels;
import io.scoreflux.internal.expectation.MeanSettings;
import java.util.ArrayList;
import java.util.List;

/** Collects the samples of the pilot for the levels. Each sample comes once for each level, coarsest first. */
final class LevelPilot {
    private final SampleValues values;
    private final Levels.Pilot pilot;
    private final double[][] byLevel;
    private final long[] callsByLevel;
    private final List<double[]> finestArguments = new ArrayList<>();
    private final List<Double> finestErrors = new ArrayList<>();
    private int level;
    private long calls;

    LevelPilot(SampleValues values, int levels, MeanSettings[] settings) {
        this.values = values;
        this.pilot = new Levels.Pilot(levels, settings);
        this.byLevel = new double[levels][];
        this.callsByLevel = new long[levels];
    }

    void add(Sample sample) {
        double[] arguments = values.arguments(sample);
        byLevel[level] = values.values(arguments);
        callsByLevel[level] = sample.certificate().calls();
        calls += callsByLevel[level];
        if (level == byLevel.length - 1) {
            finestArguments.add(arguments);
            finestErrors.add(values.error(sample));
            pilot.add(byLevel, callsByLevel);
        }
        level = (level + 1) % byLevel.length;
    }

    long calls() {
        return calls;
    }

    Levels choose() {
        return pilot.choose();
    }

    /** Adds the errors at the finest level to the bounds on the bias. */
    void passErrors(BiasBounds biases) {
        for (int k = 0; k < finestArguments.size(); k++) {
            biases.add(finestArguments.get(k), finestErrors.get(k));
        }
    }
}
