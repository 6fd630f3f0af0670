package io.scoreflux.internal.stream;

import io.scoreflux.internal.Require;
import io.scoreflux.stream.Order;
import java.util.Objects;

/**
 * How much of what is requested may be under way at once, and in which order it is delivered.
 *
 * <p>Unless it is eager, a stream reads ahead at most as many trajectories as the subscriber had requested before its last request: none
 * with the first request. So it always starts fewer than twice as many trajectories as were requested.
 *
 * @param concurrency the most unfinished trajectories of one subscriber, 1 to 2^20
 * @param prefetch trajectories that may be started beyond the requested ones, 0 to 2^21; what counts is at most twice the concurrency
 * @param order of delivery
 * @param eager whether already the first request uses the full read-ahead
 */
public record Demand(int concurrency, int prefetch, Order order, boolean eager) {

    /** The most that a concurrency can be. */
    public static final int MAX_CONCURRENCY = 1 << 20;

    /** The most that a read-ahead can be. */
    public static final int MAX_PREFETCH = 2 * MAX_CONCURRENCY;

    /** Checks the numbers. */
    public Demand {
        Require.within("concurrency", concurrency, 1, MAX_CONCURRENCY);
        Require.within("prefetch", prefetch, 0, MAX_PREFETCH);
        Objects.requireNonNull(order, "order");
    }

    /** A demand that is not eager. */
    public Demand(int concurrency, int prefetch, Order order) {
        this(concurrency, prefetch, order, false);
    }

    /** A demand ordered by index that is not eager. */
    public Demand(int concurrency, int prefetch) {
        this(concurrency, prefetch, Order.BY_INDEX);
    }

    /**
     * How many more trajectories to start: afterwards {@code unfinished <= concurrency} and
     * {@code unfinished + unemitted <= min(wanted + ahead, 2 concurrency)}, where {@code ahead} is the read-ahead or, unless the demand is eager,
     * {@code earlier} if that is less.
     *
     * @param wanted requested and not yet emitted
     * @param earlier requested before the last request
     * @param unfinished started and not finished
     * @param unemitted finished and not emitted
     */
    long more(long wanted, long earlier, long unfinished, long unemitted) {
        if (wanted == 0) {
            return 0;
        }
        long ahead = eager ? prefetch : Math.min(earlier, prefetch);
        // wanted may be Long.MAX_VALUE: compare before adding.
        long limit = wanted >= 2L * concurrency ? 2L * concurrency : Math.min(wanted + ahead, 2L * concurrency);
        return Math.max(0, Math.min(concurrency - unfinished, limit - unfinished - unemitted));
    }

    /** Whether one more may be started beyond what is requested: for stages that hold some back. */
    boolean hasRoom(long unfinished, long unemitted) {
        return unfinished < concurrency && unfinished + unemitted < 2L * concurrency;
    }
}
