package io.scoreflux.internal.stream;

import io.scoreflux.internal.Require;
import io.scoreflux.stream.Order;
import java.util.Objects;

/**
 * Bounds on the trajectories that are in progress at the same time, and the order of delivery.
 *
 * <p>Unless the demand is eager, a stream prefetches at most as many trajectories as the subscriber had requested before its last request,
 * and none at the first request. So it always starts fewer than twice as many trajectories as were requested.
 *
 * @param concurrency the maximum number of unfinished trajectories of one subscriber, 1 to 2^20
 * @param prefetch the maximum number of trajectories that are started beyond the requested ones, 0 to 2^21; values above twice the
 *     concurrency act like twice the concurrency
 * @param order the order of delivery
 * @param eager whether the first request already uses the whole prefetch
 */
public record Demand(int concurrency, int prefetch, Order order, boolean eager) {

    /** The maximum concurrency. */
    public static final int MAX_CONCURRENCY = 1 << 20;

    /** The maximum prefetch. */
    public static final int MAX_PREFETCH = 2 * MAX_CONCURRENCY;

    /** Checks the ranges of the components. */
    public Demand {
        Require.within("concurrency", concurrency, 1, MAX_CONCURRENCY);
        Require.within("prefetch", prefetch, 0, MAX_PREFETCH);
        Objects.requireNonNull(order, "order");
    }

    /** Creates a demand that is not eager. */
    public Demand(int concurrency, int prefetch, Order order) {
        this(concurrency, prefetch, order, false);
    }

    /** Creates a demand that is not eager, with delivery by index. */
    public Demand(int concurrency, int prefetch) {
        this(concurrency, prefetch, Order.BY_INDEX);
    }

    /**
     * Returns how many more trajectories to start. Afterwards {@code unfinished <= concurrency} and
     * {@code unfinished + unemitted <= min(wanted + ahead, 2 concurrency)}, where {@code ahead} is the prefetch or, unless the demand is eager,
     * {@code earlier} if that is less.
     *
     * @param wanted the number of trajectories requested and not yet emitted
     * @param earlier the number of trajectories requested before the last request
     * @param unfinished the number of trajectories started and not finished
     * @param unemitted the number of trajectories finished and not emitted
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

    /** Returns whether one more trajectory may be started beyond the demand, for stages that hold some back. */
    boolean hasRoom(long unfinished, long unemitted) {
        return unfinished < concurrency && unfinished + unemitted < 2L * concurrency;
    }
}
