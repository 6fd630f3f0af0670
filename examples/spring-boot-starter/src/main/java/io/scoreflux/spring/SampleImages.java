package io.scoreflux.spring;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.evaluation.plot.Picture;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes samples that are images as PNG files. */
public final class SampleImages {
    /** The largest width and height of an image in pixels. */
    public static final int MAX_SIDE = 1024;

    private SampleImages() {}

    /** Returns a PNG file with one grey image, one pixel for each number. */
    public static byte[] png(Picture picture, double[] values) {
        return png(image(picture, values));
    }

    /**
     * Returns a PNG file with one grey image, enlarged or reduced by bicubic interpolation.
     *
     * @param width pixels in a row, 1 to {@value #MAX_SIDE}
     * @param height rows of pixels, 1 to {@value #MAX_SIDE}
     */
    public static byte[] png(Picture picture, double[] values, int width, int height) {
        if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
            throw new InvalidArgumentException(
                    "size", "must be from 1x1 to " + MAX_SIDE + "x" + MAX_SIDE, width + "x" + height);
        }
        BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = scaled.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(image(picture, values), 0, 0, width, height, null);
        graphics.dispose();
        return png(scaled);
    }

    private static BufferedImage image(Picture picture, double[] values) {
        BufferedImage image = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < values.length; i++) {
            image.getRaster().setSample(i % picture.width(), i / picture.width(), 0, picture.grey(values[i]));
        }
        return image;
    }

    /** Returns a PNG file. */
    public static byte[] png(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageIO.write(image, "png", out);
        } catch (IOException e) { // Writing to memory does not fail.
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
