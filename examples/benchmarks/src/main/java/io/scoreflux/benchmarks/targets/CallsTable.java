package io.scoreflux.benchmarks.targets;

import io.scoreflux.evaluation.Curve;
import io.scoreflux.evaluation.Floor;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The cost of a solver: for each target and tolerance the mean calls, with the rounds in parentheses where they differ, and the rms error over
 * the tolerance; then the calls at true errors of 1e-4, 1e-6, 1e-8 and 1e-10 over those of the {@link Floor}.
 */
final class CallsTable {
    private static final double[] ERRORS = {1e-4, 1e-6, 1e-8, 1e-10};

    private CallsTable() {}

    /**
     * Returns the table.
     *
     * @param solved the rows of each target at each tolerance
     */
    static List<String> lines(Study study, Contestant contestant, Map<Target, List<List<Row>>> solved) {
        List<String> head = new ArrayList<>(List.of("target"));
        study.tolerances().forEach(tolerance -> head.add(String.format(Locale.ROOT, "%.0e", tolerance)));
        for (double error : ERRORS) {
            head.add(String.format(Locale.ROOT, "at %.0e", error));
        }
        TextTable table = new TextTable(1, head.toArray(String[]::new));
        for (Target target : study.targets()) {
            List<String> line = new ArrayList<>(List.of(target.name()));
            List<Curve.Point> points = new ArrayList<>();
            List<List<Row>> all = solved.getOrDefault(target, List.of());
            for (int k = 0; k < all.size(); k++) {
                double tolerance = study.tolerances().get(k);
                List<Row> rows = all.get(k);
                double calls = rows.stream().mapToLong(Row::calls).average().orElse(Double.NaN);
                double rounds = rows.stream().mapToLong(Row::rounds).average().orElse(Double.NaN);
                double rms = rms(rows);
                String rest = rounds < calls ? String.format(Locale.ROOT, " (%.0f)", rounds) : "";
                line.add(String.format(Locale.ROOT, "%.0f%s, %.2g", calls, rest, rms / tolerance));
                if (rms > 0) {
                    points.add(new Curve.Point(calls, rms));
                }
            }
            Curve own = new Curve(contestant.label(), points);
            Curve floor = contestant.toSigma(target) > 0
                    ? Floor.of(
                            target.experiment(target.toSigma(), study.seed(), Floor.MOST_ROWS),
                            target.radius(),
                            ERRORS,
                            () -> {})
                    : new Curve("none", List.of());
            for (double error : ERRORS) {
                line.add(ratio(own.costAt(error), floor.costAt(error)));
            }
            table.row(line.toArray(String[]::new));
        }
        return table.lines();
    }

    private static String ratio(OptionalDouble calls, OptionalDouble floor) {
        if (calls.isEmpty()) {
            return "-";
        }
        String own = String.format(Locale.ROOT, "%.0f", calls.getAsDouble());
        return floor.isEmpty()
                ? own
                : own + String.format(Locale.ROOT, " / %.2f", calls.getAsDouble() / floor.getAsDouble());
    }

    /** Returns the root mean square of the errors of the rows that did not fail. */
    static double rms(List<Row> rows) {
        return Measurement.rms(rows.stream()
                .mapToDouble(Row::error)
                .filter(error -> !Double.isNaN(error))
                .toArray());
    }
}
