package io.scoreflux.evaluation.plot;

import io.scoreflux.model.ObservedDirections;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Samples before an observation, the observation, and samples given the observation, in one picture. */
public final class PosteriorPlot {
    /** The number of images in a row. */
    public static final int MOST_IMAGES = 10;

    /** The number of samples in a chart. */
    public static final int MOST_POINTS = 1000;

    private static final Color BEFORE = new Color(0xb0b0b0);
    private static final Color MEASURED = new Color(0xc0392b);
    /** A translucent colour, so that both histograms are visible. */
    private static final Color GIVEN = new Color(0x1f, 0x4e, 0x79, 0xa0);

    /** Components of a direction below this are rounding errors. */
    private static final double NONE = 1e-9;

    private static final String PRIOR = "prior";
    private static final String OBSERVATION = "observation";
    private static final String POSTERIOR = "posterior";

    private PosteriorPlot() {}

    /**
     * Draws images in rows: samples of the prior, the observation, samples of the posterior. Otherwise draws a histogram in one dimension, or a
     * scatter plot of the first two coordinates. The observation of an image is the smallest image that agrees with it; pixels on which it
     * does not depend are hidden. In a plot it is a line, or a point, unless it depends on other coordinates.
     *
     * @param picture how images are drawn, or null if samples are not images
     * @param prior at least one sample
     * @param posterior at least one sample
     */
    public static BufferedImage draw(
            @Nullable Picture picture, ObservedDirections observed, double[][] prior, double[][] posterior) {
        if (picture != null) {
            return ImageCells.draw(picture, List.of(List.of(prior), List.of(measured(observed)), List.of(posterior)));
        }
        return observed.dimension() == 1 ? histograms(observed, prior, posterior) : points(observed, prior, posterior);
    }

    /** The smallest data that agree with the observation; NaN where it does not depend on them. */
    static double[] measured(ObservedDirections observed) {
        double[] sum = new double[observed.dimension()];
        boolean[] seen = new boolean[sum.length];
        for (int i = 0; i < observed.count(); i++) {
            observed.add(i, observed.value(i), sum, 0);
            double[] direction = direction(observed, i);
            for (int j = 0; j < seen.length; j++) {
                seen[j] |= Math.abs(direction[j]) > NONE;
            }
        }
        for (int j = 0; j < sum.length; j++) {
            sum[j] = seen[j] ? sum[j] : Double.NaN;
        }
        return sum;
    }

    private static double[] direction(ObservedDirections observed, int i) {
        double[] direction = new double[observed.dimension()];
        observed.add(i, 1, direction, 0);
        return direction;
    }

    private static BufferedImage histograms(ObservedDirections observed, double[][] prior, double[][] posterior) {
        List<Double> before = column(prior, 0).boxed().toList();
        List<Double> given = column(posterior, 0).boxed().toList();
        List<Double> all = Stream.concat(before.stream(), given.stream()).toList();
        HistogramPlot.Bins bins = HistogramPlot.Bins.of(all, before.size());
        XYChart chart = chart(before.size(), given.size(), "", "x0", "density");
        chart.getStyler().setYAxisMin(0.0);
        double[] densities = bins.density(given);
        steps(chart, PRIOR, bins.edges(), bins.density(before), BEFORE);
        steps(chart, POSTERIOR, bins.edges(), densities, GIVEN);
        double at = observed.value(0) * direction(observed, 0)[0];
        line(chart, new double[] {at, at}, new double[] {
            0, Arrays.stream(densities).max().orElseThrow()
        });
        return Charts.image(chart);
    }

    private static void steps(XYChart chart, String name, double[] x, double[] density, Color colour) {
        XYSeries series = chart.addSeries(name, x, density);
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.StepArea);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(colour);
        series.setFillColor(colour);
    }

    private static BufferedImage points(ObservedDirections observed, double[][] prior, double[][] posterior) {
        double[] x = DoubleStream.concat(column(prior, 0), column(posterior, 0)).toArray();
        double[] y = DoubleStream.concat(column(prior, 1), column(posterior, 1)).toArray();
        int dimension = observed.dimension();
        XYChart chart = chart(
                prior.length,
                posterior.length,
                dimension > 2 ? ", first two of " + dimension + " coordinates" : "",
                "x0",
                "x1");
        scatter(chart, PRIOR, prior, BEFORE);
        scatter(chart, POSTERIOR, posterior, Charts.INK);
        List<double[]> ends = ends(observed, x, y);
        if (!ends.isEmpty()) {
            line(
                    chart,
                    ends.stream().mapToDouble(end -> end[0]).toArray(),
                    ends.stream().mapToDouble(end -> end[1]).toArray());
        }
        if (ScatterPlot.isSameUnit(x, y)) {
            ScatterPlot.scale(chart, x, y);
        }
        return Charts.image(chart);
    }

    private static void scatter(XYChart chart, String name, double[][] samples, Color colour) {
        XYSeries series = chart.addSeries(
                name, column(samples, 0).toArray(), column(samples, 1).toArray());
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(colour);
    }

    /** The observation as a point or as the two ends of a line; empty if it is not one in the plane or lies outside the points. */
    private static List<double[]> ends(ObservedDirections observed, double[] x, double[] y) {
        List<double[]> directions = new ArrayList<>();
        for (int i = 0; i < observed.count(); i++) {
            double[] direction = direction(observed, i);
            if (Arrays.stream(direction, 2, direction.length).anyMatch(v -> Math.abs(v) > NONE)) {
                return List.of();
            }
            directions.add(direction);
        }
        double[] at = measured(observed);
        double atX = Double.isNaN(at[0]) ? 0 : at[0];
        double atY = Double.isNaN(at[1]) ? 0 : at[1];
        if (directions.size() != 1) {
            return List.of(new double[] {atX, atY});
        }
        // The line through that point across the direction, cut at the box of the points.
        double[] along = {-directions.get(0)[1], directions.get(0)[0]};
        double[] low = {
            Arrays.stream(x).min().orElseThrow(), Arrays.stream(y).min().orElseThrow()
        };
        double[] high = {
            Arrays.stream(x).max().orElseThrow(), Arrays.stream(y).max().orElseThrow()
        };
        double[] point = {atX, atY};
        double from = Double.NEGATIVE_INFINITY;
        double to = Double.POSITIVE_INFINITY;
        for (int i = 0; i < 2; i++) {
            if (Math.abs(along[i]) > NONE) {
                double one = (low[i] - point[i]) / along[i];
                double other = (high[i] - point[i]) / along[i];
                from = Math.max(from, Math.min(one, other));
                to = Math.min(to, Math.max(one, other));
            } else if (point[i] < low[i] || point[i] > high[i]) {
                return List.of();
            }
        }
        return from < to ? List.of(moved(point, along, from), moved(point, along, to)) : List.of();
    }

    private static double[] moved(double[] point, double[] along, double by) {
        return new double[] {point[0] + by * along[0], point[1] + by * along[1]};
    }

    private static void line(XYChart chart, double[] x, double[] y) {
        XYSeries series = chart.addSeries(OBSERVATION, x, y);
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
        series.setMarker(x.length == 1 ? SeriesMarkers.CROSS : SeriesMarkers.NONE);
        series.setMarkerColor(MEASURED);
        series.setLineColor(MEASURED);
        series.setLineStyle(new BasicStroke(2));
    }

    private static XYChart chart(int prior, int posterior, String more, String x, String y) {
        XYChart chart =
                Charts.chart(Charts.samples(prior) + " of the prior, " + posterior + " of the posterior" + more, x, y);
        chart.getStyler().setLegendVisible(true);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
        chart.getStyler().setMarkerSize(5);
        return chart;
    }

    private static DoubleStream column(double[][] rows, int i) {
        return Arrays.stream(rows).mapToDouble(row -> row[i]);
    }
}
