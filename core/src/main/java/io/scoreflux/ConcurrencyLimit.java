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
 * How many trajectories may be in flight: the requested concurrency, or fewer if the memory is too small for it. No sample's values depend on it.
 *
 * @param asked the requested concurrency, or null for the default
 * @param memory bytes that they may take, or null for the default
 * @param rails among which they are divided, each with one at least
 * @param prefetch trajectories started beyond what was requested
 * @param order of delivery
 */
record ConcurrencyLimit(@Nullable Integer asked, @Nullable Long memory, int rails, int prefetch, Order order) {
    /** The default concurrency. */
    static final int DEFAULT = 256;
    /** The default memory is the maximum heap divided by this. The rest is for the model and the subscriber. */
    static final int SHARE = 4;

    private static final Logger LOG = Loggers.getLogger(Sampler.class);

    /**
     * Memory of one trajectory, in bytes: its solver's arrays, its state, a finished sample that waits for its turn, and its queries and
     * answers, also in the model's call.
     */
    static long bytes(PreparedSolver solver, int dimension) {
        return solver.bytes() + Double.BYTES * (2 + 4L * solver.rows()) * dimension;
    }

    /** The demand: the concurrency, the read-ahead and the order. */
    Demand demand(long trajectoryBytes) {
        return new Demand(concurrency(trajectoryBytes), prefetch, order);
    }

    /**
     * Rejects a pilot that does not fit the heap, before it starts.
     *
     * @throws IllegalStateException if its trajectories do not fit the heap
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
     * Rejects a sampler that does not fit, before any work starts. Logs a warning if it fits only barely, or only with a smaller concurrency.
     *
     * @param what the solver, for the message
     * @throws IllegalStateException if one trajectory a rail does not fit
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
        // Without identifiers of settings, as a front end receives the text alone.
        String remedy =
                "; a solver of fixed steps takes least" + (rails > 1 ? ", and less parallelism takes less" : "");
        if (least > room()) {
            LOG.warn(each + ", more than a quarter of the heap's limit of " + Values.bytes(heap)
                    + "; it may run out of memory: raise the limit with -Xmx" + remedy);
        } else if (asked != null && concurrency < asked) {
            LOG.warn("at most " + concurrency + " samples are computed at a time instead of " + asked + ": " + each
                    + ", and all may take " + Values.bytes(room()) + "; raise "
                    + (memory == null ? "the heap's limit with -Xmx" : "that memory") + remedy);
        }
    }

    private InvalidConfigurationException tooSmall(String setting, String rule, long bytes, String remedy) {
        List<String> remedies =
                new ArrayList<>(List.of(remedy, "use a solver of fixed steps, which takes least", "lower {maxDegree}"));
        if (rails > 1) {
            remedies.add("lower {parallelism}");
        }
        return new InvalidConfigurationException(new Violation(setting, rule, Values.bytes(bytes), remedies), null);
    }
}
