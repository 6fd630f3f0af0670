package io.scoreflux.internal.stream;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.Scannable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Detects tasks that a user's scheduler accepted but will not run. Reactor and the JDK report a rejected task, but not one that is queued
 * when its scheduler is disposed of or its executor is shut down.
 *
 * <p>While tasks wait or run, it checks twice a second, on {@code Schedulers.parallel()}; otherwise there is no timer.
 */
final class SchedulerWatch {
    private static final long CHECK_MILLIS = 500;

    private final Scheduler scheduler;
    private final Set<Task> tasks = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean armed = new AtomicBoolean();

    /** A task submitted to the scheduler. */
    abstract static class Task {
        /** Counts the submissions: a task may be submitted again once it has run. */
        private volatile int submissions;
        /** The submission that the last check found queued while the scheduler was idle, or -1; used by the watch only. */
        private int idleSubmission = -1;
        /** Whether the watch has failed the task; used by the watch only. */
        private boolean failed;

        /** Must be called before each submission, by one thread at a time. */
        @SuppressWarnings("NonAtomicVolatileUpdate") // One thread at a time submits.
        final void submitted() {
            submissions++;
        }

        /** Returns whether the watch must continue: the task is queued, or runs. */
        abstract boolean isPending();

        /** Returns whether the task was submitted and has not started. */
        abstract boolean isQueued();

        /** Called if the task will not run, or must not continue. */
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

    /** Starts the checks, which continue until no task is pending. */
    void arm() {
        if (!armed.get() && armed.compareAndSet(false, true)) {
            schedule();
        }
    }

    private void schedule() {
        try {
            Schedulers.parallel().schedule(this::check, CHECK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (Throwable e) {
            // Reactor's timer is shut down, or there is no memory: the next task arms the watch again.
            armed.set(false);
        }
    }

    private void check() {
        boolean pending = false;
        try {
            boolean gone = scheduler.isDisposed();
            boolean idle = !gone && isIdle();
            for (Task task : tasks) {
                if (task.failed || !task.isPending()) {
                    continue;
                }
                int submission = task.submissions;
                boolean lost = idle && task.isQueued();
                // Two checks for each submission: a task that leaves the queue is briefly neither queued nor started.
                boolean lostBefore = lost && task.idleSubmission == submission;
                task.idleSubmission = lost ? submission : -1;
                if (gone || lostBefore) {
                    fail(task);
                    // Set afterwards: if there is no memory for the exception, the next check fails the task.
                    task.failed = true;
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
            if (!task.failed && task.isPending()) {
                // The task was added while the watch was still armed.
                arm();
                return;
            }
        }
    }

    private void fail(Task task) {
        String what = scheduler.isDisposed() ? " was disposed of" : " dropped a task";
        RejectedExecutionException gone = new SchedulerGoneException("the scheduler " + scheduler + what
                + " while a stream ran on it; keep it and its executor running until its streams have ended");
        Faults.quietly(() -> task.onSchedulerGone(gone));
    }

    /** Returns whether the executor is known to have neither queued nor running tasks. */
    private boolean isIdle() {
        // Not scan(), which returns 0 for executors that do not count their tasks.
        Object pending = Scannable.from(scheduler).scanUnsafe(Scannable.Attr.BUFFERED);
        return pending instanceof Integer count && count == 0;
    }

    /** Returns an exception that explains why the scheduler rejected a task. Other exceptions are returned unchanged. */
    Throwable explain(Throwable e) {
        if (!(e instanceof RejectedExecutionException)) {
            return e;
        }
        return scheduler.isDisposed()
                ? new SchedulerGoneException(
                        "the scheduler " + scheduler
                                + " no longer runs tasks: it was disposed of, or its executor was shut"
                                + " down; keep it running until its streams have ended",
                        e)
                : new RejectedExecutionException(
                        "the scheduler " + scheduler + " rejected a task: " + e
                                + "; give it a larger queue, or give the sampler its own scheduler",
                        e);
    }
}
