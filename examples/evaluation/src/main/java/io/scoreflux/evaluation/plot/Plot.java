package io.scoreflux.evaluation.plot;

import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/** Collects samples and draws them. */
public interface Plot {

    /** Adds one sample; not modified. */
    void add(double[] values);

    /** The drawing. */
    BufferedImage image();

    /** Images if the samples are, a histogram in one dimension, else a scatter plot of the first two coordinates. */
    static Plot of(int dimension, @Nullable Picture picture) {
        if (picture != null) {
            return new ImageGrid(picture);
        }
        return dimension == 1 ? new HistogramPlot() : new ScatterPlot(dimension);
    }
}
