package io.scoreflux.evaluation.metrics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows that two sets have in common. Independent samples of a continuous distribution have a few if their numbers are rounded.
 *
 * @param count number of rows of the first set that are also in the second
 * @param total number of rows of the first set
 * @param smaller number of rows of the smaller set
 * @param unique number of those rows that are in each set only once
 * @param pairs number of rows that are exactly twice in one set and not in the other
 */
public record SharedRows(long count, long total, long smaller, long unique, long pairs) {
    /** A deviation of more standard deviations than this does not count as chance. */
    private static final double BEYOND_CHANCE = 3.7;

    private static final double SHARE = 0.05;
    private static final int LEAST = 5;

    /** Compares the numbers of rows exactly. */
    public static SharedRows of(double[][] first, double[][] second) {
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
        return new SharedRows(
                count,
                first.length,
                Math.min(first.length, second.length),
                unique,
                pairs(inFirst, inSecond) + pairs(inSecond, inFirst));
    }

    private static long pairs(Map<Row, Integer> rows, Map<Row, Integer> others) {
        return rows.entrySet().stream()
                .filter(entry -> entry.getValue() == 2 && !others.containsKey(entry.getKey()))
                .count();
    }

    private static Map<Row, Integer> counted(double[][] rows) {
        Map<Row, Integer> counts = new HashMap<>();
        for (double[] row : rows) {
            counts.merge(new Row(row), 1, Integer::sum);
        }
        return counts;
    }

    /**
     * Whether chance does not explain the shared rows.
     *
     * <p>If the sets are independent, two equal rows come from different sets at most as often as from the same set, for any distribution
     * and rounding. So {@code unique} is at most binomial, with {@code unique + pairs} trials and probability 1/2. If no rows within a set
     * are equal, a share of 5 % is enough.
     */
    public boolean indicatesDependence() {
        return unique - pairs > BEYOND_CHANCE * Math.sqrt((double) (unique + pairs))
                || (pairs == 0 && unique >= LEAST && unique >= SHARE * smaller);
    }

    /** A row that is equal to another if all numbers have the same bits. */
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
