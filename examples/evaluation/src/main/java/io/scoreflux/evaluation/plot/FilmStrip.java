package io.scoreflux.evaluation.plot;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** The way of samples as grey images: a row a sample, from the largest noise level at the left to the sample at the right. */
public final class FilmStrip {
    /** Samples that are drawn, the first ones. */
    public static final int MOST_ROWS = 20;

    private final Picture picture;
    private final List<List<double[]>> rows = new ArrayList<>();

    /** A strip without rows. */
    public FilmStrip(Picture picture) {
        this.picture = picture;
    }

    /**
     * Adds a sample's row, unless there are {@link #MOST_ROWS}.
     *
     * @param frames from the left; fewer than those of other rows leave cells blank; not modified
     */
    public void add(List<double[]> frames) {
        if (rows.size() < MOST_ROWS) {
            rows.add(List.copyOf(frames));
        }
    }

    /** The drawing. */
    public BufferedImage image() {
        return ImageCells.draw(picture, rows);
    }
}
