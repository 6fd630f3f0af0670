package io.scoreflux.benchmarks.targets;

import io.scoreflux.Sample;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.solve.Certificate.Status;
import io.scoreflux.solve.Solver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;

/**
 * One solved row.
 *
 * @param status the status of its certificate
 * @param calls its denoiser calls
 * @param rounds its rounds
 * @param error the true error, in units of the radius, or of the largest noise level upwards; NaN if the row failed
 * @param estimate the certificate's error; NaN if there is none
 */
record Row(Status status, long calls, long rounds, double error, double estimate) {
    /** Errors above this many tolerances are wrong. */
    private static final double WRONG = 30;

    /** Returns whether the row is a silent error: converged, more than 30 tolerances off, and its estimate below a third of the error. */
    boolean isSilent(double tolerance) {
        return status == Status.CONVERGED && error > WRONG * tolerance && isLow();
    }

    /** Returns whether the estimate is below a third of the true error. */
    boolean isLow() {
        return Measurement.isLow(estimate, error);
    }

    /** Returns whether the estimate is above ten times the larger of the true error and the rms error of all rows. */
    boolean isHigh(double rms) {
        return Measurement.isHigh(estimate, error, rms);
    }

    /** Solves the rows whose reference is exact enough for the tolerance. */
    static List<Row> solve(Experiment experiment, Solver solver, References references, double tolerance) {
        return solve(
                experiment::state,
                states -> experiment.sampler(solver).decode(states),
                references,
                experiment.problem().radius(),
                tolerance);
    }

    /** Solves upwards from the given states. Errors are relative to the largest noise level. */
    static List<Row> encode(
            Experiment experiment, Solver solver, double[][] starts, References references, double tolerance) {
        return solve(
                row -> starts[row],
                states -> experiment.sampler(solver).encode(states),
                references,
                experiment.problem().fromSigma(),
                tolerance);
    }

    private static List<Row> solve(
            IntFunction<double[]> state,
            Function<double[][], Flux<Sample>> samples,
            References references,
            double unit,
            double tolerance) {
        int[] decided = IntStream.range(0, references.ends().length)
                .filter(row -> references.decides(row, tolerance))
                .toArray();
        if (decided.length == 0) {
            return List.of();
        }
        double[][] states = Arrays.stream(decided).mapToObj(state).toArray(double[][]::new);
        List<Sample> solved =
                Objects.requireNonNull(samples.apply(states).collectList().block());
        List<Row> rows = new ArrayList<>();
        for (int k = 0; k < states.length; k++) {
            Sample sample = solved.get(k);
            double error = sample.failed()
                    ? Double.NaN
                    : Measurement.distance(sample.values(), references.ends()[decided[k]]) / unit;
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
