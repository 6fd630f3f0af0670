package io.scoreflux.files.format;

import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * A file format of samples and draws. To add a format, write a {@link RowWriter}, a {@link RowReader} and a {@link Reader}, and add an entry to
 * {@link #ALL} or a {@link FormatProvider}. The options, the help and the messages are derived from the list.
 *
 * @param name its name on the command line and the extension of its files, without the dot
 * @param hasFields whether its rows have fields besides the coordinates
 * @param hasMetadata whether its files describe how they were made
 * @param writer creates its writer
 * @param rows reads back what the writer has written
 * @param reader reads rows of numbers from its files, which other programs may have written, or null if it is only written
 */
public record Format(
        String name,
        boolean hasFields,
        boolean hasMetadata,
        RowWriter.Factory writer,
        RowReader rows,
        @Nullable Reader reader) {
    /** One JSON object per line. */
    public static final Format NDJSON =
            new Format("ndjson", true, false, NdjsonWriter::new, NdjsonRows::readBack, NdjsonRows::read);
    /** A header, then one line per row. */
    public static final Format CSV = new Format("csv", true, false, CsvWriter::new, CsvRows::readBack, CsvRows::read);
    /** NumPy's array format, with only the coordinates. */
    public static final Format NPY = new Format("npy", false, false, NpyWriter::new, NpyRows::readBack, NpyRows::read);

    /** All formats, in the order in which the help and messages name them. */
    public static final List<Format> ALL = all();

    /** Extensions of formats that are neither read nor written without the module that provides them. */
    private static final Map<String, String> UNSUPPORTED = Map.of(".parquet", "Parquet", ".arrow", "Arrow");

    private static List<Format> all() {
        List<Format> all = new ArrayList<>(List.of(NDJSON, CSV, NPY));
        ServiceLoader.load(FormatProvider.class, Format.class.getClassLoader())
                .forEach(provider -> all.addAll(provider.formats()));
        return List.copyOf(all);
    }

    /** Reads rows of numbers from the files of a format. */
    @FunctionalInterface
    public interface Reader {
        /**
         * The rows of a file.
         *
         * @param skipFailed whether to skip samples that failed; otherwise they are rejected
         */
        RowSet read(Path file, boolean skipFailed);
    }

    /** Rejects a number of rows that a file of this format cannot hold. */
    public void requireCount(Columns columns, long count) {
        int numbers = columns.coordinates().size();
        long most = (Long.MAX_VALUE - NpyWriter.LARGEST_HEADER) / Double.BYTES / Math.max(1, numbers);
        if (count > most && equals(NPY)) {
            throw new UserError("--count must be at most " + most + " for the format " + this + " with " + numbers
                    + " numbers in a row, was " + count + "; larger files cannot exist: give a smaller --count, or use "
                    + namesWithFields());
        }
    }

    /** Reads rows of numbers from a file of this format. */
    RowSet read(Path file, boolean skipFailed) {
        if (reader == null) {
            throw new UserError(file + ": the format " + name + " is written but not read; give a file that ends in "
                    + readEndings());
        }
        return reader.read(file, skipFailed);
    }

    /** The name on the command line. */
    @Override
    public String toString() {
        return name;
    }

    /** The names of all formats: {@code a, b, or c}. */
    public static String names() {
        return alternatives(", or ", ALL.stream().map(Format::name).toList());
    }

    /** The names of the formats whose rows have fields: {@code a or b}. */
    public static String namesWithFields() {
        return alternatives(
                " or ", ALL.stream().filter(Format::hasFields).map(Format::name).toList());
    }

    /** The extensions of all formats: {@code .a, .b, .c}. */
    public static String endings() {
        return String.join(", ", endings(ALL));
    }

    /** The extensions of the formats that can be read: {@code .a, .b or .c}. */
    public static String readEndings() {
        return alternatives(
                " or ",
                endings(ALL.stream().filter(format -> format.reader != null).toList()));
    }

    private static List<String> endings(List<Format> formats) {
        return formats.stream().map(format -> "." + format).toList();
    }

    private static String alternatives(String or, List<String> names) {
        int last = names.size() - 1;
        return String.join(", ", names.subList(0, last)) + or + names.get(last);
    }

    /** The format of a name. */
    private static Format ofName(String name) {
        List<String> names = ALL.stream().map(Format::name).toList();
        int at = names.indexOf(name);
        if (at < 0) {
            throw new UserError("unknown --format '" + name + "'" + Names.hint(name, names) + "; available: "
                    + String.join(", ", names));
        }
        return ALL.get(at);
    }

    /**
     * The format for the extension of a file, in upper or lower case, or null if it is unknown.
     *
     * @throws UserError if the extension is that of a format that is neither read nor written
     */
    public static @Nullable Format ofEnding(Path file) {
        requireSupported(file);
        String name = file.toString().toLowerCase(Locale.ROOT);
        return ALL.stream()
                .filter(format -> name.endsWith("." + format))
                .findFirst()
                .orElse(null);
    }

    /** Rejects the extension of a format that is neither read nor written. */
    public static void requireSupported(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        UNSUPPORTED.forEach((ending, format) -> {
            if (name.endsWith(ending) && ALL.stream().noneMatch(known -> ending.equals("." + known))) {
                throw new UserError(file + ": the format " + format
                        + " is neither read nor written; give a file that ends in " + readEndings());
            }
        });
    }

    /**
     * The format of results: the given one, otherwise that of the file's extension, otherwise NDJSON.
     *
     * @param name the value of {@code --format}, or null
     * @param out the file of {@code --out}, or null
     */
    public static Format of(@Nullable String name, @Nullable Path out) {
        Format given = name == null ? null : ofName(name);
        Format ending = out == null ? null : ofEnding(out);
        if (given != null && ending != null && !given.equals(ending)) {
            throw new UserError("--format " + given + " contradicts --out " + out
                    + "; leave out --format, or name a file that ends in ." + given);
        }
        return given != null ? given : ending != null ? ending : NDJSON;
    }
}
