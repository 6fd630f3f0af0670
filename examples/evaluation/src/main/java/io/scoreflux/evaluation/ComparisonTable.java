package io.scoreflux.evaluation;

import java.util.ArrayList;
import java.util.List;

/** A comparison as text: one line per measurement, and a second table with the calls that each solver needs for given errors. */
public final class ComparisonTable {
    /** The errors for which calls are interpolated. */
    public static final List<Double> ERRORS = List.of(1e-4, 1e-6, 1e-8, 1e-10);

    private ComparisonTable() {}

    /** The lines of the table of measurements. */
    public static List<String> measurements(List<Measurement> measurements) {
        TextTable table = new TextTable(
                1,
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
                "high %");
        for (Measurement one : measurements) {
            table.row(
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
                    Numbers.percent(one.high()));
        }
        return table.lines();
    }

    /** The lines of the table of interpolated calls. */
    public static List<String> callsAt(List<Curve> curves) {
        List<String> header = new ArrayList<>(List.of("calls at rms error"));
        ERRORS.forEach(error -> header.add(Numbers.setting(error)));
        TextTable table = new TextTable(1, header.toArray(String[]::new));
        for (Curve curve : curves) {
            List<String> row = new ArrayList<>(List.of(curve.name()));
            ERRORS.forEach(error -> row.add(Numbers.whole(curve.callsAt(error))));
            table.row(row.toArray(String[]::new));
        }
        return table.lines();
    }
}
