package io.scoreflux.stream;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.Scannable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Notices tasks that a user's scheduler accepted and will not run. Reactor and the JDK report a task that is refused, but not one
 * that waits in a queue when its scheduler is disposed of or its executor shut down.
 *
 * <p>While tasks wait or run it looks twice a second, by Reactor's timer; otherwise there is no timer.
 */
final class SchedulerWatch {
    private static final long CHECK_MILLIS = 500;

    private final Scheduler scheduler;
    private final Set<Task> tasks = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean armed = new AtomicBoolean();

    /** What was handed to the scheduler. */
    abstract static class Task {
        /** Looks in a row that found it queued and the scheduler at rest; the watch's. */
        private int idleChecks;

        /** Whether the watch is to look on: it waits for the scheduler, or runs and takes more from it. */
        abstract boolean isPending();

        /** Whether it was handed over and has not begun. */
        abstract boolean isQueued();

        /** It will not run, or is not to go on. */
        abstract void onSchedulerGone(RejectedExecutionException why);
    }

    SchedulerWatch(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    void add(Task task) {
        tasks.add(task);
    }

    void remove(Task task) {
        tasks.remove(task);
    }

    /** Looks from now on, until nothing is pending. */
    void arm() {
        if (!armed.get() && armed.compareAndSet(false, true)) {
            schedule();
        }
    }

    private void schedule() {
        try {
            Schedulers.parallel().schedule(this::check, CHECK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (Throwable e) {
            // Reactor's own timer is gone, or there is no memory: it is armed again with the next task.
            armed.set(false);
        }
    }

    private void check() {
        boolean pending = false;
        try {
            boolean disposed = scheduler.isDisposed();
            boolean idle = !disposed && isIdle();
            for (Task task : tasks) {
                if (!task.isPending()) {
                    task.idleChecks = 0;
                    continue;
                }
                // Between a queue and its beginning a task is in neither for a moment: hence two checks.
                task.idleChecks = idle && task.isQueued() ? task.idleChecks + 1 : 0;
                if (disposed || task.idleChecks == 2) {
                    fail(task);
                } else {
                    pending = true;
                }
            }
        } catch (Throwable e) {
            Faults.drop(e);
            pending = true;
        }
        if (pending) {
            schedule();
            return;
        }
        armed.set(false);
        for (Task task : tasks) {
            if (task.isPending() && !scheduler.isDisposed()) {
                // It came meanwhile and found the watch armed.
                arm();
                return;
            }
        }
    }

    private void fail(Task task) {
        String what = scheduler.isDisposed() ? " was disposed of" : " dropped a task";
        RejectedExecutionException gone = new SchedulerGoneException(
                "the scheduler " + scheduler + what
                        + " while a stream ran on it; keep it, and the executor behind it, running until its streams have ended");
        Faults.quietly(() -> task.onSchedulerGone(gone));
    }

    /** Whether its executor has neither queued nor running tasks, as far as that can be known. */
    private boolean isIdle() {
        Integer pending = Scannable.from(scheduler).scan(Scannable.Attr.BUFFERED);
        return pending != null && pending == 0;
    }

    /** What to tell of an exception by which the scheduler refused a task. */
    Throwable explain(Throwable e) {
        if (!(e instanceof RejectedExecutionException)) {
            return e;
        }
        boolean gone;
        try {
            // One that refuses although it has nothing to do is not full.
            gone = scheduler.isDisposed() || isIdle();
        } catch (RuntimeException thrown) {
            gone = false;
        }
        return gone
                ? new SchedulerGoneException(
                        "the scheduler " + scheduler
                                + " runs nothing any more: it was disposed of, or its executor shut"
                                + " down; keep it running until its streams have ended",
                        e)
                : new RejectedExecutionException(
                        "the scheduler " + scheduler + " refused a task: " + e
                                + "; give it room for more tasks, or a scheduler of its own to the sampler",
                        e);
    }
}
