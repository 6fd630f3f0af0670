package io.scoreflux.benchmarks.targets;

import io.scoreflux.evaluation.Experiment;
import io.scoreflux.solve.Solver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What all tables have in common.
 *
 * @param targets the targets
 * @param rows the usual number of rows of a target
 * @param seed the seed of the initial states
 * @param fromDigits the negative decimal exponent of the first tolerance
 * @param toDigits that of the last tolerance
 * @param cache the directory of the references
 */
record Study(List<Target> targets, int rows, long seed, int fromDigits, int toDigits, Path cache) {

    /** Returns the tolerances, in descending order. */
    List<Double> tolerances() {
        List<Double> tolerances = new ArrayList<>();
        for (int digits = fromDigits; digits <= toDigits; digits++) {
            tolerances.add(Double.parseDouble("1e-" + digits));
        }
        return tolerances;
    }

    /** Solves the rows of a target at a tolerance. */
    List<Row> solve(Target target, Contestant contestant, double tolerance) {
        int count = target.rows(rows);
        double toSigma = contestant.toSigma(target);
        Experiment experiment = target.experiment(toSigma, seed, count);
        Solver solver = contestant.solver(tolerance);
        References ends = References.of(target, toSigma, seed, count, cache);
        if (contestant.upwards()) {
            References above = References.upwards(target, seed, count, cache);
            return Row.encode(experiment, solver, ends.ends(), above, tolerance);
        }
        return Row.solve(experiment, solver, ends, tolerance);
    }
}
