package io.scoreflux.logconcave;

import io.scoreflux.error.Failure;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.internal.Values;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One draw of one chain: its indices, its values, and its cost. Immutable.
 *
 * <p>Draws are equal if these properties and the states of their chains are equal; values are compared by {@link Arrays#equals(double[],
 * double[])}. The {@code get} methods are for JSON mappers and other tools that read JavaBeans: they never throw, and return null for an
 * absent value. They do not include the state of the chain, which is a record that can be saved separately.
 */
public final class Draw {
    private final long index;
    private final int chain;
    private final long number;
    private final double[] values;
    private final DrawStatistics statistics;
    private final @Nullable ChainState state;
    private final @Nullable Failure failure;

    Draw(
            long index,
            int chain,
            long number,
            double[] values,
            DrawStatistics statistics,
            @Nullable ChainState state,
            @Nullable Failure failure) {
        this.index = index;
        this.chain = chain;
        this.number = number;
        this.values = values;
        this.statistics = statistics;
        this.state = state;
        this.failure = failure;
    }

    /** Returns the index in the stream, at least 0. The stream contains draw 0 of each chain, then draw 1 of each chain, and so on. */
    public long index() {
        return index;
    }

    /** Returns the index of the chain. The seed, the chain and {@link #number()} identify the draw. */
    public int chain() {
        return chain;
    }

    /** Returns the index within the chain; 0 is the first draw after burn-in. */
    public long number() {
        return number;
    }

    /**
     * Returns a copy of the values.
     *
     * @throws SampleFailedException if the draw failed; see {@link #failed()}
     */
    public double[] values() {
        throwFailure();
        return values.clone();
    }

    /** Returns whether the draw failed, so that it has no values. */
    public boolean failed() {
        return failure != null;
    }

    /** Returns the reason of the failure, or null. A chain that has failed makes no more draws: its later draws fail for the same reason. */
    public @Nullable Failure failure() {
        return failure;
    }

    /** Returns the cost of the draw. */
    public DrawStatistics statistics() {
        return statistics;
    }

    /**
     * Returns the state of the chain after the draw, for {@link ProximalSampler#resume}.
     *
     * @throws SampleFailedException if the draw failed
     */
    public ChainState state() {
        throwFailure();
        return Objects.requireNonNull(state);
    }

    private void throwFailure() {
        Failure why = failure;
        if (why != null) {
            throw new SampleFailedException(index, why);
        }
    }

    /** Returns {@link #index()}. */
    public long getIndex() {
        return index;
    }

    /** Returns {@link #chain()}. */
    public int getChain() {
        return chain;
    }

    /** Returns {@link #number()}. */
    public long getNumber() {
        return number;
    }

    /** Returns {@link #values()}, or null if the draw failed. */
    public double @Nullable [] getValues() {
        return failed() ? null : values.clone();
    }

    /** Returns {@link #statistics()}. */
    public DrawStatistics getStatistics() {
        return statistics;
    }

    /** Returns {@link #failure()}. */
    public @Nullable Failure getFailure() {
        return failure;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Draw that
                && index == that.index
                && chain == that.chain
                && number == that.number
                && statistics.equals(that.statistics)
                && Objects.equals(failure, that.failure)
                && Objects.equals(state, that.state)
                && Arrays.equals(getValues(), that.getValues());
    }

    @Override
    public int hashCode() {
        return Objects.hash(index, chain, number, statistics, failure, Arrays.hashCode(getValues()));
    }

    /** Returns the indices, the first values, and the cost. */
    @Override
    public String toString() {
        return "Draw[chain=" + chain + ", number=" + number + ", "
                + (failure == null ? "values=" + Values.shown(values) + ", " + statistics : failure.message()) + "]";
    }
}
