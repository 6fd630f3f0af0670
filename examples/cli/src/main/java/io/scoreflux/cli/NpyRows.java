package io.scoreflux.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads two-dimensional arrays of floats or doubles in NumPy's format, versions 1 to 3; a row of NaN is a failed sample. */
final class NpyRows {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([<>=|]?)(f4|f8)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE =
            Pattern.compile("'shape'\\s*:\\s*\\(\\s*(\\d{1,9})\\s*,\\s*(\\d{1,9})?\\s*,?\\s*\\)");

    private NpyRows() {}

    /** The samples of a file that did not fail. */
    static RowSet read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        String header = header(file, in);
        Matcher type = found(file, TYPE, header, "a type of f4 or f8");
        Matcher shape = found(file, SHAPE, header, "a shape (rows, columns)");
        boolean columnsFirst =
                found(file, ORDER, header, "fortran_order").group(1).equals("True");
        boolean wide = type.group(2).equals("f8");
        in.order(type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        int n = Integer.parseInt(shape.group(1));
        int d = shape.group(2) == null ? 1 : Integer.parseInt(shape.group(2));
        long expected = (long) n * d * (wide ? Double.BYTES : Float.BYTES);
        if (in.remaining() != expected) {
            throw new UserError(file + ": the header promises " + expected + " bytes of numbers, the file has "
                    + in.remaining() + "; it may have been cut off");
        }
        return rows(file, columnsFirst ? transposed(numbers(in, n * d, wide), n, d) : numbers(in, n * d, wide), n, d);
    }

    private static String header(Path file, ByteBuffer in) {
        if (in.remaining() < 12 || in.mismatch(ByteBuffer.wrap(MAGIC)) != MAGIC.length) {
            throw new UserError(file + ": not a NumPy array file");
        }
        int version = in.get(MAGIC.length);
        in.position(MAGIC.length + 2);
        int length = version == 1 ? Short.toUnsignedInt(in.getShort()) : in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new UserError(file + ": the header is cut off");
        }
        byte[] text = new byte[length];
        in.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static Matcher found(Path file, Pattern pattern, String header, String what) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new UserError(file + ": the header must have " + what + ", was " + header.strip());
        }
        return matcher;
    }

    private static double[] numbers(ByteBuffer in, int n, boolean wide) {
        double[] numbers = new double[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = wide ? in.getDouble() : in.getFloat();
        }
        return numbers;
    }

    private static double[] transposed(double[] columns, int n, int d) {
        double[] numbers = new double[columns.length];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < d; j++) {
                numbers[i * d + j] = columns[j * n + i];
            }
        }
        return numbers;
    }

    private static RowSet rows(Path file, double[] numbers, int n, int d) {
        List<double[]> rows = new ArrayList<>();
        long failed = 0;
        for (int i = 0; i < n; i++) {
            double[] row = new double[d];
            System.arraycopy(numbers, i * d, row, 0, d);
            int missing = 0;
            for (double value : row) {
                missing += Double.isNaN(value) ? 1 : 0;
                if (Double.isInfinite(value)) {
                    missing = -d;
                }
            }
            if (missing == 0) {
                rows.add(row);
            } else if (missing == d) {
                failed++;
            } else {
                throw new UserError(file + ", row " + i + ": numbers must be finite, or all NaN for a failed sample");
            }
        }
        return new RowSet(file.toString(), rows, failed);
    }
}
