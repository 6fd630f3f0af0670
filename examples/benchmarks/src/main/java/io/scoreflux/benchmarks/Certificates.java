package io.scoreflux.benchmarks;

import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.Outcome;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.sliding.Sliding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The reliability of sliding's error estimates at tolerances from 1e-3 to 1e-10: the share of rows whose estimate is below a third of the
 * true error (low), and above ten times the larger of the true error and the problem's rms error at that tolerance (high).
 *
 * <p>The estimate has one factor for all problems. For cross-validation, the factor with the fewest low and high rows on all problems but
 * one is applied to the remaining problem.
 */
final class Certificates {
    private static final int LEAST_DIGITS = 3;
    private static final int MOST_DIGITS = 10;
    /** The candidate factors, relative to the built-in one. */
    private static final double[] FACTORS = {0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8, 4};

    /**
     * One row.
     *
     * @param estimate the certificate's error
     * @param error the true error
     * @param rms rms error of the problem at the tolerance
     */
    private record Row(double estimate, double error, double rms) {
        boolean isLow(double factor) {
            return Measurement.isLow(factor * estimate, error);
        }

        boolean isHigh(double factor) {
            return Measurement.isHigh(factor * estimate, error, rms);
        }
    }

    private Certificates() {}

    static List<String> table(Path directory, List<KnownProblem> problems, int rows) {
        Map<KnownProblem, List<Row>> all = new LinkedHashMap<>();
        for (KnownProblem problem : problems) {
            all.put(problem, rows(directory, problem, rows));
        }
        TextTable table = new TextTable(1, "problem", "low %", "high %", "factor without it", "low %", "high %");
        for (KnownProblem problem : problems) {
            List<Row> others = new ArrayList<>();
            all.forEach((other, list) -> {
                if (other != problem) {
                    others.addAll(list);
                }
            });
            double factor = best(others);
            List<Row> own = all.getOrDefault(problem, List.of());
            table.row(
                    problem.label(),
                    percent(low(own, 1), own),
                    percent(high(own, 1), own),
                    Figures.format("%.2f", factor),
                    percent(low(own, factor), own),
                    percent(high(own, factor), own));
        }
        return table.lines();
    }

    private static double best(List<Row> rows) {
        double best = 1;
        for (double factor : FACTORS) {
            if (low(rows, factor) + high(rows, factor) < low(rows, best) + high(rows, best)) {
                best = factor;
            }
        }
        return best;
    }

    private static long low(List<Row> rows, double factor) {
        return rows.stream().filter(row -> row.isLow(factor)).count();
    }

    private static long high(List<Row> rows, double factor) {
        return rows.stream().filter(row -> row.isHigh(factor)).count();
    }

    private static String percent(long part, List<Row> rows) {
        return Figures.format("%.1f", 100.0 * part / rows.size());
    }

    private static List<Row> rows(Path directory, KnownProblem problem, int count) {
        double[][] reference = problem.reference(directory, count);
        List<Row> rows = new ArrayList<>();
        for (int digits = LEAST_DIGITS; digits <= MOST_DIGITS; digits++) {
            List<Outcome> outcomes =
                    problem.experiment(directory, count).run(new Sliding(Double.parseDouble("1e-" + digits)), () -> {});
            double[] errors = Measurement.errors(outcomes, reference, 1);
            double rms = Measurement.rms(errors);
            for (int k = 0; k < errors.length; k++) {
                rows.add(new Row(outcomes.get(k).estimate().orElseThrow(), errors[k], rms));
            }
        }
        return rows;
    }
}
