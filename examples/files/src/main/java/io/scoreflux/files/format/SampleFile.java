package io.scoreflux.files.format;

import io.scoreflux.files.text.UserError;
import java.nio.file.Path;

/** Reads rows in any output format. The extension of the file determines the format. */
public final class SampleFile {
    /** The help text for files of rows. The resource bundle of the help texts resolves the variable. */
    public static final String HELP =
            "a ${bundle:read-endings} file as 'sample' writes it; other extensions are read as CSV";

    private SampleFile() {}

    /** Reads the samples of a file without the failed ones. */
    public static RowSet read(Path file) {
        Format format = Format.ofEnding(file);
        if (format == null) {
            throw new UserError(
                    file + ": the format is unknown; the name of the file must end in " + Format.readEndings());
        }
        return format.read(file, true);
    }

    /**
     * Reads the rows of a file, at least one. Failed samples are rejected, because the index of a row matters. A file with an unknown
     * extension is read as CSV.
     */
    public static RowSet states(Path file) {
        Format format = Format.ofEnding(file);
        RowSet rows = (format == null ? Format.CSV : format).read(file, false);
        if (rows.rows().isEmpty()) {
            throw new UserError(file + ": the file has no rows; give at least one row of numbers");
        }
        return rows;
    }
}
