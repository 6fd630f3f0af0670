package io.scoreflux.cli.plot;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The first two coordinates of samples as points. */
final class ScatterPlot implements Plot {
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
        String title =
                Charts.samples(points.size()) + (dimension > 2 ? ", first two of " + dimension + " coordinates" : "");
        XYChart chart = Charts.chart(title, "x0", "x1");
        XYSeries series = chart.addSeries(
                "samples",
                points.stream().mapToDouble(point -> point[0]).toArray(),
                points.stream().mapToDouble(point -> point[1]).toArray());
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(Charts.INK);
        chart.getStyler().setMarkerSize(points.size() > 2000 ? 3 : 5);
        return BitmapEncoder.getBufferedImage(chart);
    }
}
