package io.scoreflux.state;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A growable batch of denoiser queries: {@code count} states of {@code dimension} numbers, row-major, each with its own
 * noise level, and perhaps a condition.
 *
 * <p>Row {@code i} is the state {@code z = x_0 + sigma n} in {@code values[i * dimension .. (i + 1) * dimension)} at the
 * canonical noise level {@code sigma[i] > 0}. The arrays may be longer than the rows in use. Not thread-safe; a denoiser
 * only reads it.
 */
public final class Rows {
    /** The longest array that virtual machines allocate. */
    private static final int MOST_NUMBERS = Integer.MAX_VALUE - 8;

    private final int dimension;
    private double[] values;
    private double[] sigma;
    /** Empty until a row has a condition. */
    private @Nullable Condition[] conditions = new Condition[0];

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

    /** What the sample of one row is to be, or null for any. */
    public @Nullable Condition condition(int row) {
        return row < conditions.length ? conditions[row] : null;
    }

    /** Sets the condition of all rows from {@code first} on; rows have none when they are appended. */
    public void condition(int first, @Nullable Condition condition) {
        if (condition == null) {
            return;
        }
        if (conditions.length < count) {
            conditions = Arrays.copyOf(conditions, sigma.length);
        }
        Arrays.fill(conditions, first, count, condition);
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
        if (count < conditions.length) {
            conditions[count] = null;
        }
        count++;
    }

    /** Appends copies of {@code n} rows of another batch of the same dimension, from row {@code first} on. */
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
            int most = MOST_NUMBERS / dimension;
            if (rows > most || rows < 0) {
                throw new InvalidConfigurationException(
                        "the batch",
                        "must have at most " + most + " rows of " + dimension + " numbers, which an array holds",
                        rows & 0xffffffffL,
                        "take a solver that asks fewer rows a round");
            }
            int capacity = Math.max(rows, (int) Math.min(2L * sigma.length, most));
            values = Arrays.copyOf(values, capacity * dimension);
            sigma = Arrays.copyOf(sigma, capacity);
        }
    }
}
