package io.scoreflux.stream;

import io.scoreflux.state.Require;
import java.util.Objects;

/**
 * How much of what is requested may be under way at once, and in which order it is delivered.
 *
 * @param width the most unfinished trajectories of one subscriber, 1 to 2^20
 * @param readAhead trajectories that may be started beyond the requested ones, 0 to 2^21; what counts is at most twice the width
 * @param order of delivery
 */
public record Demand(int width, int readAhead, Order order) {

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

    /** Ordered by index. */
    public Demand(int width, int readAhead) {
        this(width, readAhead, Order.BY_INDEX);
    }

    /**
     * How many more trajectories to start: afterwards {@code unfinished <= width} and
     * {@code unfinished + unemitted <= min(wanted + readAhead, 2 width)}.
     *
     * @param wanted requested and not yet emitted
     * @param unfinished started and not finished
     * @param unemitted finished and not emitted
     */
    long more(long wanted, long unfinished, long unemitted) {
        if (wanted == 0) {
            return 0;
        }
        // wanted may be Long.MAX_VALUE: compare before adding.
        long limit = wanted >= 2L * width ? 2L * width : Math.min(wanted + readAhead, 2L * width);
        return Math.max(0, Math.min(width - unfinished, limit - unfinished - unemitted));
    }

    /** Whether one more may be started beyond what is requested: for stages that hold some back. */
    boolean hasRoom(long unfinished, long unemitted) {
        return unfinished < width && unfinished + unemitted < 2L * width;
    }
}
