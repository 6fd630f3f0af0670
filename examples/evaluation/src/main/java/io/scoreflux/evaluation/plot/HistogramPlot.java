package io.scoreflux.evaluation.plot;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A histogram of one-dimensional samples, with about sqrt(n) bins at round numbers. */
final class HistogramPlot implements Plot {
    private static final int MOST_BINS = 100;

    private final List<Double> values = new ArrayList<>();

    @Override
    public void add(double[] row) {
        if (values.size() < Charts.MOST_POINTS) {
            values.add(row[0]);
        }
    }

    @Override
    public BufferedImage image() {
        if (values.isEmpty()) {
            return Charts.blank();
        }
        Bins bins = Bins.of(values, values.size());
        return draw(bins.edges(), bins.density(values));
    }

    /**
     * Equal bins at round numbers.
     *
     * @param ruler the marks between them
     * @param first the number of the first mark
     * @param count the number of bins
     */
    record Bins(Ruler ruler, double first, int count) {
        /**
         * Bins for all values.
         *
         * @param samples the number of samples of one histogram; about its square root is the number of bins
         */
        static Bins of(List<Double> values, int samples) {
            double least = values.stream().min(Double::compare).orElseThrow();
            double most = values.stream().max(Double::compare).orElseThrow();
            int bins = Math.max(1, Math.min(MOST_BINS, (int) Math.sqrt(samples)));
            // Equal values still need one bin.
            Ruler ruler = Ruler.of(most > least ? (most - least) / bins : Math.max(1, Math.abs(least)));
            double first = Math.floor(least / ruler.spacing());
            int count = (int) Math.min(2 * MOST_BINS, Math.floor(most / ruler.spacing()) - first + 1);
            return new Bins(ruler, first, count);
        }

        /** The edges. Steps begin at the left edges of the bins. An additional step completes the last bin. */
        double[] edges() {
            double[] x = new double[count + 1];
            for (int i = 0; i <= count; i++) {
                x[i] = ruler.mark(first + i);
            }
            return x;
        }

        /** The density of values in each bin, and again in the last one. */
        double[] density(List<Double> values) {
            double[] density = new double[count + 1];
            for (double value : values) {
                int bin = Math.min(count - 1, (int) (Math.floor(value / ruler.spacing()) - first));
                density[bin] += 1 / (values.size() * ruler.spacing());
            }
            density[count] = density[count - 1];
            return density;
        }
    }

    /** Marks at multiples of mantissa times ten to the exponent. */
    record Ruler(int mantissa, int exponent) {
        /** The next spacing from 1, 2, 5, 10, ... that is not smaller. */
        static Ruler of(double least) {
            int exponent = (int) Math.floor(Math.log10(least));
            double leading = least / Math.pow(10, exponent);
            return new Ruler(leading <= 1 ? 1 : leading <= 2 ? 2 : leading <= 5 ? 5 : 10, exponent);
        }

        double spacing() {
            return mark(1);
        }

        /** Divides instead of multiplying by a power below one, so that marks are exact decimals. */
        double mark(double k) {
            return exponent < 0 ? k * mantissa / Math.pow(10, -exponent) : k * mantissa * Math.pow(10, exponent);
        }
    }

    private BufferedImage draw(double[] x, double[] density) {
        XYChart chart = Charts.chart("Density of " + Charts.samples(values.size()), "x0", "density");
        // Areas are proportional to numbers of samples only if the axis starts at zero.
        chart.getStyler().setYAxisMin(0.0);
        XYSeries series = chart.addSeries("samples", x, density);
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.StepArea);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(Charts.INK);
        series.setFillColor(Charts.INK);
        return Charts.image(chart);
    }
}
