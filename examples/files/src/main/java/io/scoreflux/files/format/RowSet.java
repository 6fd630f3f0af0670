package io.scoreflux.files.format;

import io.scoreflux.files.text.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Rows of numbers from a file.
 *
 * @param name the file, for messages
 * @param columns the names of the columns, x0, x1, ... if the file has none
 * @param rows the rows, all of the same length
 * @param failed number of failed samples, which are left out
 * @param weighted whether the rows are particles with weights, which are not read
 */
public record RowSet(String name, List<String> columns, List<double[]> rows, long failed, boolean weighted) {

    /** The length of a row; 0 if there are no rows. */
    public int dimension() {
        return rows.isEmpty() ? 0 : rows.get(0).length;
    }

    /** The rows as an array. */
    public double[][] toArray() {
        return rows.toArray(new double[0][]);
    }

    /** Collects the rows of a file of any format. */
    public static final class Builder {
        private final String name;
        private final boolean skipFailed;
        private final List<double[]> rows = new ArrayList<>();
        private long failed;
        private boolean weighted;

        /**
         * A builder without rows.
         *
         * @param skipFailed whether to skip failed samples; otherwise they are rejected
         */
        public Builder(String name, boolean skipFailed) {
            this.name = name;
            this.skipFailed = skipFailed;
        }

        /** The file, for messages. */
        String name() {
            return name;
        }

        /** The length of a row; 0 before the first. */
        public int dimension() {
            return rows.isEmpty() ? 0 : rows.get(0).length;
        }

        /** Adds a row, which must have the length of the previous rows. */
        public void add(double[] row) {
            rows.add(row);
        }

        /**
         * Skips or rejects a failed sample.
         *
         * @param where the file and the position in it
         */
        public void addFailed(String where, String place) {
            if (!skipFailed) {
                throw new UserError(where + " is a failed sample without values; remove the " + place);
            }
            failed++;
        }

        /** Marks the rows as weighted if they have the fields of particles. */
        public void markWeighted(Predicate<String> has) {
            weighted |= has.test(Field.WEIGHT) && has.test(Field.LOG_EVIDENCE);
        }

        /** All rows. */
        public RowSet build(List<String> columns) {
            return new RowSet(name, columns, rows, failed, weighted);
        }

        /** All rows, with numbered columns. */
        RowSet build() {
            return build(ColumnNames.numbered(dimension()));
        }
    }
}
