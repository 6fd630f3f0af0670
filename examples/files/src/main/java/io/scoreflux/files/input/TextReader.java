package io.scoreflux.files.input;

import io.scoreflux.files.text.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Decodes UTF-8 strictly, and skips a byte order mark at the start. All text files are read through this class. Parsers therefore never see
 * a byte order mark, and the error for another encoding names the line.
 */
public final class TextReader extends Reader {
    private static final int BUFFER = 1 << 13;
    private static final int LONGEST_MARK = 8;
    private static final String NOT_UTF8 = ": not text in UTF-8; save it as UTF-8";

    private final InputStream in;
    private final String name;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER).limit(0);
    private final CharBuffer chars = CharBuffer.allocate(BUFFER).limit(0);
    private boolean started;
    private boolean ended;
    private long offset;
    private long line = 1;
    private char last;

    private TextReader(InputStream in, String name) {
        this.in = in;
        this.name = name;
    }

    /** The text of a file; the caller must close it. */
    public static BufferedReader open(Path file) throws IOException {
        return of(Files.newInputStream(file), file.toString());
    }

    /** The text of a stream; closing the reader closes the stream. */
    public static BufferedReader of(InputStream in, String name) {
        return new BufferedReader(new TextReader(in, name));
    }

    /** The whole text of a file. */
    public static String read(Path file) {
        StringWriter text = new StringWriter();
        try (Reader reader = open(file)) {
            reader.transferTo(text);
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
        return text.toString();
    }

    @Override
    public int read(char[] to, int off, int len) throws IOException {
        if (len == 0) {
            return 0;
        }
        if (!chars.hasRemaining() && !decode()) {
            return -1;
        }
        int n = Math.min(len, chars.remaining());
        chars.get(to, off, n);
        return n;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** Decodes at least one character; false at the end. */
    private boolean decode() throws IOException {
        if (!started) {
            skipMark();
            started = true;
        }
        chars.clear();
        while (true) {
            CoderResult result = decoder.decode(bytes, chars, ended);
            if (chars.position() > 0) {
                chars.flip();
                count();
                return true;
            }
            if (result.isError()) {
                throw notUtf8();
            }
            if (ended) {
                chars.flip();
                return false;
            }
            fill();
        }
    }

    private void fill() throws IOException {
        bytes.compact();
        int n = in.read(bytes.array(), bytes.position(), bytes.remaining());
        if (n < 0) {
            ended = true;
        } else {
            bytes.position(bytes.position() + n);
            offset += n;
        }
        bytes.flip();
    }

    private void skipMark() throws IOException {
        while (!ended && bytes.remaining() < LONGEST_MARK) {
            fill();
        }
        refuseBinary();
        if (startsWith(0xef, 0xbb, 0xbf)) {
            bytes.position(3);
        } else if (startsWith(0xff, 0xfe) || startsWith(0xfe, 0xff) || startsWith(0, 0, 0xfe, 0xff)) {
            throw new UserError(name + NOT_UTF8 + " (its byte order mark is that of UTF-16 or UTF-32)");
        }
    }

    /** Rejects files of rows in a binary format. */
    private void refuseBinary() {
        if (startsWith(0x93, 'N', 'U', 'M', 'P', 'Y')) {
            throw new UserError(name + ": the file is a NumPy array, not text; give it a name that ends in .npy");
        }
        if (startsWith('A', 'R', 'R', 'O', 'W', '1', 0, 0) || isParquet()) {
            throw new UserError(name + ": the file is in the format " + (isParquet() ? "Parquet" : "Arrow")
                    + ", not text; give it a name that ends in " + (isParquet() ? ".parquet" : ".arrow"));
        }
    }

    /** In Parquet, a page header follows the magic bytes. In text, where PAR1 is the name of a column, a printable character follows. */
    private boolean isParquet() {
        int length = 4;
        if (!startsWith('P', 'A', 'R', '1') || bytes.remaining() == length) {
            return false;
        }
        int next = Byte.toUnsignedInt(bytes.get(length));
        return next >= 0x7f || (next < ' ' && next != '\t' && next != '\n' && next != '\r');
    }

    private boolean startsWith(int... mark) {
        if (bytes.remaining() < mark.length) {
            return false;
        }
        for (int i = 0; i < mark.length; i++) {
            if (Byte.toUnsignedInt(bytes.get(i)) != mark[i]) {
                return false;
            }
        }
        return true;
    }

    /** Counts lines as editors and parsers do, and rejects null characters. */
    private void count() {
        for (int i = 0; i < chars.limit(); i++) {
            char c = chars.get(i);
            if (c == '\0') {
                throw new UserError(name + ", line " + line
                        + ": the text contains null characters, as UTF-16 does; save it as UTF-8");
            }
            if (c == '\r' || (c == '\n' && last != '\r')) {
                line++;
            }
            last = c;
        }
    }

    private UserError notUtf8() {
        return new UserError(String.format(
                "%s%s (line %d: byte %d of the file is 0x%02X)",
                name, NOT_UTF8, line, offset - bytes.remaining() + 1, Byte.toUnsignedInt(bytes.get(bytes.position()))));
    }
}
