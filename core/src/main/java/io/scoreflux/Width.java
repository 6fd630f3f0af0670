package io.scoreflux;

import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.state.Values;
import io.scoreflux.stream.Demand;
import io.scoreflux.stream.Order;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * How many trajectories may be under way: as many as were asked for, or as the memory has room for. No sample's values depend on it.
 *
 * @param asked the most that were asked for, or null for the default
 * @param memory bytes that they may take, or null for the default
 * @param lanes among which they are divided, each with one at least
 * @param readAhead trajectories started beyond what was requested
 * @param order of delivery
 */
record Width(@Nullable Integer asked, @Nullable Long memory, int lanes, int readAhead, Order order) {
    /** Unless another is asked for. */
    static final int DEFAULT = 256;
    /** The share of the largest heap that trajectories take unless another memory is given: the rest is the model's and the subscriber's. */
    static final int SHARE = 4;

    private static final Logger LOG = Loggers.getLogger(Sampler.class);

    /**
     * What one trajectory takes, with its solver: its state, a finished sample that waits for its turn, and questions and answers in its
     * own hands and in the model's call.
     */
    static long bytes(PreparedSolver solver, int dimension) {
        return solver.bytes() + Double.BYTES * (2 + 4L * solver.rows()) * dimension;
    }

    /** The most trajectories, and for whom they are started. */
    Demand demand(long trajectoryBytes) {
        return new Demand(width(trajectoryBytes), readAhead, order);
    }

    /**
     * Refuses a pilot that cannot fit, before it starts.
     *
     * @throws IllegalStateException if its trajectories do not fit the heap
     */
    static void checkPilot(int dimension, int rows, long trajectoryBytes) {
        long heap = Runtime.getRuntime().maxMemory();
        if ((double) rows * trajectoryBytes > heap) {
            throw new IllegalStateException(
                    "a pilot must fit the heap, whose limit is " + Values.bytes(heap) + ", but its "
                            + rows + " trajectories of " + dimension + " numbers take about "
                            + Values.bytes(rows * trajectoryBytes)
                            + "; raise the limit with -Xmx, or do without a pilot: give the radius, and a solver that needs none");
        }
    }

    private int most() {
        return asked == null ? DEFAULT : asked;
    }

    private long room() {
        return memory == null ? Runtime.getRuntime().maxMemory() / SHARE : memory;
    }

    private int width(long trajectoryBytes) {
        long fit = room() / Math.max(1, trajectoryBytes);
        return (int) Math.max(lanes, Math.min(most(), fit));
    }

    /**
     * Refuses what cannot fit, before any work starts; logs what fits barely, or in part.
     *
     * @param what whose trajectories, for the message
     * @throws IllegalStateException if one trajectory a lane does not fit
     */
    void check(String what, int dimension, long trajectoryBytes) {
        double least = (double) lanes * trajectoryBytes;
        String each = "a trajectory of " + dimension + " numbers takes about " + Values.bytes(trajectoryBytes)
                + " with " + what + (lanes > 1 ? ", in each of " + lanes + " lanes" : "");
        String remedy = "; a solver of fixed steps takes least, a lower maxDegree less"
                + (lanes > 1 ? ", as do fewer lanes" : "");
        if (memory != null && least > memory) {
            throw new IllegalStateException("memory must hold one trajectory, was " + Values.bytes(memory) + ", but "
                    + each + "; raise memory" + remedy);
        }
        long heap = Runtime.getRuntime().maxMemory();
        if (memory == null && least > heap) {
            throw new IllegalStateException("one trajectory must fit the heap, whose limit is " + Values.bytes(heap)
                    + ", but " + each + "; raise the limit with -Xmx" + remedy);
        }
        int width = width(trajectoryBytes);
        if (least > room()) {
            LOG.warn(each + ", more than a quarter of the heap's limit of " + Values.bytes(heap)
                    + "; it may run out of memory: raise the limit with -Xmx" + remedy);
        } else if (asked != null && width < asked) {
            LOG.warn("width " + asked + " is brought down to " + width + ": " + each + ", and trajectories may take "
                    + Values.bytes(room()) + "; raise the heap's limit with -Xmx, or memory" + remedy);
        }
    }
}
