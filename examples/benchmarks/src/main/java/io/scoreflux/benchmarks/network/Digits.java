package io.scoreflux.benchmarks.network;

import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.model.onnx.OnnxDenoiserBuilder;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * The network of handwritten digits, and the real digits that were held out from training. Paths are relative to the directory of examples.
 */
public final class Digits {
    /** The pixels of a side. */
    public static final int SIDE = 28;

    static final int DIMENSION = SIDE * SIDE;
    static final int CLASSES = 10;
    /** The root mean square distance of all digits from their mean. */
    static final double RADIUS = 14.516;

    static final double FROM_SIGMA = 80;
    static final double TO_SIGMA = 0.002;

    private Digits() {}

    /**
     * A real digit.
     *
     * @param label 0 to 9
     * @param pixels row by row, -1 (paper) to 1 (ink)
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Digit(int label, double[] pixels) {}

    static Path network(Path examples) {
        return examples.resolve("digits/digits.onnx");
    }

    static OnnxDenoiserBuilder builder(Path examples) {
        return OnnxDenoiser.builder(network(examples)).label("label", CLASSES);
    }

    /** All held-out digits, in the order of the file. */
    public static List<Digit> heldOut(Path examples) {
        List<Digit> digits = new ArrayList<>();
        try (InputStream file = Files.newInputStream(examples.resolve("digits/held-out.bin.gz"));
                DataInputStream in = new DataInputStream(new GZIPInputStream(file))) {
            byte[] bytes = new byte[1 + DIMENSION];
            while (in.readNBytes(bytes, 0, bytes.length) == bytes.length) {
                double[] pixels = new double[DIMENSION];
                for (int i = 0; i < DIMENSION; i++) {
                    pixels[i] = (bytes[1 + i] & 0xff) / 127.5 - 1;
                }
                digits.add(new Digit(bytes[0], pixels));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return digits;
    }
}
