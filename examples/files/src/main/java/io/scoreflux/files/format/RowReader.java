package io.scoreflux.files.format;

import java.io.IOException;
import java.nio.file.Path;

/** Reads back the rows that the {@link RowWriter} of the same format has written, with all their fields. */
@FunctionalInterface
public interface RowReader {
    /** Receives rows one by one. */
    @FunctionalInterface
    interface Sink {
        /** Receives one row. */
        void take(OutputRow row) throws IOException;
    }

    /**
     * Reads a file.
     *
     * @param columns the columns with which it was written
     * @param sink receives the rows in order; in a format without an index, rows are numbered from 0
     * @throws IOException if the file cannot be read, or from the sink
     * @throws io.scoreflux.files.text.UserError if the file has other columns
     */
    void read(Path file, Columns columns, Sink sink) throws IOException;
}
