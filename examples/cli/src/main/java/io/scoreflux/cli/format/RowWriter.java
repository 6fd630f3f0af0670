package io.scoreflux.cli.format;

import java.io.IOException;
import java.io.OutputStream;

/** Writes rows in one file format. Does not close the stream that it writes to. */
public interface RowWriter {
    /** Makes the writer of a format. */
    @FunctionalInterface
    interface Factory {
        /**
         * A writer.
         *
         * @param out receives the rows
         * @param columns of the rows
         * @param count rows that will be written
         */
        RowWriter of(OutputStream out, Columns columns, long count);
    }

    /** Writes what comes before the first row. */
    default void begin() throws IOException {}

    /** Writes one row. */
    void write(OutputRow row) throws IOException;
}
