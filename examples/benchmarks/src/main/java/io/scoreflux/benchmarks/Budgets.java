package io.scoreflux.benchmarks;

import io.scoreflux.Plan;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Compares budget mode with the best of four fixed-step schemes on the better of two grids. */
public final class Budgets {
    private static final List<Scheme> SCHEMES = List.of(Scheme.HEUN, Scheme.DPMPP_2M, Scheme.DPMPP_3M, Scheme.UNIPC);

    private Budgets() {}

    /** One line for each budget and problem, and the geometric mean of the ratios of errors. */
    static List<String> table(Path directory, List<KnownProblem> problems, int rows, List<Integer> budgets) {
        TextTable table = new TextTable(2, "problem", "best other", "calls", "its error", "budget mode", "ratio");
        for (int calls : budgets) {
            double logs = 0;
            for (KnownProblem problem : problems) {
                Experiment experiment = problem.experiment(directory, rows);
                double[][] reference = problem.reference(directory, rows);
                double own = error(experiment, new Budget(calls), reference, problem);
                double best = Double.POSITIVE_INFINITY;
                String name = "";
                for (FixedStep other : others(calls)) {
                    double error = error(experiment, other, reference, problem);
                    if (error < best) {
                        best = error;
                        name = label(other);
                    }
                }
                logs += Math.log(own / best) / problems.size();
                table.row(
                        problem.label(),
                        name,
                        Integer.toString(calls),
                        Figures.format("%.1e", best),
                        Figures.format("%.1e", own),
                        Figures.format("%.3f", own / best));
            }
            table.row("geometric mean", "", Integer.toString(calls), "", "", Figures.format("%.3f", Math.exp(logs)));
        }
        return table.lines();
    }

    /** One line for each budget: the calls of the pilot on each problem, and their mean. */
    static List<String> pilots(Path directory, List<KnownProblem> problems, List<Integer> budgets) {
        List<String> header = new ArrayList<>(List.of("calls"));
        problems.forEach(problem -> header.add(problem.label()));
        header.add("mean");
        TextTable table = new TextTable(0, header.toArray(String[]::new));
        for (int calls : budgets) {
            List<String> row = new ArrayList<>(List.of(Integer.toString(calls)));
            double mean = 0;
            for (KnownProblem problem : problems) {
                Plan plan = problem.experiment(directory, 1)
                        .sampler(new Budget(calls))
                        .plan();
                double pilot = plan.pilotCalls();
                mean += pilot / problems.size();
                row.add(Figures.format("%.0f", pilot));
            }
            row.add(Figures.format("%.0f", mean));
            table.row(row.toArray(String[]::new));
        }
        return table.lines();
    }

    /** Returns the fixed-step schemes on all grids with the given number of calls. */
    public static List<FixedStep> others(int calls) {
        return SCHEMES.stream()
                .flatMap(scheme -> Arrays.stream(SigmaGrid.values()).map(grid -> new FixedStep(scheme, calls, grid)))
                .toList();
    }

    /** Returns the name of a scheme and its grid. */
    public static String label(FixedStep solver) {
        return solver.name() + " " + solver.grid().name().toLowerCase(Locale.ROOT);
    }

    private static double error(Experiment experiment, Solver solver, double[][] reference, KnownProblem problem) {
        return Measurement.of(solver.name(), 1, experiment.run(solver, () -> {}), reference, problem.radius())
                .rmsError();
    }
}
