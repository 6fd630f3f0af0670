package io.scoreflux.internal.stream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * The clock of a subscription, by which deadlines run: it stands still while nothing is wanted, so that a slow consumer makes no sample
 * late. Read only where there is a deadline, by any thread; started and stopped by one at a time.
 */
final class ActiveTime {
    private final long limit;
    private final boolean hasLimit;
    private volatile State state = new State(0, false, 0);

    /**
     * One value, as others read it.
     *
     * @param idle how long it stood still before
     * @param stands whether it stands still
     * @param since since when, if it does
     */
    private record State(long idle, boolean stands, long since) {}

    /** With the time that a trajectory may take, or none. */
    ActiveTime(@Nullable Duration deadline) {
        this.hasLimit = deadline != null;
        this.limit = deadline == null ? 0 : deadline.toNanos();
    }

    /** When a trajectory that starts now must have ended; meaningless without a deadline. */
    long due() {
        return hasLimit ? now() + limit : 0;
    }

    /** Whether that moment has passed. */
    boolean isPast(long due) {
        return hasLimit && now() - due > 0;
    }

    /** Whether there is a deadline. */
    boolean hasDeadline() {
        return hasLimit;
    }

    /** Nanoseconds until that moment, if the clock keeps running. */
    long remaining(long due) {
        return due - now();
    }

    /** Starts it, or stops it. */
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
            // Otherwise it was stopped meanwhile, and the clock may have been read long after that.
            if (seen.equals(state)) {
                return at - seen.idle;
            }
        }
    }

    /** Reactor's, so that virtual time is obeyed. */
    private static long clock() {
        return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
    }
}
