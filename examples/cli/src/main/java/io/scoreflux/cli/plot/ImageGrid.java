package io.scoreflux.cli.plot;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Samples as enlarged grey images, in a grid with few empty places. */
final class ImageGrid implements Plot {
    private static final int MOST_IMAGES = 400;
    /** The largest ratio of a grid's longer side to its shorter one. */
    static final double LONGEST = 7;

    private final Picture picture;
    private final List<double[]> images = new ArrayList<>();

    ImageGrid(Picture picture) {
        this.picture = picture;
    }

    @Override
    public void add(double[] values) {
        if (images.size() < MOST_IMAGES) {
            images.add(values);
        }
    }

    @Override
    public BufferedImage image() {
        int perRow = columns(images.size(), picture.width(), picture.height());
        List<List<double[]>> rows = new ArrayList<>();
        for (int first = 0; first < images.size(); first += perRow) {
            rows.add(images.subList(first, Math.min(images.size(), first + perRow)));
        }
        return ImageCells.draw(picture, rows);
    }

    /**
     * How many images stand in a row. Of the grids that are at most {@value #LONGEST} times as long as wide, or of all where there are none,
     * this is one with the fewest empty places; of several the one closest to a square; of two the wider one.
     *
     * @param images at least 0
     * @param width of an image
     * @param height of an image
     */
    static int columns(int images, int width, int height) {
        int best = 1;
        double longest = Double.POSITIVE_INFINITY;
        int empty = Integer.MAX_VALUE;
        for (int rows = 1; rows <= images; rows++) {
            int columns = (images + rows - 1) / rows;
            int left = rows * columns - images;
            int across = columns * width;
            int down = rows * height;
            double length = (double) Math.max(across, down) / Math.min(across, down);
            boolean fits = length <= LONGEST;
            boolean bestFits = longest <= LONGEST;
            // Grids come from the widest to the highest: of equals the first stays.
            if (fits != bestFits ? fits : left != empty ? left < empty : length < longest) {
                best = columns;
                longest = length;
                empty = left;
            }
        }
        return best;
    }
}
