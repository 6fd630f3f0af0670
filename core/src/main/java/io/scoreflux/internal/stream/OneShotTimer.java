package io.scoreflux.internal.stream;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/** Runs one action at a later time of Reactor's clock, which may be virtual. Scheduled by one thread at a time. */
final class OneShotTimer {
    private final Runnable action;
    private final Disposable.Swap pending = Disposables.swap();
    private volatile boolean scheduled;

    OneShotTimer(Runnable action) {
        this.action = action;
    }

    /** Whether the action is scheduled and has not started. */
    boolean isScheduled() {
        return scheduled;
    }

    /** Schedules the action once, after a delay, instead of when it was scheduled before; false if Reactor's timers were shut down. */
    boolean schedule(long nanos) {
        scheduled = true;
        try {
            pending.update(Schedulers.parallel().schedule(this::fire, nanos, TimeUnit.NANOSECONDS));
            return true;
        } catch (RejectedExecutionException e) {
            // Reactor's timers were shut down.
            scheduled = false;
            return false;
        }
    }

    private void fire() {
        scheduled = false;
        BatchGateway.tell(action);
    }

    /** Cancels the action for good. */
    void dispose() {
        pending.dispose();
    }
}
