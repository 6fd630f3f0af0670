package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.stream.AsyncBatchFunction;
import io.scoreflux.internal.stream.BatchFunction;
import io.scoreflux.internal.stream.BatchGateway;
import io.scoreflux.internal.stream.Demand;
import io.scoreflux.internal.stream.Rails;
import io.scoreflux.stream.FaultPolicy;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.GatewayBuilder;
import io.scoreflux.stream.Order;
import io.scoreflux.stream.StreamListener;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * A builder of {@link ProximalSampler}. Mutable and not thread-safe. A method that sets a number throws an
 * {@link IllegalArgumentException} if the number is out of range.
 */
public final class ProximalSamplerBuilder {
    /** The number of draws of each chain that may be unfinished or wait for slower chains. It keeps all chains busy. */
    private static final int ROUNDS = 8;
    /** The largest dimension in which there are moves by default. Above it, the pilot may need more memory than the chains by far. */
    private static final int MOST_DIMENSIONS = 10_000;

    final int dimension;
    final boolean definedEverywhere;
    /** The gradient: either this function or {@link #remote} is present. */
    private final @Nullable BatchFunction direct;

    private final @Nullable AsyncBatchFunction remote;
    ConvexTerm term = ConvexTerm.none();
    int firstChain;
    int chains = 4;
    long seed;

    @Nullable
    Mode mode;

    FaultPolicy faults = FaultPolicy.deliver();
    StreamListener listener = StreamListener.NONE;
    private @Nullable Preconditioner preconditioner;
    private @Nullable Curvature curvature;
    private @Nullable Boolean moves;
    private double @Nullable [] initialState;
    private double @Nullable [][] initialStates;
    private ProximalSettings settings = ProximalSettings.DEFAULT;
    private @Nullable Integer prefetch;
    private int maxRows = Gateway.DEFAULT_MAX_ROWS;
    private int parallelism = 1;
    private @Nullable Scheduler scheduler;
    private UnaryOperator<GatewayBuilder> calls = UnaryOperator.identity();

    /** The scaling of steps. */
    record Scaling(Preconditioner preconditioner, Curvature curvature) {
        boolean needsMode() {
            return Geometry.needsMode(preconditioner, curvature);
        }
    }

    ProximalSamplerBuilder(
            int dimension, boolean everywhere, @Nullable BatchFunction direct, @Nullable AsyncBatchFunction remote) {
        this.dimension = Require.atLeast("dimension", dimension, 1);
        this.definedEverywhere = everywhere;
        this.direct = direct;
        this.remote = remote;
    }

    /** Sets the term h that is added to f. Defaults to none. */
    public ProximalSamplerBuilder term(ConvexTerm value) {
        this.term = Objects.requireNonNull(value, "term");
        return this;
    }

    /** Sets the number of chains; 1 to 2^20. Defaults to 4. */
    public ProximalSamplerBuilder chains(int value) {
        this.chains = Require.within("chains", value, 1, Chain.MAX_CHAINS);
        return this;
    }

    /** Sets the index of the first chain; 0 to 2^20 - 1. With it, several machines can share the chains of one sampler. Defaults to 0. */
    public ProximalSamplerBuilder firstChain(int value) {
        this.firstChain = Require.within("firstChain", value, 0, Chain.MAX_CHAINS - 1);
        return this;
    }

    /** Sets the seed. The seed, the chain and the index within the chain identify a draw. Defaults to 0. */
    public ProximalSamplerBuilder seed(long value) {
        this.seed = value;
        return this;
    }

    /**
     * Sets the covariance of steps. Defaults to {@link Preconditioner#atMode}, or to {@link Preconditioner#identity} if there is a term and
     * the gradient is not defined everywhere.
     */
    public ProximalSamplerBuilder preconditioner(Preconditioner value) {
        this.preconditioner = Objects.requireNonNull(value, "preconditioner");
        return this;
    }

    /**
     * Sets the modelled curvature. Defaults to {@link Curvature#atMode} if the preconditioner is {@link Preconditioner#atMode}, otherwise
     * to {@link Curvature#secant}.
     */
    public ProximalSamplerBuilder curvature(Curvature value) {
        this.curvature = Objects.requireNonNull(value, "curvature");
        return this;
    }

    /**
     * Sets whether steps include Hamiltonian moves, which are longer than proximal steps. A pilot of 16 chains determines their parameters
     * when draws are first requested. If moves do not pay off in the pilot, the sampler makes none; see {@link ProximalSampler#hasMoves}.
     * Defaults to true up to 10,000 dimensions, unless the curvature is {@link Curvature#none} or a {@link #step} is set.
     *
     * <p>The pilot takes the same number of gradients for any number of draws: about 3,000 if proximal steps are as good as independent draws,
     * otherwise 20,000 to 100,000, and up to 250,000 for densities with very different scales on both sides or in thousands of dimensions.
     * For a few draws, {@code moves(false)} costs less.
     *
     * <p>Each chain with moves, and each chain of the pilot, needs memory for about 36 rows of d doubles, and two more for each leap of a
     * trajectory. A trajectory has at most 100 leaps, and above 5242 dimensions at most 2^19 / d, but at least three. With a box, there are
     * moves only if the number of bounded axes times the dimension is at most 250,000.
     */
    public ProximalSamplerBuilder moves(boolean value) {
        this.moves = value;
        return this;
    }

    /** Sets the mode, if it is known for the same target. The sampler then does not search for it. */
    public ProximalSamplerBuilder mode(Mode value) {
        this.mode = Objects.requireNonNull(value, "mode");
        return this;
    }

    /**
     * Sets the point at which the search for the mode starts. Without a mode it is also the centre of the initial states of the chains,
     * which are normal around it with twice the deviations of the preconditioner. Defaults to 0, or to a point in the region to which the
     * term restricts the density.
     */
    public ProximalSamplerBuilder initialState(double... value) {
        this.initialState = value.clone();
        return this;
    }

    /**
     * Sets the initial state of each chain, one row for each chain; copied. By default initial states are normal around the mode or
     * {@link #initialState}, with twice the deviations of the preconditioner.
     */
    public ProximalSamplerBuilder initialStates(double[][] values) {
        double[][] copy = new double[values.length][];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = values[i].clone();
        }
        this.initialStates = copy;
        return this;
    }

    /**
     * Sets B, the bound to which weights are clipped, in (0, 3]. A step takes about {@code 2 e^B - 1} gradients. Defaults to 0.5, which is
     * close to the optimum.
     */
    public ProximalSamplerBuilder bound(double value) {
        this.settings = settings.withBound(value);
        return this;
    }

    /**
     * Sets c of the step rule; at least 1. Step sizes are proportional to 1 / c. With the default of 4, about one weight in a hundred is
     * beyond the bound. With 1, half of the weights of a normal distribution are beyond it, and the draws are biased.
     */
    public ProximalSamplerBuilder safety(double value) {
        this.settings = settings.withSafety(value);
        return this;
    }

    /**
     * Sets the number of steps of each chain that are not delivered; at least 0. In these steps the step size adapts, and is then kept.
     * Defaults to 500.
     */
    public ProximalSamplerBuilder burnIn(int value) {
        this.settings = settings.withBurnIn(value);
        return this;
    }

    /** Sets the number of steps for each draw; at least 1. Defaults to 1. */
    public ProximalSamplerBuilder thinning(int value) {
        this.settings = settings.withThinning(value);
        return this;
    }

    /** Sets a step size eta that does not adapt; positive, in squares of the preconditioner's deviations. By default the step size adapts. */
    public ProximalSamplerBuilder step(double value) {
        this.settings = settings.withStep(value);
        return this;
    }

    /**
     * Sets the largest asymmetry of the gradient's Jacobian, in (0, 1]. The asymmetry is 0 for a gradient and 1 for a purely rotational
     * field. It is measured at the mode and at the initial state of each chain. If it exceeds the limit, the search for the mode, or the
     * chain, fails. Defaults to 0.1, which permits learned gradients.
     */
    public ProximalSamplerBuilder asymmetryLimit(double value) {
        this.settings = settings.withAsymmetryLimit(value);
        return this;
    }

    /**
     * Sets the number of draws that may start in addition to the requested ones; 0 to 2^21. Defaults to the number of chains minus 1, so
     * that one request starts all chains.
     */
    public ProximalSamplerBuilder prefetch(int value) {
        this.prefetch = Require.within("prefetch", value, 0, Demand.MAX_PREFETCH);
        return this;
    }

    /** Sets the maximum number of rows in one gradient call; at least 1. Defaults to 4096. */
    public ProximalSamplerBuilder maxRows(int value) {
        this.maxRows = Require.atLeast("maxRows", value, 1);
        return this;
    }

    /**
     * Configures the calls of an asynchronous gradient, such as timeout, retries and calls in flight:
     * {@code calls(c -> c.timeout(ofSeconds(10)).retries(3, ofMillis(100)))}. By default a call may take an hour
     * ({@link GatewayBuilder#timeout}) and is not repeated. Retries do not change draws.
     *
     * @throws IllegalStateException if the gradient is called directly
     */
    public ProximalSamplerBuilder calls(UnaryOperator<GatewayBuilder> settings) {
        if (direct != null) {
            throw new InvalidConfigurationException(
                    "calls",
                    "must not be given for gradients that are called directly, as such a call cannot be abandoned",
                    null,
                    "leave out {calls}",
                    "give an asynchronous gradient");
        }
        this.calls = Objects.requireNonNull(settings, "settings");
        return this;
    }

    /**
     * Sets the number of rails, at least 1. Each rail runs chains on a worker of the scheduler and makes separate gradient calls. By
     * default there is one rail, which runs on the requesting threads.
     */
    public ProximalSamplerBuilder parallelism(int rails, Scheduler scheduler) {
        this.parallelism = Require.atLeast("parallelism", rails, 1);
        this.scheduler = Rails.running(scheduler);
        return this;
    }

    /**
     * Sets the policy for draws that fail. Defaults to {@link FaultPolicy#deliver}. If draws are skipped and all chains have failed, the
     * stream fails with the last reason.
     */
    public ProximalSamplerBuilder faults(FaultPolicy value) {
        this.faults = Objects.requireNonNull(value, "faults");
        return this;
    }

    /** Sets a listener of draws, which are trajectories of one stage, and of gradient calls. By default there is none. */
    public ProximalSamplerBuilder listener(StreamListener value) {
        this.listener = Objects.requireNonNull(value, "listener");
        return this;
    }

    boolean hasMoves() {
        Boolean given = moves;
        return given != null
                ? given
                : curvature != Curvature.none() && settings.step().isEmpty() && dimension <= MOST_DIMENSIONS;
    }

    ProximalSettings settings() {
        return settings;
    }

    Scaling scaling() {
        Preconditioner scale = preconditioner != null
                ? preconditioner
                : definedEverywhere || term.dimension() == 0 ? Preconditioner.atMode() : Preconditioner.identity();
        Curvature model = curvature != null
                ? curvature
                : scale == Preconditioner.atMode() ? Curvature.atMode() : Curvature.secant();
        return new Scaling(scale, model);
    }

    double[] initialState() {
        Geometry.checkTerm(dimension, term);
        return initialState == null
                ? Geometry.inside(term, dimension)
                : Geometry.requireAllowed("initialState", initialState, term, dimension);
    }

    double @Nullable [][] initialStates() {
        double[][] given = initialStates;
        if (given != null) {
            if (given.length != chains) {
                throw new InvalidConfigurationException(
                        "initialStates", "must be one for each of the " + chains + " chains", given.length);
            }
            for (int c = 0; c < chains; c++) {
                Geometry.requireAllowed("initialStates[" + c + "]", given[c], term, dimension);
            }
        }
        return given;
    }

    boolean asynchronous() {
        return direct == null;
    }

    Demand demand() {
        int concurrency = (int) Math.min(Demand.MAX_CONCURRENCY, (long) ROUNDS * chains);
        return new Demand(concurrency, prefetch == null ? chains - 1 : prefetch, Order.BY_INDEX, true);
    }

    Rails rails(Supplier<BatchGateway> gateways) {
        if (scheduler != null && direct == null) {
            throw new InvalidConfigurationException(
                    "parallelism",
                    "must not be given for asynchronous gradients",
                    parallelism,
                    "leave out {parallelism}",
                    "give a gradient that is called directly");
        }
        return new Rails(gateways, parallelism, scheduler, null);
    }

    private Supplier<BatchGateway> gateways() {
        if (direct != null) {
            return BatchGateway.onCaller(() -> dimension, direct, maxRows, listener);
        }
        Gateway shared = calls.apply(BatchGateway.builder(dimension, Objects.requireNonNull(remote))
                        .maxRows(maxRows)
                        .listener(listener))
                .build();
        BatchGateway own = BatchGateway.of(shared);
        return () -> own;
    }

    /**
     * Returns the sampler.
     *
     * @throws IllegalArgumentException if a number is out of range or does not fit the target
     * @throws IllegalStateException if settings contradict each other
     */
    public ProximalSampler build() {
        if (firstChain > Chain.MAX_CHAINS - chains) {
            throw new InvalidConfigurationException(
                    "firstChain", "plus {chains} must be at most " + Chain.MAX_CHAINS, firstChain + " + " + chains);
        }
        return new ProximalSampler(this, gateways());
    }
}
