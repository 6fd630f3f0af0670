package io.scoreflux.cli.format;

import io.scoreflux.cli.text.Names;
import io.scoreflux.cli.text.UserError;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The file formats of samples. */
public enum Format {
    /** A JSON object a line. */
    NDJSON {
        @Override
        public SampleWriter writer(OutputStream out, int dimension, long count, boolean densities) {
            return new NdjsonWriter(out);
        }

        @Override
        RowSet read(Path file, boolean skipFailed) {
            return NdjsonRows.read(file, skipFailed);
        }
    },
    /** A header, then a line a sample. */
    CSV {
        @Override
        public SampleWriter writer(OutputStream out, int dimension, long count, boolean densities) {
            return new CsvWriter(out, dimension, densities);
        }

        @Override
        RowSet read(Path file, boolean skipFailed) {
            return CsvRows.read(file, skipFailed);
        }
    },
    /** NumPy's array format: the values alone. */
    NPY {
        @Override
        public SampleWriter writer(OutputStream out, int dimension, long count, boolean densities) {
            return new NpyWriter(out, dimension, count);
        }

        @Override
        RowSet read(Path file, boolean skipFailed) {
            return NpyRows.read(file, skipFailed);
        }
    };

    /** Extensions whose files must have a format that is not here. */
    private static final Map<String, String> UNSUPPORTED = Map.of(".parquet", "Parquet", ".arrow", "Arrow");

    /**
     * A writer.
     *
     * @param out where to
     * @param dimension numbers in a sample
     * @param count samples that will be written
     * @param densities whether each comes with its density
     */
    public abstract SampleWriter writer(OutputStream out, int dimension, long count, boolean densities);

    /**
     * The rows of a file.
     *
     * @param skipFailed whether to skip samples that failed; otherwise they are rejected
     */
    abstract RowSet read(Path file, boolean skipFailed);

    /** The name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The format of a name. */
    static Format ofName(String name) {
        List<String> names = Arrays.stream(values()).map(Format::toString).toList();
        int at = names.indexOf(name);
        if (at < 0) {
            throw new UserError("unknown --format '" + name + "'" + Names.hint(name, names) + "; available: "
                    + String.join(", ", names));
        }
        return values()[at];
    }

    /**
     * The format for the extension of a file, in upper or lower case, or null if it is unknown.
     *
     * @throws UserError if the extension is that of a format that is neither read nor written
     */
    public static @Nullable Format ofEnding(Path file) {
        requireSupported(file);
        String name = file.toString().toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> name.endsWith("." + format))
                .findFirst()
                .orElse(null);
    }

    /** Rejects the extension of a format that is neither read nor written. */
    public static void requireSupported(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        UNSUPPORTED.forEach((ending, format) -> {
            if (name.endsWith(ending)) {
                throw new UserError(file + ": the format " + format
                        + " is neither read nor written; give a file that ends in" + " .ndjson, .csv or .npy");
            }
        });
    }

    /**
     * The format of results: the given one, else that of the file's extension, else NDJSON.
     *
     * @param name the value of {@code --format}, or null
     * @param out the file of {@code --out}, or null
     */
    public static Format of(@Nullable String name, @Nullable Path out) {
        Format given = name == null ? null : ofName(name);
        Format ending = out == null ? null : ofEnding(out);
        if (given != null && ending != null && given != ending) {
            throw new UserError("--format " + given + " contradicts --out " + out
                    + "; leave out --format, or name a file that ends in ." + given);
        }
        return given != null ? given : ending != null ? ending : NDJSON;
    }
}
