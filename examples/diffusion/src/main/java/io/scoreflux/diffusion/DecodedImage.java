package io.scoreflux.diffusion;

import io.scoreflux.Sample;
import io.scoreflux.error.SampleFailedException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * A sample and the image of its latents. Immutable.
 *
 * <p>{@link #colours} has the colours as the decoder computed them. {@link #toBufferedImage} and {@link #writePng} clip them to [0, 1] and round
 * them to 8 bits. A sample that failed has no image: all methods except {@link #sample} and {@link #failed} throw its
 * {@link SampleFailedException}.
 */
public final class DecodedImage {
    private final Sample sample;
    private final @Nullable FloatTensor colours;

    DecodedImage(Sample sample, @Nullable FloatTensor colours) {
        this.sample = sample;
        this.colours = colours;
    }

    /** Returns the sample, with its index, its latents and its certificate. */
    public Sample sample() {
        return sample;
    }

    /** Returns whether the sample failed, so that there is no image. */
    public boolean failed() {
        return colours == null;
    }

    private FloatTensor decoded() {
        FloatTensor known = colours;
        if (known == null) {
            sample.values(); // Throws the failure of the sample.
            throw new IllegalStateException("sample " + sample.index() + " was not decoded");
        }
        return known;
    }

    /** Returns the width in pixels. */
    public int width() {
        return (int) decoded().shape()[3];
    }

    /** Returns the height in pixels. */
    public int height() {
        return (int) decoded().shape()[2];
    }

    /** Returns the number of channels: 3 for red, green and blue, 1 for grey. */
    public int channels() {
        return (int) decoded().shape()[1];
    }

    /** Returns a copy of the colours, channels first, then rows. 0 is dark and 1 is bright; values beyond are possible. */
    public float[] colours() {
        float[] copy = decoded().values().clone();
        for (int i = 0; i < copy.length; i++) {
            copy[i] = (copy[i] + 1) / 2;
        }
        return copy;
    }

    /** Returns the image with 8 bits for each channel. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(
                width(), height(), channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
        float[] values = decoded().values();
        int pixels = width() * height();
        int[] pixel = new int[channels()];
        for (int y = 0; y < height(); y++) {
            for (int x = 0; x < width(); x++) {
                for (int channel = 0; channel < pixel.length; channel++) {
                    pixel[channel] = grey(values[channel * pixels + y * width() + x]);
                }
                image.getRaster().setPixel(x, y, pixel);
            }
        }
        return image;
    }

    private static int grey(float value) {
        return Math.round(255 * Math.min(1, Math.max(0, (value + 1) / 2)));
    }

    /**
     * Writes the image as PNG.
     *
     * @throws IOException if the file cannot be written
     */
    public void writePng(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            ImageIO.write(toBufferedImage(), "png", out);
        }
    }
}
