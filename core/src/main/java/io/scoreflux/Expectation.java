package io.scoreflux;

import io.scoreflux.internal.expectation.Levels;
import io.scoreflux.internal.expectation.MeanSettings;
import io.scoreflux.internal.expectation.ReplicateMean;
import io.scoreflux.internal.expectation.ScrambledSobol;
import io.scoreflux.internal.expectation.StartAxes;
import io.scoreflux.internal.stream.FirstRequestFlux;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;

/**
 * Estimates the expectations of functions of a sample, to a given half-width at a given confidence. It draws as many samples as it needs, and
 * no more. Immutable and thread-safe; created by {@link #builder}.
 *
 * <pre>{@code
 * Estimate answer = Expectation.builder(sampler)
 *     .statistic(Statistic.indicator(x -> x[0] - 1))
 *     .within(0.01)
 *     .build().estimate().block();
 * }</pre>
 *
 * <p>The stopping rule is that of Chow and Robbins (1965): stop at n samples, at least 100, when {@code z sqrt((s^2 + r/n)/n) + bias <= eps}, with
 * z = 2.1 at 95 per cent, or 2.2 if a part of the confidence is for a bound on the bias. r is (b - a)^2 if f has the bounds [a, b], and s^2
 * otherwise. The confidence relies on the central limit theorem, so it is approximate; the approximation improves as eps decreases. Without bounds,
 * the rule cannot allow for values that have not occurred. So give bounds to every function that rarely differs from a constant.
 *
 * <p>The expectation is that of the sampler's samples. It differs from the exact one by the bias of the solver, and by the bias of the initial
 * states and of the model. The estimate bounds the bias of the solver if the statistic has a Lipschitz constant ({@link Statistic#lipschitz}).
 * Nothing bounds the others.
 *
 * <p>A result depends on the seed of the sampler, on the settings and on the functions. It does not depend on threads or batch sizes.
 */
public final class Expectation {
    /** The number of samples of the pilot for the levels. */
    public static final int PILOT = 256;

    private final Sampler sampler;
    private final List<Statistic> statistics;
    private final MeanSettings[] settings;
    private final boolean exact;
    private final double[] levels;
    private final boolean controlVariates;
    private final boolean quasiRandom;
    private final long maxSamples;

    Expectation(ExpectationBuilder builder) {
        this.sampler = builder.sampler;
        this.statistics = List.copyOf(builder.statistics);
        int n = statistics.size();
        double alpha = (1 - builder.confidence) / n;
        this.settings = IntStream.range(0, n)
                .mapToObj(j -> {
                    Statistic each = statistics.get(j);
                    double within = builder.within[builder.within.length == 1 ? 0 : j];
                    return new MeanSettings(
                            each.lower(),
                            each.upper(),
                            within,
                            alpha,
                            each.lipschitz().isPresent());
                })
                .toArray(MeanSettings[]::new);
        this.exact = builder.exact;
        this.levels = builder.levels;
        this.controlVariates = builder.usesControlVariates();
        this.quasiRandom = builder.quasiRandom;
        this.maxSamples = builder.maxSamples;
    }

    /** Returns a builder of expectations over the samples of a sampler, which must deliver them in order of index. */
    public static ExpectationBuilder builder(Sampler sampler) {
        return new ExpectationBuilder(sampler);
    }

    /** Returns the final estimate; see {@link #estimates}. */
    public Mono<Estimate> estimate() {
        return estimates().last();
    }

    /**
     * Returns a running estimate every 64 samples, and then the final estimate. With quasi-random points, an estimate follows each doubling of
     * the number of points. A subscriber that requests slowly receives the newest estimate and does not slow the sampling.
     *
     * <p>The stream is cold: each subscriber has a separate computation, which starts with the first request. The computation requests the number
     * of samples that the variance so far predicts, at most 1024 at a time. Quasi-random points are requested up to the next estimate. When the
     * estimate is final, the stream of samples is cancelled, and no denoiser call begins afterwards. Cancelling this stream ends the samples in the
     * same way.
     *
     * <p>The stream fails with a {@link io.scoreflux.error.SampleFailedException} if a sample fails, regardless of the fault policy of the
     * sampler. It fails with a {@link io.scoreflux.error.FunctionFailedException} if a function throws an exception, or returns a value that is
     * not finite or not in its bounds. Samples are never left out, because that would bias the expectation. The stream fails with an
     * {@link io.scoreflux.error.InvalidConfigurationException} if 1000 samples show that the half-width cannot be reached, because the bias
     * bound exceeds it, or because all values of a function without bounds are equal.
     */
    public Flux<Estimate> estimates() {
        return FirstRequestFlux.after(sampler.ready(), prepared -> {
            if (quasiRandom) {
                return running(
                        new QuasiRandomCourse(values(prepared), settings, quasiRandomSamples(prepared), looks()));
            }
            if (levels.length > 0) {
                return FirstRequestFlux.after(pilot(prepared), pilot -> running(levelled(prepared, pilot)));
            }
            return running(new IndependentCourse(
                    values(prepared),
                    means(prepared, null),
                    sampler.every(maxSamples, InitialStates.DRAWN),
                    maxSamples,
                    index -> 0,
                    IndependentCourse.Scheme.SINGLE));
        });
    }

    private static Flux<Estimate> running(Course course) {
        return Flux.create(
                sink -> {
                    EstimateSubscriber subscriber = new EstimateSubscriber(course, sink);
                    sink.onDispose(subscriber);
                    sink.onRequest(n -> subscriber.start());
                },
                FluxSink.OverflowStrategy.LATEST);
    }

    private SampleValues values(Planner.Prepared prepared) {
        return new SampleValues(statistics, prepared.plan().radius());
    }

    private Means means(Planner.Prepared prepared, @Nullable Levels chosen) {
        return new Means(
                statistics,
                settings,
                exact,
                chosen == null ? null : chosen.guards(),
                controlVariates
                        ? new StartNoise(
                                sampler.seed(),
                                prepared.start(),
                                new StartAxes(
                                        sampler.dimension(),
                                        prepared.moments(),
                                        prepared.plan().fromSigma()))
                        : null,
                sampler.dimension());
    }

    /** Returns the number of looks that the maximum number of samples permits, at least two. */
    private int looks() {
        int looks = 2;
        long most = Math.min(maxSamples, (long) ReplicateMean.REPLICATES * ScrambledSobol.MOST_POINTS);
        while (ReplicateMean.sizeOfLook(looks) <= most) {
            looks++;
        }
        return looks;
    }

    private Flux<Sample> quasiRandomSamples(Planner.Prepared prepared) {
        ScrambledSobol points = new ScrambledSobol(sampler.dimension(), ReplicateMean.REPLICATES, sampler.seed());
        StartAxes axes = new StartAxes(
                sampler.dimension(), prepared.moments(), prepared.plan().fromSigma());
        return sampler.every(
                ReplicateMean.sizeOfLook(looks() - 1),
                (any, seed, index) -> axes.state(points.normals(
                        (int) (index % ReplicateMean.REPLICATES), (int) (index / ReplicateMean.REPLICATES))));
    }

    /** Runs the pilot: the samples of another seed at all levels. */
    private Mono<LevelPilot> pilot(Planner.Prepared prepared) {
        return Mono.defer(() -> {
            long seed = new NoiseSource(sampler.seed()).words(Purpose.EXPECTATION_PILOT, 0, 1)[0];
            Flux<Request> requests = Flux.range(0, PILOT).concatMapIterable(k -> {
                List<Request> all = new ArrayList<>();
                for (double tolerance : levels) {
                    all.add(Request.of(seed, k).withTolerance(tolerance));
                }
                return all;
            });
            LevelPilot pilot = new LevelPilot(values(prepared), levels.length, settings);
            return sampler.every(requests).doOnNext(pilot::add).then(Mono.just(pilot));
        });
    }

    private Course levelled(Planner.Prepared prepared, LevelPilot pilot) {
        Levels chosen = pilot.choose();
        NoiseSource source = new NoiseSource(sampler.seed());
        LongToIntFunction levelOf =
                index -> chosen.of(source.normals(Purpose.LEVEL, index).uniform());
        Flux<Request> requests = Flux.fromStream(
                        () -> LongStream.range(0, maxSamples).boxed())
                .concatMapIterable(index -> {
                    int level = levelOf.applyAsInt(index);
                    List<Request> all = new ArrayList<>();
                    for (int l : IndependentCourse.parts(chosen.base(), level)) {
                        all.add(Request.of(sampler.seed(), index).withTolerance(levels[l]));
                    }
                    return all;
                });
        Means means = means(prepared, chosen);
        pilot.passErrors(means.biases());
        return new IndependentCourse(
                values(prepared),
                means,
                sampler.every(requests),
                maxSamples,
                levelOf,
                new IndependentCourse.Scheme(chosen.probabilities(), chosen.base(), levels.length - 1, pilot.calls()));
    }
}
