package io.scoreflux.evaluation.metrics;

import java.util.OptionalDouble;
import java.util.Random;

/**
 * Standard errors by the delete-a-group jackknife over two sets of samples.
 *
 * <p>The rows of both sets are assigned at random to G groups of equal size. Group g of both sets is left out together. Let {@code v_g} be
 * the statistic of the remaining rows, and {@code m} the mean of the v_g. The squared standard error is
 * {@code (G - 1) / G sum_g (v_g - m)^2} (Efron and Stein 1981, doi 10.1214/aos/1176345462). If the two distributions are equal, a distance
 * is degenerate: it is not normally distributed, and the result is too large by a factor of about sqrt(2).
 */
final class Jackknife {
    private static final int GROUPS = 20;
    private static final long SEED = 20;

    private final int groups;

    private Jackknife(int groups) {
        this.groups = groups;
    }

    /** The groups for sets of n and m rows. */
    static Jackknife of(int n, int m) {
        return new Jackknife(Math.min(GROUPS, Math.min(n, m)));
    }

    /** The number of groups. */
    int groups() {
        return groups;
    }

    /** The group of each of n rows. Sizes differ by at most one, and do not depend on the order of the file. */
    int[] labels(int n) {
        int[] labels = new int[n];
        Random random = new Random(SEED);
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            labels[i] = labels[j];
            labels[j] = i % groups;
        }
        return labels;
    }

    /** The number of rows in each group. */
    int[] sizes(int[] labels) {
        int[] sizes = new int[groups];
        for (int label : labels) {
            sizes[label]++;
        }
        return sizes;
    }

    /** The standard error from the statistic without each group; empty if one of them is not finite. */
    OptionalDouble standardError(double[] without) {
        double mean = 0;
        for (double value : without) {
            mean += value / groups;
        }
        double squares = 0;
        for (double value : without) {
            squares += (value - mean) * (value - mean);
        }
        double error = Math.sqrt((groups - 1.0) / groups * squares);
        return Double.isFinite(error) ? OptionalDouble.of(error) : OptionalDouble.empty();
    }
}
