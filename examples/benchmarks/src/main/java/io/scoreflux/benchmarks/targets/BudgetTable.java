package io.scoreflux.benchmarks.targets;

import io.scoreflux.Sample;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

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

    private static final List<Scheme> SCHEMES = List.of(Scheme.HEUN, Scheme.DPMPP_2M, Scheme.DPMPP_3M, Scheme.UNIPC);

    private BudgetTable() {}

    /** The errors of one solver's rows, in units of the radius. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Errors(double[] of) {
        double rms() {
            return Math.sqrt(Arrays.stream(of).map(e -> e * e).average().orElse(Double.NaN));
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
                List<Solver> others = others(calls);
                String name = label(others.get(0));
                Errors best = errors(experiment, others.get(0), references);
                for (Solver solver : others.subList(1, others.size())) {
                    Errors errors = errors(experiment, solver, references);
                    if (errors.rms() < best.rms()) {
                        best = errors;
                        name = label(solver);
                    }
                }
                double width = target.width() / target.radius();
                logs += Math.log(own.rms() / best.rms()) / study.targets().size();
                table.row(
                        target.name(),
                        name,
                        Integer.toString(calls),
                        format("%.1e", best.rms()),
                        format("%.1e", best.largest()),
                        Long.toString(best.wrong(width)),
                        format("%.1e", own.rms()),
                        format("%.1e", own.largest()),
                        Long.toString(own.wrong(width)),
                        format("%.3f", own.rms() / best.rms()));
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
                    format("%.3f", Math.exp(logs)));
        }
        return table.lines();
    }

    static List<Solver> others(int calls) {
        List<Solver> others = new ArrayList<>();
        for (Scheme scheme : SCHEMES) {
            for (SigmaGrid grid : SigmaGrid.values()) {
                others.add(new FixedStep(scheme, calls, grid));
            }
        }
        return others;
    }

    static String label(Solver solver) {
        FixedStep fixed = (FixedStep) solver;
        return fixed.name() + " " + fixed.grid().name().toLowerCase(Locale.ROOT);
    }

    private static Errors errors(Experiment experiment, Solver solver, References references) {
        double[][] states = new double[experiment.rows()][];
        Arrays.setAll(states, experiment::state);
        List<Sample> samples = Objects.requireNonNull(
                experiment.sampler(solver).decode(states).collectList().block());
        List<Double> errors = new ArrayList<>();
        for (int row = 0; row < states.length; row++) {
            if (references.decides(row, TOLERANCE)) {
                Sample sample = samples.get(row);
                // A row that fails is wrong by more than any radius.
                errors.add(
                        sample.failed()
                                ? 1e9
                                : References.distance(
                                                sample.values(), references.ends()[row])
                                        / experiment.problem().radius());
            }
        }
        return new Errors(errors.stream().mapToDouble(Double::doubleValue).toArray());
    }

    static String format(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
