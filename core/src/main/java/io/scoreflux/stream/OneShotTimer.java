package io.scoreflux.stream;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/** One action at a later time, on Reactor's clock, so that virtual time is obeyed. Set by one thread at a time. */
final class OneShotTimer {
    private final Runnable action;
    private final Disposable.Swap pending = Disposables.swap();
    private volatile boolean scheduled;

    OneShotTimer(Runnable action) {
        this.action = action;
    }

    /** Whether the action is still to come. */
    boolean isScheduled() {
        return scheduled;
    }

    /** Has the action run once after that time; false if no timer runs any more. */
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
        Gateway.tell(action);
    }

    /** Gives up the action, for good. */
    void dispose() {
        pending.dispose();
    }
}
