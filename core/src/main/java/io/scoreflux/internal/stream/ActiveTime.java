package io.scoreflux.internal.stream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * The clock of a subscription, for deadlines. It is stopped while there is no demand, so that a slow consumer makes no sample late. It reads
 * the time only if there is a deadline. Any thread may read it; one thread at a time starts and stops it.
 */
final class ActiveTime {
    private final long limit;
    private final boolean hasLimit;
    private volatile State state = new State(0, false, 0);

    /**
     * The state of the clock, which threads read as a whole.
     *
     * @param idle nanoseconds for which the clock was stopped before
     * @param stands whether the clock is stopped
     * @param since when it was stopped, if it is stopped
     */
    private record State(long idle, boolean stands, long since) {}

    /** Creates a clock with the time that a trajectory may take, or null for no deadline. */
    ActiveTime(@Nullable Duration deadline) {
        this.hasLimit = deadline != null;
        this.limit = deadline == null ? 0 : deadline.toNanos();
    }

    /** Returns the time by which a trajectory that starts now must have ended. Meaningless without a deadline. */
    long due() {
        return hasLimit ? now() + limit : 0;
    }

    /** Returns whether a time has passed; false without a deadline. */
    boolean isPast(long due) {
        return hasLimit && now() - due > 0;
    }

    /** Returns whether there is a deadline. */
    boolean hasDeadline() {
        return hasLimit;
    }

    /** Returns the nanoseconds until a time, if the clock keeps running. */
    long remaining(long due) {
        return due - now();
    }

    /** Starts or stops the clock. */
    void runs(boolean value) {
        State now = state;
        if (hasLimit && value == now.stands) {
            long clock = clock();
            state = value ? new State(now.idle + clock - now.since, false, 0) : new State(now.idle, true, clock);
        }
    }

    private long now() {
        while (true) {
            State seen = state;
            long at = seen.stands ? seen.since : clock();
            // Otherwise the clock was stopped meanwhile, and the time may have been read long after that.
            if (seen.equals(state)) {
                return at - seen.idle;
            }
        }
    }

    /** Returns the time of Reactor's clock, which may be virtual. */
    private static long clock() {
        return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
    }
}
