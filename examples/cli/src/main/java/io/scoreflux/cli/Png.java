package io.scoreflux.cli;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Pictures as bytes. Only these are written to outputs, so that an error there is the output's own, not one of drawing. */
final class Png {
    private Png() {}

    /** The picture's file. */
    static byte[] of(BufferedImage image) {
        ImageIO.setUseCache(false);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) { // Memory is no place that fails.
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
