package io.scoreflux.state;

import java.util.Arrays;

/**
 * A growable batch of denoiser queries: {@code count} states of {@code dimension} numbers, row-major, each with its own
 * noise level.
 *
 * <p>Row {@code i} is the state {@code z = x_0 + sigma n} in {@code values[i * dimension .. (i + 1) * dimension)} at the
 * canonical noise level {@code sigma[i] > 0}. The arrays may be longer than the rows in use. Not thread-safe; a denoiser
 * only reads it.
 */
public final class Rows {
    private final int dimension;
    private double[] values;
    private double[] sigma;
    private int count;

    /**
     * An empty batch.
     *
     * @param dimension numbers in a row, at least 1
     * @param capacity rows to make room for, at least 1; the batch grows beyond it when needed
     */
    public Rows(int dimension, int capacity) {
        this.dimension = Require.atLeast("dimension", dimension, 1);
        this.values = new double[Math.multiplyExact(dimension, Require.atLeast("capacity", capacity, 1))];
        this.sigma = new double[capacity];
    }

    /** Numbers in a row. */
    public int dimension() {
        return dimension;
    }

    /** Rows in use. */
    public int count() {
        return count;
    }

    /** The backing array, row-major; only the first {@code count * dimension} entries mean anything. */
    public double[] values() {
        return values;
    }

    /** The backing array of noise levels; only the first {@code count} entries mean anything. */
    public double[] sigma() {
        return sigma;
    }

    /** The noise level of one row. */
    public double sigma(int row) {
        return sigma[row];
    }

    /** Where row {@code row} starts in {@link #values()}. */
    public int offset(int row) {
        return row * dimension;
    }

    /** Forgets all rows and keeps the room. */
    public void clear() {
        count = 0;
    }

    /** Forgets all rows from {@code rows} on. */
    public void truncate(int rows) {
        count = Math.min(count, rows);
    }

    /**
     * Appends a copy of one state.
     *
     * @param source holds the state from {@code at} on
     * @param at index of the state's first number
     * @param level its canonical noise level
     */
    public void append(double[] source, int at, double level) {
        grow(count + 1);
        System.arraycopy(source, at, values, count * dimension, dimension);
        sigma[count] = level;
        count++;
    }

    /** Appends copies of {@code n} rows of another batch of the same dimension, from row {@code first} on. */
    public void appendAll(Rows other, int first, int n) {
        grow(count + n);
        System.arraycopy(other.values, other.offset(first), values, offset(count), n * dimension);
        System.arraycopy(other.sigma, first, sigma, count, n);
        count += n;
    }

    private void grow(int rows) {
        if (rows > sigma.length) {
            int capacity = Math.max(rows, 2 * sigma.length);
            values = Arrays.copyOf(values, Math.multiplyExact(capacity, dimension));
            sigma = Arrays.copyOf(sigma, capacity);
        }
    }
}
