package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.stream.BatchGateway;
import io.scoreflux.internal.stream.Demand;
import io.scoreflux.internal.stream.Rails;
import io.scoreflux.internal.stream.AsyncBatchFunction;
import io.scoreflux.internal.stream.BatchFunction;
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

/** Collects the settings of a {@link ProximalSampler}; neither immutable nor thread-safe. */
public final class ProximalSamplerBuilder {
    /** So many draws of each chain may be under way or wait for slower ones, which keeps all chains at work. */
    private static final int ROUNDS = 8;

    final int dimension;
    final boolean everywhere;
    /** The gradient; one of the two. */
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
    private double @Nullable [] initialState;
    private double @Nullable [][] initialStates;
    private ProximalSettings settings = ProximalSettings.DEFAULT;
    private @Nullable Integer prefetch;
    private int maxRows = Gateway.DEFAULT_MAX_ROWS;
    private int parallelism = 1;
    private @Nullable Scheduler scheduler;
    private UnaryOperator<GatewayBuilder> calls = UnaryOperator.identity();

    /** How steps are scaled. */
    record Scaling(Preconditioner preconditioner, Curvature curvature) {
        boolean needsMode() {
            return Geometry.needsMode(preconditioner, curvature);
        }
    }

    ProximalSamplerBuilder(
            int dimension, boolean everywhere, @Nullable BatchFunction direct, @Nullable AsyncBatchFunction remote) {
        this.dimension = Require.atLeast("dimension", dimension, 1);
        this.everywhere = everywhere;
        this.direct = direct;
        this.remote = remote;
    }

    /** A term h beside f, with draws of its own. Defaults to none. */
    public ProximalSamplerBuilder term(ConvexTerm value) {
        this.term = Objects.requireNonNull(value, "term");
        return this;
    }

    /** Chains side by side, 1 to 2^20. Defaults to 4. */
    public ProximalSamplerBuilder chains(int value) {
        this.chains = Require.within("chains", value, 1, Chain.MOST);
        return this;
    }

    /** The number of the first chain, 0 to 2^20 - 1: several machines can take chains of one sampler. Defaults to 0. */
    public ProximalSamplerBuilder firstChain(int value) {
        this.firstChain = Require.within("firstChain", value, 0, Chain.MOST - 1);
        return this;
    }

    /** With chain and number, the identity of a draw. Defaults to 0. */
    public ProximalSamplerBuilder seed(long value) {
        this.seed = value;
        return this;
    }

    /**
     * What steps are measured by. Defaults to {@link Preconditioner#atMode}, and to {@link Preconditioner#identity} where the gradient is known on a
     * part of space alone.
     */
    public ProximalSamplerBuilder preconditioner(Preconditioner value) {
        this.preconditioner = Objects.requireNonNull(value, "preconditioner");
        return this;
    }

    /** The modelled curvature. Defaults to {@link Curvature#atMode} with a preconditioner at the mode, else to {@link Curvature#secant}. */
    public ProximalSamplerBuilder curvature(Curvature value) {
        this.curvature = Objects.requireNonNull(value, "curvature");
        return this;
    }

    /** A mode found before, for the same target: none is sought. */
    public ProximalSamplerBuilder mode(Mode value) {
        this.mode = Objects.requireNonNull(value, "mode");
        return this;
    }

    /**
     * Where the search of the mode begins and, without one, the middle of the chains' starts, two of the preconditioner's deviations
     * around it. Defaults to 0, or to a point inside where the term restricts.
     */
    public ProximalSamplerBuilder initialState(double... value) {
        this.initialState = value.clone();
        return this;
    }

    /** Where each chain starts, one row a chain; copied. Defaults to two deviations of the preconditioner around the mode or {@link #initialState}. */
    public ProximalSamplerBuilder initialStates(double[][] values) {
        double[][] copy = new double[values.length][];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = values[i].clone();
        }
        this.initialStates = copy;
        return this;
    }

    /** B, where weights are clipped, in (0, 3]: a step costs {@code 2 e^B - 1} gradients. Defaults to 0.5, which is near the best. */
    public ProximalSamplerBuilder bound(double value) {
        this.settings = settings.withBound(value);
        return this;
    }

    /**
     * c, at least 1: with 4, the default, one weight in a hundred is beyond the bound, and steps are in proportion to 1 / c; with 1 half of
     * the weights of a normal law are beyond it, and what is drawn is another law.
     */
    public ProximalSamplerBuilder safety(double value) {
        this.settings = settings.withSafety(value);
        return this;
    }

    /** Steps of each chain that are not delivered, in which its step adapts and then freezes. Defaults to 500. */
    public ProximalSamplerBuilder burnIn(int value) {
        this.settings = settings.withBurnIn(value);
        return this;
    }

    /** Steps of a chain to a draw, at least 1. Defaults to 1. */
    public ProximalSamplerBuilder thinning(int value) {
        this.settings = settings.withThinning(value);
        return this;
    }

    /** A step eta that does not adapt, positive, in squares of the preconditioner's deviations. By default it adapts. */
    public ProximalSamplerBuilder step(double value) {
        this.settings = settings.withStep(value);
        return this;
    }

    /**
     * How asymmetric the gradient's Jacobian may be where it is measured, at the mode and at each chain's start, in (0, 1]: 0 for a
     * gradient, 1 for a field that only circulates. A chain beyond it fails. Defaults to 0.1, for learned gradients.
     */
    public ProximalSamplerBuilder asymmetryLimit(double value) {
        this.settings = settings.withAsymmetryLimit(value);
        return this;
    }

    /** Draws that may be started beyond what was requested. Defaults to one less than the chains, so that a request wakes all. */
    public ProximalSamplerBuilder prefetch(int value) {
        this.prefetch = Require.within("prefetch", value, 0, Demand.MAX_PREFETCH);
        return this;
    }

    /** The most rows in one gradient call, at least 1. Defaults to 4096. */
    public ProximalSamplerBuilder maxRows(int value) {
        this.maxRows = Require.atLeast("maxRows", value, 1);
        return this;
    }

    /**
     * Timeout, retries and maxInFlight of the calls of an asynchronous gradient: {@code calls(c -> c.timeout(ofSeconds(10)).retries(3, ofMillis(100)))}. By
     * default a call may take an hour ({@link GatewayBuilder#timeout}) and is not repeated. Retries change no draw.
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

    /** Computes in several rails, each on a worker of a scheduler with gradient calls of its own. By default in one, on the threads that request. */
    public ProximalSamplerBuilder parallelism(int rails, Scheduler scheduler) {
        this.parallelism = Require.atLeast("parallelism", rails, 1);
        this.scheduler = Rails.running(scheduler);
        return this;
    }

    /**
     * What becomes of draws that fail. Defaults to {@link FaultPolicy#deliver}. If they are skipped and all chains have failed, the stream
     * fails with the last reason.
     */
    public ProximalSamplerBuilder faults(FaultPolicy value) {
        this.faults = Objects.requireNonNull(value, "faults");
        return this;
    }

    /** Is told of draws, as of trajectories in one stage, and of gradient calls. By default nobody is. */
    public ProximalSamplerBuilder listener(StreamListener value) {
        this.listener = Objects.requireNonNull(value, "listener");
        return this;
    }

    ProximalSettings settings() {
        return settings;
    }

    Scaling scaling() {
        Preconditioner scale = preconditioner != null
                ? preconditioner
                : everywhere || term.dimension() == 0 ? Preconditioner.atMode() : Preconditioner.identity();
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
        int width = (int) Math.min(Demand.MAX_CONCURRENCY, (long) ROUNDS * chains);
        return new Demand(width, prefetch == null ? chains - 1 : prefetch, Order.BY_INDEX, true);
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
     * The sampler.
     *
     * @throws IllegalArgumentException if a number is out of range or does not fit the target
     * @throws IllegalStateException if settings contradict each other
     */
    public ProximalSampler build() {
        if (firstChain > Chain.MOST - chains) {
            throw new InvalidConfigurationException(
                    "firstChain", "plus {chains} must be at most " + Chain.MOST, firstChain + " + " + chains);
        }
        return new ProximalSampler(this, gateways());
    }
}
