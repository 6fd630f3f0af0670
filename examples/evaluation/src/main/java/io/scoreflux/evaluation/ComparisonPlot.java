package io.scoreflux.evaluation;

import io.scoreflux.evaluation.plot.CurveChart;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** A comparison as a picture: error against calls, and against processor time if it was measured. The axes are logarithmic, the floor is dashed. */
public final class ComparisonPlot {
    private static final String FLOOR = "floor (known trajectory)";
    private static final String ERROR = "root mean square error relative to the radius";
    private static final String[] FLOOR_NOTES = {
        "floor: the fewest nodes with which piecewise polynomials match the denoiser to the error everywhere on a"
                + " known trajectory.",
        "It is not a bound: errors along the trajectory partly cancel at its end, and budget mode chooses noise"
                + " levels by the error there."
    };

    private ComparisonPlot() {}

    /**
     * Draws the picture, without settings at which all rows failed.
     *
     * @param target name of the target, for the title
     */
    public static BufferedImage draw(String target, Comparison comparison) {
        List<CurveChart.Series> series = series(Curve.of(comparison.measurements()));
        Curve floor = comparison.floor();
        boolean hasFloor = floor != null && !floor.points().isEmpty();
        if (floor != null && hasFloor) {
            series.add(floor.series(FLOOR, true));
        }
        CurveChart.Panel calls = new CurveChart.Panel(
                "True error against denoiser calls: " + target, "mean denoiser calls per sample", ERROR, series);
        List<CurveChart.Series> times = series(Curve.ofTimes(comparison.measurements()));
        String[] notes = hasFloor ? FLOOR_NOTES : new String[0];
        if (times.isEmpty()) {
            return CurveChart.draw(calls.title(), calls.x(), calls.y(), series, notes);
        }
        return CurveChart.panels(
                List.of(
                        calls,
                        new CurveChart.Panel(
                                "True error against processor time: " + target,
                                "microseconds per sample",
                                ERROR,
                                times)),
                notes);
    }

    private static List<CurveChart.Series> series(List<Curve> curves) {
        List<CurveChart.Series> series = new ArrayList<>();
        for (Curve curve : curves) {
            if (!curve.points().isEmpty()) {
                series.add(curve.series(curve.name(), false));
            }
        }
        return series;
    }
}
