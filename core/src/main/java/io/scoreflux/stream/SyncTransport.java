package io.scoreflux.stream;

import io.scoreflux.model.Denoiser;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/** Calls a synchronous denoiser, on the thread that sends or on a scheduler. A call that has begun cannot be ended. */
final class SyncTransport implements Transport {
    private final Denoiser denoiser;
    private final @Nullable Scheduler scheduler;
    /** Reused where one call follows another. */
    private double[] own = new double[0];

    SyncTransport(Denoiser denoiser, @Nullable Scheduler scheduler) {
        this.denoiser = denoiser;
        this.scheduler = scheduler;
    }

    @Override
    public Disposable send(Rows rows, Consumer<double[]> answered, Consumer<Throwable> failed) {
        int numbers = Math.multiplyExact(rows.count(), rows.dimension());
        if (scheduler == null) {
            if (own.length < numbers) {
                own = new double[Math.max(numbers, 2 * own.length)];
            }
            call(rows, own, numbers, answered, failed);
            return Disposables.disposed();
        }
        try {
            // Not to be disposed: that would interrupt the denoiser.
            scheduler.schedule(() -> call(rows, new double[numbers], numbers, answered, failed));
        } catch (RuntimeException e) {
            failed.accept(e);
        }
        return Disposables.disposed();
    }

    private void call(Rows rows, double[] out, int numbers, Consumer<double[]> answered, Consumer<Throwable> failed) {
        // A row that the denoiser leaves out must not show the answer of another call.
        Arrays.fill(out, 0, numbers, Double.NaN);
        try {
            denoiser.denoise(rows, out);
        } catch (Throwable e) {
            failed.accept(e);
            return;
        }
        answered.accept(out);
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
