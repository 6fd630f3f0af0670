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
import io.scoreflux.reject.Fors;
import io.scoreflux.solve.RejectionStatistics;
import io.scoreflux.state.Condition;
import io.scoreflux.stream.FaultPolicy;
import io.scoreflux.stream.Gateway;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
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
 * <p>It is exact up to four errors. A comparison of islands measures the Monte Carlo error ({@link PosteriorSummary}). The error of the
 * solver decreases with {@link PosteriorBuilder#step}. The start is the Gaussian with the moments of the data at the largest noise level. The
 * end is the state at the smallest noise level: the data with noise of that level, as for all samples. Nothing measures the last two, so choose a
 * range whose smallest level is small compared to the noise of the observation and to the width of the modes. The evidence is an estimate whose
 * error nothing bounds.
 *
 * <p>The particles of an island start at the largest noise level, where the observation has a noise in proportion to that level. Both decrease
 * together. The particles follow the flow of the denoiser and are pulled towards the observation. Weights, which need only the denoiser, correct
 * for the pull. At certain levels an island selects particles by weight and then moves them twice. A move raises the noise by a Brownian bridge
 * to the observation, and lowers it again by the exact flow. A pilot chooses these levels once.
 *
 * <p>The islands 7, 15, 23, ... are scouts. Their particles are pulled as if the data were Gaussian with their moments, from the largest noise level
 * on, and weights correct for the difference. They select and move at fixed levels. A scout finds distant modes that other islands miss, and takes
 * two to six times as many calls. All islands estimate the same p(y), so the summary pools them. No island is a scout without guidance
 * ({@link PosteriorBuilder#guided}), or if the moments say nothing about the observation: if in each observed direction the variance of the data is
 * less than 1e-9 times that of the noise.
 *
 * <p><b>What no diagnostic shows.</b> A mode of small prior weight that only the observation makes likely can be missing from all islands. To be
 * found, it needs a prior weight of several times 1 / (particles x islands), unless it is far from the other modes and a scout finds it. A wrong denoiser leads to the posterior of its wrong prior. With more
 * than about 32 observed directions at small noise, islands need thousands of particles; {@link Observation#of(Denoiser)} is a cheap
 * approximation there.
 */
public final class Posterior {
    /** The largest number of islands, 2^46: their indices are from 0 to 2^46 - 1. */
    public static final long MOST_ISLANDS = 1L << 46;

    /** At this level, the excess kurtosis of two equal narrow modes is -0.02. */
    private static final double LEAST_START = 3;

    /** The largest distance of a value from the mean of the data, in standard deviations. */
    private static final double MOST_DEVIATIONS = 1e6;

    /** Islands alternate between these: the first needs fewer calls, the second finds narrow modes more often. */
    private static final double[] KAPPA = {0.25, 0.5};

    /** The number of islands at the first look at an interval. */
    private static final int FIRST_LOOK = 8;

    private static final double LEVEL = 0.95;

    /** The last of each eight islands is a scout. */
    private static final int SCOUTS = 8;

    private static final int MOVES = 2;
    /** Scouts move once at each node instead of twice where the weights of the pilot became uneven. */
    private static final int SCOUT_MOVES = 1;

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
    private final @Nullable Fors fors;
    private final long seed;
    private final Moments moments;
    private final double spread;
    private final Mono<Prepared> prepared;
    private volatile @Nullable Prepared ready;

    /**
     * The result of the pilot.
     *
     * @param plans the plan of islands for each kappa
     * @param scout the plan of scouts, or null for none
     * @param calls the evaluations of the pilot
     */
    private record Prepared(
            List<IslandPlan> plans, @Nullable IslandPlan scout, long calls) {
        IslandPlan of(long index) {
            return scout != null && index % SCOUTS == SCOUTS - 1 ? scout : plans.get((int) (index % plans.size()));
        }
    }

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
        this.fors = builder.fors;
        this.seed = builder.seed;
        this.moments = moments;
        this.spread = spread(moments);
        requireStart();
        requirePossible();
        // Its calls run in the context of the subscriber that starts it, without what belongs to this subscriber alone.
        this.prepared = known(new JoinedMono<>(
                known(Mono.defer(() -> guided ? slopes().flatMap(this::pilot) : pilot(new Measured(null, 0))))));
        // Wrong settings of the engine fail here, and not at the first request.
        StepTable steps = new StepTable(fromSigma, toSigma, step);
        sampler(new Leg(
                new double[0][],
                fromSigma,
                toSigma,
                new LegSolver(steps, new FreeDrift(directions, steps), particles, null)));
    }

    /** Refuses a start at which the data have not yet blurred to a Gaussian, because particles start from one. */
    private void requireStart() {
        if (!(fromSigma >= LEAST_START * spread)) {
            throw new InvalidArgumentException(
                    "fromSigma",
                    "must be at least " + Violation.text(LEAST_START)
                            + " times the largest standard deviation of the data, " + Violation.text(spread)
                            + ", because particles start from a Gaussian",
                    fromSigma,
                    "start at a larger noise level");
        }
    }

    /** Refuses values so far from the mean that the units must be wrong: Chebyshev's inequality bounds their probability by 1e-12. */
    private void requirePossible() {
        double[] mean = moments.mean();
        for (int i = 0; i < directions.count(); i++) {
            double deviation = StrictMath.hypot(spread, directions.noise(i));
            double distance = Math.abs(directions.value(i) - directions.coordinate(i, mean, 0)) / deviation;
            if (!(distance <= MOST_DEVIATIONS)) {
                throw new InvalidArgumentException(
                        "values",
                        "must be within a million standard deviations of the mean of the data, in each observed direction",
                        distance,
                        "check the units of the observation",
                        "give a larger {noise}");
            }
        }
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
        return islands(0, MOST_ISLANDS);
    }

    /**
     * Returns the islands {@code from, ..., to - 1}, one after the other.
     *
     * <p>The stream is cold, and an island is the unit of demand: {@code request(n)} computes n islands. Island k is a function of the seed, k
     * and the numerical settings. A failed particle causes only its own island to fail; the stream emits this island with the reason. The first
     * request also runs the pilot, once for each posterior. If the pilot fails, the stream fails.
     *
     * @param from the index of the first island, at least 0
     * @param to one more than the index of the last island, at least {@code from} and at most {@link #MOST_ISLANDS}
     */
    public Flux<Island> islands(long from, long to) {
        Require.atLeast("from", from, 0);
        Require.atLeast("to", to, from);
        if (to > MOST_ISLANDS) {
            throw new InvalidArgumentException("to", "must be at most 2^46", to);
        }
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
     * is returned; then the half-width is larger, or all values of the function are equal, so that nothing is known about its error.
     *
     * <p>In simulations with normal differences between islands, {@code value +- within} contained the expectation in at least 97 per cent of the
     * runs, and the interval of the summary in 93 to 95 per cent.
     *
     * @param function the function of a state, which must return finite numbers
     * @param within the largest half-width, finite and greater than 0
     * @param most the largest number of islands, at least 8; if fewer than {@value PosteriorSummary#LEAST_ISLANDS} of them succeed, the mono fails
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
            boolean enough = isWithin(all, function, within) || count == most;
            return enough
                    ? Mono.just(PosteriorSummary.of(all))
                    : look(all, (int) Math.min(2L * count, most), function, within, most);
        });
    }

    private static boolean isWithin(List<Island> islands, ToDoubleFunction<double[]> function, double within) {
        if (islands.stream().filter(island -> !island.failed()).count() < PosteriorSummary.LEAST_ISLANDS) {
            return false;
        }
        PosteriorEstimate estimate = PosteriorSummary.of(islands).expectation(function, LEVEL);
        // An interval of width 0 comes from equal values, such as those of the indicator of an event that has not
        // occurred.
        return estimate.standardError() > 0 && estimate.upper() - estimate.value() <= within;
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
        return run(() -> new IslandRun(plan.of(index), new Keys(seed, index))).map(IslandRun::island);
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
                run.tell(states(ends), calls, clipping(ends));
            } else {
                run.fail(failure, calls);
            }
            return true;
        });
    }

    private Mono<List<Sample>> solve(Leg leg) {
        return sampler(leg).decode(leg.states()).collectList();
    }

    private Sampler sampler(Leg leg) {
        SamplerBuilder builder = samplers.get();
        if (engine.apply(builder) != builder) {
            throw new InvalidConfigurationException(
                    "engine", "must return the builder that it receives, as that has the denoiser", null);
        }
        builder.requireEngineOnly()
                .noiseRange(leg.fromSigma(), leg.toSigma())
                .solver(leg.solver())
                .seed(leg.seed())
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

    /** Returns the estimate of the bound on the effect of clipping: the mean over the particles of their contributions. */
    private static double clipping(List<Sample> ends) {
        double sum = 0;
        for (Sample end : ends) {
            RejectionStatistics rejection = end.certificate().rejection();
            sum += rejection == null ? 0 : rejection.clipping();
        }
        return sum / ends.size();
    }

    private static double[][] states(List<Sample> ends) {
        double[][] states = new double[ends.size()][];
        for (Sample end : ends) {
            states[(int) end.index()] = end.values();
        }
        return states;
    }

    /** A kind of island: plans that differ in their guidance, of which the pilot chooses one. */
    private record Kind(List<IslandPlan> candidates, int firstTrial) {}

    private List<Kind> kinds(@Nullable Slopes slopes) {
        List<Kind> kinds = new ArrayList<>();
        for (double kappa : KAPPA) {
            AnnealedTwist twist = new AnnealedTwist(directions, kappa);
            List<IslandPlan> candidates = new ArrayList<>();
            if (slopes == null) {
                candidates.add(plan(twist, null, MOVES));
            } else {
                candidates.add(plan(twist, steps -> new GuidedDrift(twist, slopes, null, steps), MOVES));
                candidates.add(plan(twist, steps -> new GuidedDrift(twist, slopes, centre(), steps), MOVES));
            }
            kinds.add(new Kind(candidates, 2 * kinds.size()));
        }
        return kinds;
    }

    /** Returns the plan of scouts, or null if the moments of the data tell nothing about the observation. Its selections need no pilot. */
    private @Nullable IslandPlan scout() {
        MomentsTwist twist = new MomentsTwist(directions, moments);
        return twist.informs()
                ? plan(twist, steps -> new MomentsDrift(twist, steps), SCOUT_MOVES)
                        .everywhere(spread)
                : null;
    }

    private IslandPlan plan(Twist twist, @Nullable Function<StepTable, Drift> guidance, int moves) {
        List<Double> nodes = IslandPlan.nodes(twist, fromSigma, toSigma, spread);
        return new IslandPlan(particles, moments, twist, guidance, nodes, toSigma, moves, null, step, fors);
    }

    /** Returns the means of the data in the observed directions. */
    private double[] centre() {
        double[] mean = moments.mean();
        double[] centre = new double[directions.count()];
        for (int i = 0; i < centre.length; i++) {
            centre[i] = directions.coordinate(i, mean, 0);
        }
        return centre;
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
        return Flux.fromIterable(kinds(measured.slopes()))
                .concatMap(this::chosen, 0)
                .collectList()
                .map(chosen -> new Prepared(
                        chosen.stream().map(Chosen::plan).toList(),
                        guided ? scout() : null,
                        measured.calls()
                                + chosen.stream().mapToLong(Chosen::calls).sum()));
    }

    private record Chosen(IslandPlan plan, long calls) {}

    /** Runs one island of each candidate, and keeps the candidate with the fewest selections, with their levels. */
    private Mono<Chosen> chosen(Kind kind) {
        List<IslandPlan> candidates = kind.candidates();
        return Flux.range(0, candidates.size())
                .concatMap(i -> trial(candidates.get(i), kind.firstTrial() + i), 0)
                .collectList()
                .map(runs -> {
                    int best = 0;
                    for (int i = 1; i < runs.size(); i++) {
                        boolean fewer = runs.get(i).resampledAt().size()
                                < runs.get(best).resampledAt().size();
                        best = fewer ? i : best;
                    }
                    return new Chosen(
                            candidates.get(best).frozen(runs.get(best).resampledAt()),
                            runs.stream().mapToLong(IslandRun::calls).sum());
                });
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
