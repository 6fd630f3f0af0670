package io.scoreflux.benchmarks.targets;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.solve.Certificate.Status;
import io.scoreflux.solve.Solver;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One solved row.
 *
 * @param status the status of its certificate
 * @param calls its denoiser calls
 * @param rounds its rounds
 * @param error the true error, in units of the radius; NaN if the row failed
 * @param estimate the certificate's error; NaN if there is none
 */
record Row(Status status, long calls, long rounds, double error, double estimate) {
    /** Errors above this many tolerances are wrong. */
    private static final double WRONG = 30;

    private static final double LOW = 1.0 / 3;
    private static final double HIGH = 10;

    /** Returns whether the row is wrong in silence: converged, more than 30 tolerances off, and its estimate below a third of the error. */
    boolean isSilent(double tolerance) {
        return status == Status.CONVERGED && error > WRONG * tolerance && isLow();
    }

    /** Returns whether the estimate is below a third of the true error. */
    boolean isLow() {
        return estimate < LOW * error;
    }

    /** Returns whether the estimate is above ten times the larger of the true error and the rms error of all rows. */
    boolean isHigh(double rms) {
        return estimate > HIGH * Math.max(error, rms);
    }

    /** Solves the rows whose reference is exact enough for the tolerance. */
    static List<Row> solve(Experiment experiment, Solver solver, References references, double tolerance) {
        Sampler sampler = experiment.sampler(solver);
        double radius = experiment.problem().radius();
        List<Integer> decided = new ArrayList<>();
        for (int row = 0; row < experiment.rows(); row++) {
            if (references.decides(row, tolerance)) {
                decided.add(row);
            }
        }
        if (decided.isEmpty()) {
            return List.of();
        }
        double[][] states = decided.stream().map(experiment::state).toArray(double[][]::new);
        List<Sample> samples =
                Objects.requireNonNull(sampler.decode(states).collectList().block());
        List<Row> rows = new ArrayList<>();
        for (int k = 0; k < states.length; k++) {
            Sample sample = samples.get(k);
            double error = sample.failed()
                    ? Double.NaN
                    : References.distance(sample.values(), references.ends()[decided.get(k)]) / radius;
            rows.add(new Row(
                    sample.certificate().status(),
                    sample.certificate().calls(),
                    sample.certificate().rounds(),
                    error,
                    sample.certificate().error().orElse(Double.NaN)));
        }
        return rows;
    }
}
