package io.scoreflux.spring;

import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Guidance;
import io.scoreflux.model.Moments;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.StreamListener;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * A denoiser with the settings of its samplers. All samplers of a model share one gateway, so that their queries are merged into common
 * calls. Thread-safe.
 */
public final class Model {
    private static final ModelProperties DEFAULTS = new Binder().bindOrCreate("defaults", ModelProperties.class);

    private final String name;
    private final ModelProperties settings;
    private final SolverSettings solver;
    private final Gateway gateway;
    private final @Nullable Scheduler scheduler;
    private final double fromSigma;
    private final double toSigma;
    private final OptionalDouble radius;
    private final Map<String, Condition> conditions;
    private final @Nullable Picture picture;
    private final StreamListener listener;
    private final Sampler sampler;

    /**
     * Creates a model.
     *
     * @param scheduler where a synchronous denoiser runs, or null for an asynchronous one
     */
    Model(
            String name,
            ModelProperties settings,
            SolverSettings solver,
            Gateway gateway,
            @Nullable Scheduler scheduler,
            double fromSigma,
            double toSigma,
            OptionalDouble radius,
            Map<String, Condition> conditions,
            @Nullable Picture picture,
            StreamListener listener) {
        this.name = name;
        this.settings = settings;
        this.solver = solver;
        this.gateway = gateway;
        this.scheduler = scheduler;
        this.fromSigma = fromSigma;
        this.toSigma = toSigma;
        this.radius = radius;
        this.conditions = conditions;
        this.picture = picture;
        this.listener = listener;
        this.sampler = builder().build();
    }

    /**
     * Returns a model outside the configuration, with the default settings of models.
     *
     * @param scheduler where the denoiser runs; the caller disposes of it
     * @param fromSigma the noise level where trajectories start
     * @param toSigma the noise level where they end
     */
    public static Model of(String name, Denoiser denoiser, Scheduler scheduler, double fromSigma, double toSigma) {
        Denoiser guided = denoiser.isConditional() ? Guidance.of(denoiser) : denoiser;
        return new Model(
                name,
                DEFAULTS,
                new SolverSettings(DEFAULTS.solver(), null, null),
                Gateway.builder(guided, scheduler).build(),
                scheduler,
                fromSigma,
                toSigma,
                OptionalDouble.empty(),
                Map.of(),
                null,
                StreamListener.NONE);
    }

    /** Returns the name under which the model is configured. */
    public String name() {
        return name;
    }

    /** Returns one sentence about the model, or an empty text. */
    public String description() {
        return settings.description();
    }

    /** Returns the properties of the denoiser. */
    public DenoiserInfo info() {
        return gateway.info();
    }

    /** Returns the gateway that all samplers of the model share. */
    public Gateway gateway() {
        return gateway;
    }

    /** Returns the noise level where trajectories start. */
    public double fromSigma() {
        return fromSigma;
    }

    /** Returns the noise level where trajectories end. */
    public double toSigma() {
        return toSigma;
    }

    /** Returns the radius of the data, the unit of tolerances; empty if a pilot run estimates it. */
    public OptionalDouble radius() {
        return radius.isPresent()
                ? radius
                : info().moments().stream().mapToDouble(Moments::radius).findFirst();
    }

    /** Returns the number of stages of the noise range. */
    public int stages() {
        return settings.stages();
    }

    /** Returns the seed of the sampler. */
    public long seed() {
        return settings.seed();
    }

    /** Returns the solver with its tolerance or budget. */
    public SolverSettings solver() {
        return solver;
    }

    /** Returns the conditions by name. */
    public Map<String, Condition> conditions() {
        return conditions;
    }

    /** Returns the layout of samples that are images, or null. */
    public @Nullable Picture picture() {
        return picture;
    }

    /** Returns the sampler with the configured settings. */
    public Sampler sampler() {
        return sampler;
    }

    /**
     * Returns a new builder of samplers on the shared gateway, with the configured settings. A caller can change some of them, such as the
     * seed, the solver or the listener.
     */
    public SamplerBuilder builder() {
        SamplerBuilder builder = Sampler.builder(gateway)
                .noiseRange(fromSigma, toSigma)
                .solver(solver.solver())
                .stages(settings.stages())
                .seed(settings.seed())
                .concurrency(settings.concurrency())
                .prefetch(settings.prefetch())
                .listener(listener);
        radius.ifPresent(builder::radius);
        return builder;
    }

    /** Returns the listener that all samplers and the gateway of the model share. */
    public StreamListener listener() {
        return listener;
    }

    /**
     * Evaluates the denoiser, beside the calls of the gateway, in calls of at most {@code max-rows} rows. A synchronous denoiser runs on the
     * thread of the gateway's calls.
     *
     * @param rows states and noise levels; must not change until the result arrives
     * @return the values D(z; sigma), row-major, one row for each row of the batch; cold
     */
    public Mono<double[]> denoise(Rows rows) {
        int most = settings.maxRows();
        if (rows.count() <= most) {
            return call(rows);
        }
        int dimension = rows.dimension();
        double[] all = new double[rows.count() * dimension];
        return Flux.range(0, (rows.count() + most - 1) / most)
                .concatMap(
                        part -> {
                            Rows some = new Rows(dimension, most);
                            some.appendAll(rows, part * most, Math.min(most, rows.count() - part * most));
                            return call(some)
                                    .doOnNext(values -> System.arraycopy(
                                            values, 0, all, part * most * dimension, some.count() * dimension));
                        },
                        0)
                .then(Mono.just(all));
    }

    private Mono<double[]> call(Rows rows) {
        DenoiserInfo info = info();
        if (info instanceof AsyncDenoiser remote) {
            Mono<double[]> call = Mono.defer(() -> Mono.from(remote.denoise(rows)));
            return settings.timeout() == null ? call : call.timeout(settings.timeout());
        }
        Denoiser local = (Denoiser) info;
        Mono<double[]> call = Mono.fromCallable(() -> {
            double[] out = new double[rows.count() * rows.dimension()];
            local.denoise(rows, out);
            return out;
        });
        return scheduler == null ? call : call.subscribeOn(scheduler);
    }

    @Override
    public String toString() {
        return "Model[" + name + ", dimension " + info().dimension() + "]";
    }
}
