package io.scoreflux.files.format;

import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.UserError;
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
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one array of numbers in NumPy's format, versions 1 to 3, of any number of axes. The reader allocates no memory for numbers that are
 * not in the file.
 */
final class NpyReader {
    static final String ANEW = "write it again with numpy.save";

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LONGEST_HEADER = 1 << 16;

    private static final Pattern ENTRY =
            Pattern.compile("\\s*'(\\w+)'\\s*:\\s*('[^']*'|True|False|\\([^()]*\\)|\\[[^\\[\\]]*])\\s*(,|(?=}))");
    private static final Pattern TYPE = Pattern.compile("'([<>=|]?)(\\w\\d+)'");
    private static final Pattern AXIS = Pattern.compile("\\s*(\\d{1,18})L?\\s*");

    private final String name;
    private final DataInputStream in;
    private long left;

    /** The types of numbers. */
    enum Type {
        F4(Float.BYTES),
        F8(Double.BYTES),
        I4(Integer.BYTES),
        I8(Long.BYTES),
        B1(1);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        /** The name in NumPy's format. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The header of an array.
     *
     * @param axes the lengths of its axes
     * @param shape the axes as the header shows them, for messages
     * @param columnsFirst whether the first axis varies fastest (Fortran order)
     */
    record Array(List<Long> axes, String shape, Type type, ByteOrder order, boolean columnsFirst) {}

    /** Reads the numbers of an array from a file. */
    interface Content<T> {
        T read(NpyReader reader, Array array) throws IOException;
    }

    /**
     * Reads a stream.
     *
     * @param size its total size, in bytes
     */
    private NpyReader(String name, InputStream in, long size) {
        this.name = name;
        this.in = new DataInputStream(new BufferedInputStream(in));
        this.left = size;
    }

    /**
     * Reads a file.
     *
     * @param types the types that the caller accepts
     */
    static <T> T read(Path file, List<Type> types, Content<T> content) {
        try {
            if (Files.isRegularFile(file)) {
                try (InputStream in = Files.newInputStream(file)) {
                    return new NpyReader(file.toString(), in, Files.size(file)).read(types, content);
                }
            }
            // The size of a pipe is only known at its end.
            byte[] all = Files.readAllBytes(file);
            return new NpyReader(file.toString(), new ByteArrayInputStream(all), all.length).read(types, content);
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
    }

    private <T> T read(List<Type> types, Content<T> content) throws IOException {
        return content.read(this, array(header(), types));
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

    private Array array(String header, List<Type> types) {
        Map<String, String> entries = entries(header);
        String descr = entries.get("descr");
        String order = entries.get("fortran_order");
        String shape = entries.get("shape");
        if (entries.size() != 3 || descr == null || order == null || shape == null) {
            throw error("must have a header with exactly descr, fortran_order and shape, was " + shown(header)
                    + "; write it again with numpy.save");
        }
        Matcher type = TYPE.matcher(descr);
        Type known = type.matches()
                ? types.stream()
                        .filter(one -> one.toString().equals(type.group(2)))
                        .findFirst()
                        .orElse(null)
                : null;
        if (known == null) {
            List<String> names = types.stream().map(Type::toString).toList();
            int last = names.size() - 1;
            throw error("has numbers of the type " + shown(descr) + ", but only "
                    + String.join(", ", names.subList(0, last)) + " and " + names.get(last)
                    + " can be read; save it as array.astype('<f8')");
        }
        if (!order.equals("True") && !order.equals("False")) {
            throw error("has fortran_order " + shown(order) + ", which must be True or False; write it again with"
                    + " numpy.save");
        }
        return new Array(
                axes(shape),
                shape,
                known,
                type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
                order.equals("True"));
    }

    /** The lengths of the axes; empty for a single number. */
    private List<Long> axes(String shape) {
        if (!shape.startsWith("(")) {
            throw error(wrong(shape, ANEW));
        }
        String inside = shape.substring(1, shape.length() - 1).strip();
        List<Long> axes = new ArrayList<>();
        if (inside.isEmpty()) {
            return axes;
        }
        // A trailing comma is optional, but required after a single axis.
        boolean ended = inside.endsWith(",");
        for (String length : (ended ? inside.substring(0, inside.length() - 1) : inside).split(",", -1)) {
            Matcher axis = AXIS.matcher(length);
            if (!axis.matches()) {
                throw error(wrong(shape, ANEW));
            }
            axes.add(Long.valueOf(axis.group(1)));
        }
        if (axes.size() == 1 && !ended) {
            throw error(wrong(shape, ANEW));
        }
        return axes;
    }

    /** The complaint about a shape that is not that of rows. */
    static String wrong(String shape, String remedy) {
        return "has the shape " + shown(shape) + ", which must be (rows, columns); " + remedy;
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

    /** Rejects an array whose size differs from the rest of the file. Returns the number of bytes. */
    long requireBytes(Array array) {
        BigInteger expected = BigInteger.valueOf(array.type().bytes);
        for (long axis : array.axes()) {
            expected = expected.multiply(BigInteger.valueOf(axis));
        }
        int off = expected.compareTo(BigInteger.valueOf(left));
        if (off != 0) {
            throw error("declares " + expected + " bytes of numbers in its header, but has " + left
                    + (off > 0
                            ? "; it may be truncated: write it again"
                            : "; store one array per file, with nothing after it"));
        }
        return left;
    }

    /** Reads the next numbers. Numbers of 64-bit integers are rounded as in a cast. */
    void fill(double[] numbers, Array array) throws IOException {
        // In blocks, because a row may be as long as the file.
        int most = 1 << 10;
        for (int i = 0; i < numbers.length; ) {
            int count = Math.min(most, numbers.length - i);
            ByteBuffer block = ByteBuffer.wrap(bytes(count * array.type().bytes, "is truncated; write it again"))
                    .order(array.order());
            for (int k = 0; k < count; k++) {
                numbers[i++] = switch (array.type()) {
                    case F4 -> block.getFloat();
                    case F8 -> block.getDouble();
                    case I4 -> block.getInt();
                    case I8 -> block.getLong();
                    case B1 -> block.get();
                };
            }
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

    UserError error(String complaint) {
        return new UserError(name + " " + complaint);
    }

    static String shown(String text) {
        return Decimal.abridged(text.strip());
    }
}
