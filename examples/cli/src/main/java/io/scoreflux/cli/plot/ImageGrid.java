package io.scoreflux.cli.plot;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Samples as enlarged grey images, ten in a row. */
final class ImageGrid implements Plot {
    private static final int PER_ROW = 10;
    private static final int MOST_IMAGES = 400;
    private static final int GAP = 1;
    /** Small images are enlarged to about this many pixels. */
    private static final int SIDE = 64;

    private static final int WHITE = 0xffffff;
    private static final int LINE = 0xb0b0b0;

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
        int zoom = Math.max(1, SIDE / Math.max(picture.height(), picture.width()));
        int columns = Math.max(1, Math.min(PER_ROW, images.size()));
        int rows = Math.max(1, (images.size() + PER_ROW - 1) / PER_ROW);
        int cellWidth = picture.width() * zoom + GAP;
        int cellHeight = picture.height() * zoom + GAP;
        BufferedImage grid =
                new BufferedImage(columns * cellWidth + GAP, rows * cellHeight + GAP, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < grid.getHeight(); y++) {
            for (int x = 0; x < grid.getWidth(); x++) {
                boolean gap = x % cellWidth < GAP || y % cellHeight < GAP;
                int index = y / cellHeight * PER_ROW + x / cellWidth;
                grid.setRGB(x, y, gap ? LINE : colour(index, x % cellWidth - GAP, y % cellHeight - GAP, zoom));
            }
        }
        return grid;
    }

    private int colour(int index, int x, int y, int zoom) {
        if (index >= images.size()) {
            return WHITE;
        }
        int grey = picture.grey(images.get(index)[y / zoom * picture.width() + x / zoom]);
        return grey << 16 | grey << 8 | grey;
    }
}
