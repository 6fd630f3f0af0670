package io.scoreflux;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.stream.BatchGateway;
import io.scoreflux.internal.stream.Demand;
import io.scoreflux.internal.stream.Rails;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.DivergenceDenoiser;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Condition;
import io.scoreflux.internal.stream.BatchFunction;
import io.scoreflux.stream.FaultPolicy;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.Order;
import io.scoreflux.stream.Stage;
import io.scoreflux.stream.StreamListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/** Collects the settings of a {@link Sampler}; neither immutable nor thread-safe. The noise range has no default. */
public final class SamplerBuilder {
    final DenoiserInfo info;
    final @Nullable BatchGateway gateway;
    private final @Nullable Denoiser denoiser;
    double fromSigma = Double.NaN;
    double toSigma = Double.NaN;
    OptionalDouble radius = OptionalDouble.empty();
    Solver solver = Sliding.DEFAULT;
    int stages = 4;
    double[] boundaries = new double[0];

    @Nullable
    Plan plan;

    @Nullable
    Condition condition;

    /** Null unless set, as a gateway has its own. */
    private @Nullable Integer maxRows;

    private @Nullable Scheduler scheduler;
    private int parallelism = 1;
    private @Nullable Duration deadline;
    private @Nullable Integer concurrency;
    private @Nullable Long memory;
    private int prefetch = 16;
    private Order order = Order.BY_INDEX;
    private final Map<Integer, List<Stage>> ownStages = new TreeMap<>();
    StreamListener listener = StreamListener.NONE;
    long seed;
    FaultPolicy faults = FaultPolicy.deliver();

    SamplerBuilder(DenoiserInfo info, @Nullable Denoiser denoiser, @Nullable BatchGateway gateway) {
        this.info = info;
        this.denoiser = denoiser;
        this.gateway = gateway;
    }

    /** Gives a gateway to the denoiser, once for each subscriber or rail. */
    Supplier<BatchGateway> gateways() {
        BatchGateway shared = gateway;
        if (shared != null) {
            if (maxRows != null) {
                throw new InvalidConfigurationException(
                        "maxRows",
                        "must be set on the gateway if there is one",
                        maxRows,
                        "give Sampler.builder a Gateway.builder(denoiser).maxRows(" + maxRows + ").build()");
            }
            return () -> shared;
        }
        Denoiser direct = Objects.requireNonNull(denoiser);
        return onCaller(info::dimension, direct::denoise);
    }

    /** Gives a gateway to the denoiser with its divergence, or null if it is not called directly or has none. */
    @Nullable
    Supplier<BatchGateway> divergences() {
        return denoiser instanceof DivergenceDenoiser known
                ? onCaller(() -> info.dimension() + 1, new DivergenceFunction(known))
                : null;
    }

    private Supplier<BatchGateway> onCaller(IntSupplier dimension, BatchFunction function) {
        return BatchGateway.onCaller(
                dimension, function, maxRows == null ? Gateway.DEFAULT_MAX_ROWS : maxRows, listener);
    }

    /** Whether the denoiser is called on the thread that requests. */
    boolean callsHere() {
        return gateway == null && scheduler == null;
    }

    /** Where trajectories are computed. */
    Rails rails(Supplier<BatchGateway> gateways) {
        if (scheduler != null && gateway != null) {
            throw new InvalidConfigurationException(
                    "parallelism",
                    "must not be given with a gateway",
                    parallelism,
                    "give the gateway {maxInFlight}",
                    "give a denoiser that is called directly");
        }
        int most = concurrency == null ? ConcurrencyLimit.DEFAULT : concurrency;
        if (parallelism > most) {
            throw new InvalidConfigurationException(
                    "parallelism", "must be at most {concurrency}, which it divides", parallelism + " > " + most);
        }
        return new Rails(gateways, parallelism, scheduler, deadline);
    }

    ConcurrencyLimit concurrency() {
        return new ConcurrencyLimit(concurrency, memory, parallelism, prefetch, order);
    }

    /** The user's stages; checked against the number of stages once that is known. */
    Map<Integer, List<Stage>> ownStages() {
        Map<Integer, List<Stage>> copy = new TreeMap<>();
        ownStages.forEach((after, own) -> copy.put(after, List.copyOf(own)));
        return Collections.unmodifiableMap(copy);
    }

    /**
     * The canonical noise levels where trajectories start and end: {@code from > to >= 0}. Ending at 0, where the state is the
     * datum itself, takes {@link Sliding}. Positive levels must be from {@link SigmaGrid#LEAST} to {@link SigmaGrid#MOST}.
     */
    public SamplerBuilder noiseRange(double from, double to) {
        SigmaGrid.requireRepresentable(from, to);
        this.fromSigma = from;
        this.toSigma = to;
        return this;
    }

    /**
     * The data's radius, the unit of tolerances, in the data's units. Defaults to the denoiser's moments, and where it gives
     * none to the estimate of a pilot.
     */
    public SamplerBuilder radius(double value) {
        this.radius = OptionalDouble.of(SigmaGrid.requireRadius(value));
        return this;
    }

    /**
     * What samples are to be, where a request does not say otherwise: their class, and the weight of guidance. A pilot runs under it too;
     * trajectories start from the law of the whole data as before. By default they are of any class.
     */
    public SamplerBuilder condition(Condition value) {
        this.condition = Objects.requireNonNull(value, "condition");
        return this;
    }

    /** How trajectories are solved. Defaults to sliding-window collocation at tolerance 1e-4. */
    public SamplerBuilder solver(Solver value) {
        this.solver = Objects.requireNonNull(value, "solver");
        return this;
    }

    /** Sub-intervals of the noise range, equal in ln sigma, each a stage of the stream, at least 1. Defaults to 4. */
    public SamplerBuilder stages(int value) {
        this.stages = Require.atLeast("stages", value, 1);
        this.boundaries = new double[0];
        return this;
    }

    /** The noise levels between stages, descending, inside the noise range; instead of a number of stages. */
    public SamplerBuilder boundaries(double... sigma) {
        Require.descending("boundaries", sigma);
        this.boundaries = sigma.clone();
        this.stages = sigma.length + 1;
        return this;
    }

    /**
     * A plan made before, for the same denoiser: its noise range, stages, radius and what its pilot found are used as they are,
     * instead of settings of those names and of a solver that needs a pilot.
     */
    public SamplerBuilder plan(Plan value) {
        this.plan = Objects.requireNonNull(value, "plan");
        return this;
    }

    /** With the sample's number, the identity of a sample. Defaults to 0. */
    public SamplerBuilder seed(long value) {
        this.seed = value;
        return this;
    }

    /**
     * The most trajectories in flight for one subscriber, 1 to 2^20; fewer if {@link #memory} is too small for them. Defaults to 256. No
     * sample's values depend on it.
     */
    public SamplerBuilder concurrency(int value) {
        this.concurrency = Require.within("concurrency", value, 1, Demand.MAX_CONCURRENCY);
        return this;
    }

    /**
     * The memory that trajectories in flight for one subscriber may take, in bytes, at least 1: it bounds the concurrency. Defaults to a quarter
     * of the maximum heap ({@link Runtime#maxMemory()}). The memory of one trajectory depends on solver and dimension, and is in the plan:
     * {@link Plan#trajectoryBytes}. The memory must hold one trajectory for each rail. Otherwise {@code build()} fails or, if a pilot must
     * run first, the stream of samples fails.
     */
    public SamplerBuilder memory(long bytes) {
        this.memory = Require.atLeast("memory", bytes, 1);
        return this;
    }

    /**
     * The most trajectories started beyond those requested, 0 to 2^21. The read-ahead is also at most the number requested before the last
     * request, so the first request reads nothing ahead. Defaults to 16.
     */
    public SamplerBuilder prefetch(int value) {
        this.prefetch = Require.within("prefetch", value, 0, Demand.MAX_PREFETCH);
        return this;
    }

    /** The order in which samples are delivered. Defaults to {@link Order#BY_INDEX}. */
    public SamplerBuilder order(Order value) {
        this.order = Objects.requireNonNull(value, "order");
        return this;
    }

    /** What becomes of samples that fail. Defaults to {@link FaultPolicy#deliver}. */
    public SamplerBuilder faults(FaultPolicy value) {
        this.faults = Objects.requireNonNull(value, "faults");
        return this;
    }

    /**
     * Adds a stage of one's own after one of the sampler's; several after the same one follow each other in the order in which they are
     * added.
     *
     * @param number the sampler's stage, counted from 0 at the largest noise level; the plan shows them
     */
    public SamplerBuilder afterStage(int number, Stage own) {
        Objects.requireNonNull(own, "stage");
        ownStages
                .computeIfAbsent(Require.atLeast("afterStage", number, 0), any -> new ArrayList<>())
                .add(own);
        return this;
    }

    /**
     * Computes in several rails, each on a worker of a scheduler with denoiser calls of its own: for synchronous denoisers, as many
     * rails as cores. The concurrency is divided among them. Samples come on the scheduler's threads, one at a time. By default there is
     * one rail, on the threads that request.
     *
     * @param rails at least 1, at most the concurrency
     */
    public SamplerBuilder parallelism(int rails, Scheduler scheduler) {
        this.parallelism = Require.atLeast("parallelism", rails, 1);
        this.scheduler = Rails.running(scheduler);
        return this;
    }

    /**
     * How long a sample may take from its start, except while it waits for demand, on the clock of {@code Schedulers.parallel()}; one that
     * takes longer fails. By default there is no limit. A limit does not change the values of a sample that meets it.
     *
     * <p>If the denoiser is asynchronous, or a gateway calls it on a scheduler, the sample fails at its deadline even if its call is never
     * answered. An asynchronous call that serves no other sample is cancelled. Samples may then also be emitted on a thread of {@code
     * Schedulers.parallel()}. A denoiser that is called on the requesting thread, or in a rail, cannot be interrupted: there the deadline
     * is checked between calls.
     *
     * @param value greater than 0, at most a hundred years
     */
    public SamplerBuilder deadline(Duration value) {
        this.deadline = Require.positive("deadline", value);
        return this;
    }

    /** Is told what becomes of trajectories and, unless a gateway is given, of denoiser calls. By default nobody is. */
    public SamplerBuilder listener(StreamListener value) {
        this.listener = Objects.requireNonNull(value, "listener");
        return this;
    }

    /**
     * The most rows in one denoiser call, at least 1. Defaults to 4096. {@link io.scoreflux.model.Guidance} asks its model two rows for one. An
     * asynchronous denoiser and a gateway are not called directly:
     * there it is {@link io.scoreflux.stream.GatewayBuilder#maxRows}.
     */
    public SamplerBuilder maxRows(int value) {
        this.maxRows = Require.atLeast("maxRows", value, 1);
        return this;
    }

    /**
     * The sampler.
     *
     * @throws IllegalStateException if the noise range is missing, or settings contradict each other
     * @throws IllegalArgumentException if what the denoiser says of itself is out of range, or it does not know the condition
     */
    public Sampler build() {
        return new Sampler(this);
    }
}
