package io.scoreflux.cli;

import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The file formats of samples. */
enum Format {
    /** A JSON object a line. */
    NDJSON {
        @Override
        SampleWriter writer(OutputStream out, int dimension, long count, boolean densities) {
            return new NdjsonWriter(out);
        }
    },
    /** A header, then a line a sample. */
    CSV {
        @Override
        SampleWriter writer(OutputStream out, int dimension, long count, boolean densities) {
            return new CsvWriter(out, dimension, densities);
        }
    },
    /** NumPy's array format: the values alone. */
    NPY {
        @Override
        SampleWriter writer(OutputStream out, int dimension, long count, boolean densities) {
            return new NpyWriter(out, dimension, count);
        }
    };

    /**
     * A writer.
     *
     * @param out where to
     * @param dimension numbers in a sample
     * @param count samples that will be written
     * @param densities whether each comes with its density
     */
    abstract SampleWriter writer(OutputStream out, int dimension, long count, boolean densities);

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
}
