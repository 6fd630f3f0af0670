package io.scoreflux.evaluation.plot;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Samples as enlarged grey images, in a grid with few empty cells. */
final class ImageGrid implements Plot {
    private static final int MOST_IMAGES = 400;
    /** The largest aspect ratio of a grid. */
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
     * The number of images in a row. It chooses among the grids with an aspect ratio of at most {@value #LONGEST}, or among all grids if
     * there are none. The grid has the fewest empty cells; ties go to the grid closest to a square, then to the wider one.
     *
     * @param images at least 0
     * @param width width of an image
     * @param height height of an image
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
            // Grids are tried from the widest to the highest. Among equal grids the first is kept.
            if (fits != bestFits ? fits : left != empty ? left < empty : length < longest) {
                best = columns;
                longest = length;
                empty = left;
            }
        }
        return best;
    }
}
