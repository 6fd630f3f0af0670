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
 * A denoiser that splits each call into slices of rows and evaluates them on several threads. Because the value of a row does not depend on
 * the other rows, the values are bit-identical to those of the given denoiser.
 *
 * <p>Closing it ends its threads after the running calls have completed. Later calls throw {@link IllegalStateException}.
 */
public final class ParallelDenoiser extends ForwardingInfo implements Denoiser, AutoCloseable {
    private final Denoiser denoiser;
    private final int threads;
    private final ExecutorService workers;

    /**
     * Creates a parallel denoiser. Its threads are daemon threads.
     *
     * @param denoiser the denoiser that evaluates the slices
     * @param threads the number of threads including the caller's, at least 1
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
            // The workers were closed while slices were submitted. Slices submitted before are awaited below.
            // A rejection by the denoiser itself is rethrown unchanged.
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

    /** Waits for all slices, so that none writes after the call has returned; then throws the failure of a slice, if there was one. */
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

    /** Ends the threads after the running calls have completed. Does not wait for them. */
    @Override
    public void close() {
        // Not shutdownNow(): it would drop queued slices, and their callers would wait forever.
        workers.shutdown();
    }
}
