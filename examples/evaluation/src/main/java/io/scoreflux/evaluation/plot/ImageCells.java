package io.scoreflux.evaluation.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.util.Arrays;
import java.util.List;

/**
 * Grey images side by side on white, each in a thin frame, enlarged smoothly by an integer factor. Pixels that are NaN are hidden: they have the
 * colour of the frame.
 */
final class ImageCells {
    /** Small images are enlarged to at most this many pixels; high-resolution screens show them at half the size. */
    static final int SIDE = 128;

    /** Pixels between two frames, and from a frame to the edge of the drawing. */
    static final int GAP = 8;

    private static final int FRAME_GREY = 0xc8;
    private static final Color FRAME = new Color(FRAME_GREY, FRAME_GREY, FRAME_GREY);

    /** Greys from white to black; such files are a third as large as colour files. */
    private static final IndexColorModel GREYS = greys();

    private final Picture picture;
    private final List<List<double[]>> rows;
    private final CubicUpsampling across;
    private final CubicUpsampling down;

    private ImageCells(Picture picture, List<List<double[]>> rows) {
        this.picture = picture;
        this.rows = rows;
        int zoom = zoom(picture);
        this.across = new CubicUpsampling(picture.width(), zoom);
        this.down = new CubicUpsampling(picture.height(), zoom);
    }

    /** Pixels of the drawing per pixel of the image. */
    static int zoom(Picture picture) {
        return Math.max(1, SIDE / Math.max(picture.height(), picture.width()));
    }

    /** Draws rows of images from the left. The rest of a shorter row stays blank. Without images, one empty frame is drawn. */
    static BufferedImage draw(Picture picture, List<List<double[]>> rows) {
        return new ImageCells(picture, rows).draw();
    }

    private BufferedImage draw() {
        int columns = rows.stream().mapToInt(List::size).reduce(1, Math::max);
        // An image, the two lines of its frame, and the gap after it.
        int stepAcross = across.size() + 2 + GAP;
        int stepDown = down.size() + 2 + GAP;
        BufferedImage page = new BufferedImage(
                GAP + columns * stepAcross,
                GAP + Math.max(1, rows.size()) * stepDown,
                BufferedImage.TYPE_BYTE_INDEXED,
                GREYS);
        Graphics2D graphics = page.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, page.getWidth(), page.getHeight());
        graphics.setColor(FRAME);
        if (rows.isEmpty()) {
            graphics.drawRect(GAP, GAP, across.size() + 1, down.size() + 1);
        }
        for (int row = 0; row < rows.size(); row++) {
            for (int column = 0; column < rows.get(row).size(); column++) {
                int x = GAP + column * stepAcross;
                int y = GAP + row * stepDown;
                graphics.drawRect(x, y, across.size() + 1, down.size() + 1);
                fill(page, x + 1, y + 1, rows.get(row).get(column));
            }
        }
        graphics.dispose();
        return page;
    }

    private void fill(BufferedImage page, int left, int top, double[] given) {
        int width = picture.width();
        // Hidden pixels must not blur into their neighbours more than paper does.
        double[] image = Arrays.stream(given)
                .map(value -> Double.isNaN(value) ? picture.paper() : value)
                .toArray();
        int zoom = zoom(picture);
        double[][] wide = new double[picture.height()][across.size()];
        for (int i = 0; i < wide.length; i++) {
            for (int x = 0; x < across.size(); x++) {
                wide[i][x] = across.at(x, image, i * width);
            }
        }
        double[] column = new double[wide.length];
        for (int x = 0; x < across.size(); x++) {
            for (int i = 0; i < wide.length; i++) {
                column[i] = wide[i][x];
            }
            for (int y = 0; y < down.size(); y++) {
                boolean hidden = Double.isNaN(given[y / zoom * width + x / zoom]);
                int grey = hidden ? FRAME_GREY : picture.grey(down.at(y, column, 0));
                page.getRaster().setSample(left + x, top + y, 0, 255 - grey);
            }
        }
    }

    private static IndexColorModel greys() {
        byte[] greys = new byte[256];
        for (int darkness = 0; darkness < greys.length; darkness++) {
            greys[darkness] = (byte) (255 - darkness);
        }
        return new IndexColorModel(8, greys.length, greys, greys, greys);
    }
}
