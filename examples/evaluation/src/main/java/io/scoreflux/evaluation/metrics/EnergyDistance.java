package io.scoreflux.evaluation.metrics;

import io.scoreflux.internal.Kernels;

/**
 * The energy distance {@code 2 E|X - Y| - E|X - X'| - E|Y - Y'|} (Szekely and Rizzo 2013, doi 10.1016/j.jspi.2013.03.018).
 *
 * <p>Each mean is over pairs of different rows (the U-statistic), so the result has no bias. If the distributions are equal, it can be
 * negative by chance. It has the unit of the data and costs O((n + m)^2 d).
 */
public final class EnergyDistance {
    private EnergyDistance() {}

    /**
     * The distance between two sets.
     *
     * @param x at least two rows; not modified
     * @param y at least two rows of the same length; not modified
     */
    public static Estimate between(double[][] x, double[][] y) {
        Jackknife jackknife = Jackknife.of(x.length, y.length);
        int[] labelX = jackknife.labels(x.length);
        int[] labelY = jackknife.labels(y.length);
        int[] sizeX = jackknife.sizes(labelX);
        int[] sizeY = jackknife.sizes(labelY);
        Sums xx = Sums.of(x, labelX, x, labelX, jackknife.groups());
        Sums yy = Sums.of(y, labelY, y, labelY, jackknife.groups());
        Sums xy = Sums.of(x, labelX, y, labelY, jackknife.groups());
        double[] without = new double[jackknife.groups()];
        for (int g = 0; g < without.length; g++) {
            without[g] =
                    distance(xx.without(g), yy.without(g), xy.without(g), x.length - sizeX[g], y.length - sizeY[g]);
        }
        return new Estimate(
                distance(xx.total, yy.total, xy.total, x.length, y.length), jackknife.standardError(without));
    }

    /** The distance from sums over ordered pairs. A pair of a row and itself adds nothing. */
    private static double distance(double xx, double yy, double xy, double n, double m) {
        return 2 * xy / (n * m) - xx / (n * (n - 1)) - yy / (m * (m - 1));
    }

    /** Sums of distances between rows, by the groups of both. */
    private static final class Sums {
        private final double[][] sums;
        private double total;

        private Sums(int groups) {
            sums = new double[groups][groups];
        }

        static Sums of(double[][] a, int[] labelA, double[][] b, int[] labelB, int groups) {
            Sums result = new Sums(groups);
            boolean same = a == b;
            for (int i = 0; i < a.length; i++) {
                double[] row = result.sums[labelA[i]];
                // For a set with itself, compute each pair once, and then count both orders.
                for (int j = same ? i + 1 : 0; j < b.length; j++) {
                    row[labelB[j]] += Math.sqrt(Kernels.squaredDistance(a[i], 0, b[j], 0, a[i].length));
                }
            }
            if (same) {
                for (int g = 0; g < groups; g++) {
                    for (int h = 0; h <= g; h++) {
                        double both = result.sums[g][h] + result.sums[h][g];
                        result.sums[g][h] = both;
                        result.sums[h][g] = both;
                    }
                }
            }
            for (double[] row : result.sums) {
                for (double sum : row) {
                    result.total += sum;
                }
            }
            return result;
        }

        /** The sum over pairs in which neither row is of group g. */
        double without(int g) {
            double rest = total + sums[g][g];
            for (int h = 0; h < sums.length; h++) {
                rest -= sums[g][h] + sums[h][g];
            }
            return rest;
        }
    }
}
