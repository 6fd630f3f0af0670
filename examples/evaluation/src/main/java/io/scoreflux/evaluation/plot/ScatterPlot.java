package io.scoreflux.evaluation.plot;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A scatter plot of the first two coordinates. Both axes have the same scale, unless the points would then look like a line. */
final class ScatterPlot implements Plot {
    /**
     * The largest ratio of the two ranges with the same scale on both axes. With a larger ratio, the narrower range would be a few pixels
     * wide.
     */
    private static final double MOST_RATIO = 100;

    /** The margin on each side, as a fraction of the range. */
    private static final double MARGIN = 0.05;

    /** The approximate distance of ticks, in pixels. */
    private static final int SPACING = 60;

    /** The plot area depends slightly on the labels, which depend on the ranges. */
    private static final int ROUNDS = 4;

    private final int dimension;
    private final List<double[]> points = new ArrayList<>();

    ScatterPlot(int dimension) {
        this.dimension = dimension;
    }

    @Override
    public void add(double[] values) {
        if (points.size() < Charts.MOST_POINTS) {
            points.add(new double[] {values[0], values[1]});
        }
    }

    @Override
    public BufferedImage image() {
        if (points.isEmpty()) {
            return Charts.blank();
        }
        double[] x = points.stream().mapToDouble(point -> point[0]).toArray();
        double[] y = points.stream().mapToDouble(point -> point[1]).toArray();
        boolean sameUnit = isSameUnit(x, y);
        String title = Charts.samples(points.size())
                + (dimension > 2 ? ", first two of " + dimension + " coordinates" : "")
                + (sameUnit ? "" : ", x0 and x1 on different scales");
        XYChart chart = Charts.chart(title, "x0", "x1");
        XYSeries series = chart.addSeries("samples", x, y);
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(Charts.INK);
        chart.getStyler().setMarkerSize(points.size() > 2000 ? 3 : 5);
        if (sameUnit) {
            scale(chart, x, y);
        }
        return Charts.image(chart);
    }

    /** Whether the same scale on both axes shows these points. */
    static boolean isSameUnit(double[] x, double[] y) {
        Range across = Range.of(x);
        Range up = Range.of(y);
        return across.comparable(up) && up.comparable(across);
    }

    /** Gives both axes the same scale, with ranges that contain the points. */
    static void scale(XYChart chart, double[] x, double[] y) {
        Range across = Range.of(x);
        Range up = Range.of(y);
        chart.getStyler().setXAxisTickMarkSpacingHint(SPACING).setYAxisTickMarkSpacingHint(SPACING);
        double least = Math.max(across.length(), up.length());
        scale(
                chart,
                across.orElse(least).wider(1 + 2 * MARGIN),
                up.orElse(least).wider(1 + 2 * MARGIN));
    }

    /** Widens one of the ranges until both axes have the same scale. */
    private static void scale(XYChart chart, Range x, Range y) {
        Range across = x;
        Range up = y;
        for (int round = 0; round < ROUNDS; round++) {
            chart.getStyler().setXAxisMin(across.from());
            chart.getStyler().setXAxisMax(across.to());
            chart.getStyler().setYAxisMin(up.from());
            chart.getStyler().setYAxisMax(up.to());
            Charts.image(chart);
            // Screen coordinates increase downwards.
            double width = chart.getScreenXFromChart(across.to()) - chart.getScreenXFromChart(across.from());
            double height = chart.getScreenYFromChart(up.from()) - chart.getScreenYFromChart(up.to());
            double unit = Math.min(width / x.length(), height / y.length());
            across = x.wider(width / unit / x.length());
            up = y.wider(height / unit / y.length());
        }
    }

    private record Range(double from, double to) {
        static Range of(double[] values) {
            return new Range(
                    Arrays.stream(values).min().orElseThrow(),
                    Arrays.stream(values).max().orElseThrow());
        }

        double length() {
            return to - from;
        }

        /** Whether this range is not too long on the other's scale; true if either is a single value. */
        boolean comparable(Range other) {
            return length() < Double.MAX_VALUE && (other.length() == 0 || length() <= MOST_RATIO * other.length());
        }

        /** This range, or one around its only value. */
        Range orElse(double length) {
            if (length() > 0) {
                return this;
            }
            double half = length > 0 ? length / 2 : Math.max(1, Math.abs(from)) / 2;
            return new Range(from - half, from + half);
        }

        Range wider(double factor) {
            double more = (factor - 1) / 2 * length();
            return new Range(from - more, to + more);
        }
    }
}
