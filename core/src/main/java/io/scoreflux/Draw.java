package io.scoreflux;

import io.scoreflux.logconcave.ChainState;
import io.scoreflux.logconcave.Effort;
import io.scoreflux.state.Failure;
import io.scoreflux.state.SampleFailedException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One draw of one chain: its numbers, its values, and what it took. Immutable. */
public final class Draw {
    private final long index;
    private final int chain;
    private final long number;
    private final double[] values;
    private final Effort effort;
    private final @Nullable ChainState state;
    private final @Nullable Failure failure;

    Draw(
            long index,
            int chain,
            long number,
            double[] values,
            Effort effort,
            @Nullable ChainState state,
            @Nullable Failure failure) {
        this.index = index;
        this.chain = chain;
        this.number = number;
        this.values = values;
        this.effort = effort;
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
    public Effort effort() {
        return effort;
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

    @Override
    public String toString() {
        return "Draw[chain=" + chain + ", number=" + number + ", " + (failure == null ? effort : failure.message())
                + "]";
    }
}
