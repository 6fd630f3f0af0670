package io.scoreflux.evaluation.plot;

import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/** Collects samples and draws them. */
public interface Plot {

    /** Adds one sample, which is not modified. */
    void add(double[] values);

    /** The drawing. */
    BufferedImage image();

    /**
     * A plot of images if the samples are images, otherwise a histogram in one dimension, otherwise a scatter plot of the first two
     * coordinates.
     */
    static Plot of(int dimension, @Nullable Picture picture) {
        if (picture != null) {
            return new ImageGrid(picture);
        }
        return dimension == 1 ? new HistogramPlot() : new ScatterPlot(dimension);
    }
}
