package io.scoreflux.cli.compare;

import io.scoreflux.cli.plot.CurveChart;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** A comparison as a picture: error against calls, both logarithmic; the floor is dashed. */
public final class ComparisonPlot {
    private ComparisonPlot() {}

    /**
     * Draws; settings at which all rows failed are left out.
     *
     * @param target for the title
     */
    public static BufferedImage draw(String target, Comparison comparison) {
        List<CurveChart.Series> series = new ArrayList<>();
        for (Curve curve : Curve.of(comparison.measurements())) {
            add(series, curve, false);
        }
        if (comparison.floor() != null) {
            add(series, comparison.floor(), true);
        }
        return CurveChart.draw(
                "True error against denoiser calls: " + target,
                "mean denoiser calls of a sample",
                "root mean square error relative to the radius",
                series);
    }

    private static void add(List<CurveChart.Series> series, Curve curve, boolean dashed) {
        if (!curve.points().isEmpty()) {
            series.add(new CurveChart.Series(
                    curve.name(),
                    curve.points().stream().map(Curve.Point::calls).toList(),
                    curve.points().stream().map(Curve.Point::error).toList(),
                    dashed));
        }
    }
}
