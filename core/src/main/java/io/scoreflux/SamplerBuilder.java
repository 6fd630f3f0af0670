package io.scoreflux;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.stream.BatchFunction;
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
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/** Collects the settings of a {@link Sampler}; neither immutable nor thread-safe. The noise range has no default. */
public final class SamplerBuilder {
    /** The maximum number of stages. */
    public static final int MAX_STAGES = 1000;

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

    /** The condition of all samples, or null. */
    @Nullable
    Condition condition;

    /** The condition of each sample, or null for {@link #condition}. */
    @Nullable
    LongFunction<@Nullable Condition> conditions;

    /** Null unless set, because a gateway has its own maximum. */
    private @Nullable Integer maxRows;

    private @Nullable Scheduler scheduler;
    private int parallelism = 1;
    private @Nullable Duration deadline;
    private @Nullable Integer concurrency;
    private @Nullable Long memory;
    private int prefetch = 16;
    Order order = Order.BY_INDEX;
    private final Map<Integer, List<Stage>> ownStages = new TreeMap<>();
    StreamListener listener = StreamListener.NONE;
    long seed;
    FaultPolicy faults = FaultPolicy.deliver();

    SamplerBuilder(DenoiserInfo info, @Nullable Denoiser denoiser, @Nullable BatchGateway gateway) {
        this.info = info;
        this.denoiser = denoiser;
        this.gateway = gateway;
    }

    /** Returns a supplier of gateways to the denoiser, which is called once for each subscriber or rail. */
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

    /**
     * Returns a supplier of gateways to the denoiser with its divergence. Returns null if the denoiser is not called directly or has no
     * divergence.
     */
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

    /** Returns whether the denoiser is called on the requesting thread. */
    boolean callsHere() {
        return gateway == null && scheduler == null;
    }

    /** Returns the rails that compute the trajectories. */
    Rails rails(Supplier<BatchGateway> gateways) {
        if (scheduler != null && gateway != null) {
            throw new InvalidConfigurationException(
                    "parallelism",
                    "must not be given with a gateway or an asynchronous denoiser",
                    parallelism,
                    "set {maxInFlight} of the gateway",
                    "give a denoiser that is called directly");
        }
        int most = concurrency == null ? ConcurrencyLimit.DEFAULT : concurrency;
        if (parallelism > most) {
            throw new InvalidConfigurationException(
                    "parallelism", "must be at most {concurrency}, which the rails share", parallelism + " > " + most);
        }
        return new Rails(gateways, parallelism, scheduler, deadline);
    }

    ConcurrencyLimit concurrency() {
        return new ConcurrencyLimit(concurrency, memory, parallelism, prefetch, order);
    }

    /** Returns the custom stages. The planner checks them when the number of stages is known. */
    Map<Integer, List<Stage>> ownStages() {
        Map<Integer, List<Stage>> copy = new TreeMap<>();
        ownStages.forEach((after, own) -> copy.put(after, List.copyOf(own)));
        return Collections.unmodifiableMap(copy);
    }

    /**
     * Sets the canonical noise levels where trajectories start and end: {@code from > to >= 0}. Positive levels must be from
     * {@link SigmaGrid#MIN_SIGMA} to {@link SigmaGrid#MAX_SIGMA}. At 0 the state is the datum itself; this end requires a solver that reaches 0,
     * such as {@link Sliding}.
     */
    public SamplerBuilder noiseRange(double from, double to) {
        SigmaGrid.requireRepresentable(from, to);
        this.fromSigma = from;
        this.toSigma = to;
        return this;
    }

    /**
     * Sets the radius of the data, the unit of tolerances, in the units of the data. Defaults to the radius from the moments of the
     * denoiser, or to the estimate of a pilot if the denoiser has no moments.
     */
    public SamplerBuilder radius(double value) {
        this.radius = OptionalDouble.of(SigmaGrid.requireRadius(value));
        return this;
    }

    /**
     * Sets the condition of samples whose request has none: their class, and the guidance weight. It also applies to a pilot. It does not
     * change the distribution of the initial states, which is that of the whole data. By default samples are unconditional.
     */
    public SamplerBuilder condition(Condition value) {
        this.condition = Objects.requireNonNull(value, "condition");
        this.conditions = null;
        return this;
    }

    /**
     * Sets the condition of each sample whose request has none, instead of one {@link #condition} for all. Trajectory k of a pilot has the
     * condition of sample k. If the function throws an exception, or the denoiser does not accept a condition, only that sample fails, with
     * {@link io.scoreflux.error.Failure.Kind#BAD_REQUEST}. A pilot fails as a whole. The function is not called for requests with a condition.
     *
     * @param ofSample returns the condition of the sample with an index, or null for none; always the same for an index; several threads call
     *     it concurrently
     */
    public SamplerBuilder conditions(LongFunction<@Nullable Condition> ofSample) {
        this.conditions = Objects.requireNonNull(ofSample, "conditions");
        this.condition = null;
        return this;
    }

    /** Sets the solver. Defaults to sliding-window collocation at tolerance 1e-4. */
    public SamplerBuilder solver(Solver value) {
        this.solver = Objects.requireNonNull(value, "solver");
        return this;
    }

    /** Sets the number of stages, 1 to {@value #MAX_STAGES}. Stages are intervals of the noise range of equal length in ln sigma. Defaults to 4. */
    public SamplerBuilder stages(int value) {
        this.stages = Require.within("stages", value, 1, MAX_STAGES);
        this.boundaries = new double[0];
        return this;
    }

    /**
     * Sets the noise levels between stages, descending and strictly inside the noise range, instead of a number of stages. At most
     * {@value #MAX_STAGES} - 1.
     */
    public SamplerBuilder boundaries(double... sigma) {
        Objects.requireNonNull(sigma, "boundaries");
        if (sigma.length >= MAX_STAGES) {
            throw new InvalidArgumentException(
                    "boundaries", "must have fewer than " + MAX_STAGES + " entries", sigma.length);
        }
        Require.descending("boundaries", sigma);
        this.boundaries = sigma.clone();
        this.stages = sigma.length + 1;
        return this;
    }

    /**
     * Sets a plan that was made earlier for the same denoiser. Its noise range, stages, radius and pilot results replace the corresponding
     * settings of this builder, and no pilot runs.
     */
    public SamplerBuilder plan(Plan value) {
        this.plan = Objects.requireNonNull(value, "plan");
        return this;
    }

    /** Sets the seed. Seed and index identify a sample. Defaults to 0. */
    public SamplerBuilder seed(long value) {
        this.seed = value;
        return this;
    }

    /**
     * Sets the maximum number of trajectories in flight for one subscriber, 1 to 2^20. Fewer are in flight if {@link #memory} is too small
     * for them. Defaults to 256. It does not change the values of any sample.
     */
    public SamplerBuilder concurrency(int value) {
        this.concurrency = Require.within("concurrency", value, 1, Demand.MAX_CONCURRENCY);
        return this;
    }

    /**
     * Sets the maximum memory of the trajectories in flight for one subscriber, in bytes, at least 1. It limits the concurrency. Defaults
     * to a quarter of the maximum heap ({@link Runtime#maxMemory()}). The memory of one trajectory depends on the solver and the dimension,
     * and is in the plan: {@link Plan#trajectoryBytes}. The memory that you set, or otherwise the whole heap, must suffice for one
     * trajectory per rail. Otherwise {@code build()} fails or, if a pilot must run first, the stream of samples fails.
     */
    public SamplerBuilder memory(long bytes) {
        this.memory = Require.atLeast("memory", bytes, 1);
        return this;
    }

    /**
     * Sets the maximum number of trajectories started beyond those requested, 0 to 2^21. The prefetch is also at most the number of samples
     * requested before the last request, so the first request starts no additional trajectories. Defaults to 16.
     */
    public SamplerBuilder prefetch(int value) {
        this.prefetch = Require.within("prefetch", value, 0, Demand.MAX_PREFETCH);
        return this;
    }

    /** Sets the order in which samples are delivered. Defaults to {@link Order#BY_INDEX}. */
    public SamplerBuilder order(Order value) {
        this.order = Objects.requireNonNull(value, "order");
        return this;
    }

    /** Sets the policy for failed samples. Defaults to {@link FaultPolicy#deliver}. */
    public SamplerBuilder faults(FaultPolicy value) {
        this.faults = Objects.requireNonNull(value, "faults");
        return this;
    }

    /**
     * Adds a custom stage after one of the stages of the sampler. Several custom stages after the same stage run in the order in which they
     * are added.
     *
     * @param number the index of the sampler's stage, counted from 0 at the largest noise level; the plan lists the stages
     */
    public SamplerBuilder afterStage(int number, Stage own) {
        Objects.requireNonNull(own, "stage");
        ownStages
                .computeIfAbsent(Require.atLeast("afterStage", number, 0), any -> new ArrayList<>())
                .add(own);
        return this;
    }

    /**
     * Computes in several rails. Each rail runs on its own worker of the scheduler and makes its own denoiser calls. For a synchronous
     * denoiser, use as many rails as cores. The rails share the concurrency. Samples are emitted on the threads of the scheduler, one at a
     * time. By default there is one rail, on the requesting threads.
     *
     * @param rails at least 1, at most the concurrency
     */
    public SamplerBuilder parallelism(int rails, Scheduler scheduler) {
        this.parallelism = Require.atLeast("parallelism", rails, 1);
        this.scheduler = Rails.running(scheduler);
        return this;
    }

    /**
     * Sets the time limit of a sample. The time counts from the start of the sample on the clock of {@code Schedulers.parallel()}, except
     * while the sample waits for demand. A sample that exceeds the limit fails. By default there is no limit. A limit does not change the
     * values of a sample that meets it.
     *
     * <p>If the denoiser is asynchronous, or a gateway calls it on a scheduler, the sample fails at its deadline even if its call never
     * completes. An asynchronous call that serves no other sample is cancelled. Samples may then also be emitted on a thread of
     * {@code Schedulers.parallel()}. A denoiser that is called on the requesting thread, or in a rail, cannot be interrupted: there the
     * deadline is checked between calls.
     *
     * @param value greater than 0, at most a hundred years
     */
    public SamplerBuilder deadline(Duration value) {
        this.deadline = Require.positive("deadline", value);
        return this;
    }

    /** Sets the listener to the events of trajectories and, unless a gateway is given, of denoiser calls. Defaults to {@link StreamListener#NONE}. */
    public SamplerBuilder listener(StreamListener value) {
        this.listener = Objects.requireNonNull(value, "listener");
        return this;
    }

    /**
     * Sets the maximum number of rows in one denoiser call, at least 1. Defaults to 4096. A denoiser with
     * {@link io.scoreflux.model.Guidance} calls its model with two rows for each row. For an asynchronous denoiser or a gateway, set
     * {@link io.scoreflux.stream.GatewayBuilder#maxRows} instead.
     */
    public SamplerBuilder maxRows(int value) {
        this.maxRows = Require.atLeast("maxRows", value, 1);
        return this;
    }

    /**
     * Checks that no condition, plan or custom stage is set. For a class that makes samplers for its own purpose and lets its callers set how the
     * engine runs them.
     *
     * @throws IllegalStateException if one is set
     */
    public SamplerBuilder requireEngineOnly() {
        requireUnset("condition", condition != null);
        requireUnset("conditions", conditions != null);
        requireUnset("plan", plan != null);
        requireUnset("afterStage", !ownStages.isEmpty());
        return this;
    }

    private static void requireUnset(String setting, boolean set) {
        if (set) {
            throw new InvalidConfigurationException(
                    setting, "must not be set where only settings of the engine are allowed", null);
        }
    }

    /**
     * Builds the sampler.
     *
     * @throws IllegalStateException if the noise range is missing, or settings contradict each other
     * @throws IllegalArgumentException if a property of the denoiser is out of range, or the denoiser does not support the condition
     */
    public Sampler build() {
        return new Sampler(this);
    }
}
