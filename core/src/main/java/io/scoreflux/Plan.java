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
 * What a sampler decides before its first sample: how the noise range is cut into stages, each a sub-interval [upper, lower] of
 * sigma, and what it takes for the data's radius and moments, with where they come from. A value: it can be saved and given to
 * another sampler of the same denoiser, which then needs no pilot.
 *
 * @param boundaries noise levels, descending: where trajectories start, the ends of the stages, where trajectories end
 * @param radius the unit of tolerances, in the data's units
 * @param radiusFrom where it comes from
 * @param momentsFrom where the moments of the starting law come from
 * @param estimate moments found by a pilot, or null
 * @param placement what the solver found with a pilot, or null
 * @param pilotCalls denoiser evaluations that the pilot spent, in no sample's certificate
 * @param trajectoryBytes approximate memory of one trajectory in flight, in bytes: its solver's and its part of the stream's; 0, which stands for null too, if unknown
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

    /** Where a number comes from. */
    public enum Origin {
        /** The user. */
        GIVEN,
        /** The denoiser, which knows its data. */
        DENOISER,
        /** A pilot of 32 trajectories. */
        PILOT,
        /** Nowhere: it is not known and not used. */
        NONE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Moments of the data as a pilot found them.
     *
     * @param mean the mean
     * @param variance of one axis, the mean over axes
     */
    public record Estimate(List<Double> mean, double variance) implements Serializable {
        /** Checks and copies. */
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
        // Absent from the JSON of plans that were saved before there was such a number.
        trajectoryBytes = trajectoryBytes == null ? 0 : Require.atLeast("trajectoryBytes", trajectoryBytes, 0);
    }

    /** Approximate memory of one trajectory in flight, in bytes; 0 if unknown. */
    @Override
    public Long trajectoryBytes() {
        return trajectoryBytes == null ? 0 : trajectoryBytes;
    }

    /** A plan that knows no more than the problem; see {@link #divide}. */
    public static Plan of(Problem problem, double[] stopLevels, int stages) {
        return new Plan(
                divide(problem, stopLevels, stages), problem.radius(), Origin.GIVEN, Origin.NONE, null, null, 0, 0L);
    }

    /**
     * Cuts a noise range into sub-intervals equal in ln sigma. A range that ends at sigma 0 is cut like one that ends at a thousandth of
     * the radius, and the last sub-interval goes on to 0.
     *
     * @param problem gives the range
     * @param stopLevels the noise levels where the solver can stop, descending with both ends, or empty for anywhere; boundaries
     *     move to the nearest, and boundaries that coincide are one
     * @param stages how many, at least 1
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

    /** Moves the inner ones of the given levels to the nearest stopLevels. */
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
        for (double landing : stopLevels) {
            if (Math.abs(StrictMath.log(landing / sigma)) < Math.abs(StrictMath.log(best / sigma))) {
                best = landing;
            }
        }
        return best;
    }

    /** Number of stages, at least 1. */
    public int stages() {
        return boundaries.size() - 1;
    }

    /** The noise level where stage {@code stage} ends; stages count from 0 at the largest level. */
    public double end(int stage) {
        return boundaries.get(stage + 1);
    }

    /** The noise level where trajectories start. */
    public double fromSigma() {
        return boundaries.get(0);
    }

    /** The noise level where they end. */
    public double toSigma() {
        return boundaries.get(stages());
    }

    /** The plan as a table of a few lines. */
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
