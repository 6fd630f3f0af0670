package io.scoreflux.benchmarks.engine;

import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.state.Rows;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A remote model that completes each call after a delay. {@code before} receives the rows of each call. */
record Delayed(Denoiser denoiser, Duration latency, Scheduler timer, Consumer<Rows> before) implements AsyncDenoiser {

    @Override
    public int dimension() {
        return denoiser.dimension();
    }

    @Override
    public Optional<Moments> moments() {
        return denoiser.moments();
    }

    @Override
    public Publisher<double[]> denoise(Rows in) {
        return Mono.defer(() -> {
            before.accept(in);
            return Mono.delay(latency, timer).map(tick -> {
                double[] answers = new double[in.count() * in.dimension()];
                denoiser.denoise(in, answers);
                return answers;
            });
        });
    }
}
