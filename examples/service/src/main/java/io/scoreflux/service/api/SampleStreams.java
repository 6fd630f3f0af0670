package io.scoreflux.service.api;

import io.micrometer.core.instrument.MeterRegistry;
import io.scoreflux.Plan;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.Trace;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.service.Limits;
import io.scoreflux.spring.Model;
import io.scoreflux.spring.StreamObservations;
import io.scoreflux.stream.Stage;
import io.scoreflux.stream.StreamListener;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Opens the streams of all protocols: the sampler of a query, a place among the streams at once, and the reasons for which a stream ends
 * early. A stream that ends early completes, so that its end marker can follow.
 */
@Component
public class SampleStreams implements SmartLifecycle {
    /** The number of checks within the pause timeout. */
    private static final int CHECKS = 8;

    private final Limits limits;
    private final StreamLimiter limiter;
    private final Plans plans;
    private final ObjectProvider<StreamObservations> observations;
    private volatile Sinks.Empty<Void> shutdown = Sinks.empty();
    private volatile boolean running;

    SampleStreams(
            Limits limits,
            StreamLimiter limiter,
            Plans plans,
            ObjectProvider<StreamObservations> observations,
            ObjectProvider<MeterRegistry> meters) {
        meters.ifAvailable(registry -> registry.gauge("scoreflux.service.streams", limiter, StreamLimiter::running));
        this.limits = limits;
        this.limiter = limiter;
        this.plans = plans;
        this.observations = observations;
    }

    /**
     * Opens a stream of samples.
     *
     * @param client the address of the client
     * @throws RequestException if the model cannot serve the query
     */
    public SampleStream open(Model model, SampleQuery query, String client) {
        return open(model, query, client, Map.of());
    }

    /**
     * Opens a stream of samples with custom stages.
     *
     * @param client the address of the client
     * @param stages the custom stages by the number of the sampler's stage before them
     * @throws RequestException if the model cannot serve the query
     */
    public SampleStream open(Model model, SampleQuery query, String client, Map<Integer, Stage> stages) {
        SamplerBuilder builder = builder(model, query);
        stages.forEach(builder::afterStage);
        return served(model, client, new SampleStream(query, false), samples(model, query, builder));
    }

    /**
     * Opens a stream of samples. The caller holds its place; see {@link #hold}.
     *
     * @param listener the listener of its trajectories
     * @param stated whether the client states its demand with {@link SampleStream#request}
     */
    SampleStream open(Model model, SampleQuery query, StreamListener listener, boolean stated) {
        SampleStream stream = new SampleStream(query, stated);
        SamplerBuilder builder = builder(model, query).listener(listener);
        Flux<Sample> samples = stated
                ? planned(model, query, builder, sampler -> sampler.samples(stream.requests()))
                : samples(model, query, builder);
        stream.set(observed(model, guarded(stream, samples)));
        return stream;
    }

    /** The same stream, which takes a place among the streams at once. */
    <T> Flux<T> hold(String client, Flux<T> stream) {
        return limiter.hold(client, stream);
    }

    /** Encodes states. */
    SampleStream encode(Model model, SampleQuery query, double[][] states, String client) {
        return served(
                model,
                client,
                new SampleStream(query, false),
                planned(model, query, builder(model, query), sampler -> sampler.encode(states)));
    }

    /** The sample of a query with its trace. */
    Mono<Trace> trace(Model model, SampleQuery query, String client) {
        return limiter.hold(
                        client,
                        planned(
                                model,
                                query,
                                builder(model, query),
                                sampler -> sampler.traces(query.from(), query.to())))
                .takeUntilOther(shutdown.asMono())
                .next();
    }

    /** The plan of a query, with the boundaries of the stages. */
    Mono<Plan> plan(Model model, SampleQuery query) {
        return Plans.needsPilot(model, query.solver())
                ? plans.pilot(model, query)
                : Mono.fromSupplier(() -> builder(model, query).build().plan());
    }

    /** Returns the number of streams that are served now. */
    public int running() {
        return limiter.running();
    }

    private Flux<Sample> samples(Model model, SampleQuery query, SamplerBuilder builder) {
        return planned(model, query, builder, sampler -> sampler.samples(query.from(), query.to()));
    }

    /** Starts a sampler, after a pilot run if it needs one. */
    private <T> Flux<T> planned(
            Model model, SampleQuery query, SamplerBuilder builder, Function<Sampler, Flux<T>> start) {
        try {
            return Plans.needsPilot(model, query.solver())
                    ? plans.pilot(model, query)
                            .flatMapMany(plan -> start.apply(builder.plan(plan).build()))
                            .onErrorMap(SampleStreams::isViolation, e -> RequestException.invalid((RuntimeException) e))
                    : start.apply(builder.build());
        } catch (InvalidArgumentException | InvalidConfigurationException e) {
            throw RequestException.invalid(e);
        }
    }

    private static boolean isViolation(Throwable error) {
        return error instanceof InvalidArgumentException || error instanceof InvalidConfigurationException;
    }

    private static SamplerBuilder builder(Model model, SampleQuery query) {
        SamplerBuilder builder = model.builder()
                .solver(query.solver().solver())
                .seed(query.seed())
                // The transport requests ahead of the client.
                .prefetch(0);
        if (query.condition() != null) {
            builder.condition(query.condition());
        }
        return builder;
    }

    private SampleStream served(Model model, String client, SampleStream stream, Flux<Sample> samples) {
        stream.set(observed(model, limiter.hold(client, guarded(stream, samples))));
        return stream;
    }

    private Flux<Sample> observed(Model model, Flux<Sample> samples) {
        StreamObservations available = observations.getIfAvailable();
        return available == null ? samples : available.observe(model, samples);
    }

    /** The samples until the service stops, the stream has lasted too long, or its client has requested nothing for too long. */
    private Flux<Sample> guarded(SampleStream stream, Flux<Sample> samples) {
        Mono<String> stopped = shutdown.asMono().then(Mono.just("the service is shutting down"));
        Mono<String> tooLong = Mono.delay(limits.maxDuration())
                .thenReturn("the stream has reached its maximum duration of " + text(limits.maxDuration()));
        return samples.doOnRequest(stream::subscriberRequests)
                .takeUntilOther(
                        Mono.firstWithSignal(stopped, tooLong, paused(stream)).doOnNext(stream::stop))
                // After the end, so that a sample that arrives with it counts only if it is passed on.
                .doOnNext(stream::delivers);
    }

    private Mono<String> paused(SampleStream stream) {
        return Flux.interval(limits.pauseTimeout().dividedBy(CHECKS))
                .onBackpressureDrop()
                .map(tick -> stream.isPaused() ? stream.delivered() : -1)
                .scan(new Pause(-1, 0), Pause::check)
                .filter(pause -> pause.checks > CHECKS)
                .next()
                .thenReturn("the client has requested nothing for " + text(limits.pauseTimeout()));
    }

    /** The number of consecutive checks at which a stream was paused after the same number of samples. */
    private record Pause(long delivered, int checks) {
        Pause check(long now) {
            return now >= 0 && now == delivered ? new Pause(now, checks + 1) : new Pause(now, now >= 0 ? 1 : 0);
        }
    }

    private static String text(Duration duration) {
        return duration.toMillis() < 1000 ? duration.toMillis() + " ms" : duration.toSeconds() + " s";
    }

    @Override
    public void start() {
        shutdown = Sinks.empty();
        running = true;
    }

    /** Ends all streams with their end markers, before the web server stops. */
    @Override
    public void stop() {
        running = false;
        shutdown.tryEmitEmpty();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
