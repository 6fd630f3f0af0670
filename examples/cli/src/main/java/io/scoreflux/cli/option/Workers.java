package io.scoreflux.cli.option;

import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.internal.stream.SchedulerEnd;
import io.scoreflux.logconcave.ProximalSamplerBuilder;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.stream.Gateway;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The threads that compute: the calling thread, or several threads. Each has its own trajectories or chains, and makes its own calls. */
public final class Workers implements AutoCloseable {
    /** Trajectories in flight for each worker. */
    private static final int WIDTH = 256;
    /** Retries of a call to a server. The backoff doubles each time, to a few seconds in total. */
    private static final int RETRIES = 5;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);

    private final int count;
    private final int batch;
    private final @Nullable Scheduler scheduler;

    /**
     * Starts the workers.
     *
     * @param count at least 1
     * @param batch maximum number of rows in one call, at least 1
     */
    Workers(int count, int batch) {
        this.count = count;
        this.batch = batch;
        this.scheduler = count == 1 ? null : Schedulers.newParallel("worker", count, true);
    }

    /** The number of workers. */
    public int count() {
        return count;
    }

    /** Configures a sampler to compute on these workers. */
    public SamplerBuilder compute(SamplerBuilder builder) {
        builder.maxRows(batch).concurrency(WIDTH * count);
        return scheduler == null ? builder : builder.parallelism(count, scheduler);
    }

    /** A sampler builder for a denoiser on a server, with one call in flight per worker. */
    SamplerBuilder call(AsyncDenoiser denoiser) {
        return fill(Sampler.builder(gateway(denoiser)));
    }

    /** A gateway to a denoiser on a server, with one call in flight per worker. */
    Gateway gateway(AsyncDenoiser denoiser) {
        return Gateway.builder(denoiser)
                .maxRows(batch)
                .maxInFlight(count)
                .retries(RETRIES, FIRST_BACKOFF)
                .build();
    }

    /** Configures a sampler to keep all calls in flight filled. */
    SamplerBuilder fill(SamplerBuilder builder) {
        return builder.concurrency(WIDTH * count);
    }

    /** Configures chains to compute on these workers. */
    public ProximalSamplerBuilder compute(ProximalSamplerBuilder builder) {
        builder.maxRows(batch);
        return scheduler == null ? builder : builder.parallelism(count, scheduler);
    }

    /** Stops the workers, and waits until they have ended: then the target can be closed. */
    @Override
    public void close() {
        if (scheduler != null) {
            SchedulerEnd.await(scheduler);
        }
    }
}
