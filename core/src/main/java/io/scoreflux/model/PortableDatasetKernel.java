package io.scoreflux.model;

import io.scoreflux.internal.Kernels;
import java.util.Arrays;

/**
 * Loops in plain Java that the compiler vectorises. It does so only if all arrays of a loop are read and written at the same index, and with at most four
 * terms for each element (JDK 17). So each row and each coordinate of a block is an array of its own.
 */
final class PortableDatasetKernel implements DatasetKernel {
    /** The number of arrays that one loop reads. */
    private static final int TERMS = 4;

    private final int dimension;
    private final double[][] rows;
    /** Coordinate c of the rows of block b, at {@code b * dimension + c}. */
    private final double[][] columns;

    PortableDatasetKernel(double[][] rows, int dimension) {
        this.rows = rows;
        this.dimension = dimension;
        int blocks = (rows.length + BLOCK - 1) / BLOCK;
        columns = new double[Math.multiplyExact(blocks, dimension)][];
        for (int b = 0; b < blocks; b++) {
            int first = b * BLOCK;
            int length = Math.min(BLOCK, rows.length - first);
            for (int c = 0; c < dimension; c++) {
                double[] column = new double[length];
                for (int i = 0; i < length; i++) {
                    column[i] = rows[first + i][c];
                }
                columns[b * dimension + c] = column;
            }
        }
    }

    @Override
    public void squares(int block, double[] z, int[] at, int count, double[][] squares) {
        double[][] parts = new double[dimension > PART ? Math.min(GROUP, count) : 0][BLOCK];
        for (int from = 0; from < dimension; from += PART) {
            int to = Math.min(from + PART, dimension);
            for (int first = 0; first < count; first += GROUP) {
                int end = Math.min(first + GROUP, count);
                if (from == 0) {
                    clear(squares, first, end);
                    addSquares(block, from, to, z, at, first, end, squares, first);
                } else {
                    clear(parts, 0, end - first);
                    addSquares(block, from, to, z, at, first, end, parts, 0);
                    for (int r = first; r < end; r++) {
                        Kernels.addScaled(squares[r], 1, parts[r - first]);
                    }
                }
            }
        }
    }

    private static void clear(double[][] arrays, int first, int end) {
        for (int r = first; r < end; r++) {
            Arrays.fill(arrays[r], 0);
        }
    }

    /** Adds the squares of the coordinates in [from, to) to the sums of the states in [first, end), which are at {@code target} and later. */
    private void addSquares(
            int block, int from, int to, double[] z, int[] at, int first, int end, double[][] sums, int target) {
        int x = block * dimension;
        int c = from;
        for (; c + TERMS <= to; c += TERMS) {
            for (int r = first; r < end; r++) {
                int i = at[r] + c;
                addSquares(
                        z[i],
                        columns[x + c],
                        z[i + 1],
                        columns[x + c + 1],
                        z[i + 2],
                        columns[x + c + 2],
                        z[i + 3],
                        columns[x + c + 3],
                        sums[target + r - first]);
            }
        }
        for (; c < to; c++) {
            for (int r = first; r < end; r++) {
                addSquares(z[at[r] + c], columns[x + c], sums[target + r - first]);
            }
        }
    }

    private static void addSquares(
            double z0,
            double[] x0,
            double z1,
            double[] x1,
            double z2,
            double[] x2,
            double z3,
            double[] x3,
            double[] sum) {
        for (int i = 0; i < x0.length; i++) {
            double d0 = z0 - x0[i];
            double d1 = z1 - x1[i];
            double d2 = z2 - x2[i];
            double d3 = z3 - x3[i];
            sum[i] = Math.fma(d3, d3, Math.fma(d2, d2, Math.fma(d1, d1, Math.fma(d0, d0, sum[i]))));
        }
    }

    private static void addSquares(double z, double[] x, double[] sum) {
        for (int i = 0; i < x.length; i++) {
            double d = z - x[i];
            sum[i] = Math.fma(d, d, sum[i]);
        }
    }

    @Override
    public void addRows(int block, double[][] weights, int count, int[][] chosen, int[] counts, double[][] sums) {
        double[][] parts = new double[Math.min(GROUP, count)][dimension];
        for (int group = 0; group < count; group += GROUP) {
            int end = Math.min(group + GROUP, count);
            if (group > 0) {
                clear(parts, 0, end - group);
            }
            addRows(block * BLOCK, weights, group, end, chosen[group / GROUP], counts[group / GROUP], parts);
            for (int r = group; r < end; r++) {
                add(parts[r - group], sums[r]);
            }
        }
    }

    private void addRows(int first, double[][] weights, int group, int end, int[] chosen, int count, double[][] parts) {
        int k = 0;
        for (; k + TERMS <= count; k += TERMS) {
            int i0 = chosen[k];
            int i1 = chosen[k + 1];
            int i2 = chosen[k + 2];
            int i3 = chosen[k + 3];
            for (int r = group; r < end; r++) {
                double[] w = weights[r];
                addRows(
                        w[i0],
                        rows[first + i0],
                        w[i1],
                        rows[first + i1],
                        w[i2],
                        rows[first + i2],
                        w[i3],
                        rows[first + i3],
                        parts[r - group]);
            }
        }
        for (; k < count; k++) {
            for (int r = group; r < end; r++) {
                addRow(weights[r][chosen[k]], rows[first + chosen[k]], parts[r - group]);
            }
        }
    }

    private static void addRows(
            double w0,
            double[] x0,
            double w1,
            double[] x1,
            double w2,
            double[] x2,
            double w3,
            double[] x3,
            double[] sum) {
        for (int i = 0; i < x0.length; i++) {
            sum[i] = Math.fma(w3, x3[i], Math.fma(w2, x2[i], Math.fma(w1, x1[i], Math.fma(w0, x0[i], sum[i]))));
        }
    }

    private static void addRow(double w, double[] x, double[] sum) {
        for (int i = 0; i < x.length; i++) {
            sum[i] = Math.fma(w, x[i], sum[i]);
        }
    }

    private static void add(double[] part, double[] sum) {
        for (int i = 0; i < part.length; i++) {
            sum[i] += part[i];
        }
    }

    @Override
    public double least(double[] x) {
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

    @Override
    public double weigh(double[] x, double reference, double rate) {
        Decay.weights(x, reference, rate);
        return Kernels.sum(x, x.length);
    }

    @Override
    public double squaredDistance(int row, double[] point) {
        double sum = 0;
        for (int c = 0; c < dimension; c += STRIP) {
            sum += Kernels.squaredDistance(point, c, rows[row], c, Math.min(STRIP, dimension - c));
        }
        return sum;
    }
}
