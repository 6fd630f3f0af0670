package io.scoreflux.model;

import io.scoreflux.internal.KernelVariant;
import io.scoreflux.internal.Kernels;
import java.lang.reflect.InvocationTargetException;

/**
 * The inner loops of the denoiser of a data set, on blocks of {@link #BLOCK} rows. An implementation holds the rows in the layouts that its loops
 * read.
 *
 * <p>All implementations execute the same operations on each number in the same order, with fused multiply-adds, which are exactly rounded. So
 * their results have the same bits, on every processor. The operations for a state do not depend on the other states. Immutable and thread-safe.
 */
interface DatasetKernel {
    /** The number of rows of a block. The rows and the squared distances of a block stay in the cache while all states use them. */
    int BLOCK = 128;

    /**
     * The number of coordinates whose squares are summed in sequence. The sums of the parts are then summed. So the relative error of a squared
     * distance is at most {@code (PART + dimension / PART + 2) 2^-53}.
     */
    int PART = 128;

    /** The number of states that add the same rows. */
    int GROUP = 4;

    /** The number of rows or coordinates that the processor reads in sequence. Kernels may write whole strips. */
    int STRIP = 32;

    /** Returns a length increased to a multiple of {@link #STRIP}. */
    static int padded(int length) {
        return Math.multiplyExact((length + STRIP - 1) / STRIP, STRIP);
    }

    /** Creates the kernel of rows, which the caller does not change. */
    static DatasetKernel of(KernelVariant variant, double[][] rows, int dimension) {
        if (variant == KernelVariant.PORTABLE) {
            return new PortableDatasetKernel(rows, dimension);
        }
        // Found by name, because it can be loaded only if the module of the Vector API is there.
        try {
            return Class.forName("io.scoreflux.model.VectorDatasetKernel")
                    .asSubclass(DatasetKernel.class)
                    .getDeclaredConstructor(double[][].class, int.class)
                    .newInstance(rows, dimension);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Writes the squared distances of states from the rows of a block. Entries after the last row of the data set are unspecified.
     *
     * @param block the index of the block
     * @param z an array with the states
     * @param at the index of the first number of each state
     * @param count the number of states
     * @param squares one array for each state, of {@link #BLOCK} numbers
     */
    void squares(int block, double[] z, int[] at, int count, double[][] squares);

    /**
     * Adds the weighted sum of the rows of a block to a sum of each state. The sum of a block starts at 0, so that the errors of the sums of many
     * blocks do not add up. A row with the weight 0 has no effect.
     *
     * @param block the index of the block
     * @param weights the weights for each state
     * @param count the number of states
     * @param chosen the rows to add, for each {@link #GROUP} states; the weights of the other rows are 0
     * @param counts the numbers of these rows
     * @param sums one array for each state, of {@code padded(dimension)} numbers
     */
    void addRows(int block, double[][] weights, int count, int[][] chosen, int[] counts, double[][] sums);

    /** Returns the least of {@link #BLOCK} numbers, or NaN if those of the rows are NaN. */
    double least(double[] x);

    /**
     * Replaces {@link #BLOCK} numbers by the weights of {@code rate (x - reference)}; see {@link Decay}.
     *
     * @return the sum of the weights, from the sums of every eighth number
     */
    double weigh(double[] x, double reference, double rate);

    /** Returns the squared distance of a row from a point, from that of each {@link #STRIP} coordinates; see {@link Kernels#squaredDistance}. */
    double squaredDistance(int row, double[] point);
}
