package io.scoreflux.evaluation.plot;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Trajectories as grey images: one row per sample, from the largest noise level on the left to the sample on the right. */
public final class FilmStrip {
    /** The maximum number of samples. Later ones are not drawn. */
    public static final int MOST_ROWS = 20;

    private final Picture picture;
    private final List<List<double[]>> rows = new ArrayList<>();

    /** A strip without rows. */
    public FilmStrip(Picture picture) {
        this.picture = picture;
    }

    /**
     * Adds the row of a sample, unless there are already {@link #MOST_ROWS}.
     *
     * @param frames images from the left; a shorter row leaves cells blank; not modified
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
