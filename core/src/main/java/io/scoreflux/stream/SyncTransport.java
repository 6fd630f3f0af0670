package io.scoreflux.stream;

import io.scoreflux.model.Denoiser;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;
import reactor.util.retry.Retry;

/** Calls a synchronous denoiser, on the thread that sends or on a scheduler. A call that has begun cannot be ended, only not be repeated. */
final class SyncTransport implements Transport {
    private final Denoiser denoiser;
    private final @Nullable Scheduler scheduler;
    private final @Nullable SchedulerWatch watch;
    private final @Nullable Retry retry;

    SyncTransport(Denoiser denoiser, @Nullable Scheduler scheduler, @Nullable Retry retry) {
        this.denoiser = denoiser;
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
        AtomicBoolean unwanted = new AtomicBoolean();
        if (retry == null) {
            new Attempt(rows, buffer, context, unwanted, answered, failed, by).start(on);
        } else {
            Mono.<double[]>create(sink -> new Attempt(
                                    rows, buffer, context, unwanted, sink::success, e -> sink.error(Faults.wrap(e)), by)
                            .start(on))
                    .retryWhen(retry)
                    .subscribe(answered, e -> failed.accept(Faults.unwrap(e)));
        }
        // What runs is not interrupted, but not begun again.
        return () -> unwanted.set(true);
    }

    private void call(Rows rows, Context context, double[] out) {
        // A row that the denoiser leaves out must not show the answer of another call.
        Arrays.fill(out, 0, rows.count() * rows.dimension(), Double.NaN);
        ThreadLocals.with(context, () -> denoiser.denoise(rows, out));
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

    /** One task of the scheduler. It starts, is rejected or is dropped, once. */
    private final class Attempt extends SchedulerWatch.Task implements Runnable {
        private final Rows rows;
        private final double[] buffer;
        private final Context context;
        private final AtomicBoolean unwanted;
        private final Consumer<double[]> answered;
        private final Consumer<Throwable> failed;
        private final SchedulerWatch by;
        private final AtomicBoolean begun = new AtomicBoolean();

        Attempt(
                Rows rows,
                double[] buffer,
                Context context,
                AtomicBoolean unwanted,
                Consumer<double[]> answered,
                Consumer<Throwable> failed,
                SchedulerWatch by) {
            this.rows = rows;
            this.buffer = buffer;
            this.context = context;
            this.unwanted = unwanted;
            this.answered = answered;
            this.failed = failed;
            this.by = by;
        }

        void start(Scheduler on) {
            try {
                by.add(this);
                by.arm();
                on.schedule(this);
            } catch (Throwable e) {
                end(by.explain(e));
            }
        }

        @Override
        public void run() {
            if (!begins()) {
                return;
            }
            try {
                if (unwanted.get()) {
                    throw new CancellationException("nobody waits for this call any more");
                }
                call(rows, context, buffer);
            } catch (Throwable e) {
                failed.accept(e);
                return;
            }
            answered.accept(buffer);
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
                failed.accept(e);
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
                failed.accept(why);
            }
        }
    }
}
