package io.scoreflux.cli.format;

import io.scoreflux.cli.text.Decimal;
import io.scoreflux.cli.text.UserError;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads arrays of floats or doubles in NumPy's format, versions 1 to 3. A one-dimensional array is a column, and a row of NaN is a failed
 * sample. The reader allocates no memory for numbers that are not in the file.
 */
final class NpyRows {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final String ANEW = "write it again with numpy.save";
    private static final int LONGEST_HEADER = 1 << 16;
    /** The length limit of Java arrays. */
    private static final long MOST = Integer.MAX_VALUE - 8;

    private static final Pattern ENTRY =
            Pattern.compile("\\s*'(\\w+)'\\s*:\\s*('[^']*'|True|False|\\([^()]*\\)|\\[[^\\[\\]]*])\\s*(,|(?=}))");
    private static final Pattern TYPE = Pattern.compile("'([<>=|]?)(f4|f8)'");
    private static final Pattern AXIS = Pattern.compile("\\s*(\\d{1,18})L?\\s*");

    private final String name;
    private final DataInputStream in;
    private long left;

    /**
     * An array.
     *
     * @param rows number of rows
     * @param columns number of columns, at least 1
     */
    private record Array(long rows, long columns, boolean wide, ByteOrder order, boolean columnsFirst) {
        int bytes() {
            return wide ? Double.BYTES : Float.BYTES;
        }
    }

    /**
     * Reads a stream.
     *
     * @param size its total size, in bytes
     */
    private NpyRows(String name, InputStream in, long size) {
        this.name = name;
        this.in = new DataInputStream(new BufferedInputStream(in));
        this.left = size;
    }

    /**
     * The rows of a file.
     *
     * @param skipFailed whether to skip rows of NaN; otherwise they are rejected
     */
    static RowSet read(Path file, boolean skipFailed) {
        RowSet.Builder rows = new RowSet.Builder(file.toString(), skipFailed);
        try {
            if (Files.isRegularFile(file)) {
                try (InputStream in = Files.newInputStream(file)) {
                    new NpyRows(rows.name(), in, Files.size(file)).read(rows);
                }
            } else { // The size of a pipe is only known at its end.
                byte[] all = Files.readAllBytes(file);
                new NpyRows(rows.name(), new ByteArrayInputStream(all), all.length).read(rows);
            }
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
        return rows.build();
    }

    private void read(RowSet.Builder rows) throws IOException {
        Array array = array(header());
        long expected = requireBytes(array);
        if (expected == 0) {
            return;
        }
        int n = (int) array.rows();
        int d = (int) array.columns();
        if (array.columnsFirst()) {
            double[][] all = new double[n][d];
            double[] column = new double[n];
            for (int j = 0; j < d; j++) {
                fill(column, array);
                for (int i = 0; i < n; i++) {
                    all[i][j] = column[i];
                }
            }
            for (int i = 0; i < n; i++) {
                add(rows, i, all[i]);
            }
            return;
        }
        for (int i = 0; i < n; i++) {
            double[] row = new double[d];
            fill(row, array);
            add(rows, i, row);
        }
    }

    private String header() throws IOException {
        byte[] start = bytes(MAGIC.length + 2, "is not a NumPy array file; write one with numpy.save");
        if (Arrays.mismatch(start, MAGIC) != MAGIC.length) {
            throw error("is not a NumPy array file; write one with numpy.save");
        }
        int version = Byte.toUnsignedInt(start[MAGIC.length]);
        if (version < 1 || version > 3) {
            throw error("has version " + version + "." + Byte.toUnsignedInt(start[MAGIC.length + 1])
                    + " of NumPy's format, but only 1 to 3 can be read; write it again with numpy.save");
        }
        String cut = "is truncated in its header; write it again";
        ByteBuffer size = ByteBuffer.wrap(bytes(version == 1 ? Short.BYTES : Integer.BYTES, cut))
                .order(ByteOrder.LITTLE_ENDIAN);
        long length = version == 1 ? Short.toUnsignedInt(size.getShort()) : Integer.toUnsignedLong(size.getInt());
        if (length > left) {
            throw error(cut);
        }
        if (length > LONGEST_HEADER) {
            throw error("has a header of " + length + " bytes, but an array of numbers needs fewer than "
                    + LONGEST_HEADER
                    + "; write it again with numpy.save");
        }
        return new String(bytes((int) length, cut), StandardCharsets.UTF_8);
    }

    private Array array(String header) {
        Map<String, String> entries = entries(header);
        String descr = entries.get("descr");
        String order = entries.get("fortran_order");
        String shape = entries.get("shape");
        if (entries.size() != 3 || descr == null || order == null || shape == null) {
            throw error("must have a header with exactly descr, fortran_order and shape, was " + shown(header)
                    + "; write it again with numpy.save");
        }
        Matcher type = TYPE.matcher(descr);
        if (!type.matches()) {
            throw error("has numbers of the type " + shown(descr)
                    + ", but only f4 and f8 can be read; save it as array.astype('<f8')");
        }
        if (!order.equals("True") && !order.equals("False")) {
            throw error("has fortran_order " + shown(order) + ", which must be True or False; write it again with"
                    + " numpy.save");
        }
        List<Long> axes = axes(shape);
        long columns = axes.size() == 1 ? 1 : axes.get(1);
        if (columns == 0) {
            throw error("has the shape " + shown(shape) + " without columns; a row needs at least one number");
        }
        return new Array(
                axes.get(0),
                columns,
                type.group(2).equals("f8"),
                type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
                order.equals("True"));
    }

    /** The lengths of its one or two axes. */
    private List<Long> axes(String shape) {
        String wrong = "has the shape " + shown(shape) + ", which must be (rows, columns); ";
        if (!shape.startsWith("(")) {
            throw error(wrong + ANEW);
        }
        String inside = shape.substring(1, shape.length() - 1).strip();
        if (inside.isEmpty()) {
            throw error(wrong + "save a single number as array.reshape(1, 1)");
        }
        // A trailing comma is optional, but required after a single axis.
        boolean ended = inside.endsWith(",");
        List<Long> axes = new ArrayList<>();
        for (String length : (ended ? inside.substring(0, inside.length() - 1) : inside).split(",", -1)) {
            Matcher axis = AXIS.matcher(length);
            if (!axis.matches()) {
                throw error(wrong + ANEW);
            }
            axes.add(Long.valueOf(axis.group(1)));
        }
        if (axes.size() == 1 && !ended) {
            throw error(wrong + ANEW);
        }
        if (axes.size() > 2) {
            throw error(wrong + "save it as array.reshape(len(array), -1)");
        }
        return axes;
    }

    /** The entries of a dictionary; duplicates are rejected. */
    private Map<String, String> entries(String header) {
        Map<String, String> entries = new HashMap<>();
        String text = header.strip();
        boolean whole = text.startsWith("{") && text.endsWith("}");
        Matcher entry = ENTRY.matcher(text);
        int at = 1;
        while (whole && entry.region(at, text.length()).lookingAt()) {
            whole = entries.put(entry.group(1), entry.group(2)) == null;
            at = entry.end();
        }
        if (!whole || !text.substring(at).strip().equals("}")) {
            throw error("must have a dictionary as its header, was " + shown(header) + "; write it again with"
                    + " numpy.save");
        }
        return entries;
    }

    /** Rejects an array whose size differs from the rest of the file. */
    private long requireBytes(Array array) {
        BigInteger expected = BigInteger.valueOf(array.rows())
                .multiply(BigInteger.valueOf(array.columns()))
                .multiply(BigInteger.valueOf(array.bytes()));
        int off = expected.compareTo(BigInteger.valueOf(left));
        if (off != 0) {
            throw error("declares " + expected + " bytes of numbers in its header, but has " + left
                    + (off > 0
                            ? "; it may be truncated: write it again"
                            : "; store one array per file, with nothing after it"));
        }
        if (array.rows() > MOST || array.columns() > MOST) {
            throw error("has " + array.rows() + " rows of " + array.columns() + " numbers, but at most " + MOST
                    + " of each can be read; split it");
        }
        return left;
    }

    private void fill(double[] numbers, Array array) throws IOException {
        // In blocks, because a row may be as long as the file.
        int most = 1 << 10;
        for (int i = 0; i < numbers.length; ) {
            int count = Math.min(most, numbers.length - i);
            ByteBuffer block = ByteBuffer.wrap(bytes(count * array.bytes(), "is truncated; write it again"))
                    .order(array.order());
            for (int k = 0; k < count; k++) {
                numbers[i++] = array.wide() ? block.getDouble() : block.getFloat();
            }
        }
    }

    private void add(RowSet.Builder rows, int index, double[] row) {
        String where = name + ", row " + index;
        int missing = 0;
        boolean finite = true;
        for (double value : row) {
            missing += Double.isNaN(value) ? 1 : 0;
            finite &= Double.isFinite(value);
        }
        if (missing == row.length) {
            rows.addFailed(where, "row");
        } else if (!finite) {
            throw new UserError(where + ": numbers must be finite, or all NaN for a failed sample; remove the row");
        } else {
            rows.add(row);
        }
    }

    private byte[] bytes(int count, String complaint) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw error(complaint);
        }
        left -= count;
        return bytes;
    }

    private UserError error(String complaint) {
        return new UserError(name + " " + complaint);
    }

    private static String shown(String text) {
        return Decimal.abridged(text.strip());
    }
}
