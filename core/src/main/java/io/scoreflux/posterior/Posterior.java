package io.scoreflux.posterior;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.error.Failure;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.stream.BatchGateway;
import io.scoreflux.internal.stream.JoinedMono;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.InitialDistribution;
import io.scoreflux.model.Moments;
import io.scoreflux.model.Observation;
import io.scoreflux.model.ObservedDirections;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.state.Condition;
import io.scoreflux.stream.FaultPolicy;
import io.scoreflux.stream.Gateway;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The distribution of the data given a noisy linear observation, {@code x given y = A x + e}, as independent islands of weighted particles.
 * Immutable and thread-safe; created by {@link #builder}.
 *
 * <p>It is exact up to three errors. A comparison of islands measures the Monte Carlo error ({@link PosteriorSummary}). The error of the
 * solver decreases with {@link PosteriorBuilder#step}. The start is the Gaussian with the moments of the data at the largest noise level. The
 * evidence is an estimate whose error nothing bounds.
 *
 * <p>The particles of an island start at the largest noise level, where the observation has a noise in proportion to that level. Both decrease
 * together. The particles follow the flow of the denoiser and are pulled towards the observation. Weights, which need only the denoiser, correct
 * for the pull. At certain levels an island selects particles by weight and then moves them twice. A move raises the noise by a Brownian bridge
 * to the observation, and lowers it again by the exact flow. A pilot chooses these levels once.
 *
 * <p><b>What no diagnostic shows.</b> A mode of small prior weight that only the observation makes likely can be missing from all islands. To be
 * found, it needs a prior weight of several times 1 / (particles x islands). A wrong denoiser leads to the posterior of its wrong prior. With more
 * than about 32 observed directions at small noise, islands need thousands of particles; {@link Observation#of(Denoiser)} is a cheap
 * approximation there.
 */
public final class Posterior {
    /** Islands alternate between these: the first needs fewer calls, the second finds narrow modes more often. */
    private static final double[] KAPPA = {0.25, 0.5};

    /** The number of islands at the first look at an interval. */
    private static final int FIRST_LOOK = 8;

    private static final double LEVEL = 0.95;

    private static final String COVARIANCE = "the covariance of the denoiser's moments";

    private static final int SLOPE_TRAJECTORIES = 64;
    private static final double SLOPE_STEP = 0.25;

    private final DenoiserInfo denoiser;
    private final Supplier<SamplerBuilder> samplers;
    private final ObservedDirections directions;
    private final UnaryOperator<SamplerBuilder> engine;
    private final @Nullable Condition condition;
    private final double fromSigma;
    private final double toSigma;
    private final int particles;
    private final double step;
    private final boolean guided;
    private final long seed;
    private final Moments moments;
    private final double spread;
    private final Mono<Prepared> prepared;
    private volatile @Nullable Prepared ready;

    /**
     * The result of the pilot.
     *
     * @param plans the plan of islands for each kappa
     * @param calls the evaluations of the pilot
     */
    record Prepared(List<IslandPlan> plans, long calls) {}

    Posterior(PosteriorBuilder builder, Moments moments) {
        this.denoiser = builder.denoiser;
        this.samplers = builder.samplers;
        this.directions = builder.directions;
        this.engine = builder.engine;
        this.condition = builder.condition;
        this.fromSigma = builder.fromSigma;
        this.toSigma = builder.toSigma;
        this.particles = builder.particles;
        this.step = builder.step;
        this.guided = builder.guided;
        this.seed = builder.seed;
        this.moments = moments;
        this.spread = spread(moments);
        // Its calls run in the context of the subscriber that starts it, without what belongs to this subscriber alone.
        this.prepared = known(new JoinedMono<>(
                known(Mono.defer(() -> guided ? slopes().flatMap(this::pilot) : pilot(new Measured(null, 0))))));
        // Wrong settings of the engine fail here, and not at the first request.
        StepTable steps = new StepTable(fromSigma, toSigma, step);
        sampler(fromSigma, toSigma, new LegSolver(steps, new FreeDrift(directions, steps), particles, null));
    }

    /** Returns a builder for a denoiser that is called on the requesting threads. */
    public static PosteriorBuilder builder(Denoiser denoiser, Observation observation) {
        return new PosteriorBuilder(denoiser, () -> Sampler.builder(denoiser), observation);
    }

    /** Returns a builder for an asynchronous denoiser, which a private gateway calls. */
    public static PosteriorBuilder builder(AsyncDenoiser denoiser, Observation observation) {
        return builder(Gateway.builder(denoiser).build(), observation);
    }

    /**
     * Returns a builder for a denoiser behind a gateway, whose calls several posteriors and samplers can share.
     *
     * @throws IllegalArgumentException if {@link Gateway#builder} did not build the gateway
     */
    public static PosteriorBuilder builder(Gateway gateway, Observation observation) {
        return new PosteriorBuilder(BatchGateway.of(gateway).info(), () -> Sampler.builder(gateway), observation);
    }

    /** Returns all islands from index 0 on; see {@link #islands(long, long)}. */
    public Flux<Island> islands() {
        return islands(0, Keys.ISLANDS);
    }

    /**
     * Returns the islands {@code from, ..., to - 1}, one after the other.
     *
     * <p>The stream is cold, and an island is the unit of demand: {@code request(n)} computes n islands. Island k is a function of the seed, k
     * and the numerical settings. A failed particle causes only its own island to fail; the stream emits this island with the reason. The first
     * request also runs the pilot, once for each posterior. If the pilot fails, the stream fails.
     *
     * @param from the index of the first island, at least 0
     * @param to one more than the index of the last island, at least {@code from} and at most 2^46
     */
    public Flux<Island> islands(long from, long to) {
        Require.atLeast("from", from, 0);
        Require.atLeast("to", to, from);
        Require.atLeast("2^46 - to", Keys.ISLANDS - to, 0);
        Flux<Long> indices = Flux.generate(() -> from, (next, sink) -> {
            if (next < to) {
                sink.next(next);
            } else {
                sink.complete();
            }
            return next + 1;
        });
        return indices.concatMap(index -> prepared.flatMap(plan -> island(plan, index)), 0);
    }

    /**
     * Returns the summary of the islands {@code 0, ..., count - 1}.
     *
     * @param count the number of islands, at least {@value PosteriorSummary#LEAST_ISLANDS}, because intervals compare islands
     */
    public Mono<PosteriorSummary> summary(int count) {
        Require.atLeast("count", count, PosteriorSummary.LEAST_ISLANDS);
        return islands(0, count).collectList().map(PosteriorSummary::of);
    }

    /**
     * Returns the summary of as many islands as an expectation needs: of 8, 16, 32, ..., the first number for which the half-width of the
     * 95-per-cent interval ({@link PosteriorSummary#expectation}) is at most {@code within}. If {@code most} islands are not enough, their summary
     * is returned; then the half-width is larger.
     *
     * <p>Looking at the interval several times does not reduce its probability, because the number of islands doubles: with normal differences
     * between islands, at least 97 per cent of the intervals contain the expectation (simulation of 20,000 runs for each of several widths).
     *
     * @param function the function of a state, which must return finite numbers
     * @param within the largest half-width, finite and greater than 0
     * @param most the largest number of islands, at least 8
     */
    public Mono<PosteriorSummary> summary(ToDoubleFunction<double[]> function, double within, int most) {
        Objects.requireNonNull(function, "function");
        Require.positive("within", within);
        Require.atLeast("most", most, FIRST_LOOK);
        return look(List.of(), FIRST_LOOK, function, within, most);
    }

    private Mono<PosteriorSummary> look(
            List<Island> known, int count, ToDoubleFunction<double[]> function, double within, int most) {
        return islands(known.size(), count).collectList().flatMap(more -> {
            List<Island> all = new ArrayList<>(known);
            all.addAll(more);
            PosteriorSummary summary = PosteriorSummary.of(all);
            PosteriorEstimate estimate = summary.expectation(function, LEVEL);
            boolean enough = estimate.upper() - estimate.value() <= within;
            return enough || count == most
                    ? Mono.just(summary)
                    : look(all, (int) Math.min(2L * count, most), function, within, most);
        });
    }

    /** Returns the number of denoiser calls of the pilot, and runs the pilot if it has not run yet. All islands share one pilot. */
    public Mono<Long> pilotCalls() {
        return prepared.map(Prepared::calls);
    }

    /** Returns the result of the pilot if it is known, and otherwise runs it. */
    private Mono<Prepared> known(Mono<Prepared> run) {
        return Mono.defer(() -> {
            Prepared done = ready;
            return done != null ? Mono.just(done) : run.doOnNext(result -> ready = result);
        });
    }

    private Mono<Island> island(Prepared plan, long index) {
        IslandPlan own = plan.plans().get((int) (index % plan.plans().size()));
        return run(() -> new IslandRun(own, new Keys(seed, index))).map(IslandRun::island);
    }

    private Mono<IslandRun> run(Supplier<IslandRun> creation) {
        return Mono.defer(() -> {
            IslandRun run = creation.get();
            return Mono.defer(() -> run.done() ? Mono.<Boolean>empty() : advance(run))
                    .repeat(() -> !run.done())
                    .then(Mono.just(run));
        });
    }

    private Mono<Boolean> advance(IslandRun run) {
        Leg leg = run.leg();
        return solve(leg).map(ends -> {
            long calls = calls(ends);
            Failure failure = failure(ends);
            if (failure == null) {
                run.tell(states(ends), calls);
            } else {
                run.fail(failure, calls);
            }
            return true;
        });
    }

    private Mono<List<Sample>> solve(Leg leg) {
        return sampler(leg.fromSigma(), leg.toSigma(), leg.solver())
                .decode(leg.states())
                .collectList();
    }

    private Sampler sampler(double from, double to, LegSolver solver) {
        SamplerBuilder builder = samplers.get();
        if (engine.apply(builder) != builder) {
            throw new InvalidConfigurationException(
                    "engine", "must return the builder that it receives, as that has the denoiser", null);
        }
        builder.requireEngineOnly()
                .noiseRange(from, to)
                .solver(solver)
                .stages(1)
                .faults(FaultPolicy.deliver());
        if (condition != null) {
            builder.condition(condition);
        }
        return builder.build();
    }

    private static long calls(List<Sample> ends) {
        return ends.stream().mapToLong(end -> end.certificate().calls()).sum();
    }

    private static @Nullable Failure failure(List<Sample> ends) {
        for (Sample end : ends) {
            if (end.failed()) {
                return end.certificate().failure();
            }
        }
        return null;
    }

    private static double[][] states(List<Sample> ends) {
        double[][] states = new double[ends.size()][];
        for (Sample end : ends) {
            states[(int) end.index()] = end.values();
        }
        return states;
    }

    private List<IslandPlan> plans(@Nullable Slopes slopes) {
        List<IslandPlan> plans = new ArrayList<>();
        for (double kappa : KAPPA) {
            Twist twist = new Twist(directions, kappa);
            plans.add(new IslandPlan(
                    particles,
                    moments,
                    twist,
                    slopes,
                    false,
                    IslandPlan.nodes(twist, fromSigma, toSigma, spread),
                    toSigma,
                    null,
                    step));
        }
        return List.copyOf(plans);
    }

    /** The slopes that the pilot measured, or null without guidance, and the evaluations for them. */
    private record Measured(@Nullable Slopes slopes, long calls) {}

    private Mono<Measured> slopes() {
        StepTable steps = new StepTable(fromSigma, toSigma, SLOPE_STEP);
        SlopeProbe probe = new SlopeProbe(directions, SLOPE_TRAJECTORIES, steps.steps() + 1, seed);
        LegSolver solver = new LegSolver(steps, new FreeDrift(directions, steps), SLOPE_TRAJECTORIES, probe);
        InitialDistribution start = new InitialDistribution(denoiser.dimension(), moments, fromSigma);
        double[][] states = new double[SLOPE_TRAJECTORIES][];
        for (int j = 0; j < states.length; j++) {
            states[j] = start.draw(new NoiseSource(seed).normals(Purpose.SLOPE_PILOT, j));
        }
        return solve(new Leg(states, fromSigma, toSigma, solver)).map(ends -> {
            requireSuccess(failure(ends));
            return new Measured(probe.mean(steps), calls(ends));
        });
    }

    /** Chooses the levels of the selections, because Z is unbiased only if the particles of an island do not choose its own. */
    private Mono<Prepared> pilot(Measured measured) {
        return Flux.fromIterable(plans(measured.slopes()))
                .concatMap(this::chosen, 0)
                .collectList()
                .map(chosen -> new Prepared(
                        chosen.stream().map(Chosen::plan).toList(),
                        measured.calls()
                                + chosen.stream().mapToLong(Chosen::calls).sum()));
    }

    private record Chosen(IslandPlan plan, long calls) {}

    /**
     * Runs one island and keeps the levels of its selections. With guidance, runs one island of each kind of guidance, and keeps the kind with
     * fewer selections.
     */
    private Mono<Chosen> chosen(IslandPlan plan) {
        int number = plan.twist().kappa() == KAPPA[0] ? 0 : 1;
        Mono<IslandRun> first = trial(plan, 2 * number);
        if (plan.slopes() == null) {
            return first.map(run -> new Chosen(plan.frozen(run.resampledAt()), run.calls()));
        }
        return first.flatMap(centred -> trial(plan.shifted(true), 2 * number + 1)
                .map(pulled -> {
                    Set<Integer> levels = centred.resampledAt();
                    boolean pulls = pulled.resampledAt().size() < levels.size();
                    return new Chosen(
                            plan.shifted(pulls).frozen(pulls ? pulled.resampledAt() : levels),
                            centred.calls() + pulled.calls());
                }));
    }

    private Mono<IslandRun> trial(IslandPlan plan, int number) {
        return run(() -> new IslandRun(plan, Keys.ofPilot(seed, number)))
                .doOnNext(run -> requireSuccess(run.island().failure()));
    }

    private static void requireSuccess(@Nullable Failure failure) {
        if (failure != null) {
            throw new InvalidConfigurationException(
                    new Violation(
                            "the pilot",
                            "must finish, because all islands depend on it; it failed at " + failure.place()
                                    + ", where "
                                    + failure.violation().withRemedies().message(),
                            null,
                            failure.violation().remedies()),
                    failure.cause());
        }
    }

    /** Returns the largest standard deviation of the data in any direction. */
    private static double spread(Moments moments) {
        double most = 0;
        if (moments.covariance() instanceof Covariance.Full full) {
            EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(moments.dimension(), false, true);
            if (!eigen.decompose(new DMatrixRMaj(full.toMatrix(moments.dimension())))) {
                throw new InvalidArgumentException(
                        COVARIANCE, "must have an eigenvalue decomposition, but the algorithm failed", null);
            }
            for (int i = 0; i < eigen.getNumberOfEigenvalues(); i++) {
                most = Math.max(most, eigen.getEigenvalue(i).getReal());
            }
        } else {
            for (int i = 0; i < moments.dimension(); i++) {
                most = Math.max(most, moments.covariance().variance(i));
            }
        }
        if (!(most > 0)) {
            throw new InvalidArgumentException(
                    COVARIANCE, "must not be 0", null, "for data that are a constant, the posterior is that constant");
        }
        return Math.sqrt(most);
    }
}
