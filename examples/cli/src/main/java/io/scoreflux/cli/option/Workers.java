package io.scoreflux.cli.option;

import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.logconcave.ProximalSamplerBuilder;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.stream.Gateway;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The threads that compute: the calling thread, or several, each with its own trajectories or chains and its own calls. */
public final class Workers implements AutoCloseable {
    /** Trajectories in flight for each. */
    private static final int WIDTH = 256;
    /** Of calls of a server; the waits double, to some seconds altogether. */
    private static final int RETRIES = 5;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);

    private final int count;
    private final int batch;
    private final @Nullable Scheduler scheduler;

    /**
     * Workers.
     *
     * @param count at least 1
     * @param batch the most rows in one call, at least 1
     */
    Workers(int count, int batch) {
        this.count = count;
        this.batch = batch;
        this.scheduler = count == 1 ? null : Schedulers.newParallel("worker", count, true);
    }

    /** How many. */
    public int count() {
        return count;
    }

    /** Has a sampler computed here. */
    public SamplerBuilder compute(SamplerBuilder builder) {
        builder.maxRows(batch).concurrency(WIDTH * count);
        return scheduler == null ? builder : builder.parallelism(count, scheduler);
    }

    /** Has a server compute, with as many calls in flight as there are workers. */
    SamplerBuilder call(AsyncDenoiser denoiser) {
        Gateway gateway = Gateway.builder(denoiser)
                .maxRows(batch)
                .maxInFlight(count)
                .retries(RETRIES, FIRST_BACKOFF)
                .build();
        return Sampler.builder(gateway).concurrency(WIDTH * count);
    }

    /** Has chains computed here. */
    public ProximalSamplerBuilder compute(ProximalSamplerBuilder builder) {
        builder.maxRows(batch);
        return scheduler == null ? builder : builder.parallelism(count, scheduler);
    }

    @Override
    public void close() {
        if (scheduler != null) {
            scheduler.dispose();
        }
    }
}
