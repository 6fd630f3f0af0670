package io.scoreflux.evaluation;

import io.scoreflux.solve.sliding.Sliding;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * End states that are far more accurate than those of the compared solvers.
 *
 * @param ends the end states in the order of the initial states; empty for a failed row
 * @param check the measurement of the same solver at ten times the tolerance against them
 */
public record Reference(List<Optional<double[]>> ends, Measurement check) {
    /** The tolerance of the end states. */
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

    /** The number of failed rows. */
    public long failed() {
        return ends.stream().filter(Optional::isEmpty).count();
    }

    /** The end states, if no row failed. */
    public double[][] rows() {
        return ends.stream().map(Optional::orElseThrow).toArray(double[][]::new);
    }
}
