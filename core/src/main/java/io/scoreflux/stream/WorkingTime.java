package io.scoreflux.stream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * The clock by which deadlines run: it stands still while a lane waits for demand, so that a slow consumer makes no sample late.
 * Read only where there is a deadline. Its lane's alone.
 */
final class WorkingTime {
    private final long limit;
    private final boolean runs;
    private long pausedAt;
    private boolean paused;
    private long idle;

    /** With the time that a trajectory may take, or none. */
    WorkingTime(@Nullable Duration deadline) {
        this.runs = deadline != null;
        this.limit = deadline == null ? 0 : deadline.toNanos();
    }

    /** When a trajectory that starts now must have ended; meaningless without a deadline. */
    long due() {
        return runs ? now() + limit : 0;
    }

    /** Whether that moment has passed. */
    boolean isPast(long due) {
        return runs && now() - due > 0;
    }

    void pause() {
        if (runs && !paused) {
            pausedAt = clock();
            paused = true;
        }
    }

    void resume() {
        if (paused) {
            idle += clock() - pausedAt;
            paused = false;
        }
    }

    private long now() {
        return clock() - idle;
    }

    /** Reactor's, so that virtual time is obeyed. */
    private static long clock() {
        return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
    }
}
