package io.scoreflux.benchmarks;

import io.scoreflux.evaluation.ComparisonTable;
import io.scoreflux.evaluation.Curve;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** The tables of {@link Benchmarks}. */
final class Report {
    private static final String NONE = "-";
    private static final int LEAST_DIGITS = 3;
    private static final int MOST_DIGITS = 11;

    private Report() {}

    /** Calls at four errors, for each problem and in the mean of the problems. */
    static List<String> callsAt(List<Sweep> sweeps) {
        TextTable table = new TextTable(2, "problem", "solver", "1e-4", "1e-6", "1e-8", "1e-10");
        for (Sweep sweep : sweeps) {
            for (Curve curve : sweep.curves()) {
                row(table, sweep.problem().label(), curve.name(), List.of(curve));
            }
        }
        for (Curve curve : sweeps.get(0).curves()) {
            row(table, "mean", curve.name(), of(sweeps, curve.name()));
        }
        return table.lines();
    }

    private static void row(TextTable table, String problem, String solver, List<Curve> curves) {
        List<String> cells = new ArrayList<>(List.of(problem, solver));
        for (double error : ComparisonTable.ERRORS) {
            OptionalDouble calls = mean(curves, error);
            cells.add(calls.isPresent() ? Figures.format("%.0f", calls.getAsDouble()) : NONE);
        }
        table.row(cells.toArray(String[]::new));
    }

    /** Sliding-window collocation at each tolerance down to 1e-11. The reference is not accurate enough for smaller ones. */
    static List<String> tolerances(Sweep sweep) {
        TextTable table = new TextTable(
                1,
                sweep.problem().label(),
                "mean calls",
                "99 % / mean",
                "rms / tolerance",
                "worst / tolerance",
                "low %",
                "high %");
        for (Measurement one : sweep.sliding()) {
            long digits = -Math.round(Math.log10(one.setting()));
            if (digits > MOST_DIGITS) {
                continue;
            }
            table.row(
                    "1e-" + digits,
                    Figures.format("%.1f", one.meanCalls()),
                    Figures.format("%.2f", one.p99Calls() / one.meanCalls()),
                    Figures.format("%.2f", one.rmsError() / one.setting()),
                    Figures.format("%.2f", one.largestError() / one.setting()),
                    Figures.format("%.1f", 100 * one.low().orElse(Double.NaN)),
                    Figures.format("%.1f", 100 * one.high().orElse(Double.NaN)));
        }
        return table.lines();
    }

    /** The growth of calls with the digits, for each problem and in the mean, from 1e-3 to 1e-11 or the limit of each sweep. */
    static List<String> growth(List<Sweep> sweeps) {
        TextTable table = new TextTable(2, "problem", "solver", "c", "p", "from", "to");
        for (Sweep sweep : sweeps) {
            for (Curve curve : sweep.curves()) {
                growth(table, sweep.problem().label(), curve.name(), List.of(curve));
            }
        }
        for (Curve curve : sweeps.get(0).curves()) {
            growth(table, "mean", curve.name(), of(sweeps, curve.name()));
        }
        return table.lines();
    }

    private static void growth(TextTable table, String problem, String solver, List<Curve> curves) {
        List<Double> digits = new ArrayList<>();
        List<Double> calls = new ArrayList<>();
        for (int k = LEAST_DIGITS; k <= MOST_DIGITS; k++) {
            OptionalDouble mean = mean(curves, Double.parseDouble("1e-" + k));
            if (mean.isPresent()) {
                digits.add((double) k);
                calls.add(mean.getAsDouble());
            }
        }
        if (digits.size() < 2) {
            table.row(problem, solver, NONE, NONE, NONE, NONE);
            return;
        }
        PowerLaw law = PowerLaw.fit(digits, calls);
        table.row(
                problem,
                solver,
                Figures.format("%.2f", law.factor()),
                Figures.format("%.2f", law.exponent()),
                Figures.format("1e-%.0f", digits.get(0)),
                Figures.format("1e-%.0f", digits.get(digits.size() - 1)));
    }

    /** The mean of the calls at an error, if all curves reach it. */
    private static OptionalDouble mean(List<Curve> curves, double error) {
        List<OptionalDouble> calls =
                curves.stream().map(curve -> curve.costAt(error)).toList();
        return calls.stream().anyMatch(OptionalDouble::isEmpty)
                ? OptionalDouble.empty()
                : calls.stream().mapToDouble(OptionalDouble::getAsDouble).average();
    }

    private static List<Curve> of(List<Sweep> sweeps, String solver) {
        return sweeps.stream()
                .flatMap(sweep -> sweep.curves().stream())
                .filter(curve -> curve.name().equals(solver))
                .toList();
    }
}
