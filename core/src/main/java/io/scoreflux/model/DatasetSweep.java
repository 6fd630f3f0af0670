package io.scoreflux.model;

import io.scoreflux.internal.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;

/**
 * Means of the rows of a data set under the weights {@code exp(-|z - x_i|^2 / (2 v))}, for a number of states, in one pass over the data. For each
 * block of rows it computes the squared distances, then the weights, then the weighted sums, while the block is in the cache.
 *
 * <p>Weights are relative to that of a reference row of the state: {@code exp(-(|z - x_i|^2 - reference) / (2 v))}, where {@code reference} is the
 * squared distance of this row. Weights below e^-48 count as 0; the sum of 1e5 of them is below the rounding error. If a block has a row whose weight
 * is above e^24, this row becomes the reference, and the sums are multiplied by the quotient of the weights, which is below e^-24. So after three
 * such multiplications the earlier rows no longer matter, and the rounding errors of the multiplications do not add up.
 *
 * <p>The operations for a state do not depend on the other states. Not thread-safe.
 */
final class DatasetSweep {
    /** A row with an exponent below the negative of this number becomes the reference. */
    private static final double MOST_ABOVE = 24;

    /** The most numbers of the states that are processed together, apart from a minimum number of states. */
    private static final int MOST_NUMBERS = 1 << 19;

    private static final int FEWEST_STATES = 8;
    private static final int MOST_STATES = 256;

    private final DatasetKernel kernel;
    private final int size;
    private final int blocks;
    private final int capacity;

    private final int[] at;
    private final double[] rate;
    private final double[] reference;
    private final double[] total;
    private final double[][] sums;
    private final double[][] block;
    /** All squared distances of each state, or empty arrays. */
    private final double[][] squares;

    /** The weights and the sums of the states that have weights in the current block. */
    private final double[][] activeWeights;

    private final double[][] activeSums;
    /** For each group of these states, the rows with a weight that is not 0, and their number. */
    private final int[][] chosen;

    private final int[] counts;

    /**
     * Creates the arrays of a sweep.
     *
     * @param size the number of rows of the data set
     * @param most the most states that may be needed
     * @param keeps whether {@link #spread} will be called
     */
    DatasetSweep(DatasetKernel kernel, int size, int dimension, int most, boolean keeps) {
        this.kernel = kernel;
        this.size = size;
        this.blocks = (size + DatasetKernel.BLOCK - 1) / DatasetKernel.BLOCK;
        int numbers = keeps ? Math.max(size, dimension) : dimension;
        this.capacity = Math.min(most, Math.min(MOST_STATES, Math.max(FEWEST_STATES, MOST_NUMBERS / numbers)));
        at = new int[capacity];
        rate = new double[capacity];
        reference = new double[capacity];
        total = new double[capacity];
        sums = new double[capacity][DatasetKernel.padded(dimension)];
        block = new double[capacity][DatasetKernel.BLOCK];
        squares = new double[capacity][keeps ? blocks * DatasetKernel.BLOCK : 0];
        activeWeights = new double[capacity][];
        activeSums = new double[capacity][];
        int groups = (capacity + DatasetKernel.GROUP - 1) / DatasetKernel.GROUP;
        chosen = new int[groups][DatasetKernel.BLOCK];
        counts = new int[groups];
    }

    /** Returns the most states of a call of {@link #run}. */
    int capacity() {
        return capacity;
    }

    /**
     * Computes the sums of {@code count} states.
     *
     * @param bandwidth the standard deviation h of the kernel; v = h^2 + s^2
     */
    void run(Rows in, int first, int count, double bandwidth) {
        for (int r = 0; r < count; r++) {
            at[r] = in.offset(first + r);
            double v = bandwidth * bandwidth + in.sigma(first + r) * in.sigma(first + r);
            // If v overflows: 0 times infinity is NaN.
            rate[r] = Math.max(Double.MIN_VALUE, 0.5 / v);
            reference[r] = Double.POSITIVE_INFINITY;
            total[r] = 0;
            Arrays.fill(sums[r], 0);
        }
        for (int b = 0; b < blocks; b++) {
            int start = b * DatasetKernel.BLOCK;
            int length = Math.min(DatasetKernel.BLOCK, size - start);
            kernel.squares(b, in.values(), at, count, block);
            int active = 0;
            for (int r = 0; r < count; r++) {
                Arrays.fill(block[r], length, DatasetKernel.BLOCK, Double.POSITIVE_INFINITY);
                if (squares[r].length > 0) {
                    System.arraycopy(block[r], 0, squares[r], start, DatasetKernel.BLOCK);
                }
                if (weigh(r)) {
                    activeWeights[active] = block[r];
                    activeSums[active++] = sums[r];
                }
            }
            for (int g = 0; g * DatasetKernel.GROUP < active; g++) {
                int group = g * DatasetKernel.GROUP;
                counts[g] = choose(group, Math.min(group + DatasetKernel.GROUP, active), length, chosen[g]);
            }
            kernel.addRows(b, activeWeights, active, chosen, counts, activeSums);
        }
    }

    /** Writes those of {@code length} rows that have a weight for one of the active states in [first, end), and returns their number. */
    private int choose(int first, int end, int length, int[] rows) {
        double[] w0 = activeWeights[first];
        double[] w1 = activeWeights[Math.min(first + 1, end - 1)];
        double[] w2 = activeWeights[Math.min(first + 2, end - 1)];
        double[] w3 = activeWeights[end - 1];
        int count = 0;
        for (int i = 0; i < length; i++) {
            rows[count] = i;
            // Weights are positive, or NaN, which is not 0.
            count += (w0[i] + w1[i]) + (w2[i] + w3[i]) != 0 ? 1 : 0;
        }
        return count;
    }

    /** Converts the squared distances of a block to weights and adds their sum, or returns false if they are all 0. */
    private boolean weigh(int r) {
        double[] x = block[r];
        double nearest = kernel.least(x);
        if (nearest == Double.POSITIVE_INFINITY) {
            return false;
        }
        double above = rate[r] * (reference[r] - nearest);
        if (-above >= Decay.LARGEST_EXPONENT) {
            return false;
        }
        // True for NaN, and for the first block, with the factor 0.
        if (!(above <= MOST_ABOVE)) {
            reference[r] = nearest;
            double factor = StrictMath.exp(-above);
            total[r] *= factor;
            Kernels.setScaled(sums[r], factor, sums[r]);
        }
        // The weights after the last row are 0.
        total[r] += kernel.weigh(x, reference[r], rate[r]);
        return true;
    }

    /** Writes {@code scale} times the mean of a state, plus {@code share} times the state. */
    void mean(int r, double scale, Rows in, double share, double[] out, int outAt, int dimension) {
        double[] sum = sums[r];
        double[] z = in.values();
        double factor = scale / total[r];
        for (int i = 0; i < dimension; i++) {
            out[outAt + i] = factor * sum[i] + share * z[at[r] + i];
        }
    }

    /** Returns sum_i p_i |x_i - mean|^2 for the weights p_i of a state of the last run. */
    double spread(int r, double[] mean) {
        double[] weights = block[r];
        double sum = 0;
        for (int start = 0; start < size; start += DatasetKernel.BLOCK) {
            System.arraycopy(squares[r], start, weights, 0, DatasetKernel.BLOCK);
            kernel.weigh(weights, reference[r], rate[r]);
            for (int i = 0; i < DatasetKernel.BLOCK; i++) {
                // NaN is not 0. The weights after the last row are.
                if (weights[i] != 0) {
                    sum += weights[i] * kernel.squaredDistance(Math.min(start + i, size - 1), mean);
                }
            }
        }
        return sum / total[r];
    }
}
