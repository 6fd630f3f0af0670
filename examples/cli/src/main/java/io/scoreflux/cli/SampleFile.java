package io.scoreflux.cli;

import java.nio.file.Path;
import java.util.Locale;

/** Reads samples in any of the formats that are written. */
final class SampleFile {
    private SampleFile() {}

    /** The samples of a file that did not fail; the format goes by its name. */
    static RowSet read(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".ndjson")) {
            return NdjsonRows.read(file);
        }
        if (name.endsWith(".csv")) {
            return CsvRows.read(file, true);
        }
        if (name.endsWith(".npy")) {
            return NpyRows.read(file);
        }
        throw new UserError(file + ": the format is unknown; name the file .ndjson, .csv or .npy");
    }
}
