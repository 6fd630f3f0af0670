package io.scoreflux.cli;

import java.util.List;

/**
 * Rows of numbers from a file.
 *
 * @param name the file, for messages
 * @param rows all of one length
 * @param failed samples left out because they failed
 */
record RowSet(String name, List<double[]> rows, long failed) {

    /** Numbers in a row; 0 if there are no rows. */
    int dimension() {
        return rows.isEmpty() ? 0 : rows.get(0).length;
    }

    /** The rows as an array. */
    double[][] toArray() {
        return rows.toArray(new double[0][]);
    }
}
