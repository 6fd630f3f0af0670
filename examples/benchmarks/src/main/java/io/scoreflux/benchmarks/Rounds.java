package io.scoreflux.benchmarks;

import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.parallel.Parallel;
import java.nio.file.Path;
import java.util.List;

/** Parallel collocation: rounds and calls for a look-ahead of one window, four windows, and all windows. */
final class Rounds {
    private static final int MAX_DEGREE = 12;
    private static final int MAX_CALLS = 20_000;
    private static final List<Integer> LOOK_AHEADS = List.of(1, 4, Parallel.ALL);

    private Rounds() {}

    /** One line for each look-ahead, tolerance and problem, and the mean of the problems. */
    static List<String> table(Path directory, List<KnownProblem> problems, int rows, List<Integer> exponents) {
        TextTable table = new TextTable(
                3,
                "problem",
                "look-ahead",
                "tolerance",
                "rounds",
                "calls",
                "rms error",
                "worst error",
                "low %",
                "high %");
        for (int lookAhead : LOOK_AHEADS) {
            for (int exponent : exponents) {
                String name = lookAhead == Parallel.ALL ? "all" : Integer.toString(lookAhead);
                double tolerance = Double.parseDouble("1e-" + exponent);
                double rounds = 0;
                double calls = 0;
                for (KnownProblem problem : problems) {
                    Measurement one = measure(directory, problem, rows, lookAhead, tolerance);
                    rounds += one.meanRounds() / problems.size();
                    calls += one.meanCalls() / problems.size();
                    table.row(
                            problem.label(),
                            name,
                            "1e-" + exponent,
                            Figures.format("%.1f", one.meanRounds()),
                            Figures.format("%.0f", one.meanCalls()),
                            Figures.format("%.1e", one.rmsError()),
                            Figures.format("%.1e", one.largestError()),
                            Figures.format("%.1f", 100 * one.low().orElse(Double.NaN)),
                            Figures.format("%.1f", 100 * one.high().orElse(Double.NaN)));
                }
                table.row(
                        "mean",
                        name,
                        "1e-" + exponent,
                        Figures.format("%.1f", rounds),
                        Figures.format("%.0f", calls),
                        "",
                        "",
                        "",
                        "");
            }
        }
        return table.lines();
    }

    private static Measurement measure(
            Path directory, KnownProblem problem, int rows, int lookAhead, double tolerance) {
        Parallel solver = new Parallel(tolerance, lookAhead, MAX_DEGREE, MAX_CALLS);
        return Measurement.of(
                "parallel",
                tolerance,
                problem.experiment(directory, rows).run(solver, () -> {}),
                problem.reference(directory, rows),
                problem.radius());
    }
}
