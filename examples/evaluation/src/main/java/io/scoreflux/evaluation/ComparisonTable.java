package io.scoreflux.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;

/** A comparison as text: one line per measurement, and further tables with the calls and the processor time that each solver needs for given errors. */
public final class ComparisonTable {
    /** The errors for which calls are interpolated. */
    public static final List<Double> ERRORS = List.of(1e-4, 1e-6, 1e-8, 1e-10);

    private ComparisonTable() {}

    /** The lines of the table of measurements. The last column is the processor time, if it was measured. */
    public static List<String> measurements(List<Measurement> measurements) {
        boolean timed = measurements.stream().anyMatch(one -> one.microseconds().isPresent());
        List<String> header = new ArrayList<>(List.of(
                "solver",
                "setting",
                "mean calls",
                "99 %",
                "most",
                "mean rounds",
                "rms error",
                "largest",
                "failed",
                "low %",
                "high %"));
        if (timed) {
            header.add("us/row");
        }
        TextTable table = new TextTable(1, header.toArray(String[]::new));
        for (Measurement one : measurements) {
            List<String> row = new ArrayList<>(List.of(
                    one.solver(),
                    Numbers.setting(one.setting()),
                    Numbers.calls(one.meanCalls()),
                    Long.toString(one.p99Calls()),
                    Long.toString(one.mostCalls()),
                    Numbers.calls(one.meanRounds()),
                    Numbers.error(one.rmsError()),
                    Numbers.error(one.largestError()),
                    Integer.toString(one.failed()),
                    Numbers.percent(one.low()),
                    Numbers.percent(one.high())));
            if (timed) {
                row.add(Numbers.microseconds(one.microseconds()));
            }
            table.row(row.toArray(String[]::new));
        }
        return table.lines();
    }

    /** The lines of the table of interpolated calls. */
    public static List<String> callsAt(List<Curve> curves) {
        return at("calls at rms error", curves, Numbers::whole);
    }

    /** The lines of the table of interpolated processor times. */
    public static List<String> timesAt(List<Curve> curves) {
        return at("us/row at rms error", curves, Numbers::microseconds);
    }

    private static List<String> at(String title, List<Curve> curves, Function<OptionalDouble, String> text) {
        List<String> header = new ArrayList<>(List.of(title));
        ERRORS.forEach(error -> header.add(Numbers.setting(error)));
        TextTable table = new TextTable(1, header.toArray(String[]::new));
        for (Curve curve : curves) {
            List<String> row = new ArrayList<>(List.of(curve.name()));
            ERRORS.forEach(error -> row.add(text.apply(curve.costAt(error))));
            table.row(row.toArray(String[]::new));
        }
        return table.lines();
    }
}
