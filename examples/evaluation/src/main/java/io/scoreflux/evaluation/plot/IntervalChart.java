package io.scoreflux.evaluation.plot;

import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.List;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Intervals, one per line from the top: a thin line from end to end, a thick line over the inner half, a point in the middle, and the name
 * above it.
 */
public final class IntervalChart {
    private static final BasicStroke THIN = new BasicStroke(2);
    private static final BasicStroke THICK = new BasicStroke(6);
    private static final Font NAMES = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    /** The distance from an interval to its name, as a fraction of the line height. */
    private static final double ABOVE = 0.35;

    private static final int LINE_HEIGHT = 40;
    private static final int MARGINS = 120;

    private IntervalChart() {}

    /**
     * One interval.
     *
     * @param name the name above the interval
     * @param quantiles five quantiles in ascending order, which are the ends, the ends of the inner half, and the middle
     */
    public record Interval(String name, List<Double> quantiles) {}

    /** The drawing. It is blank without intervals. */
    public static BufferedImage draw(String title, String x, List<Interval> intervals) {
        if (intervals.isEmpty()) {
            return Charts.blank();
        }
        XYChart chart = Charts.chart(title, x, "");
        int count = intervals.size();
        XYStyler styler = chart.getStyler();
        styler.setYAxisMin(0.0);
        styler.setYAxisMax(count + 1.0);
        styler.setPlotContentSize(0.94);
        styler.setMarkerSize(8);
        styler.setYAxisTicksVisible(false);
        // Lines between intervals would have no meaning.
        styler.setPlotGridHorizontalLinesVisible(false);
        styler.setAnnotationTextFont(NAMES);
        for (int k = 0; k < count; k++) {
            List<Double> q = intervals.get(k).quantiles();
            double y = count - k;
            segment(chart, "all " + k, q.get(0), q.get(4), y, THIN);
            segment(chart, "half " + k, q.get(1), q.get(3), y, THICK);
            XYSeries middle = chart.addSeries("middle " + k, new double[] {q.get(2)}, new double[] {y});
            middle.setMarker(SeriesMarkers.CIRCLE);
            middle.setMarkerColor(Charts.INK);
            chart.addAnnotation(new AnnotationText(intervals.get(k).name(), q.get(2), y + ABOVE, false));
        }
        return Charts.image(chart, Math.max(Charts.HEIGHT, MARGINS + LINE_HEIGHT * count), List.of());
    }

    private static void segment(XYChart chart, String name, double from, double to, double y, BasicStroke stroke) {
        XYSeries series = chart.addSeries(name, new double[] {from, to}, new double[] {y, y});
        series.setMarker(SeriesMarkers.NONE);
        series.setLineStyle(stroke);
        series.setLineColor(Charts.INK);
    }
}
