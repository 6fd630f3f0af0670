package io.scoreflux.benchmarks.targets;

import io.scoreflux.benchmarks.Budgets;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.fixedstep.FixedStep;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The errors of budget mode and of the best fixed-step scheme, for each target and number of calls: the rms error, the largest error, and the
 * number of wrong rows. All errors are in units of the radius. The best scheme is the one with the smallest rms error.
 */
final class BudgetTable {
    /** A reference is exact enough if its doubt is at most a tenth of this. */
    private static final double TOLERANCE = 1e-4;
    /** A row is wrong if its error exceeds this many widths of the target and this many median errors. */
    private static final double WRONG_WIDTHS = 3;

    private static final double WRONG_MEDIANS = 30;
    /** The error of a row that failed: wrong by more than any radius. */
    private static final double FAILED = 1e9;

    private BudgetTable() {}

    /** The errors of one solver's rows, in units of the radius. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Errors(double[] of) {
        double rms() {
            return Measurement.rms(of);
        }

        double largest() {
            return Arrays.stream(of).max().orElse(Double.NaN);
        }

        /** Returns the number of rows that end in another place. */
        long wrong(double width) {
            double[] sorted = of.clone();
            Arrays.sort(sorted);
            double least = Math.max(WRONG_WIDTHS * width, WRONG_MEDIANS * sorted[sorted.length / 2]);
            return Arrays.stream(of).filter(e -> e > least).count();
        }
    }

    static List<String> lines(Study study, List<Integer> budgets) {
        TextTable table = new TextTable(
                2,
                "target",
                "best other",
                "calls",
                "rms",
                "largest",
                "wrong",
                "budget: rms",
                "largest",
                "wrong",
                "ratio");
        for (int calls : budgets) {
            double logs = 0;
            for (Target target : study.targets()) {
                int count = target.rows(study.rows());
                References references = References.of(target, target.toSigma(), study.seed(), count, study.cache());
                Experiment experiment = target.experiment(target.toSigma(), study.seed(), count);
                Errors own = errors(experiment, new Budget(calls), references);
                Map.Entry<FixedStep, Errors> other = Budgets.others(calls).stream()
                        .map(solver -> Map.entry(solver, errors(experiment, solver, references)))
                        .min(Comparator.comparingDouble(
                                entry -> entry.getValue().rms()))
                        .orElseThrow();
                Errors best = other.getValue();
                double width = target.width() / target.radius();
                logs += Math.log(own.rms() / best.rms()) / study.targets().size();
                table.row(
                        target.name(),
                        Budgets.label(other.getKey()),
                        Integer.toString(calls),
                        Figures.format("%.1e", best.rms()),
                        Figures.format("%.1e", best.largest()),
                        Long.toString(best.wrong(width)),
                        Figures.format("%.1e", own.rms()),
                        Figures.format("%.1e", own.largest()),
                        Long.toString(own.wrong(width)),
                        Figures.format("%.3f", own.rms() / best.rms()));
            }
            table.row(
                    "geometric mean",
                    "",
                    Integer.toString(calls),
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    Figures.format("%.3f", Math.exp(logs)));
        }
        return table.lines();
    }

    private static Errors errors(Experiment experiment, Solver solver, References references) {
        double[] all = Measurement.errors(
                experiment.run(solver, () -> {}),
                references.ends(),
                experiment.problem().radius());
        return new Errors(IntStream.range(0, all.length)
                .filter(row -> references.decides(row, TOLERANCE))
                .mapToDouble(row -> Double.isNaN(all[row]) ? FAILED : all[row])
                .toArray());
    }
}
