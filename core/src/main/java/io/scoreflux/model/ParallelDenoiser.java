package io.scoreflux.model;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A denoiser whose calls are split into slices of rows that several threads answer at once. As each row is answered as if
 * it were alone, the answers are those of the denoiser itself, bit for bit. Close it to end its threads: calls that run are answered
 * first, later ones throw {@link IllegalStateException}.
 */
public final class ParallelDenoiser extends ForwardingInfo implements Denoiser, AutoCloseable {
    private final Denoiser denoiser;
    private final int threads;
    private final ExecutorService workers;

    /**
     * Starts the threads (daemons).
     *
     * @param threads at least 1; one of them is the caller's
     */
    public ParallelDenoiser(Denoiser denoiser, int threads) {
        super(Objects.requireNonNull(denoiser, "denoiser"));
        this.denoiser = denoiser;
        this.threads = Require.atLeast("threads", threads, 1);
        this.workers = Executors.newFixedThreadPool(Math.max(1, threads - 1), task -> {
            Thread thread = new Thread(task, "scoreflux-denoiser");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public void denoise(Rows in, double[] out) {
        if (workers.isShutdown()) {
            throw closed(null);
        }
        int slices = Math.min(threads, in.count());
        List<Future<?>> others = new ArrayList<>(slices);
        try {
            for (int slice = 1; slice < slices; slice++) {
                int first = (int) ((long) slice * in.count() / slices);
                int end = (int) ((slice + 1L) * in.count() / slices);
                others.add(workers.submit(() -> answer(in, first, end, out)));
            }
            answer(in, 0, in.count() / Math.max(1, slices), out);
        } catch (RejectedExecutionException e) {
            // Closed while slices were handed out; those that were are waited for. The denoiser's own refusals stay
            // what they are.
            throw workers.isShutdown() && others.size() < slices - 1 ? closed(e) : e;
        } finally {
            await(others);
        }
    }

    private void answer(Rows in, int first, int end, double[] out) {
        if (first == end) {
            return;
        }
        int d = in.dimension();
        Rows slice = new Rows(d, end - first);
        slice.appendAll(in, first, end - first);
        double[] answers = new double[(end - first) * d];
        Arrays.fill(answers, Double.NaN);
        denoiser.denoise(slice, answers);
        System.arraycopy(answers, 0, out, first * d, answers.length);
    }

    /** Waits for every slice, so that none writes after the call returns; then throws what one that failed threw. */
    private static void await(List<Future<?>> slices) {
        Throwable thrown = null;
        boolean interrupted = false;
        for (Future<?> slice : slices) {
            while (true) {
                try {
                    slice.get();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    thrown = e.getCause();
                    break;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown != null) {
            throw new IllegalStateException("a slice of rows failed: " + thrown, thrown);
        }
    }

    private static InvalidConfigurationException closed(@Nullable Throwable reason) {
        return new InvalidConfigurationException(
                Violation.of("the denoiser", "must be open to be called", "closed", "close it after its last sample"),
                reason);
    }

    /** Ends the threads once the calls that run are answered; does not wait for that. */
    @Override
    public void close() {
        // Not shutdownNow(): it drops slices that wait for a thread, and those who called would wait for these forever.
        workers.shutdown();
    }
}
