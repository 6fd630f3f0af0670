package io.scoreflux.evaluation.metrics;

import io.scoreflux.internal.Kernels;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;

/**
 * The sliced Wasserstein-2 distance (Bonneel et al. 2015, doi 10.1007/s10851-014-0506-3): the root mean square, over directions on the unit
 * sphere, of the Wasserstein-2 distance between the projections.
 *
 * <p>The mean is over {@value #DIRECTIONS} fixed directions, or one direction in one dimension. In each direction, equal quantiles of the
 * projections are coupled, even if the sets differ in size. Between samples of equal distributions the distance is not zero. It has the
 * order {@code n^-1/2}, or {@code n^-1/4} if the distribution has a gap. It has the unit of the data.
 */
public final class SlicedWasserstein {
    /** The number of directions. */
    public static final int DIRECTIONS = 128;

    private static final long SEED = 128;

    private SlicedWasserstein() {}

    /** A row's projection and its group. */
    private record Point(double at, int group) {}

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
        double[][] directions = directions(x[0].length);
        double square = 0;
        double[] without = new double[jackknife.groups()];
        for (double[] direction : directions) {
            Point[] a = sorted(x, labelX, direction);
            Point[] b = sorted(y, labelY, direction);
            square += squared(a, a.length, b, b.length, -1) / directions.length;
            for (int g = 0; g < without.length; g++) {
                without[g] += squared(a, a.length - sizeX[g], b, b.length - sizeY[g], g) / directions.length;
            }
        }
        for (int g = 0; g < without.length; g++) {
            without[g] = Math.sqrt(without[g]);
        }
        return new Estimate(Math.sqrt(square), jackknife.standardError(without));
    }

    /**
     * The squared Wasserstein-2 distance in one dimension, without the points of one group. Each of the n points of a has mass m, each of
     * the m points of b has mass n, and mass is moved in sorted order.
     */
    private static double squared(Point[] a, long n, Point[] b, long m, int group) {
        if (n == 0 || m == 0) {
            return Double.NaN;
        }
        double sum = 0;
        int i = -1;
        int j = -1;
        long left = 0;
        long right = 0;
        for (long moved = 0; moved < n * m; ) {
            if (left == 0) {
                i = next(a, i, group);
                left = m;
            }
            if (right == 0) {
                j = next(b, j, group);
                right = n;
            }
            long mass = Math.min(left, right);
            double offset = a[i].at - b[j].at;
            sum += mass * offset * offset;
            left -= mass;
            right -= mass;
            moved += mass;
        }
        return sum / ((double) n * m);
    }

    private static int next(Point[] points, int after, int group) {
        int i = after + 1;
        while (points[i].group == group) {
            i++;
        }
        return i;
    }

    private static Point[] sorted(double[][] rows, int[] labels, double[] direction) {
        Point[] points = new Point[rows.length];
        for (int i = 0; i < rows.length; i++) {
            points[i] = new Point(Kernels.dot(rows[i], 0, direction, 0, direction.length), labels[i]);
        }
        Arrays.sort(points, Comparator.comparingDouble(Point::at));
        return points;
    }

    /** Independent directions, uniform on the sphere. */
    private static double[][] directions(int dimension) {
        if (dimension == 1) {
            return new double[][] {{1}};
        }
        Random random = new Random(SEED);
        double[][] directions = new double[DIRECTIONS][dimension];
        for (double[] direction : directions) {
            for (int i = 0; i < dimension; i++) {
                direction[i] = random.nextGaussian();
            }
            double norm = Math.sqrt(Kernels.dot(direction, 0, direction, 0, dimension));
            for (int i = 0; i < dimension; i++) {
                direction[i] /= norm;
            }
        }
        return directions;
    }
}
