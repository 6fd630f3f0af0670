package io.scoreflux.internal.stream;

import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;
import reactor.util.retry.Retry;

/** A transport that evaluates a synchronous function, on the calling thread or on a scheduler. A running attempt cannot be interrupted. */
final class SyncTransport implements Transport {
    private final BatchFunction function;
    private final @Nullable Scheduler scheduler;
    private final @Nullable SchedulerWatch watch;
    private final @Nullable Retry retry;

    SyncTransport(BatchFunction function, @Nullable Scheduler scheduler, @Nullable Retry retry) {
        this.function = function;
        this.scheduler = scheduler;
        this.watch = scheduler == null ? null : new SchedulerWatch(scheduler);
        this.retry = retry;
    }

    @Override
    public Disposable send(
            Rows rows, double[] buffer, Context context, Consumer<double[]> answered, Consumer<Throwable> failed) {
        Scheduler on = scheduler;
        SchedulerWatch by = watch;
        if (on == null || by == null) {
            try {
                call(rows, context, buffer);
            } catch (Throwable e) {
                failed.accept(e);
                return Disposables.disposed();
            }
            answered.accept(buffer);
            return Disposables.disposed();
        }
        Job job = new Job(rows, buffer, context, answered, failed);
        if (retry == null) {
            AtomicBoolean unwanted = new AtomicBoolean();
            new Attempt(job, unwanted, by).start(on);
            // A running attempt is not interrupted.
            return () -> unwanted.set(true);
        }
        RetriedCall call = new RetriedCall(job, on, by);
        call.start(retry);
        return call;
    }

    private void call(Rows rows, Context context, double[] out) {
        // A row that the function does not write must not contain the value of another call.
        Arrays.fill(out, 0, rows.count() * rows.dimension(), Double.NaN);
        ThreadLocals.with(context, () -> function.evaluate(rows, out));
    }

    @Override
    public double[] buffer(double[] current, Rows rows) {
        return current.length >= rows.count() * rows.dimension() ? current : new double[rows.values().length];
    }

    @Override
    public boolean callsHere() {
        return scheduler == null;
    }

    @Override
    public boolean canGiveUp() {
        return false;
    }

    @Override
    public boolean returnsRows() {
        return true;
    }

    private static CancellationException abandoned() {
        return new CancellationException("no stream waits for this call any more");
    }

    /** The arguments of {@link #send}. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Job(
            Rows rows, double[] buffer, Context context, Consumer<double[]> answered, Consumer<Throwable> failed) {}

    /**
     * A call with retries. It ends once: with values, with an error after the last attempt, or when it is disposed of while no attempt is
     * queued or running. An attempt that is queued or running is not interrupted, but it is the last one.
     */
    private final class RetriedCall implements Disposable {
        private final Job job;
        private final Scheduler on;
        private final SchedulerWatch by;
        private final AtomicBoolean unwanted = new AtomicBoolean();
        private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.BETWEEN_ATTEMPTS);
        private final Disposable.Swap retries = Disposables.swap();

        RetriedCall(Job job, Scheduler on, SchedulerWatch by) {
            this.job = job;
            this.on = on;
            this.by = by;
        }

        void start(Retry retry) {
            retries.update(
                    Mono.create(this::attempt).retryWhen(retry).subscribe(this::answer, e -> fail(Faults.unwrap(e))));
        }

        private void attempt(MonoSink<double[]> sink) {
            if (!phase.compareAndSet(Phase.BETWEEN_ATTEMPTS, Phase.ATTEMPT)) {
                return;
            }
            try {
                Job attempt = new Job(
                        job.rows, job.buffer, job.context, answer -> succeeded(sink, answer), e -> failed(sink, e));
                new Attempt(attempt, unwanted, by).start(on);
            } catch (Throwable e) {
                failed(sink, e);
            }
        }

        private void succeeded(MonoSink<double[]> sink, double[] answer) {
            try {
                sink.success(answer);
            } catch (Throwable e) {
                fail(e);
            }
        }

        private void failed(MonoSink<double[]> sink, Throwable e) {
            phase.compareAndSet(Phase.ATTEMPT, Phase.BETWEEN_ATTEMPTS);
            try {
                // Read after the phase is set: a dispose() in between finds the call between attempts.
                sink.error(Faults.wrap(unwanted.get() ? abandoned() : e));
            } catch (Throwable thrown) {
                // There is no memory to wrap or to retry; operators would rethrow the error itself.
                fail(e);
            }
        }

        private void answer(double[] answer) {
            if (phase.getAndSet(Phase.ENDED) != Phase.ENDED) {
                job.answered.accept(answer);
            }
        }

        private void fail(Throwable e) {
            if (phase.getAndSet(Phase.ENDED) != Phase.ENDED) {
                job.failed.accept(e);
            }
        }

        @Override
        public void dispose() {
            unwanted.set(true);
            if (phase.compareAndSet(Phase.BETWEEN_ATTEMPTS, Phase.ENDED)) {
                Throwable why;
                try {
                    why = abandoned();
                } catch (Throwable e) {
                    why = e;
                }
                try {
                    retries.dispose();
                } catch (Throwable e) {
                    Faults.drop(e);
                }
                job.failed.accept(why);
            }
        }
    }

    private enum Phase {
        ATTEMPT,
        BETWEEN_ATTEMPTS,
        ENDED
    }

    /** A task of the scheduler. It starts, is rejected or is dropped exactly once. */
    private final class Attempt extends SchedulerWatch.Task implements Runnable {
        private final Job job;
        private final AtomicBoolean unwanted;
        private final SchedulerWatch by;
        private final AtomicBoolean begun = new AtomicBoolean();

        Attempt(Job job, AtomicBoolean unwanted, SchedulerWatch by) {
            this.job = job;
            this.unwanted = unwanted;
            this.by = by;
        }

        void start(Scheduler on) {
            try {
                by.add(this);
                by.arm();
                on.schedule(this);
            } catch (Throwable e) {
                Throwable why = e;
                try {
                    why = by.explain(e);
                } catch (Throwable thrown) {
                    // There is no memory to explain it.
                    Faults.drop(thrown);
                }
                end(why);
            }
        }

        @Override
        public void run() {
            if (!begins()) {
                return;
            }
            try {
                if (unwanted.get()) {
                    throw abandoned();
                }
                call(job.rows, job.context, job.buffer);
            } catch (Throwable e) {
                job.failed.accept(e);
                return;
            }
            job.answered.accept(job.buffer);
        }

        private boolean begins() {
            if (!begun.compareAndSet(false, true)) {
                return false;
            }
            by.remove(this);
            return true;
        }

        private void end(Throwable e) {
            if (begins()) {
                job.failed.accept(e);
            } else {
                Faults.drop(e);
            }
        }

        @Override
        boolean isPending() {
            return !begun.get();
        }

        @Override
        boolean isQueued() {
            return !begun.get();
        }

        @Override
        void onSchedulerGone(RejectedExecutionException why) {
            if (begins()) {
                job.failed.accept(why);
            }
        }
    }
}
