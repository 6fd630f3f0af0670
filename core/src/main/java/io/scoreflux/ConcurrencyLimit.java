package io.scoreflux;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Values;
import io.scoreflux.internal.stream.Demand;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.stream.Order;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The maximum number of trajectories in flight: the requested concurrency, or fewer if the memory is too small for it. It does not change
 * the values of any sample.
 *
 * @param asked the requested concurrency, or null for the default
 * @param memory the memory for all trajectories in flight, in bytes, or null for the default
 * @param rails the number of rails that share the concurrency; each has at least one trajectory
 * @param prefetch the maximum number of trajectories started beyond the requested ones
 * @param order the order of delivery
 */
record ConcurrencyLimit(@Nullable Integer asked, @Nullable Long memory, int rails, int prefetch, Order order) {
    /** The default concurrency. */
    static final int DEFAULT = 256;
    /** The default memory is the maximum heap divided by this number. The rest is for the model and the subscriber. */
    static final int SHARE = 4;

    /** The bytes of the objects of one trajectory in the engine and of its random number generator, measured. */
    private static final int ENGINE_BYTES = 900;

    private static final Logger LOG = Loggers.getLogger(Sampler.class);

    /**
     * Returns the memory of one trajectory in bytes: the arrays of its solver, its state, a finished sample that waits for delivery, and
     * its queries and their values, which are also in the call of the model.
     */
    static long bytes(PreparedSolver solver, int dimension) {
        return ENGINE_BYTES + solver.bytes() + Double.BYTES * (2 + 4L * solver.rows()) * dimension;
    }

    /** Returns the demand: concurrency, prefetch and order. */
    Demand demand(long trajectoryBytes) {
        return new Demand(concurrency(trajectoryBytes), prefetch, order);
    }

    /**
     * Rejects a pilot that does not fit the heap, before it starts.
     *
     * @throws IllegalStateException if the trajectories of the pilot do not fit the heap
     */
    static void checkPilot(int dimension, int rows, long trajectoryBytes) {
        long heap = Runtime.getRuntime().maxMemory();
        if ((double) rows * trajectoryBytes > heap) {
            throw new InvalidConfigurationException(
                    "the pilot",
                    "must fit the heap, whose limit is " + Values.bytes(heap),
                    rows + " trajectories of " + dimension + " numbers, about " + Values.bytes(rows * trajectoryBytes),
                    "raise the limit with -Xmx",
                    "give {radius} and a solver that needs no pilot");
        }
    }

    private int most() {
        return asked == null ? DEFAULT : asked;
    }

    private long room() {
        return memory == null ? Runtime.getRuntime().maxMemory() / SHARE : memory;
    }

    private int concurrency(long trajectoryBytes) {
        long fit = room() / Math.max(1, trajectoryBytes);
        return (int) Math.max(rails, Math.min(most(), fit));
    }

    /**
     * Rejects a sampler that does not fit, before any work starts. Logs a warning if one trajectory per rail exceeds the default memory, or
     * if the memory lowers the requested concurrency.
     *
     * @param what the solver, for the message
     * @throws IllegalStateException if one trajectory per rail does not fit
     */
    void check(String what, int dimension, long trajectoryBytes) {
        double least = (double) rails * trajectoryBytes;
        String bytes = "about " + Values.bytes(trajectoryBytes) + " with " + what
                + (rails > 1 ? ", times " + rails + " in parallel" : "");
        String each = "a trajectory of " + dimension + " numbers takes " + bytes;
        long heap = Runtime.getRuntime().maxMemory();
        if (memory != null && least > memory) {
            throw tooSmall(
                    "memory",
                    "must hold one trajectory of " + dimension + " numbers, " + bytes,
                    memory,
                    "raise {memory}");
        }
        if (memory == null && least > heap) {
            throw tooSmall(
                    "the limit of the heap",
                    "must hold one trajectory of " + dimension + " numbers, " + bytes,
                    heap,
                    "raise it with -Xmx");
        }
        int concurrency = concurrency(trajectoryBytes);
        // The remedy has no identifiers of settings, because front ends show the text of a log as it is.
        String remedy =
                "; a fixed-step solver needs the least memory" + (rails > 1 ? ", and less parallelism needs less" : "");
        if (least > room()) {
            LOG.warn(each + ", more than a quarter of the heap, whose limit is " + Values.bytes(heap)
                    + ", so the memory may not suffice: raise the limit with -Xmx" + remedy);
        } else if (asked != null && concurrency < asked) {
            LOG.warn("at most " + concurrency + " samples are computed at a time instead of " + asked + ": " + each
                    + ", and the limit for all is " + Values.bytes(room()) + "; raise "
                    + (memory == null ? "the limit of the heap with -Xmx" : "the memory limit") + remedy);
        }
    }

    private InvalidConfigurationException tooSmall(String setting, String rule, long bytes, String remedy) {
        List<String> remedies = new ArrayList<>(
                List.of(remedy, "use a fixed-step solver, which needs the least memory", "lower {maxDegree}"));
        if (rails > 1) {
            remedies.add("lower {parallelism}");
        }
        return new InvalidConfigurationException(new Violation(setting, rule, Values.bytes(bytes), remedies), null);
    }
}
