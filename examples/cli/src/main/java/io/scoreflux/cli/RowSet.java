package io.scoreflux.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows of numbers from a file.
 *
 * @param name the file, for messages
 * @param columns the names of the columns, x0, x1, ... where the file has none
 * @param rows all of one length
 * @param failed samples left out because they failed
 */
record RowSet(String name, List<String> columns, List<double[]> rows, long failed) {

    /** Numbers in a row; 0 if there are no rows. */
    int dimension() {
        return rows.isEmpty() ? 0 : rows.get(0).length;
    }

    /** The rows as an array. */
    double[][] toArray() {
        return rows.toArray(new double[0][]);
    }

    /** Takes the rows of a file, of any format, as they are read. */
    static final class Builder {
        private final String name;
        private final boolean skipFailed;
        private final List<double[]> rows = new ArrayList<>();
        private long failed;

        /**
         * No rows yet.
         *
         * @param skipFailed whether samples that failed are left out; otherwise they are refused
         */
        Builder(String name, boolean skipFailed) {
            this.name = name;
            this.skipFailed = skipFailed;
        }

        /** The file, for messages. */
        String name() {
            return name;
        }

        /** Numbers in a row; 0 before the first. */
        int dimension() {
            return rows.isEmpty() ? 0 : rows.get(0).length;
        }

        /** The next row, as long as those before. */
        void add(double[] row) {
            rows.add(row);
        }

        /**
         * A sample that failed.
         *
         * @param where the file and its place in it
         */
        void addFailed(String where, String place) {
            if (!skipFailed) {
                throw new UserError(where + " is a failed sample without values; remove the " + place);
            }
            failed++;
        }

        /** All of them. */
        RowSet build(List<String> columns) {
            return new RowSet(name, columns, rows, failed);
        }

        /** All of them, of columns without names. */
        RowSet build() {
            return build(ColumnNames.numbered(dimension()));
        }
    }
}
