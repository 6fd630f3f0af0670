package io.scoreflux.files.posterior;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.logconcave.ChainMoments.Coordinate;
import io.scoreflux.logconcave.Diagnostics;
import io.scoreflux.logconcave.Draw;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A summary of draws for each coefficient: moments, quantiles, effective sample size, and split R-hat. */
public final class PosteriorSummary {
    private static final double[] LEVELS = {0.025, 0.25, 0.5, 0.75, 0.975};

    /** Shown for a value that needs more draws. */
    private static final String NONE = "-";

    private final List<String> names;
    private final Diagnostics diagnostics;
    private final ThinnedDraws draws = new ThinnedDraws();
    private long pilotGradients;

    /**
     * A coefficient's posterior.
     *
     * @param name name of its column
     * @param moments mean, standard deviation, effective sample size, and split R-hat
     * @param quantiles quantiles at 2.5, 25, 50, 75 and 97.5 %
     */
    public record Line(String name, Coordinate moments, List<Double> quantiles) {}

    /** A summary without draws. */
    public PosteriorSummary(int chains, List<String> names) {
        this.names = List.copyOf(names);
        this.diagnostics = new Diagnostics(chains, names.size());
    }

    /** Adds a draw. */
    public void add(Draw draw) {
        diagnostics.add(draw);
        if (!draw.failed()) {
            draws.add(draw.number(), draw.values());
        }
    }

    /** Sets the number of gradients of the pilot. */
    public void pilotGradients(long value) {
        pilotGradients = value;
    }

    /** The number of gradients of the pilot. */
    public long pilotGradients() {
        return pilotGradients;
    }

    /** The diagnostics of the run. */
    public Diagnostics.Summary diagnostics() {
        return diagnostics.summary();
    }

    /** The moments and quantiles of the coefficients. */
    public List<Line> lines() {
        List<Coordinate> coordinates = diagnostics.summary().coordinates();
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            List<Double> quantiles = new ArrayList<>();
            for (double quantile : draws.quantiles(i, LEVELS)) {
                quantiles.add(quantile);
            }
            lines.add(new Line(names.get(i), coordinates.get(i), quantiles));
        }
        return lines;
    }

    /** The table, and a line on the cost of the run. */
    public List<String> text() {
        TextTable table = new TextTable(1, "coefficient", "mean", "sd", "2.5%", "50%", "97.5%", "ESS", "R-hat");
        for (Line line : lines()) {
            Coordinate moments = line.moments();
            table.row(
                    line.name(),
                    number(moments.mean()),
                    number(moments.deviation()),
                    number(line.quantiles().get(0)),
                    number(line.quantiles().get(2)),
                    number(line.quantiles().get(4)),
                    number("%.0f", moments.effectiveSize()),
                    number("%.3f", moments.splitRhat()));
        }
        List<String> text = new ArrayList<>(table.lines());
        Diagnostics.Summary run = diagnostics.summary();
        text.add(run.draws() + (run.draws() == 1 ? " draw, " : " draws, ") + run.gradients()
                + (run.gradients() == 1 ? " gradient, " : " gradients, ") + run.burnInGradients() + " more in burn-in"
                + (pilotGradients == 0 ? "" : ", " + pilotGradients + " in the pilot")
                + ifKnown("; %.1f gradients per effective draw", run.gradients() / run.leastEffectiveSize())
                + (run.draws() == 0 ? "" : ifKnown("; %.1f %% of the weights above the bound", 100 * run.overflow())));
        return text;
    }

    private static String number(double value) {
        return number("%.4g", value);
    }

    private static String number(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : NONE;
    }

    private static String ifKnown(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "";
    }
}
