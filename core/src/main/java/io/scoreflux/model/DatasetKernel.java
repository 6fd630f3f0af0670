package io.scoreflux.model;

import io.scoreflux.internal.Kernels;
import java.util.Arrays;

/**
 * The rows of a data set, arranged for loops that the compiler vectorises: by row for sums of rows, and in blocks by coordinate for distances.
 * The order of operations for a state does not depend on the other states of a batch. Immutable and thread-safe.
 */
final class DatasetKernel {
    /** The number of states whose distances from all rows are in memory at a time. They share each block while it is in the cache. */
    static final int TILE = 8;

    /** The number of rows of a block. */
    private static final int BLOCK = 256;
    /** The number of rows that are added at a time. The rows of a block are a multiple of this number. */
    private static final int LANES = 4;

    /** Rows with larger exponents have the weight 0. The sum of the weights of 1e5 such rows is below the rounding error. */
    private static final double LARGEST_EXPONENT = 48;
    /** Groups of {@link #LANES} rows are skipped if the sum of their weights is at most this value. */
    static final double LEAST_WEIGHT = 1e-20;

    /** The exponent is divided by 2 to this power. The exponential of the quotient is then squared this number of times. */
    private static final int SQUARINGS = 7;

    private static final double PART = 1.0 / (1 << SQUARINGS);
    /** The middle of the range of a part, around which the exponential is a series. */
    private static final double MIDDLE = LARGEST_EXPONENT * PART / 2;

    private static final double AT_MIDDLE = StrictMath.exp(-MIDDLE);
    /** The computed exponential of the largest exponent. */
    private static final double LEAST_EXPONENTIAL;

    static {
        double[] largest = {LARGEST_EXPONENT};
        decay(largest, 0, 1);
        LEAST_EXPONENTIAL = largest[0];
    }

    final int size;
    private final int dimension;
    final double[][] rows;
    private final int block;
    private final int blocks;
    /** Coordinate c of the rows of block b, at {@code b * dimension + c}. */
    private final double[][] columns;

    /** Creates the kernel of rows, which are not copied. */
    DatasetKernel(double[][] rows, int dimension) {
        this.rows = rows;
        this.size = rows.length;
        this.dimension = dimension;
        this.block = Math.min(BLOCK, (size + LANES - 1) / LANES * LANES);
        this.blocks = (size + block - 1) / block;
        this.columns = new double[Math.multiplyExact(blocks, dimension)][block];
        for (int i = 0; i < size; i++) {
            for (int c = 0; c < dimension; c++) {
                columns[i / block * dimension + c][i % block] = rows[i][c];
            }
        }
    }

    /** Returns the length of the arrays of weights. */
    int length() {
        return blocks * block;
    }

    /**
     * Writes the weights {@code exp(-|z - x_i|^2 / (2 v))} of the rows for {@code count} states, divided by their sums.
     *
     * @param z the states, from {@code at} on
     * @param doubled 2 v of each state
     * @param weights one array of {@link #length} for each state
     */
    void weights(double[] z, int[] at, double[] doubled, int count, double[][] weights) {
        double[][] sums = new double[count][block];
        for (int b = 0; b < blocks; b++) {
            squares(b, z, at, sums);
            for (int r = 0; r < count; r++) {
                System.arraycopy(sums[r], 0, weights[r], b * block, block);
            }
        }
        for (int r = 0; r < count; r++) {
            normalise(weights[r], 1 / doubled[r]);
        }
    }

    /** Writes the squared distances of the states from the rows of a block. It processes two coordinates at a time, for all states. */
    private void squares(int b, double[] z, int[] at, double[][] sums) {
        for (double[] sum : sums) {
            Arrays.fill(sum, 0);
        }
        int x = b * dimension;
        int c = 0;
        for (; c + 1 < dimension; c += 2) {
            for (int r = 0; r < sums.length; r++) {
                addSquares(z[at[r] + c], columns[x + c], z[at[r] + c + 1], columns[x + c + 1], sums[r]);
            }
        }
        if (c < dimension) {
            for (int r = 0; r < sums.length; r++) {
                addSquare(z[at[r] + c], columns[x + c], sums[r]);
            }
        }
    }

    /** Adds the squares of two coordinates. With more than two, the compiler does not vectorise this loop. */
    private static void addSquares(double z0, double[] x0, double z1, double[] x1, double[] sum) {
        for (int i = 0; i < sum.length; i++) {
            double d0 = z0 - x0[i];
            double d1 = z1 - x1[i];
            sum[i] += d0 * d0 + d1 * d1;
        }
    }

    private static void addSquare(double z, double[] x, double[] sum) {
        for (int i = 0; i < sum.length; i++) {
            double d = z - x[i];
            sum[i] += d * d;
        }
    }

    /** Converts squared distances to weights. */
    private void normalise(double[] squares, double rate) {
        Arrays.fill(squares, size, squares.length, Double.POSITIVE_INFINITY);
        decay(squares, least(squares), rate);
        for (int i = 0; i < squares.length; i++) {
            squares[i] = Math.max(squares[i] - LEAST_EXPONENTIAL, 0);
        }
        Kernels.setScaled(squares, 1 / Kernels.sum(squares), squares);
    }

    private static double least(double[] x) {
        double least0 = x[0];
        double least1 = x[1];
        double least2 = x[2];
        double least3 = x[3];
        for (int i = 4; i < x.length; i += 4) {
            least0 = x[i] < least0 ? x[i] : least0;
            least1 = x[i + 1] < least1 ? x[i + 1] : least1;
            least2 = x[i + 2] < least2 ? x[i + 2] : least2;
            least3 = x[i + 3] < least3 ? x[i + 3] : least3;
        }
        return Math.min(Math.min(least0, least1), Math.min(least2, least3));
    }

    /**
     * Replaces x by {@code exp(-rate (x - least))}, with a relative error of at most 6e-14: three roundings of the series and one
     * of each squaring, which the later squarings double. The loops are short and have no branch, so that the
     * compiler vectorises them.
     */
    static void decay(double[] x, double least, double rate) {
        for (int i = 0; i < x.length; i++) {
            x[i] = MIDDLE - PART * Math.min(rate * (x[i] - least), LARGEST_EXPONENT);
        }
        for (int i = 0; i < x.length; i++) {
            double y = x[i];
            // The series up to y^12 / 12!, in pairs of terms.
            double y2 = y * y;
            double e = (1.0 / 3_628_800 + y * (1.0 / 39_916_800)) + y2 * (1.0 / 479_001_600);
            e = (1.0 / 40_320 + y * (1.0 / 362_880)) + y2 * e;
            e = (1.0 / 720 + y * (1.0 / 5_040)) + y2 * e;
            e = (1.0 / 24 + y * (1.0 / 120)) + y2 * e;
            e = (1.0 / 2 + y * (1.0 / 6)) + y2 * e;
            e = AT_MIDDLE * ((1 + y) + y2 * e);
            double e2 = e * e;
            double e4 = e2 * e2;
            double e8 = e4 * e4;
            double e16 = e8 * e8;
            double e32 = e16 * e16;
            double e64 = e32 * e32;
            x[i] = e64 * e64;
        }
    }

    /**
     * Adds the weighted sums of the rows to the states' rows of {@code sums}.
     *
     * @param factor multiplies the weights of a state
     */
    void addMeans(double[][] weights, double[] factor, int count, double[][] sums) {
        double[] four = new double[LANES];
        for (int b = 0; b < blocks; b++) {
            int end = Math.min(size, (b + 1) * block);
            for (int r = 0; r < count; r++) {
                addMean(weights[r], factor[r], b * block, end, four, sums[r]);
            }
        }
    }

    private void addMean(double[] weights, double factor, int from, int end, double[] four, double[] sum) {
        for (int i = from; i < end; i += LANES) {
            // Weights after the last row are 0.
            double sumOfWeights = (weights[i] + weights[i + 1]) + (weights[i + 2] + weights[i + 3]);
            // NaN is not skipped.
            if (!(sumOfWeights <= LEAST_WEIGHT)) {
                for (int j = 0; j < LANES; j++) {
                    four[j] = factor * weights[i + j];
                }
                Kernels.addRows(sum, four, 0, rows, i, Math.min(LANES, end - i));
            }
        }
    }
}
