package io.scoreflux;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.stream.BatchGateway;
import io.scoreflux.internal.stream.FirstRequestFlux;
import io.scoreflux.internal.stream.Rails;
import io.scoreflux.internal.stream.TrajectoryFlux;
import io.scoreflux.internal.stream.TrajectoryFlux.Ended;
import io.scoreflux.internal.stream.TrajectoryFlux.Engine;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Moments;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.DivergenceIntegrals;
import io.scoreflux.solve.Inversion;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Condition;
import io.scoreflux.stream.FaultPolicy;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.Order;
import io.scoreflux.stream.Stage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * A source of samples from the distribution that a denoiser describes. Immutable and thread-safe; created by {@link #builder}.
 *
 * <p>The values of sample k depend only on the seed, on k, and on the numerical settings. They do not depend on batch size, demand,
 * threads, order, or the index at which a stream starts.
 */
public final class Sampler {
    private final DenoiserInfo denoiser;
    private final int dimension;
    private final @Nullable Condition condition;
    /** The condition of each sample, or null for {@link #condition}. */
    private final @Nullable LongFunction<@Nullable Condition> conditions;

    private final Planner planner;
    private final ConcurrencyLimit concurrency;
    private final Rails rails;
    private final @Nullable Rails diverging;
    private final Map<Integer, List<Stage>> ownStages;
    private final Solver solver;
    private final FaultPolicy faults;
    private final Order order;
    private final ProgressCounter progress;
    private final long seed;

    Sampler(SamplerBuilder builder) {
        Supplier<BatchGateway> gateways = builder.gateways();
        this.denoiser = builder.info;
        this.dimension = denoiser.dimension();
        this.condition = builder.condition == null ? null : DenoiserInfo.require(denoiser, builder.condition);
        this.conditions = builder.conditions;
        this.progress = new ProgressCounter(builder.listener);
        this.concurrency = builder.concurrency();
        this.rails = builder.rails(gateways);
        Supplier<BatchGateway> divergences = builder.divergences();
        this.diverging = divergences == null ? null : builder.rails(divergences);
        this.ownStages = builder.ownStages();
        this.solver = builder.solver;
        this.planner = new Planner(builder, gateways, ownStages.keySet());
        this.faults = builder.faults;
        this.order = builder.order;
        this.seed = builder.seed;
    }

    /**
     * Returns a builder of samplers for a denoiser. The denoiser is called on the requesting threads, unless
     * {@link SamplerBuilder#parallelism} is set.
     */
    public static SamplerBuilder builder(Denoiser denoiser) {
        Objects.requireNonNull(denoiser, "denoiser");
        return new SamplerBuilder(denoiser, denoiser, null);
    }

    /**
     * Returns a builder of samplers for an asynchronous denoiser, through a private gateway with one call in flight. The time limit of one
     * attempt of a call is one hour; {@link io.scoreflux.stream.GatewayBuilder#timeout} sets another limit.
     */
    public static SamplerBuilder builder(AsyncDenoiser denoiser) {
        return builder(BatchGateway.builder(denoiser).build());
    }

    /**
     * Returns a builder of samplers that call their denoiser through a gateway. Several samplers can share a gateway, which merges their
     * queries into common calls. Samples are emitted on the threads that complete these calls.
     *
     * @throws IllegalArgumentException if {@link Gateway#builder} did not build the gateway
     */
    public static SamplerBuilder builder(Gateway gateway) {
        BatchGateway own = BatchGateway.of(gateway);
        return new SamplerBuilder(own.info(), null, own);
    }

    /**
     * Returns the plan: the stages of the noise range, and the radius and moments of the data with their origins.
     *
     * <p>If the radius is unknown or the solver has a budget of calls, the plan needs a pilot of up to 32 trajectories. Unless an earlier
     * request has run the pilot, it runs now, and the calling thread waits for it. The plan reports the calls of the pilot, and no
     * certificate counts them. A thread that must not block uses {@link #prepare()} instead. A thread that the gateway needs for its calls,
     * such as the only thread of its scheduler, must not block here.
     *
     * @throws IllegalStateException if a trajectory of the pilot fails, or if the calling thread is one of Reactor's non-blocking threads
     */
    public Plan plan() {
        Planner.Prepared now = planner.prepared();
        return (now == null ? planner.await() : now).plan();
    }

    /**
     * Returns {@link #plan()} as a publisher. If the plan needs a pilot, it starts at the first subscription, and stops when the last
     * subscriber cancels. If the denoiser is called through a gateway or in rails, subscribing does not block. Otherwise the pilot calls
     * the denoiser on the subscribing thread.
     */
    public Mono<Plan> prepare() {
        return planner.preparing().map(Planner.Prepared::plan);
    }

    /** Returns the order in which samples are delivered. */
    public Order order() {
        return order;
    }

    /** Returns the present progress of all streams of this sampler. */
    public Progress progress() {
        return progress.now();
    }

    /** Returns all samples from index 0 on; see {@link #samples(long, long)}. */
    public Flux<Sample> samples() {
        return samples(0);
    }

    /** Returns all samples from index {@code from} on; see {@link #samples(long, long)}. */
    public Flux<Sample> samples(long from) {
        return samples(from, Long.MAX_VALUE);
    }

    /**
     * Returns the samples {@code from, from + 1, ..., to - 1}, in this order unless {@link SamplerBuilder#order} sets another.
     *
     * <p>The stream is cold: each subscriber has a separate computation, which starts with the first request and by default runs on the
     * requesting threads. The first {@code request(n)} starts {@code n} trajectories. A later request also starts up to
     * {@link SamplerBuilder#prefetch} more, but no more than were requested before it. At most {@code concurrency} trajectories are in
     * flight. So {@code take(n)} costs n samples. An operator with unbounded demand, such as {@code blockFirst()} or {@code next()}, starts
     * {@code concurrency} trajectories before the first sample is emitted: write {@code take(1).blockFirst()}. If the radius of the data is
     * unknown, or the solver has a budget of calls, a pilot of up to 32 trajectories runs before the first sample, once per sampler
     * ({@link #plan()}). A cancelled stream stops after the denoiser call in flight.
     *
     * <p>A failed sample does not affect other samples. It is delivered with its reason, unless {@link SamplerBuilder#faults} sets another
     * policy. The stream itself then fails only for a cause that affects all of its samples: an error of the virtual machine, a stage or a
     * listener that throws, or a scheduler that is disposed of.
     *
     * @param from the index of the first sample, at least 0
     * @param to one more than the index of the last sample, at least {@code from}
     */
    public Flux<Sample> samples(long from, long to) {
        return delivered(run(from, to, down(InitialStates.DRAWN, false)));
    }

    /**
     * Returns one sample for each request, in the order of the requests unless {@link SamplerBuilder#order} sets another.
     *
     * <p>Cold and bounded like {@link #samples(long, long)}: each subscriber subscribes to the publisher, and requests no more elements
     * from it than may be in progress. If the sampler cannot serve a request, the sample of this request fails with
     * {@link io.scoreflux.error.Failure.Kind#BAD_REQUEST}. Each sample contains its request. If the publisher fails, the stream fails.
     */
    public Flux<Sample> samples(Publisher<Request> requests) {
        return delivered(run(requests, down(InitialStates.DRAWN, false)));
    }

    /**
     * Returns sample {@code index} of this sampler's seed at one tolerance after the other; see {@link #refinements(Request, double...)}.
     *
     * @param index the index of the sample, at least 0
     * @param tolerances the tolerances, relative to the radius of the data, each below the one before it
     */
    public Flux<Sample> refinements(long index, double... tolerances) {
        return refinements(Request.of(seed, index), tolerances);
    }

    /**
     * Returns the sample of a request at one tolerance after the other, so that a subscriber has a coarse sample early and can cancel when a
     * sample is accurate enough. All of them have the same initial state, and approximate the same end of its trajectory. Each is the sample that
     * {@link #samples(Publisher)} returns for this request at its tolerance, and costs as many calls.
     *
     * <p>The stream is cold, and {@code request(n)} computes n samples, one after the other. No call for a tolerance begins until the sample
     * at the previous tolerance has been emitted, also with unbounded demand.
     *
     * @param request the seed, the index and the condition; without a tolerance
     * @param tolerances the tolerances, relative to the radius of the data, each below the one before it
     * @throws IllegalArgumentException if the request has a tolerance, if the tolerances do not decrease, if the solver has no tolerance, or if
     *     it does not permit one of them
     * @throws IllegalStateException if the solver draws random numbers
     */
    public Flux<Sample> refinements(Request request, double... tolerances) {
        if (request.tolerance().isPresent()) {
            throw new InvalidArgumentException(
                    "request",
                    "must not have a tolerance, because each refinement has its own",
                    request.tolerance().getAsDouble());
        }
        if (solver.drawsNoise()) {
            throw new InvalidConfigurationException(
                    "solver",
                    "must be deterministic for refinements, so that all of them approximate the same state",
                    solver.name(),
                    "use {sliding}, {picard} or {parallel}");
        }
        Require.entries("tolerances", tolerances.length, 1);
        Require.descending("tolerances", tolerances);
        for (double tolerance : tolerances) {
            solver.withTolerance(tolerance);
        }
        double[] copied = tolerances.clone();
        return Flux.range(0, copied.length).concatMap(i -> samples(Mono.just(request.withTolerance(copied[i]))), 0);
    }

    /**
     * Returns the samples {@code from, ..., to - 1} with their traces. A trace has one point at the initial state and one at the end of
     * each stage. Each point contains the state and the value of the denoiser there. It costs one more denoiser call, which the certificate
     * counts, except at noise level 0. Otherwise like {@link #samples(long, long)}, with the same values of the samples. Failed samples are
     * emitted too, with the points up to the failure.
     *
     * @param from the index of the first sample, at least 0
     * @param to one more than the index of the last sample, at least {@code from}
     */
    public Flux<Trace> traces(long from, long to) {
        return traced(run(from, to, down(InitialStates.DRAWN, true)));
    }

    /**
     * Returns one sample with its trace for each request, like {@link #samples(Publisher)}. Each point costs one call, as in
     * {@link #traces(long, long)}. If a request cannot be served, its trace has no points.
     */
    public Flux<Trace> traces(Publisher<Request> requests) {
        return traced(run(requests, down(InitialStates.DRAWN, true)));
    }

    /** Decodes all states; see {@link #decode(double[][], int, int)}. */
    public Flux<Sample> decode(double[][] states) {
        return decode(states, 0, states.length);
    }

    /**
     * Solves from given initial states at the largest noise level to the smallest. Row k is the initial state of sample k, for the rows
     * {@code from, from + 1, ..., to - 1}. Otherwise like {@link #samples(long, long)}.
     *
     * @param states states at the largest noise level, in canonical form; copied
     * @param from the first row, at least 0
     * @param to one more than the last row, at least {@code from} and at most the number of states
     */
    public Flux<Sample> decode(double[][] states, int from, int to) {
        return delivered(run(from, to, down(given(states, from, to), false)));
    }

    /**
     * Adds noise to given data and samples from there, as in image-to-image translation. The initial state of sample k is
     * {@code x_k + s n_k}, where s is the largest noise level of the sampler and n_k is the noise of sample k. A smaller s preserves more
     * of the data. Otherwise like {@link #decode(double[][])}.
     *
     * @param inputs data, in their own units; row k belongs to sample k; copied
     */
    public Flux<Sample> renoise(double[][] inputs) {
        return renoise(inputs, 0, inputs.length);
    }

    /**
     * Applies {@link #renoise(double[][])} to the rows {@code from, ..., to - 1}.
     *
     * @param from the first row, at least 0
     * @param to one more than the last row, at least {@code from} and at most the number of inputs
     */
    public Flux<Sample> renoise(double[][] inputs, int from, int to) {
        return delivered(run(from, to, down(InitialStates.noised(copied(inputs, from, to), from), false)));
    }

    /**
     * Solves the probability flow from given states at the smallest noise level, which must be greater than 0, to the largest. It uses the
     * solver of the sampler and passes the stages from the last to the first ({@link Inversion}). {@link #decode(double[][])} is the
     * inverse operation. Errors are relative to the largest noise level: the results divided by this level are approximately standard
     * normal numbers. Stages added with {@link SamplerBuilder#afterStage} do not apply. Listeners count the stages from 0 at the smallest
     * level.
     *
     * <p>Otherwise like {@link #samples(long, long)}.
     *
     * @param states states at the smallest noise level; row k belongs to sample k; copied
     * @throws IllegalStateException if the noise range ends at 0, or the solver is stochastic or needs a pilot
     */
    public Flux<Sample> encode(double[][] states) {
        return encode(states, 0, states.length);
    }

    /**
     * Applies {@link #encode(double[][])} to the rows {@code from, ..., to - 1}.
     *
     * @param from the first row, at least 0
     * @param to one more than the last row, at least {@code from} and at most the number of states
     */
    public Flux<Sample> encode(double[][] states, int from, int to) {
        return delivered(run(from, to, up(given(states, from, to), rails, Inversion.Divergence.NONE)));
    }

    /**
     * Encodes states with their log-densities: {@code ln p(x) = ln p(z; fromSigma) + int (d - tr dD/dz) dln sigma}. Here p is the
     * distribution of this sampler's samples at the smallest noise level: the distribution of its initial states, transported by the flow.
     * Otherwise like {@link #encode(double[][])}. Failed samples are emitted too, without a log-density.
     *
     * @param states states at the smallest noise level; row k belongs to sample k, whose index determines its probes; copied
     * @param how the method: exact, or with probes
     * @throws IllegalStateException as for {@code encode}, or if the method is exact and the sampler does not call a
     *     {@link io.scoreflux.model.DivergenceDenoiser} directly
     */
    public Flux<Encoded> likelihood(double[][] states, Likelihood how) {
        return likelihood(states, 0, states.length, how);
    }

    /**
     * Applies {@link #likelihood(double[][], Likelihood)} to the rows {@code from, ..., to - 1}.
     *
     * @param from the first row, at least 0
     * @param to one more than the last row, at least {@code from} and at most the number of states
     */
    public Flux<Encoded> likelihood(double[][] states, int from, int to, Likelihood how) {
        Rails by = how.probes() > 0 ? rails : diverging;
        if (by == null) {
            throw new InvalidConfigurationException(
                    "likelihood",
                    "must be estimated with probes, unless the sampler calls a DivergenceDenoiser directly",
                    "exact",
                    "use Likelihood.probes(n)",
                    "give Sampler.builder a DivergenceDenoiser");
        }
        Inversion.Divergence divergence =
                how.probes() > 0 ? new Inversion.Divergence(false, how.probes()) : Inversion.Divergence.EXACT;
        return run(from, to, up(given(states, from, to), by, divergence))
                .doOnNext(done -> progress.passedOn(done.trajectory()))
                .map(this::encoded);
    }

    private Encoded encoded(Ended<SampleRun> done) {
        SolverRun run = done.source().run();
        Sample sample = Sample.of(done.source());
        Planner.Prepared prepared = Objects.requireNonNull(planner.prepared());
        Plan plan = prepared.plan();
        DivergenceIntegrals integrals = run.divergenceIntegrals();
        return integrals != null && !sample.failed()
                ? Encoded.of(
                        sample,
                        prepared.start().logDensity(run.z()),
                        dimension * StrictMath.log(plan.fromSigma() / plan.toSigma()),
                        integrals)
                : new Encoded(sample, Double.NaN, OptionalDouble.empty());
    }

    /** Returns a factory of trajectories from the largest noise level to the smallest, through the stages of the plan and the custom stages. */
    private Function<Planner.Prepared, TrajectoryFactory> down(InitialStates states, boolean traced) {
        return prepared -> new TrajectoryFactory(
                engine(rails, prepared.plan().trajectoryBytes(), ownStages),
                prepared,
                states,
                prepared.plan().boundaries(),
                prepared.solver(),
                traced,
                Purpose.STEP,
                denoiser);
    }

    /** Returns a factory of trajectories from the smallest noise level to the largest, through the stages of the plan from the last to the first. */
    private Function<Planner.Prepared, TrajectoryFactory> up(
            InitialStates states, Rails by, Inversion.Divergence divergence) {
        Inversion.require(solver, planner.toSigma());
        return prepared -> {
            Plan plan = prepared.plan();
            Inversion inversion = new Inversion(
                    solver,
                    new Problem(dimension, plan.fromSigma(), plan.toSigma(), plan.radius(), denoiser.rounding()),
                    size(plan.radius()),
                    divergence);
            double[] boundaries =
                    plan.boundaries().stream().mapToDouble(Double::doubleValue).toArray();
            List<Double> levels = new ArrayList<>(Plan.at(inversion.stopLevels(), boundaries));
            Collections.reverse(levels);
            long bytes = ConcurrencyLimit.bytes(inversion, dimension);
            concurrency.check("the solver " + solver.name() + " for encoding", dimension, bytes);
            return new TrajectoryFactory(
                    engine(by, bytes, Map.of()), prepared, states, levels, inversion, false, Purpose.PROBE, denoiser);
        };
    }

    private Engine engine(Rails by, long trajectoryBytes, Map<Integer, List<Stage>> stages) {
        return new Engine(by, concurrency.demand(trajectoryBytes), stages, progress);
    }

    /** Returns the root mean square of the data. An unknown mean counts as zero. */
    private double size(double radius) {
        double[] mean = denoiser.moments().map(Moments::mean).orElseGet(() -> new double[0]);
        return StrictMath.hypot(radius, Kernels.norm(mean, 0, mean.length));
    }

    private InitialStates given(double[][] states, int from, int to) {
        return InitialStates.given(copied(states, from, to), from);
    }

    private double[][] copied(double[][] states, int from, int to) {
        Require.atLeast("from", from, 0);
        Require.atLeast("to", to, from);
        Require.entries("states", states.length, to);
        double[][] rows = new double[to - from][];
        for (int k = from; k < to; k++) {
            rows[k - from] = Require.finiteRow(Require.element("states", k), states[k], dimension)
                    .clone();
        }
        return rows;
    }

    private Flux<Sample> delivered(Flux<Ended<SampleRun>> trajectories) {
        return trajectories.handle(this::deliver);
    }

    private void deliver(Ended<SampleRun> done, SynchronousSink<Sample> sink) {
        Trajectory trajectory = done.trajectory();
        if (faults.delivers(trajectory.index(), trajectory.failure())) {
            progress.passedOn(trajectory);
            sink.next(Sample.of(done.source()));
        } else {
            progress.skipped(trajectory);
        }
    }

    /** Returns the samples with the given initial states in order of index. Failed samples are included, whatever the policy. */
    Flux<Sample> every(long to, InitialStates states) {
        return each(run(0, to, down(states, false)));
    }

    /** Returns one sample for each request. Failed samples are included, whatever the policy. */
    Flux<Sample> every(Publisher<Request> requests) {
        return each(run(requests, down(InitialStates.DRAWN, false)));
    }

    private Flux<Sample> each(Flux<Ended<SampleRun>> trajectories) {
        return trajectories
                .doOnNext(done -> progress.passedOn(done.trajectory()))
                .map(done -> Sample.of(done.source()));
    }

    /** Returns what the planner prepares, after its pilot if it needs one. */
    Mono<Planner.Prepared> ready() {
        return Mono.defer(() -> {
            Planner.Prepared now = planner.prepared();
            return now == null ? planner.preparingSamples() : Mono.just(now);
        });
    }

    long seed() {
        return seed;
    }

    int dimension() {
        return dimension;
    }

    Solver solver() {
        return solver;
    }

    /** Returns whether samples have conditions of their own. */
    boolean hasConditions() {
        return conditions != null;
    }

    boolean hasOwnStages() {
        return !ownStages.isEmpty();
    }

    /** Returns the samples with their traces. Failed samples are included. */
    private Flux<Trace> traced(Flux<Ended<SampleRun>> trajectories) {
        return trajectories
                .doOnNext(done -> progress.passedOn(done.trajectory()))
                .map(done ->
                        new Trace(Sample.of(done.source()), done.source().run().trace()));
    }

    private Flux<Ended<SampleRun>> run(long from, long to, Function<Planner.Prepared, TrajectoryFactory> way) {
        Require.atLeast("from", from, 0);
        Require.atLeast("to", to, from);
        if (conditions == null) {
            DenoiserInfo.require(denoiser, condition);
        }
        // An empty stream completes without a request and needs no pilot.
        return from == to
                ? Flux.empty()
                : prepared(prepared -> {
                    TrajectoryFactory course = way.apply(prepared);
                    return TrajectoryFlux.run(
                            course.engine(),
                            course.ends(),
                            from,
                            to,
                            index -> course.run(seed, index, this::conditionOf));
                });
    }

    private Flux<Ended<SampleRun>> run(Publisher<Request> requests, Function<Planner.Prepared, TrajectoryFactory> way) {
        Objects.requireNonNull(requests, "requests");
        return prepared(prepared -> {
            TrajectoryFactory course = way.apply(prepared);
            Flux<Supplier<SampleRun>> each =
                    Flux.from(requests).index((place, request) -> () -> course.run(request, place, this::conditionOf));
            return TrajectoryFlux.run(course.engine(), course.ends(), 0, each);
        });
    }

    private @Nullable Condition conditionOf(long index) {
        return conditions == null ? condition : conditions.apply(index);
    }

    /** Returns a stream that starts with the plan, and with the pilot if the plan needs one that has not run. */
    private Flux<Ended<SampleRun>> prepared(Function<Planner.Prepared, Flux<Ended<SampleRun>>> stream) {
        Planner.Prepared now = planner.prepared();
        return now != null ? stream.apply(now) : FirstRequestFlux.after(planner.preparingSamples(), stream);
    }
}
