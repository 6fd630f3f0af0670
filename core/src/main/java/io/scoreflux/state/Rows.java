package io.scoreflux.state;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.Require;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A growable batch of denoiser queries: {@code count} states of {@code dimension} numbers, row-major. Each row has a noise level and
 * optionally a condition.
 *
 * <p>Row {@code i} is the state {@code z = x_0 + sigma n} in {@code values[i * dimension .. (i + 1) * dimension)} at the canonical noise
 * level {@code sigma[i] > 0}. The arrays may be longer than the rows in use. Not thread-safe. A denoiser must not modify a batch.
 */
public final class Rows {
    /** The maximum length of an array in common virtual machines. */
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

    private final int dimension;
    private double[] values;
    private double[] sigma;
    /** Empty until a row has a condition. */
    private @Nullable Condition[] conditions = new Condition[0];

    private int count;

    /**
     * Creates an empty batch.
     *
     * @param dimension numbers in a row, at least 1
     * @param capacity initial capacity in rows, at least 1; the batch grows if necessary
     */
    public Rows(int dimension, int capacity) {
        this.dimension = Require.atLeast("dimension", dimension, 1);
        this.values = new double[Math.multiplyExact(dimension, Require.atLeast("capacity", capacity, 1))];
        this.sigma = new double[capacity];
    }

    /** Returns the numbers in a row. */
    public int dimension() {
        return dimension;
    }

    /** Returns the number of rows in use. */
    public int count() {
        return count;
    }

    /** Returns the backing array of the states, row-major. Only the first {@code count * dimension} entries are valid. */
    public double[] values() {
        return values;
    }

    /** Returns the backing array of the noise levels. Only the first {@code count} entries are valid. */
    public double[] sigma() {
        return sigma;
    }

    /** Returns the noise level of a row. */
    public double sigma(int row) {
        return sigma[row];
    }

    /** Returns the condition of a row, or null. */
    public @Nullable Condition condition(int row) {
        return row < conditions.length ? conditions[row] : null;
    }

    /**
     * Sets the condition of all rows from {@code first} on. Null leaves the rows unchanged. A row that {@link #append} adds has no
     * condition.
     */
    public void condition(int first, @Nullable Condition condition) {
        if (condition == null) {
            return;
        }
        if (conditions.length < count) {
            conditions = Arrays.copyOf(conditions, sigma.length);
        }
        Arrays.fill(conditions, first, count, condition);
    }

    /** Returns the index in {@link #values()} at which row {@code row} starts. */
    public int offset(int row) {
        return row * dimension;
    }

    /** Removes all rows and keeps the capacity. */
    public void clear() {
        count = 0;
    }

    /** Removes all rows from {@code rows} on. */
    public void truncate(int rows) {
        count = Math.min(count, rows);
    }

    /**
     * Appends a copy of one state.
     *
     * @param source an array with the state from index {@code at} on
     * @param at the index of the first number of the state
     * @param level the canonical noise level of the state
     */
    public void append(double[] source, int at, double level) {
        grow(count + 1);
        Kernels.copy(source, at, values, count * dimension, dimension);
        sigma[count] = level;
        if (count < conditions.length) {
            conditions[count] = null;
        }
        count++;
    }

    /**
     * Appends copies of {@code n} states at the same noise level.
     *
     * @param source an array with the states, one after the other, from its beginning
     * @param n the number of states
     * @param level the canonical noise level of the states
     */
    public void appendAll(double[] source, int n, double level) {
        grow(count + n);
        System.arraycopy(source, 0, values, offset(count), n * dimension);
        Arrays.fill(sigma, count, count + n, level);
        if (count < conditions.length) {
            Arrays.fill(conditions, count, Math.min(count + n, conditions.length), null);
        }
        count += n;
    }

    /** Appends copies of {@code n} rows of another batch of the same dimension, from row {@code first} on, with their conditions. */
    public void appendAll(Rows other, int first, int n) {
        grow(count + n);
        System.arraycopy(other.values, other.offset(first), values, offset(count), n * dimension);
        System.arraycopy(other.sigma, first, sigma, count, n);
        if (conditions.length > 0 || other.conditions.length > 0) {
            conditions = conditions.length < sigma.length ? Arrays.copyOf(conditions, sigma.length) : conditions;
            for (int i = 0; i < n; i++) {
                conditions[count + i] = other.condition(first + i);
            }
        }
        count += n;
    }

    private void grow(int rows) {
        if (rows > sigma.length || rows < 0) {
            int most = MAX_ELEMENTS / dimension;
            if (rows > most || rows < 0) {
                throw new InvalidConfigurationException(
                        "the batch",
                        "must have at most " + most + " rows of " + dimension + " numbers, the size limit of an array",
                        rows & 0xffffffffL,
                        "use a solver with fewer rows per round");
            }
            int capacity = Math.max(rows, (int) Math.min(2L * sigma.length, most));
            values = Arrays.copyOf(values, capacity * dimension);
            sigma = Arrays.copyOf(sigma, capacity);
        }
    }
}
