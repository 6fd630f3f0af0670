package io.scoreflux.evaluation.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Curves with a legend. The horizontal axis has powers of two, the vertical axis powers of ten. */
public final class CurveChart {
    /** Colours that colour-blind people can distinguish (Okabe and Ito 2008), without yellow. */
    private static final Color[] COLOURS = {
        new Color(0x0072b2),
        new Color(0xd55e00),
        new Color(0x009e73),
        new Color(0xcc79a7),
        new Color(0xe69f00),
        new Color(0x56b4e9),
        new Color(0x5a3e8e),
        new Color(0x7f6a3f),
        new Color(0x000000),
    };

    private static final Marker[] MARKERS = {
        SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.TRIANGLE_UP, SeriesMarkers.DIAMOND
    };
    private static final Color GRID = new Color(0xe0e0e0);
    /** The approximate distance of axis ticks, in pixels. */
    private static final int SPACING = 40;

    /** The margin to the right of the last point, in octaves. */
    private static final double MARGIN = 0.2;

    private static final Color DASHED = new Color(0x404040);
    private static final BasicStroke LINE = new BasicStroke(2);
    private static final BasicStroke DASHES =
            new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {7, 5}, 0);

    private CurveChart() {}

    /**
     * One curve with at least one point. All numbers are positive.
     *
     * @param name name in the legend
     * @param x horizontal coordinates
     * @param y vertical coordinates, as many as x
     * @param dashed whether the curve is dashed and has no markers, because it is not a measurement
     */
    public record Series(String name, List<Double> x, List<Double> y, boolean dashed) {}

    /**
     * The drawing. It is blank without series.
     *
     * @param notes lines of text below the axes
     */
    public static BufferedImage draw(String title, String x, String y, List<Series> all, String... notes) {
        if (all.isEmpty()) {
            return Charts.blank();
        }
        return Charts.image(chart(title, x, y, all), Charts.HEIGHT, List.of(notes));
    }

    /**
     * One of several drawings.
     *
     * @param x name of the horizontal axis
     * @param y name of the vertical axis
     * @param series at least one
     */
    public record Panel(String title, String x, String y, List<Series> series) {}

    /**
     * Several drawings in one picture, two beside each other.
     *
     * @param notes lines of text below them
     */
    public static BufferedImage panels(List<Panel> panels, String... notes) {
        return Charts.panels(
                panels.stream()
                        .map(panel -> chart(panel.title(), panel.x(), panel.y(), panel.series()))
                        .toList(),
                List.of(notes));
    }

    /** Several drawings with the same axes in one picture, two beside each other. Each has a title and at least one series. */
    public static BufferedImage panels(String x, String y, Map<String, List<Series>> panels) {
        return panels(panels.entrySet().stream()
                .map(panel -> new Panel(panel.getKey(), x, y, panel.getValue()))
                .toList());
    }

    private static XYChart chart(String title, String x, String y, List<Series> all) {
        XYChart chart = Charts.chart(title, x, y);
        XYStyler styler = chart.getStyler();
        styler.setLegendVisible(true);
        styler.setLegendPosition(Styler.LegendPosition.InsideSW);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setMarkerSize(7);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridLinesStroke(new BasicStroke(1));
        // XChart's logarithmic axes label only decades and draw nine lines for each. So the logarithms are drawn
        // instead.
        styler.setxAxisTickLabelsFormattingFunction(
                at -> isWhole(at) ? Long.toString(Math.round(Math.pow(2, at))) : "");
        styler.setyAxisTickLabelsFormattingFunction(at -> isWhole(at) ? "1e" + Math.round(at) : "");
        styler.setXAxisTickMarkSpacingHint(SPACING).setYAxisTickMarkSpacingHint(SPACING);
        List<Double> xs = all.stream().flatMap(one -> octaves(one.x()).stream()).toList();
        List<Double> ys = all.stream().flatMap(one -> decades(one.y()).stream()).toList();
        // At least one octave and one decade: a shorter axis may have no tick, which XChart cannot draw.
        double left = Math.floor(Collections.min(xs));
        double bottom = Math.floor(Collections.min(ys));
        styler.setXAxisMin(left);
        styler.setXAxisMax(Math.max(Collections.max(xs) + MARGIN, left + 1));
        styler.setYAxisMin(bottom);
        styler.setYAxisMax(Math.max(Math.ceil(Collections.max(ys)), bottom + 1));
        int colour = 0;
        for (Series one : all) {
            XYSeries series = chart.addSeries(one.name(), octaves(one.x()), decades(one.y()));
            series.setLineStyle(one.dashed() ? DASHES : LINE);
            series.setLineColor(one.dashed() ? DASHED : COLOURS[colour % COLOURS.length]);
            series.setMarkerColor(COLOURS[colour % COLOURS.length]);
            series.setMarker(one.dashed() ? SeriesMarkers.NONE : MARKERS[colour % MARKERS.length]);
            colour += one.dashed() ? 0 : 1;
        }
        return chart;
    }

    private static boolean isWhole(double value) {
        return Math.abs(value - Math.rint(value)) < 1e-6;
    }

    private static List<Double> octaves(List<Double> values) {
        return values.stream().map(value -> Math.log(value) / Math.log(2)).toList();
    }

    private static List<Double> decades(List<Double> values) {
        return values.stream().map(Math::log10).toList();
    }
}
