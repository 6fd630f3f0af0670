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
    private static final long EVERY_MILLIS = 500;

    private final Scheduler scheduler;
    private final Set<Task> tasks = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean armed = new AtomicBoolean();

    /** What was handed to the scheduler. */
    abstract static class Task {
        /** Looks in a row that found it queued and the scheduler at rest; the watch's. */
        private int looks;

        /** Whether the watch is to look on: it waits for the scheduler, or runs and takes more from it. */
        abstract boolean isPending();

        /** Whether it was handed over and has not begun. */
        abstract boolean isQueued();

        /** It will not run, or is not to go on. */
        abstract void lost(RejectedExecutionException why);
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
            Schedulers.parallel().schedule(this::look, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (Throwable e) {
            // Reactor's own timer is gone, or there is no memory: it is armed again with the next task.
            armed.set(false);
        }
    }

    private void look() {
        boolean pending = false;
        try {
            boolean gone = isGone();
            boolean rests = !gone && rests();
            for (Task task : tasks) {
                if (!task.isPending()) {
                    task.looks = 0;
                    continue;
                }
                // Between a queue and its beginning a task is in neither for a moment: hence two looks.
                task.looks = rests && task.isQueued() ? task.looks + 1 : 0;
                if (gone || task.looks == 2) {
                    lose(task);
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
            if (task.isPending() && !isGone()) {
                // It came meanwhile and found the watch armed.
                arm();
                return;
            }
        }
    }

    private void lose(Task task) {
        String what = isGone() ? " was disposed of" : " dropped a task";
        RejectedExecutionException gone = new SchedulerGoneException(
                "the scheduler " + scheduler + what
                        + " while a stream ran on it; keep it, and the executor behind it, running until its streams have ended");
        Faults.quietly(() -> task.lost(gone));
    }

    /** Whether it was disposed of, or the executor behind it was shut down. */
    private boolean isGone() {
        return scheduler.isDisposed()
                || Boolean.TRUE.equals(Scannable.from(scheduler).scanUnsafe(Scannable.Attr.CANCELLED));
    }

    /** Whether its executor has neither queued nor running tasks, as far as that can be known. */
    private boolean rests() {
        // Not scan: it answers 0 for executors that do not count their tasks.
        Object tasksOfIt = Scannable.from(scheduler).scanUnsafe(Scannable.Attr.BUFFERED);
        return tasksOfIt instanceof Integer count && count == 0;
    }

    /** What to tell of an exception by which the scheduler refused a task. */
    Throwable refused(Throwable e) {
        if (!(e instanceof RejectedExecutionException)) {
            return e;
        }
        boolean gone;
        try {
            // One that refuses although it has nothing to do is not full.
            gone = isGone() || rests();
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
