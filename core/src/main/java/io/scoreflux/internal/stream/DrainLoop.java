package io.scoreflux.internal.stream;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs an action on one thread at a time. A call that finds another thread in the action returns at once, and that thread then runs the
 * action again.
 */
public final class DrainLoop {
    private final AtomicInteger calls = new AtomicInteger();
    private final Runnable action;

    /**
     * Creates a loop.
     *
     * @param action must not throw, because later calls would then have no effect
     */
    public DrainLoop(Runnable action) {
        this.action = action;
    }

    /** Runs the action, or has the thread that runs it run it again. */
    public void drain() {
        if (calls.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            action.run();
            seen = calls.addAndGet(-seen);
        } while (seen != 0);
    }
}
