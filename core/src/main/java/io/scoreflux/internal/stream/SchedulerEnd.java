package io.scoreflux.internal.stream;

import java.util.concurrent.CountDownLatch;
import reactor.core.scheduler.Scheduler;

/** Shuts a scheduler down before the resources that its threads use are closed. */
public final class SchedulerEnd {
    private SchedulerEnd() {}

    /**
     * Interrupts the threads of a scheduler and waits until they have ended. If the caller is interrupted, it continues to wait, and its interrupt
     * status is restored. Do not call this method on a thread of the scheduler.
     */
    public static void await(Scheduler scheduler) {
        scheduler.dispose();
        CountDownLatch ended = new CountDownLatch(1);
        scheduler.disposeGracefully().subscribe(none -> {}, failure -> ended.countDown(), ended::countDown);
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
