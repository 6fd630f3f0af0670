package io.scoreflux.quickstart;

import io.micrometer.core.instrument.MeterRegistry;
import io.scoreflux.Request;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.Trace;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.stream.FaultPolicy;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.Order;
import io.scoreflux.stream.Stage;
import io.scoreflux.stream.micrometer.MicrometerListener;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** The examples of {@code docs/streaming.md}, one per method. A test compares them with the page and runs them. */
public final class Recipes {
    private Recipes() {}

    /** All cores. */
    public static Flux<Sample> parallelism(Denoiser denoiser) {
        var cores = Runtime.getRuntime().availableProcessors();
        var sampler = Sampler.builder(denoiser)
                .noiseRange(20, 0.01)
                .concurrency(256 * cores)
                .parallelism(cores, Schedulers.parallel())
                .build();
        return sampler.samples();
    }

    /** A slow consumer. */
    public static Flux<Sample> backpressure(Denoiser denoiser) {
        var sampler = Sampler.builder(denoiser).noiseRange(20, 0.01).prefetch(0).build();
        var samples =
                sampler.samples().publishOn(Schedulers.boundedElastic(), 4); // four beyond the one that is worked on
        return samples;
    }

    /** Samples in the order of completion. */
    public static Flux<Sample> asReady(Denoiser denoiser) {
        var samples = Sampler.builder(denoiser)
                .noiseRange(20, 0.01)
                .order(Order.AS_READY)
                .build()
                .samples(0, 1_000);
        return samples;
    }

    /** Many clients that share one model. */
    public static Flux<Sample> sharedGateway(AsyncDenoiser remote) {
        var gateway = Gateway.builder(remote)
                .maxRows(512)
                .maxInFlight(2)
                .timeout(Duration.ofSeconds(10))
                .retries(3, Duration.ofMillis(200))
                .build();
        var coarse = Sampler.builder(gateway).noiseRange(20, 0.01).seed(1).build();
        var fine = Sampler.builder(gateway).noiseRange(20, 0.01).seed(2).build();
        var samples = Flux.merge(coarse.samples(0, 8), fine.samples(0, 8)); // their queries go into common calls
        return samples;
    }

    /** Additional stages. */
    public static Flux<Sample> stages(Denoiser denoiser) {
        var sampler = Sampler.builder(denoiser)
                .noiseRange(20, 0.01)
                .stages(4)
                .afterStage(1, Stage.filter(t -> t.z(0) > 0)) // the others are abandoned halfway
                .afterStage(2, Stage.observe(t -> System.out.println(t.index() + " is at sigma " + t.sigma())))
                .afterStage(2, Stage.publishOn(Schedulers.parallel())) // the last stage runs on other threads
                .build();
        return sampler.samples();
    }

    /** Requests. */
    public static Flux<Sample> requests(Denoiser denoiser, Flux<Long> users) {
        var sampler = Sampler.builder(denoiser).noiseRange(20, 0.01).build();
        var samples = sampler.samples(users.map(user -> Request.of(user, 0).withTolerance(1e-6)));
        return samples;
    }

    /** Faults and deadlines. */
    public static Flux<Sample> faults(Denoiser denoiser, Set<Long> failed) {
        var samples = Sampler.builder(denoiser)
                .noiseRange(20, 0.01)
                .deadline(Duration.ofSeconds(30))
                .faults(FaultPolicy.skip((index, failure) -> failed.add(index)))
                .build()
                .samples(0, 100);
        return samples;
    }

    /** A sample that becomes more accurate until it is accurate enough. */
    public static Flux<Sample> refinements(Denoiser denoiser) {
        var sampler = Sampler.builder(denoiser).noiseRange(20, 0.01).build();
        var good = sampler.refinements(7, 1e-1, 1e-4, 1e-8)
                .doOnNext(sample -> System.out.println(sample))
                .takeUntil(sample -> sample.certificate().error().orElse(1) < 1e-3);
        return good;
    }

    /** A range in two halves. */
    public static Flux<Sample> resume(Denoiser denoiser) {
        var sampler = Sampler.builder(denoiser).noiseRange(20, 0.01).seed(42).build();
        var here = sampler.samples(0, 500);
        var elsewhere = sampler.samples(500, 1_000); // in another process, tomorrow
        return Flux.concat(here, elsewhere);
    }

    /** The trajectory of each sample. */
    public static Flux<Trace> traces(Denoiser denoiser) {
        var traces =
                Sampler.builder(denoiser).noiseRange(20, 0.01).stages(8).build().traces(0, 10);
        return traces;
    }

    /** Meters. */
    public static Flux<Sample> meters(Denoiser denoiser, MeterRegistry registry) {
        var sampler = Sampler.builder(denoiser)
                .noiseRange(20, 0.01)
                .listener(new MicrometerListener(registry))
                .build();
        var samples = sampler.samples().doOnNext(sample -> System.out.println(sampler.progress()));
        return samples;
    }

    /** A set that {@link #faults} can add to. */
    static Set<Long> indices() {
        return new ConcurrentSkipListSet<>();
    }
}
