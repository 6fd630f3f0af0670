package io.scoreflux.evaluation;

import io.scoreflux.solve.sliding.Sliding;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Ends computed far more accurately than those that they judge.
 *
 * @param ends in the order of the starting states; empty where the row failed
 * @param check what the same solver at ten times the tolerance makes of them
 */
public record Reference(List<Optional<double[]>> ends, Measurement check) {
    /** The tolerance of the ends. */
    public static final double TOLERANCE = 1e-13;

    /** The tolerance of the check. */
    public static final double CHECK_TOLERANCE = 1e-12;

    /** Solves twice, with sliding-window collocation. */
    public static Reference of(Experiment experiment, double radius, Runnable each) {
        List<Optional<double[]>> ends = experiment.run(new Sliding(TOLERANCE), each).stream()
                .map(Outcome::end)
                .toList();
        double[][] exact = ends.stream()
                .map(end -> end.orElseGet(() -> notANumber(experiment.problem().dimension())))
                .toArray(double[][]::new);
        List<Outcome> looser = experiment.run(new Sliding(CHECK_TOLERANCE), each);
        return new Reference(ends, Measurement.of("sliding", CHECK_TOLERANCE, looser, exact, radius));
    }

    private static double[] notANumber(int dimension) {
        double[] row = new double[dimension];
        Arrays.fill(row, Double.NaN);
        return row;
    }

    /** Rows of which it cannot be told where they end. */
    public long failed() {
        return ends.stream().filter(Optional::isEmpty).count();
    }

    /** The ends; only if none failed. */
    public double[][] rows() {
        return ends.stream().map(Optional::orElseThrow).toArray(double[][]::new);
    }
}
