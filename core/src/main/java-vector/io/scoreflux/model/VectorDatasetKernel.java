package io.scoreflux.model;

import io.scoreflux.internal.Kernels;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loops on the Vector API. Four states and four vectors of rows or coordinates are processed at a time: 16 sums stay in registers, and each load
 * serves four multiplications. Numbers at the same place of a vector are independent, so the length of a vector has no effect on the result.
 */
final class VectorDatasetKernel implements DatasetKernel {
    private static final VectorSpecies<Double> SPECIES =
            DoubleVector.SPECIES_PREFERRED.length() <= DoubleVector.SPECIES_512.length()
                    ? DoubleVector.SPECIES_PREFERRED
                    : DoubleVector.SPECIES_512;
    private static final int LANES = SPECIES.length();
    /** The number of rows or coordinates that are processed at a time. */
    private static final int WIDTH = 4 * LANES;

    private final int size;
    private final int dimension;
    /**
     * The rows of each block, in strips of {@link #STRIP} coordinates: number c of row i of strip s at {@code s * STRIP * count + i * width + c},
     * where {@code width} is that of the strip. A vector may reach beyond the strip.
     */
    private final double[][] rows;
    /** The rows of each block, in panels of {@link #STRIP} rows: coordinate c of row i of panel p at {@code (p * dimension + c) * STRIP + i}. */
    private final double[][] columns;

    VectorDatasetKernel(double[][] data, int dimension) {
        this.size = data.length;
        this.dimension = dimension;
        int blocks = (size + BLOCK - 1) / BLOCK;
        rows = new double[blocks][];
        columns = new double[blocks][];
        for (int b = 0; b < blocks; b++) {
            int first = b * BLOCK;
            int count = Math.min(BLOCK, size - first);
            rows[b] = new double[Math.addExact(Math.multiplyExact(count, dimension), STRIP)];
            columns[b] = new double[Math.multiplyExact(DatasetKernel.padded(count), dimension)];
            for (int i = 0; i < count; i++) {
                double[] row = data[first + i];
                int panel = i / STRIP * dimension;
                for (int c = 0; c < dimension; c++) {
                    columns[b][(panel + c) * STRIP + i % STRIP] = row[c];
                }
                for (int c = 0; c < dimension; c += STRIP) {
                    int width = Math.min(STRIP, dimension - c);
                    System.arraycopy(row, c, rows[b], c * count + i * width, width);
                }
            }
        }
    }

    @Override
    public void squares(int block, double[] z, int[] at, int count, double[][] squares) {
        double[] x = columns[block];
        int length = x.length / dimension;
        for (int r = 0; r < count; r++) {
            Arrays.fill(squares[r], 0);
        }
        for (int from = 0; from < dimension; from += PART) {
            int to = Math.min(from + PART, dimension);
            for (int i = 0; i < length; i += WIDTH) {
                int first = i / STRIP * STRIP * dimension + i % STRIP;
                int r = 0;
                for (; r + GROUP <= count; r += GROUP) {
                    addSquares(x, first, from, to, z, at, r, squares, i);
                }
                for (; r < count; r++) {
                    addSquares(x, first, from, to, z, at[r], squares[r], i);
                }
            }
        }
    }

    /** Adds the squares of the coordinates in [from, to) for four states. */
    private static void addSquares(
            double[] x, int start, int from, int to, double[] z, int[] at, int r, double[][] squares, int i) {
        int z0 = at[r];
        int z1 = at[r + 1];
        int z2 = at[r + 2];
        int z3 = at[r + 3];
        double[] t0 = squares[r];
        double[] t1 = squares[r + 1];
        double[] t2 = squares[r + 2];
        double[] t3 = squares[r + 3];
        DoubleVector s00 = DoubleVector.zero(SPECIES);
        DoubleVector s01 = s00;
        DoubleVector s02 = s00;
        DoubleVector s03 = s00;
        DoubleVector s10 = s00;
        DoubleVector s11 = s00;
        DoubleVector s12 = s00;
        DoubleVector s13 = s00;
        DoubleVector s20 = s00;
        DoubleVector s21 = s00;
        DoubleVector s22 = s00;
        DoubleVector s23 = s00;
        DoubleVector s30 = s00;
        DoubleVector s31 = s00;
        DoubleVector s32 = s00;
        DoubleVector s33 = s00;
        for (int c = from; c < to; c++) {
            int first = start + c * STRIP;
            DoubleVector x0 = DoubleVector.fromArray(SPECIES, x, first);
            DoubleVector x1 = DoubleVector.fromArray(SPECIES, x, first + LANES);
            DoubleVector x2 = DoubleVector.fromArray(SPECIES, x, first + 2 * LANES);
            DoubleVector x3 = DoubleVector.fromArray(SPECIES, x, first + 3 * LANES);
            DoubleVector number = DoubleVector.broadcast(SPECIES, z[z0 + c]);
            DoubleVector d0 = number.sub(x0);
            DoubleVector d1 = number.sub(x1);
            DoubleVector d2 = number.sub(x2);
            DoubleVector d3 = number.sub(x3);
            s00 = d0.fma(d0, s00);
            s01 = d1.fma(d1, s01);
            s02 = d2.fma(d2, s02);
            s03 = d3.fma(d3, s03);
            number = DoubleVector.broadcast(SPECIES, z[z1 + c]);
            d0 = number.sub(x0);
            d1 = number.sub(x1);
            d2 = number.sub(x2);
            d3 = number.sub(x3);
            s10 = d0.fma(d0, s10);
            s11 = d1.fma(d1, s11);
            s12 = d2.fma(d2, s12);
            s13 = d3.fma(d3, s13);
            number = DoubleVector.broadcast(SPECIES, z[z2 + c]);
            d0 = number.sub(x0);
            d1 = number.sub(x1);
            d2 = number.sub(x2);
            d3 = number.sub(x3);
            s20 = d0.fma(d0, s20);
            s21 = d1.fma(d1, s21);
            s22 = d2.fma(d2, s22);
            s23 = d3.fma(d3, s23);
            number = DoubleVector.broadcast(SPECIES, z[z3 + c]);
            d0 = number.sub(x0);
            d1 = number.sub(x1);
            d2 = number.sub(x2);
            d3 = number.sub(x3);
            s30 = d0.fma(d0, s30);
            s31 = d1.fma(d1, s31);
            s32 = d2.fma(d2, s32);
            s33 = d3.fma(d3, s33);
        }
        s00.add(DoubleVector.fromArray(SPECIES, t0, i)).intoArray(t0, i);
        s01.add(DoubleVector.fromArray(SPECIES, t0, i + LANES)).intoArray(t0, i + LANES);
        s02.add(DoubleVector.fromArray(SPECIES, t0, i + 2 * LANES)).intoArray(t0, i + 2 * LANES);
        s03.add(DoubleVector.fromArray(SPECIES, t0, i + 3 * LANES)).intoArray(t0, i + 3 * LANES);
        s10.add(DoubleVector.fromArray(SPECIES, t1, i)).intoArray(t1, i);
        s11.add(DoubleVector.fromArray(SPECIES, t1, i + LANES)).intoArray(t1, i + LANES);
        s12.add(DoubleVector.fromArray(SPECIES, t1, i + 2 * LANES)).intoArray(t1, i + 2 * LANES);
        s13.add(DoubleVector.fromArray(SPECIES, t1, i + 3 * LANES)).intoArray(t1, i + 3 * LANES);
        s20.add(DoubleVector.fromArray(SPECIES, t2, i)).intoArray(t2, i);
        s21.add(DoubleVector.fromArray(SPECIES, t2, i + LANES)).intoArray(t2, i + LANES);
        s22.add(DoubleVector.fromArray(SPECIES, t2, i + 2 * LANES)).intoArray(t2, i + 2 * LANES);
        s23.add(DoubleVector.fromArray(SPECIES, t2, i + 3 * LANES)).intoArray(t2, i + 3 * LANES);
        s30.add(DoubleVector.fromArray(SPECIES, t3, i)).intoArray(t3, i);
        s31.add(DoubleVector.fromArray(SPECIES, t3, i + LANES)).intoArray(t3, i + LANES);
        s32.add(DoubleVector.fromArray(SPECIES, t3, i + 2 * LANES)).intoArray(t3, i + 2 * LANES);
        s33.add(DoubleVector.fromArray(SPECIES, t3, i + 3 * LANES)).intoArray(t3, i + 3 * LANES);
    }

    /** Adds the squares of the coordinates in [from, to) for one state. */
    private static void addSquares(
            double[] x, int start, int from, int to, double[] z, int at, double[] squares, int i) {
        DoubleVector s0 = DoubleVector.zero(SPECIES);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        for (int c = from; c < to; c++) {
            int first = start + c * STRIP;
            DoubleVector number = DoubleVector.broadcast(SPECIES, z[at + c]);
            DoubleVector d0 = number.sub(DoubleVector.fromArray(SPECIES, x, first));
            DoubleVector d1 = number.sub(DoubleVector.fromArray(SPECIES, x, first + LANES));
            DoubleVector d2 = number.sub(DoubleVector.fromArray(SPECIES, x, first + 2 * LANES));
            DoubleVector d3 = number.sub(DoubleVector.fromArray(SPECIES, x, first + 3 * LANES));
            s0 = d0.fma(d0, s0);
            s1 = d1.fma(d1, s1);
            s2 = d2.fma(d2, s2);
            s3 = d3.fma(d3, s3);
        }
        s0.add(DoubleVector.fromArray(SPECIES, squares, i)).intoArray(squares, i);
        s1.add(DoubleVector.fromArray(SPECIES, squares, i + LANES)).intoArray(squares, i + LANES);
        s2.add(DoubleVector.fromArray(SPECIES, squares, i + 2 * LANES)).intoArray(squares, i + 2 * LANES);
        s3.add(DoubleVector.fromArray(SPECIES, squares, i + 3 * LANES)).intoArray(squares, i + 3 * LANES);
    }

    @Override
    public void addRows(int block, double[][] weights, int count, int[][] chosen, int[] counts, double[][] sums) {
        double[] x = rows[block];
        int length = Math.min(BLOCK, size - block * BLOCK);
        for (int c = 0; c < dimension; c += WIDTH) {
            int strip = c / STRIP * STRIP;
            int width = Math.min(STRIP, dimension - strip);
            int first = strip * length + c - strip;
            int r = 0;
            for (; r + GROUP <= count; r += GROUP) {
                addRows(x, first, width, chosen[r / GROUP], counts[r / GROUP], weights, r, sums, c);
            }
            for (; r < count; r++) {
                addRows(x, first, width, chosen[r / GROUP], counts[r / GROUP], weights[r], sums[r], c);
            }
        }
    }

    /** Adds the coordinates of the chosen rows from c on for four states. */
    private static void addRows(
            double[] x,
            int start,
            int width,
            int[] chosen,
            int count,
            double[][] weights,
            int r,
            double[][] sums,
            int c) {
        double[] w0 = weights[r];
        double[] w1 = weights[r + 1];
        double[] w2 = weights[r + 2];
        double[] w3 = weights[r + 3];
        double[] t0 = sums[r];
        double[] t1 = sums[r + 1];
        double[] t2 = sums[r + 2];
        double[] t3 = sums[r + 3];
        DoubleVector s00 = DoubleVector.zero(SPECIES);
        DoubleVector s01 = s00;
        DoubleVector s02 = s00;
        DoubleVector s03 = s00;
        DoubleVector s10 = s00;
        DoubleVector s11 = s00;
        DoubleVector s12 = s00;
        DoubleVector s13 = s00;
        DoubleVector s20 = s00;
        DoubleVector s21 = s00;
        DoubleVector s22 = s00;
        DoubleVector s23 = s00;
        DoubleVector s30 = s00;
        DoubleVector s31 = s00;
        DoubleVector s32 = s00;
        DoubleVector s33 = s00;
        for (int k = 0; k < count; k++) {
            int i = chosen[k];
            int first = start + i * width;
            DoubleVector x0 = DoubleVector.fromArray(SPECIES, x, first);
            DoubleVector x1 = DoubleVector.fromArray(SPECIES, x, first + LANES);
            DoubleVector x2 = DoubleVector.fromArray(SPECIES, x, first + 2 * LANES);
            DoubleVector x3 = DoubleVector.fromArray(SPECIES, x, first + 3 * LANES);
            DoubleVector weight = DoubleVector.broadcast(SPECIES, w0[i]);
            s00 = weight.fma(x0, s00);
            s01 = weight.fma(x1, s01);
            s02 = weight.fma(x2, s02);
            s03 = weight.fma(x3, s03);
            weight = DoubleVector.broadcast(SPECIES, w1[i]);
            s10 = weight.fma(x0, s10);
            s11 = weight.fma(x1, s11);
            s12 = weight.fma(x2, s12);
            s13 = weight.fma(x3, s13);
            weight = DoubleVector.broadcast(SPECIES, w2[i]);
            s20 = weight.fma(x0, s20);
            s21 = weight.fma(x1, s21);
            s22 = weight.fma(x2, s22);
            s23 = weight.fma(x3, s23);
            weight = DoubleVector.broadcast(SPECIES, w3[i]);
            s30 = weight.fma(x0, s30);
            s31 = weight.fma(x1, s31);
            s32 = weight.fma(x2, s32);
            s33 = weight.fma(x3, s33);
        }
        s00.add(DoubleVector.fromArray(SPECIES, t0, c)).intoArray(t0, c);
        s01.add(DoubleVector.fromArray(SPECIES, t0, c + LANES)).intoArray(t0, c + LANES);
        s02.add(DoubleVector.fromArray(SPECIES, t0, c + 2 * LANES)).intoArray(t0, c + 2 * LANES);
        s03.add(DoubleVector.fromArray(SPECIES, t0, c + 3 * LANES)).intoArray(t0, c + 3 * LANES);
        s10.add(DoubleVector.fromArray(SPECIES, t1, c)).intoArray(t1, c);
        s11.add(DoubleVector.fromArray(SPECIES, t1, c + LANES)).intoArray(t1, c + LANES);
        s12.add(DoubleVector.fromArray(SPECIES, t1, c + 2 * LANES)).intoArray(t1, c + 2 * LANES);
        s13.add(DoubleVector.fromArray(SPECIES, t1, c + 3 * LANES)).intoArray(t1, c + 3 * LANES);
        s20.add(DoubleVector.fromArray(SPECIES, t2, c)).intoArray(t2, c);
        s21.add(DoubleVector.fromArray(SPECIES, t2, c + LANES)).intoArray(t2, c + LANES);
        s22.add(DoubleVector.fromArray(SPECIES, t2, c + 2 * LANES)).intoArray(t2, c + 2 * LANES);
        s23.add(DoubleVector.fromArray(SPECIES, t2, c + 3 * LANES)).intoArray(t2, c + 3 * LANES);
        s30.add(DoubleVector.fromArray(SPECIES, t3, c)).intoArray(t3, c);
        s31.add(DoubleVector.fromArray(SPECIES, t3, c + LANES)).intoArray(t3, c + LANES);
        s32.add(DoubleVector.fromArray(SPECIES, t3, c + 2 * LANES)).intoArray(t3, c + 2 * LANES);
        s33.add(DoubleVector.fromArray(SPECIES, t3, c + 3 * LANES)).intoArray(t3, c + 3 * LANES);
    }

    /** Adds the coordinates of the chosen rows from c on for one state. */
    private static void addRows(
            double[] x, int start, int width, int[] chosen, int count, double[] weights, double[] sums, int c) {
        DoubleVector s0 = DoubleVector.zero(SPECIES);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        for (int k = 0; k < count; k++) {
            int i = chosen[k];
            int first = start + i * width;
            DoubleVector weight = DoubleVector.broadcast(SPECIES, weights[i]);
            s0 = weight.fma(DoubleVector.fromArray(SPECIES, x, first), s0);
            s1 = weight.fma(DoubleVector.fromArray(SPECIES, x, first + LANES), s1);
            s2 = weight.fma(DoubleVector.fromArray(SPECIES, x, first + 2 * LANES), s2);
            s3 = weight.fma(DoubleVector.fromArray(SPECIES, x, first + 3 * LANES), s3);
        }
        s0.add(DoubleVector.fromArray(SPECIES, sums, c)).intoArray(sums, c);
        s1.add(DoubleVector.fromArray(SPECIES, sums, c + LANES)).intoArray(sums, c + LANES);
        s2.add(DoubleVector.fromArray(SPECIES, sums, c + 2 * LANES)).intoArray(sums, c + 2 * LANES);
        s3.add(DoubleVector.fromArray(SPECIES, sums, c + 3 * LANES)).intoArray(sums, c + 3 * LANES);
    }

    @Override
    public double least(double[] x) {
        DoubleVector least = DoubleVector.fromArray(SPECIES, x, 0);
        for (int i = LANES; i < BLOCK; i += LANES) {
            least = least.min(DoubleVector.fromArray(SPECIES, x, i));
        }
        return least.reduceLanes(VectorOperators.MIN);
    }

    @Override
    public double weigh(double[] x, double reference, double rate) {
        for (int i = 0; i < BLOCK; i += LANES) {
            DoubleVector y = DoubleVector.fromArray(SPECIES, x, i)
                    .sub(reference)
                    .mul(rate)
                    .min(Decay.LARGEST_EXPONENT)
                    .mul(-Decay.PART);
            DoubleVector y2 = y.mul(y);
            DoubleVector y4 = y2.mul(y2);
            DoubleVector low = y2.fma(linear(y, Decay.C5, Decay.C4), linear(y, Decay.C3, Decay.C2));
            DoubleVector middle = y2.fma(linear(y, Decay.C9, Decay.C8), linear(y, Decay.C7, Decay.C6));
            DoubleVector high = y2.fma(linear(y, Decay.C13, Decay.C12), linear(y, Decay.C11, Decay.C10));
            y2.fma(y4.fma(y4.fma(high, middle), low), y.add(1)).intoArray(x, i);
        }
        // A loop of its own: the processor holds few operations that wait for earlier ones.
        for (int i = 0; i < BLOCK; i += LANES) {
            DoubleVector e = DoubleVector.fromArray(SPECIES, x, i);
            e = e.mul(e);
            e = e.mul(e);
            e = e.mul(e);
            e = e.mul(e);
            e = e.mul(e);
            e = e.mul(e);
            e = e.mul(e);
            e.sub(Decay.LEAST_EXPONENTIAL).max(0).intoArray(x, i);
        }
        return Kernels.sum(x, BLOCK);
    }

    /** Returns {@code slope y + constant}. */
    private static DoubleVector linear(DoubleVector y, double slope, double constant) {
        return y.fma(DoubleVector.broadcast(SPECIES, slope), DoubleVector.broadcast(SPECIES, constant));
    }

    @Override
    public double squaredDistance(int row, double[] point) {
        int block = row / BLOCK;
        int length = Math.min(BLOCK, size - block * BLOCK);
        double sum = 0;
        for (int c = 0; c < dimension; c += STRIP) {
            int width = Math.min(STRIP, dimension - c);
            int first = c * length + row % BLOCK * width;
            sum += Kernels.squaredDistance(point, c, rows[block], first, width);
        }
        return sum;
    }
}
