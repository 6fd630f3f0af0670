package io.scoreflux.files.format;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/** Writes rows in one file format. It does not close its stream. */
public interface RowWriter extends Closeable {
    /** Creates the writer of a format. */
    @FunctionalInterface
    interface Factory {
        /**
         * A writer.
         *
         * @param out receives the rows
         * @param columns columns of the rows
         * @param count number of rows that will be written
         */
        RowWriter of(OutputStream out, Columns columns, long count);
    }

    /** Writes what comes before the first row. */
    default void begin() throws IOException {}

    /** Writes one row. A format may hold it back until {@link #end}. */
    void write(OutputRow row) throws IOException;

    /** Writes what comes after the last row. */
    default void end() throws IOException {}

    /** Releases the memory of the writer, whether or not all rows were written. */
    @Override
    default void close() throws IOException {}
}
