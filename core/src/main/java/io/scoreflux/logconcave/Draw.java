package io.scoreflux.logconcave;

import io.scoreflux.error.Failure;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.internal.Values;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One draw of one chain: its numbers, its values, and its cost. Immutable.
 *
 * <p>Draws are equal if these properties and their chains' states are equal; values are compared by {@link Arrays#equals(double[],
 * double[])}. The {@code get} methods are for JSON mappers and other tools that read JavaBeans: they never throw, and return null for an
 * absent value. They do not include the chain's state, which is a record that can be saved separately.
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
            DrawStatistics effort,
            @Nullable ChainState state,
            @Nullable Failure failure) {
        this.index = index;
        this.chain = chain;
        this.number = number;
        this.values = values;
        this.statistics = effort;
        this.state = state;
        this.failure = failure;
    }

    /** Its place in the stream, at least 0: draw by draw, and of each the chains in turn. */
    public long index() {
        return index;
    }

    /** Its chain: with the seed and the number, the draw's identity. */
    public int chain() {
        return chain;
    }

    /** Its number in its chain, 0 for the first after burn-in. */
    public long number() {
        return number;
    }

    /**
     * A copy of the values.
     *
     * @throws SampleFailedException if the draw failed; see {@link #failed()}
     */
    public double[] values() {
        throwFailure();
        return values.clone();
    }

    /** Whether there are no values. */
    public boolean failed() {
        return failure != null;
    }

    /** Why there are no values, or null. A chain that has failed makes no more draws: the later ones fail for the same reason. */
    public @Nullable Failure failure() {
        return failure;
    }

    /** What the draw took. */
    public DrawStatistics statistics() {
        return statistics;
    }

    /**
     * Where its chain stands, for {@link ProximalSampler#resume}.
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

    /** As {@link #index()}. */
    public long getIndex() {
        return index;
    }

    /** As {@link #chain()}. */
    public int getChain() {
        return chain;
    }

    /** As {@link #number()}. */
    public long getNumber() {
        return number;
    }

    /** As {@link #values()}, or null if the draw failed. */
    public double @Nullable [] getValues() {
        return failed() ? null : values.clone();
    }

    /** As {@link #statistics()}. */
    public DrawStatistics getEffort() {
        return statistics;
    }

    /** As {@link #failure()}. */
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

    /** Its numbers, its first values, and its cost. */
    @Override
    public String toString() {
        return "Draw[chain=" + chain + ", number=" + number + ", "
                + (failure == null ? "values=" + Values.shown(values) + ", " + statistics : failure.message()) + "]";
    }
}
