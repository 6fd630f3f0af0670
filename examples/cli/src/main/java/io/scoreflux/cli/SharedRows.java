package io.scoreflux.cli;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows that two sets have in common, which independent sets of a continuous law never have.
 *
 * @param count rows of the first that the second has too
 * @param of rows of the first
 * @param repeated the most rows that one of the sets repeats, as sets of a discrete law do
 */
record SharedRows(long count, long of, long repeated) {

    /** Compares number by number. */
    static SharedRows of(double[][] first, double[][] second) {
        Set<Row> inFirst = new HashSet<>();
        Set<Row> inSecond = new HashSet<>();
        for (double[] row : first) {
            inFirst.add(new Row(row));
        }
        for (double[] row : second) {
            inSecond.add(new Row(row));
        }
        long count = 0;
        for (double[] row : first) {
            count += inSecond.contains(new Row(row)) ? 1 : 0;
        }
        return new SharedRows(
                count, first.length, Math.max(first.length - inFirst.size(), second.length - inSecond.size()));
    }

    /** Whether there are more of them than rows repeated within a set, so that the law does not explain them. */
    boolean isDependence() {
        return count > repeated;
    }

    /** A row that equals others with the same bits. */
    private static final class Row {
        private final double[] values;

        Row(double[] values) {
            this.values = values;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Row row && Arrays.equals(values, row.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }
    }
}
