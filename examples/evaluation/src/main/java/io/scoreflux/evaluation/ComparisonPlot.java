package io.scoreflux.evaluation;

import io.scoreflux.evaluation.plot.CurveChart;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** A comparison as a picture: error against calls, with logarithmic axes. The floor is dashed. */
public final class ComparisonPlot {
    private static final String FLOOR = "floor (known trajectory)";
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
        List<CurveChart.Series> series = new ArrayList<>();
        for (Curve curve : Curve.of(comparison.measurements())) {
            add(series, curve.name(), curve, false);
        }
        if (comparison.floor() != null) {
            add(series, FLOOR, comparison.floor(), true);
        }
        boolean hasFloor = series.stream().anyMatch(CurveChart.Series::dashed);
        return CurveChart.draw(
                "True error against denoiser calls: " + target,
                "mean denoiser calls per sample",
                "root mean square error relative to the radius",
                series,
                hasFloor ? FLOOR_NOTES : new String[0]);
    }

    private static void add(List<CurveChart.Series> series, String name, Curve curve, boolean dashed) {
        if (!curve.points().isEmpty()) {
            series.add(curve.series(name, dashed));
        }
    }
}
