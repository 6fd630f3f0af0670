package io.scoreflux.cli.command;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.posterior.PosteriorEstimate;
import io.scoreflux.posterior.PosteriorSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The summary of an exact posterior: means with intervals, diagnostics, costs and warnings. */
final class PosteriorTable {
    /** The number of coordinates that are shown. */
    private static final int MOST_ROWS = 10;

    private PosteriorTable() {}

    /**
     * The lines of the summary.
     *
     * @param particles the number of particles of an island
     * @param pilotCalls the calls of the pilot
     */
    static List<String> lines(PosteriorSummary summary, int dimension, int particles, long pilotCalls) {
        TextTable table = new TextTable(1, "coordinate", "mean", "95 % interval", "sd", "ESS", "R-hat");
        int shown = Math.min(dimension, MOST_ROWS);
        for (int i = 0; i < shown; i++) {
            PosteriorEstimate mean = summary.mean(i);
            double sd = summary.standardDeviation(i);
            table.row(
                    "x" + i,
                    number(mean.value()),
                    number(mean.lower()) + " to " + number(mean.upper()),
                    number(sd),
                    format("%.0f", square(sd / mean.standardError())),
                    format("%.3f", mean.rHat()));
        }
        List<String> lines = new ArrayList<>(table.lines());
        if (dimension > shown) {
            lines.add("and " + (dimension - shown) + " more");
        }
        int all = summary.islands() + summary.failures();
        lines.add(all + " islands of " + particles + " particles"
                + (summary.failures() == 0 ? "" : ", " + summary.failures() + " failed")
                + format(", effective islands %.1f", summary.effectiveIslands())
                + format("; ln Z %.3f", summary.logEvidence())
                + format(", standard deviation %.3f", summary.sdLogEvidence())
                + format("; largest R-hat %.3f", summary.rHat()));
        lines.add(summary.calls() + " calls" + format(", %.1f per particle", (double) summary.calls() / all / particles)
                + ", and " + pilotCalls + " in the pilot");
        summary.warnings().forEach(warning -> lines.add("warning: " + MessageText.of(warning)));
        return lines;
    }

    private static double square(double x) {
        return x * x;
    }

    private static String number(double value) {
        return format("%.4g", value);
    }

    private static String format(String pattern, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, pattern, value) : "-";
    }
}
