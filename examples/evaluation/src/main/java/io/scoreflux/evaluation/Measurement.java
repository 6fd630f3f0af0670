package io.scoreflux.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The cost of a solver at one setting, and its distance from the exact end states. Errors are distances from the reference relative to a
 * radius. They exclude failed rows, and are NaN if all rows failed.
 *
 * @param solver the name of the solver
 * @param setting its tolerance (below 1) or its budget in calls (1 or more)
 * @param rows number of all rows
 * @param failed number of failed rows
 * @param meanCalls mean denoiser calls per row
 * @param p99Calls 99th percentile of the calls per row, by nearest rank
 * @param mostCalls maximum calls of a row
 * @param meanRounds mean rounds per row
 * @param rmsError root of the mean squared error
 * @param largestError the largest error of a row
 * @param low share of rows, 0 to 1, whose estimate is below a third of their error; empty without estimates
 * @param high share of rows whose estimate is above ten times the larger of their error and {@code rmsError}
 * @param microseconds processor time per row, in microseconds; empty if it was not measured
 */
public record Measurement(
        String solver,
        double setting,
        int rows,
        int failed,
        double meanCalls,
        long p99Calls,
        long mostCalls,
        double meanRounds,
        double rmsError,
        double largestError,
        OptionalDouble low,
        OptionalDouble high,
        OptionalDouble microseconds) {
    private static final double TOO_LOW = 1.0 / 3;
    private static final double TOO_HIGH = 10;

    /**
     * The measurement of one run.
     *
     * @param outcomes the outcomes of all rows, at least one
     * @param reference the exact end states, in the same order
     * @param radius the unit of errors, positive
     */
    public static Measurement of(
            String solver, double setting, List<Outcome> outcomes, double[][] reference, double radius) {
        int rows = outcomes.size();
        double[] errors = errors(outcomes, reference, radius);
        double[] known =
                Arrays.stream(errors).filter(error -> !Double.isNaN(error)).toArray();
        double rms = rms(known);
        long[] calls = outcomes.stream().mapToLong(Outcome::calls).sorted().toArray();
        int estimates = 0;
        int low = 0;
        int high = 0;
        for (int i = 0; i < rows; i++) {
            OptionalDouble estimate = outcomes.get(i).estimate();
            if (estimate.isPresent() && !Double.isNaN(errors[i])) {
                double relative = estimate.getAsDouble() / radius;
                estimates++;
                low += isLow(relative, errors[i]) ? 1 : 0;
                high += isHigh(relative, errors[i], rms) ? 1 : 0;
            }
        }
        return new Measurement(
                solver,
                setting,
                rows,
                rows - known.length,
                Arrays.stream(calls).average().orElse(Double.NaN),
                calls[(int) Math.ceil(0.99 * rows) - 1],
                calls[rows - 1],
                outcomes.stream().mapToLong(Outcome::rounds).average().orElse(Double.NaN),
                rms,
                Arrays.stream(known).max().orElse(Double.NaN),
                share(low, estimates),
                share(high, estimates),
                OptionalDouble.empty());
    }

    /** The same measurement with the processor time per row, in microseconds. */
    public Measurement withMicroseconds(double time) {
        return new Measurement(
                solver,
                setting,
                rows,
                failed,
                meanCalls,
                p99Calls,
                mostCalls,
                meanRounds,
                rmsError,
                largestError,
                low,
                high,
                OptionalDouble.of(time));
    }

    /** The distance of each row from its exact end state, in units of the radius; NaN for a failed row. */
    public static double[] errors(List<Outcome> outcomes, double[][] reference, double radius) {
        double[] errors = new double[outcomes.size()];
        for (int i = 0; i < errors.length; i++) {
            double[] exact = reference[i];
            errors[i] = outcomes.get(i)
                    .end()
                    .map(end -> distance(end, exact) / radius)
                    .orElse(Double.NaN);
        }
        return errors;
    }

    /** Root of the mean squared error; NaN without errors. */
    public static double rms(double[] errors) {
        return Math.sqrt(
                Arrays.stream(errors).map(error -> error * error).average().orElse(Double.NaN));
    }

    /** Whether an estimate is below a third of the true error. */
    public static boolean isLow(double estimate, double error) {
        return estimate < TOO_LOW * error;
    }

    /** Whether an estimate is above ten times the larger of the true error and the rms error of all rows. */
    public static boolean isHigh(double estimate, double error, double rms) {
        return estimate > TOO_HIGH * Math.max(error, rms);
    }

    private static OptionalDouble share(int part, int all) {
        return all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) part / all);
    }

    /** The distance of two states of the same dimension. */
    public static double distance(double[] x, double[] y) {
        double square = 0;
        for (int i = 0; i < x.length; i++) {
            square += (x[i] - y[i]) * (x[i] - y[i]);
        }
        return Math.sqrt(square);
    }
}
