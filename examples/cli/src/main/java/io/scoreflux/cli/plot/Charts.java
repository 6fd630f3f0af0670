package io.scoreflux.cli.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** What the charts have in common. */
final class Charts {
    /** Points kept for a chart; more would only blacken it. */
    static final int MOST_POINTS = 100_000;

    static final Color INK = new Color(0x1f4e79);
    private static final int WIDTH = 800;
    private static final int HEIGHT = 640;

    private Charts() {}

    /** A chart without series. */
    static XYChart chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .theme(Styler.ChartTheme.XChart)
                .build();
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setChartTitleBoxVisible(false);
        return chart;
    }

    /** A number of samples in words. */
    static String samples(int n) {
        return n == 1 ? "1 sample" : n + " samples";
    }

    /** The drawing of no samples at all. */
    static BufferedImage blank() {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, WIDTH, HEIGHT);
        graphics.dispose();
        return image;
    }
}
