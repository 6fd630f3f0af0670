package io.scoreflux.evaluation.plot;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** Common parts of the charts. */
final class Charts {
    /** The maximum number of points in a chart. More points would hide each other. */
    static final int MOST_POINTS = 100_000;

    static final Color INK = new Color(0x1f4e79);
    static final int WIDTH = 800;
    static final int HEIGHT = 640;
    private static final int PANEL_WIDTH = 480;
    private static final int PANEL_HEIGHT = 400;

    /** Pixels of the image per pixel of the chart, for sharp display on high-resolution screens and in print. */
    static final int SCALE = 2;

    private static final Font NOTES = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    private static final Color NOTES_INK = new Color(0x303030);
    private static final int LINE = 18;
    private static final int INDENT = 12;

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

    /** The number of samples as text. */
    static String samples(int n) {
        return n == 1 ? "1 sample" : n + " samples";
    }

    /** The drawing without samples. */
    static BufferedImage blank() {
        Page page = new Page(WIDTH, HEIGHT);
        page.graphics().dispose();
        return page.image();
    }

    /** The drawing of a chart. */
    static BufferedImage image(XYChart chart) {
        return image(chart, HEIGHT, List.of());
    }

    /**
     * The drawing of a chart.
     *
     * @param height height of the chart, usually {@value #HEIGHT}
     * @param notes lines of text below it
     */
    static BufferedImage image(XYChart chart, int height, List<String> notes) {
        Page page = new Page(WIDTH, height + height(notes));
        Graphics2D graphics = page.graphics();
        chart.paint(graphics, WIDTH, height);
        write(notes, graphics, height);
        graphics.dispose();
        return page.image();
    }

    private static int height(List<String> notes) {
        return notes.isEmpty() ? 0 : notes.size() * LINE + INDENT;
    }

    private static void write(List<String> notes, Graphics2D graphics, int top) {
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setFont(NOTES);
        graphics.setColor(NOTES_INK);
        for (int i = 0; i < notes.size(); i++) {
            graphics.drawString(notes.get(i), INDENT, top + (i + 1) * LINE);
        }
    }

    /**
     * The drawing of several charts, smaller than one alone, in rows of two.
     *
     * @param notes lines of text below them
     */
    static BufferedImage panels(List<XYChart> charts, List<String> notes) {
        int height = (charts.size() + 1) / 2 * PANEL_HEIGHT;
        Page page = new Page(2 * PANEL_WIDTH, height + height(notes));
        for (int i = 0; i < charts.size(); i++) {
            Graphics2D graphics = (Graphics2D) page.graphics().create();
            graphics.translate(i % 2 * PANEL_WIDTH, i / 2 * PANEL_HEIGHT);
            charts.get(i).paint(graphics, PANEL_WIDTH, PANEL_HEIGHT);
            graphics.dispose();
        }
        write(notes, page.graphics(), height);
        page.graphics().dispose();
        return page.image();
    }

    /** A white image, and its graphics in the chart's units. */
    private record Page(BufferedImage image, Graphics2D graphics) {
        Page(int width, int height) {
            this(new BufferedImage(SCALE * width, SCALE * height, BufferedImage.TYPE_INT_RGB));
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
            graphics.scale(SCALE, SCALE);
        }

        private Page(BufferedImage image) {
            this(image, image.createGraphics());
        }
    }
}
