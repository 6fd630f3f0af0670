package io.scoreflux.stream;

import io.scoreflux.model.Denoiser;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
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
    private final @Nullable Retry retry;
    /** Reused where one call follows another. */
    private double[] own = new double[0];

    SyncTransport(Denoiser denoiser, @Nullable Scheduler scheduler, @Nullable Retry retry) {
        this.denoiser = denoiser;
        this.scheduler = scheduler;
        this.retry = retry;
    }

    @Override
    public Disposable send(Rows rows, Context context, Consumer<double[]> answered, Consumer<Throwable> failed) {
        int numbers = Math.multiplyExact(rows.count(), rows.dimension());
        Scheduler on = scheduler;
        if (on == null) {
            if (own.length < numbers) {
                own = new double[Math.max(numbers, 2 * own.length)];
            }
            try {
                call(rows, context, own, numbers);
            } catch (Throwable e) {
                failed.accept(e);
                return Disposables.disposed();
            }
            answered.accept(own);
            return Disposables.disposed();
        }
        AtomicBoolean unwanted = new AtomicBoolean();
        Mono<double[]> answer = Mono.create(sink -> on.schedule(() -> {
            if (unwanted.get()) {
                sink.error(new CancellationException("nobody waits for this call any more"));
                return;
            }
            double[] out = new double[numbers];
            try {
                call(rows, context, out, numbers);
            } catch (Throwable e) {
                sink.error(e);
                return;
            }
            sink.success(out);
        }));
        if (retry != null) {
            answer = answer.retryWhen(retry);
        }
        answer.subscribe(answered, failed);
        // What runs is not interrupted, but not begun again.
        return () -> unwanted.set(true);
    }

    private void call(Rows rows, Context context, double[] out, int numbers) {
        // A row that the denoiser leaves out must not show the answer of another call.
        Arrays.fill(out, 0, numbers, Double.NaN);
        ThreadLocals.with(context, () -> denoiser.denoise(rows, out));
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
}
