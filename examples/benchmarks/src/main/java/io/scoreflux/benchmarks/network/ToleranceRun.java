package io.scoreflux.benchmarks.network;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A run of a solver at a tolerance, with the errors in its certificates.
 *
 * @param measurement calls, rounds and true errors per pixel
 * @param statuses the number of samples with each status
 * @param estimate root mean square of the certificates' errors, per pixel
 */
record ToleranceRun(Measurement measurement, String statuses, double estimate) {

    static ToleranceRun of(String solver, double tolerance, DigitRuns.Run run, double[][] reference) {
        double squares = run.samples().stream()
                .map(sample -> sample.certificate().error())
                .filter(OptionalDouble::isPresent)
                .mapToDouble(error -> error.getAsDouble() * error.getAsDouble())
                .average()
                .orElse(Double.NaN);
        return new ToleranceRun(
                DigitRuns.measure(solver, tolerance, run.outcomes(), reference),
                Statuses.of(run.samples()),
                Math.sqrt(squares) * Digits.RADIUS / DigitRuns.PIXELS);
    }

    /** The table, with one line per run. */
    static List<String> table(List<ToleranceRun> all) {
        TextTable table = new TextTable(
                1,
                "solver",
                "tolerance",
                "calls",
                "rounds",
                "rows a round",
                "rms error",
                "largest",
                "certificate",
                "low %",
                "high %",
                "status");
        for (ToleranceRun each : all) {
            Measurement one = each.measurement();
            table.row(
                    one.solver(),
                    Figures.format("%.1e", one.setting()),
                    Figures.format("%.1f", one.meanCalls()),
                    Figures.format("%.1f", one.meanRounds()),
                    Figures.format("%.1f", one.meanCalls() / one.meanRounds()),
                    Figures.format("%.1e", one.rmsError()),
                    Figures.format("%.1e", one.largestError()),
                    Figures.format("%.1e", each.estimate()),
                    Figures.format("%.0f", 100 * one.low().orElse(Double.NaN)),
                    Figures.format("%.0f", 100 * one.high().orElse(Double.NaN)),
                    each.statuses());
        }
        return table.lines();
    }
}
