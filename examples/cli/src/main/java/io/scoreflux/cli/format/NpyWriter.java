package io.scoreflux.cli.format;

import io.scoreflux.Sample;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** NumPy's array format, version 1.0: little-endian doubles of shape (count, dimension); a failed sample is a row of NaN. */
final class NpyWriter implements SampleWriter {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int ALIGNMENT = 64;

    private final OutputStream out;
    private final int dimension;
    private final long count;

    NpyWriter(OutputStream out, int dimension, long count) {
        this.out = out;
        this.dimension = dimension;
        this.count = count;
    }

    @Override
    public void begin() throws IOException {
        String dict = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + count + ", " + dimension + "), }";
        // Magic, length, dictionary and a final line feed together fill whole blocks.
        int before = MAGIC.length + 2;
        int blocks = (before + dict.length() + 1 + ALIGNMENT - 1) / ALIGNMENT;
        byte[] text = new byte[blocks * ALIGNMENT - before];
        Arrays.fill(text, (byte) ' ');
        System.arraycopy(dict.getBytes(StandardCharsets.US_ASCII), 0, text, 0, dict.length());
        text[text.length - 1] = '\n';
        out.write(MAGIC);
        out.write(text.length & 0xff);
        out.write(text.length >> 8);
        out.write(text);
    }

    @Override
    public void write(Sample sample, @Nullable Density density) throws IOException {
        row(sample.failed() ? null : sample.values());
    }

    /** Writes the values of one sample, or none if it failed. */
    void row(double @Nullable [] values) throws IOException {
        double[] numbers = values;
        if (numbers == null) {
            numbers = new double[dimension];
            Arrays.fill(numbers, Double.NaN);
        }
        ByteBuffer row = ByteBuffer.allocate(Double.BYTES * dimension).order(ByteOrder.LITTLE_ENDIAN);
        row.asDoubleBuffer().put(numbers);
        out.write(row.array());
    }
}
