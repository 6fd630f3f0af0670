package io.scoreflux.benchmarks.targets;

import io.scoreflux.evaluation.Experiment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What all tables have in common.
 *
 * @param targets the targets
 * @param rows the usual number of rows of a target
 * @param seed the seed of the initial states
 * @param fromDigits the negative decimal exponent of the first tolerance
 * @param toDigits that of the last tolerance
 * @param cache the directory of the references
 * @param news receives a message before each target
 */
record Study(
        List<Target> targets, int rows, long seed, int fromDigits, int toDigits, Path cache, Consumer<String> news) {

    /** Returns the tolerances, in descending order. */
    List<Double> tolerances() {
        List<Double> tolerances = new ArrayList<>();
        for (int digits = fromDigits; digits <= toDigits; digits++) {
            tolerances.add(Double.parseDouble("1e-" + digits));
        }
        return tolerances;
    }

    /** Solves the rows of a target at each tolerance, in the order of {@link #tolerances()}. */
    List<List<Row>> solve(Target target, Contestant contestant) {
        news.accept(contestant.label() + ": " + target.name());
        int count = target.rows(rows);
        double toSigma = contestant.toSigma(target);
        References ends = References.of(target, toSigma, seed, count, cache);
        Experiment experiment = target.experiment(toSigma, seed, count);
        if (contestant.upwards()) {
            References above = References.upwards(target, seed, count, cache);
            return tolerances().stream()
                    .map(tolerance ->
                            Row.encode(experiment, contestant.solver(tolerance), ends.ends(), above, tolerance))
                    .toList();
        }
        return tolerances().stream()
                .map(tolerance -> Row.solve(experiment, contestant.solver(tolerance), ends, tolerance))
                .toList();
    }
}
