package io.scoreflux.files.format;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes NumPy's array format, version 1.0: little-endian doubles of shape (count, dimension). A failed row is NaN. */
final class NpyWriter implements RowWriter {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int ALIGNMENT = 64;
    /** More bytes than a header takes. */
    static final int LARGEST_HEADER = 4 * ALIGNMENT;

    private final OutputStream out;
    private final int dimension;
    private final long count;

    NpyWriter(OutputStream out, Columns columns, long count) {
        this.out = out;
        this.dimension = columns.coordinates().size();
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
    public void write(OutputRow row) throws IOException {
        double[] numbers = row.values();
        if (numbers == null) {
            numbers = new double[dimension];
            Arrays.fill(numbers, Double.NaN);
        }
        ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES * dimension).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(numbers);
        out.write(bytes.array());
    }
}
