package io.scoreflux.cli.format;

import io.scoreflux.cli.text.UserError;
import java.nio.file.Path;

/** Reads rows in any output format; the ending of the file determines the format. */
public final class SampleFile {
    /** The help text for files of rows; the resource bundle of the help texts resolves the variable. */
    public static final String HELP =
            "${bundle:read-endings}, as samples are written; a file of another ending is read as CSV";

    private SampleFile() {}

    /** The samples of a file that did not fail. */
    public static RowSet read(Path file) {
        Format format = Format.ofEnding(file);
        if (format == null) {
            throw new UserError(file + ": the format is unknown; name the file " + Format.readEndings());
        }
        return format.read(file, true);
    }

    /**
     * The rows of a file, at least one. Failed samples are rejected, because rows are numbered. A file with an unknown ending is CSV.
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
