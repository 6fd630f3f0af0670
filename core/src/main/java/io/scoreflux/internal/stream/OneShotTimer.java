package io.scoreflux.internal.stream;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/** A timer that runs one action after a delay of Reactor's clock, which may be virtual. Only one thread at a time may schedule it. */
final class OneShotTimer {
    private final Runnable action;
    private final Disposable.Swap pending = Disposables.swap();
    private volatile boolean scheduled;

    OneShotTimer(Runnable action) {
        this.action = action;
    }

    /** Returns whether the action is scheduled and has not started. */
    boolean isScheduled() {
        return scheduled;
    }

    /** Schedules the action once, and cancels an earlier schedule. Returns false if Reactor's timers were shut down. */
    boolean schedule(long nanos) {
        scheduled = true;
        try {
            pending.update(Schedulers.parallel().schedule(this::fire, nanos, TimeUnit.NANOSECONDS));
            return true;
        } catch (RejectedExecutionException e) {
            scheduled = false;
            return false;
        }
    }

    private void fire() {
        scheduled = false;
        BatchGateway.tell(action);
    }

    /** Cancels the action permanently. */
    void dispose() {
        pending.dispose();
    }
}
