package io.scoreflux;

import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Placement;
import io.scoreflux.solve.Problem;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The decisions of a sampler before its first sample: the stages of the noise range, the radius and the moments of the data with their
 * origins, and the placement of the solver. Each stage is an interval [upper, lower] of sigma. A plan is a value: it can be saved and
 * passed to another sampler of the same denoiser, which then needs no pilot.
 *
 * @param boundaries noise levels, descending: the start of the trajectories, and the end of each stage; the last is the end of the
 *     trajectories
 * @param radius the radius of the data, the unit of tolerances, in the units of the data
 * @param radiusFrom the origin of the radius
 * @param momentsFrom the origin of the moments in the distribution of initial states
 * @param estimate the moments estimated by a pilot, or null
 * @param placement the placement that the solver computed with a pilot, or null
 * @param pilotCalls denoiser evaluations of the pilot; no certificate of a sample counts them
 * @param trajectoryBytes approximate memory of one trajectory in flight, in bytes, including the memory of its solver; 0 if unknown. Null
 *     is read as 0
 */
public record Plan(
        List<Double> boundaries,
        double radius,
        Origin radiusFrom,
        Origin momentsFrom,
        @Nullable Estimate estimate,
        @Nullable Placement placement,
        long pilotCalls,
        @Nullable Long trajectoryBytes)
        implements Serializable {
    private static final double ABOVE_ZERO = 1e-3;

    /** The origin of a number. */
    public enum Origin {
        /** Set by the user. */
        GIVEN,
        /** Supplied by the denoiser. */
        DENOISER,
        /** Estimated by a pilot of 32 trajectories. */
        PILOT,
        /** Unknown, and not used. */
        NONE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Moments of the data, estimated by a pilot.
     *
     * @param mean the mean
     * @param variance the variance of one component, averaged over the components
     */
    public record Estimate(List<Double> mean, double variance) implements Serializable {
        /** Copies the mean and checks the ranges. */
        public Estimate {
            mean = Require.finite("mean", mean);
            Require.positive("variance", variance);
        }
    }

    /** Checks ranges and order. */
    public Plan {
        boundaries = Require.finite("boundaries", boundaries);
        Require.entries("boundaries", boundaries.size(), 2);
        Require.descending(
                "boundaries",
                boundaries.stream().mapToDouble(Double::doubleValue).toArray());
        Require.positive("radius", radius);
        Objects.requireNonNull(radiusFrom, "radiusFrom");
        Objects.requireNonNull(momentsFrom, "momentsFrom");
        Require.atLeast("pilotCalls", pilotCalls, 0);
        // Older JSON files of plans do not contain this number.
        trajectoryBytes = trajectoryBytes == null ? 0 : Require.atLeast("trajectoryBytes", trajectoryBytes, 0);
    }

    /** Returns the approximate memory of one trajectory in flight, in bytes; 0 if unknown. */
    @Override
    public Long trajectoryBytes() {
        return trajectoryBytes == null ? 0 : trajectoryBytes;
    }

    /** Returns a plan for a problem with a given radius and unknown moments, without a pilot; see {@link #divide}. */
    public static Plan of(Problem problem, double[] stopLevels, int stages) {
        return new Plan(
                divide(problem, stopLevels, stages), problem.radius(), Origin.GIVEN, Origin.NONE, null, null, 0, 0L);
    }

    /**
     * Divides a noise range into intervals of equal length in ln sigma. A range that ends at sigma 0 is divided as if it ended at
     * {@code min(radius, fromSigma) / 1000}, and the last interval extends to 0.
     *
     * @param problem the problem, with the noise range
     * @param stopLevels the noise levels where the solver can stop, descending with both ends, or empty if it can stop anywhere. Boundaries
     *     move to the nearest of these levels, and coinciding boundaries are merged
     * @param stages the number of intervals, at least 1
     */
    static List<Double> divide(Problem problem, double[] stopLevels, int stages) {
        Require.atLeast("stages", stages, 1);
        double bottom = problem.toSigma();
        if (bottom == 0) {
            bottom = ABOVE_ZERO * Math.min(problem.radius(), problem.fromSigma());
        }
        double[] levels = SigmaGrid.UNIFORM_LOG.levels(problem.fromSigma(), bottom, stages);
        levels[stages] = problem.toSigma();
        return at(stopLevels, levels);
    }

    /** Moves the inner ones of the given levels to the nearest of {@code stopLevels} and merges coinciding levels. */
    static List<Double> at(double[] stopLevels, double[] levels) {
        double[] boundaries = levels.clone();
        if (stopLevels.length > 0) {
            for (int i = 1; i < boundaries.length - 1; i++) {
                boundaries[i] = nearest(stopLevels, boundaries[i]);
            }
        }
        return Arrays.stream(boundaries).distinct().boxed().toList();
    }

    private static double nearest(double[] stopLevels, double sigma) {
        double best = stopLevels[0];
        for (double level : stopLevels) {
            if (Math.abs(StrictMath.log(level / sigma)) < Math.abs(StrictMath.log(best / sigma))) {
                best = level;
            }
        }
        return best;
    }

    /** Returns the number of stages, at least 1. */
    public int stages() {
        return boundaries.size() - 1;
    }

    /** Returns the noise level where stage {@code stage} ends. Stages are counted from 0 at the largest level. */
    public double end(int stage) {
        return boundaries.get(stage + 1);
    }

    /** Returns the noise level where trajectories start. */
    public double fromSigma() {
        return boundaries.get(0);
    }

    /** Returns the noise level where trajectories end. */
    public double toSigma() {
        return boundaries.get(stages());
    }

    /** Returns the plan as a table of a few lines. */
    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        for (int stage = 0; stage < stages(); stage++) {
            lines.add(String.format(
                    Locale.ROOT, "stage %-4d sigma %.6g to %.6g", stage, boundaries.get(stage), end(stage)));
        }
        lines.add(String.format(Locale.ROOT, "radius     %.6g (%s)", radius, radiusFrom));
        lines.add("moments    " + (momentsFrom == Origin.NONE ? "unknown" : "(" + momentsFrom + ")"));
        if (placement != null) {
            lines.add("placed     " + placement.purpose() + " " + placement.result());
        }
        if (pilotCalls > 0) {
            lines.add("pilot      " + pilotCalls + " denoiser calls");
        }
        if (trajectoryBytes() > 0) {
            lines.add("memory     " + Values.bytes(trajectoryBytes()) + " a trajectory");
        }
        return String.join(System.lineSeparator(), lines);
    }
}
