package io.scoreflux.cli;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows that two sets have in common. Independent samples of a continuous distribution have none.
 *
 * @param count rows of the first set that are also in the second
 * @param total rows of the first set
 * @param unique how many of {@code count} are in each set only once, so that no discrete distribution explains them
 */
record SharedRows(long count, long total, long unique) {

    /** Compares rows number by number. */
    static SharedRows of(double[][] first, double[][] second) {
        Map<Row, Integer> inFirst = counted(first);
        Map<Row, Integer> inSecond = counted(second);
        long count = 0;
        long unique = 0;
        for (Map.Entry<Row, Integer> entry : inFirst.entrySet()) {
            Integer others = inSecond.get(entry.getKey());
            if (others != null) {
                count += entry.getValue();
                unique += entry.getValue() == 1 && others == 1 ? 1 : 0;
            }
        }
        return new SharedRows(count, first.length, unique);
    }

    private static Map<Row, Integer> counted(double[][] rows) {
        Map<Row, Integer> counts = new HashMap<>();
        for (double[] row : rows) {
            counts.merge(new Row(row), 1, Integer::sum);
        }
        return counts;
    }

    /** Whether most of them are unique, unlike those of a discrete distribution. */
    boolean indicatesDependence() {
        return 2 * unique > count;
    }

    /** A row that is equal to rows with the same bits. */
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
