package io.scoreflux.internal.stream;

import java.util.concurrent.CountDownLatch;
import reactor.core.scheduler.Scheduler;

/** The orderly end of a scheduler, before what its threads use is closed. */
public final class SchedulerEnd {
    private SchedulerEnd() {}

    /**
     * Interrupts the threads of a scheduler and waits until they have ended. An interrupt of the caller does not end the wait, and is kept. Not
     * to be called on a thread of the scheduler.
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
