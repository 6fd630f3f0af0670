package io.scoreflux.stream;

import io.scoreflux.state.Require;
import java.util.Objects;

/**
 * How much of what is requested may be under way at once, and in which order it is delivered.
 *
 * <p>Unless it is eager, a stream reads ahead at most as many trajectories as the subscriber had requested before its last request: none
 * with the first request. So it always starts fewer than twice as many trajectories as were requested.
 *
 * @param width the most unfinished trajectories of one subscriber, 1 to 2^20
 * @param readAhead trajectories that may be started beyond the requested ones, 0 to 2^21; what counts is at most twice the width
 * @param order of delivery
 * @param eager whether already the first request uses the full read-ahead
 */
public record Demand(int width, int readAhead, Order order, boolean eager) {

    /** The most that a width can be. */
    public static final int WIDEST = 1 << 20;

    /** The most that a read-ahead can be. */
    public static final int FARTHEST = 2 * WIDEST;

    /** Checks the numbers. */
    public Demand {
        Require.within("width", width, 1, WIDEST);
        Require.within("readAhead", readAhead, 0, FARTHEST);
        Objects.requireNonNull(order, "order");
    }

    /** A demand that is not eager. */
    public Demand(int width, int readAhead, Order order) {
        this(width, readAhead, order, false);
    }

    /** A demand ordered by index that is not eager. */
    public Demand(int width, int readAhead) {
        this(width, readAhead, Order.BY_INDEX);
    }

    /**
     * How many more trajectories to start: afterwards {@code unfinished <= width} and
     * {@code unfinished + unemitted <= min(wanted + ahead, 2 width)}, where {@code ahead} is the read-ahead or, unless the demand is eager,
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
        long ahead = eager ? readAhead : Math.min(earlier, readAhead);
        // wanted may be Long.MAX_VALUE: compare before adding.
        long limit = wanted >= 2L * width ? 2L * width : Math.min(wanted + ahead, 2L * width);
        return Math.max(0, Math.min(width - unfinished, limit - unfinished - unemitted));
    }

    /** Whether one more may be started beyond what is requested: for stages that hold some back. */
    boolean hasRoom(long unfinished, long unemitted) {
        return unfinished < width && unfinished + unemitted < 2L * width;
    }
}
