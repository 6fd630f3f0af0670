package io.scoreflux.cli.plot;

import java.awt.image.BufferedImage;
import java.util.List;

/** Grey images side by side, enlarged, with lines between them. */
final class ImageCells {
    private static final int GAP = 1;
    /** Small images are enlarged to about this many pixels. */
    private static final int SIDE = 64;

    private static final int WHITE = 0xffffff;
    private static final int LINE = 0xb0b0b0;

    private final Picture picture;
    private final List<List<double[]>> rows;
    private final int zoom;

    private ImageCells(Picture picture, List<List<double[]>> rows) {
        this.picture = picture;
        this.rows = rows;
        this.zoom = Math.max(1, SIDE / Math.max(picture.height(), picture.width()));
    }

    /** Draws rows of images from the left; a shorter row ends in blank cells, and of no images one blank cell is drawn. */
    static BufferedImage draw(Picture picture, List<List<double[]>> rows) {
        return new ImageCells(picture, rows).draw();
    }

    private BufferedImage draw() {
        int columns = rows.stream().mapToInt(List::size).reduce(1, Math::max);
        int cellWidth = picture.width() * zoom + GAP;
        int cellHeight = picture.height() * zoom + GAP;
        BufferedImage cells = new BufferedImage(
                columns * cellWidth + GAP, Math.max(1, rows.size()) * cellHeight + GAP, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < cells.getHeight(); y++) {
            for (int x = 0; x < cells.getWidth(); x++) {
                boolean gap = x % cellWidth < GAP || y % cellHeight < GAP;
                int colour =
                        gap ? LINE : colour(y / cellHeight, x / cellWidth, x % cellWidth - GAP, y % cellHeight - GAP);
                cells.setRGB(x, y, colour);
            }
        }
        return cells;
    }

    private int colour(int row, int column, int x, int y) {
        if (row >= rows.size() || column >= rows.get(row).size()) {
            return WHITE;
        }
        int grey = picture.grey(rows.get(row).get(column)[y / zoom * picture.width() + x / zoom]);
        return grey << 16 | grey << 8 | grey;
    }
}
