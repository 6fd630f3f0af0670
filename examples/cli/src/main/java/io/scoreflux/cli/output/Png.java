package io.scoreflux.cli.output;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Encodes pictures in memory, so that errors of writing do not occur during encoding. */
public final class Png {
    private Png() {}

    /** The picture as a PNG file. */
    public static byte[] of(BufferedImage image) {
        ImageIO.setUseCache(false);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) { // Writing to memory does not fail.
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
