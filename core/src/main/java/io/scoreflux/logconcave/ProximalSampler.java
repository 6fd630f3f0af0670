package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.stream.BatchGateway;
import io.scoreflux.internal.stream.Demand;
import io.scoreflux.internal.stream.FirstRequestFlux;
import io.scoreflux.internal.stream.JoinedMono;
import io.scoreflux.internal.stream.Rails;
import io.scoreflux.stream.FaultPolicy;
import io.scoreflux.stream.StreamListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A source of draws from a log-concave density {@code exp(-f(x) - h(x))} of which only the gradient of f is known. Each chain alternates the
 * steps of the proximal sampler with Hamiltonian moves. Several chains run together and share gradient calls. Immutable and thread-safe. Use
 * {@link #builder} to create a sampler.
 *
 * <p>Draw k of chain c is a function of the seed, c, k and the numerical settings only. It does not depend on the number of chains, demand,
 * threads, or calls.
 */
public final class ProximalSampler {
    /** The number of draws of each chain at the first look at an interval. */
    private static final long FIRST_LOOK = 128;
    /** Vehtari et al. 2021 recommend at least four chains for R-hat. */
    private static final int LEAST_CHAINS = 4;

    private final int dimension;
    private final boolean everywhere;
    private final ConvexTerm term;
    private final int firstChain;
    private final int chains;
    private final long seed;
    private final double[] start;
    private final double @Nullable [][] starts;
    private final ProximalSettings settings;
    private final ProximalSamplerBuilder.Scaling scaling;
    private final Rails rails;
    private final Rails searchRails;
    private final Demand demand;
    private final FaultPolicy faults;
    private final StreamListener listener;
    private final boolean moves;
    private final Mono<Geometry> scaled;
    private final Mono<Geometry> prepared;
    /** The geometry without Hamiltonian moves. */
    private volatile @Nullable Geometry geometry;

    private volatile @Nullable Geometry ready;
    private volatile long pilotGradients;

    ProximalSampler(ProximalSamplerBuilder builder, Supplier<BatchGateway> gateways) {
        this.dimension = builder.dimension;
        this.everywhere = builder.definedEverywhere;
        this.term = builder.term;
        this.firstChain = builder.firstChain;
        this.chains = builder.chains;
        this.seed = builder.seed;
        this.settings = builder.settings();
        this.scaling = builder.scaling();
        this.start = builder.initialState();
        this.starts = builder.initialStates();
        this.searchRails = Rails.one(gateways);
        this.rails = builder.rails(gateways);
        this.demand = builder.demand();
        this.faults = builder.faults;
        this.listener = builder.listener;
        Geometry.check(dimension, everywhere, term, scaling.preconditioner(), scaling.curvature());
        // The search also calls a synchronous gradient on the requesting thread, so two threads that request it at the
        // same time both search.
        this.moves = builder.hasMoves();
        this.scaled = kept(() -> geometry, builder.asynchronous() ? new JoinedMono<>(search()) : search());
        this.prepared = kept(() -> ready, builder.asynchronous() ? new JoinedMono<>(pilot()) : pilot());
        if (!scaling.needsMode() || builder.mode != null) {
            geometry = geometry(builder.mode);
        }
        if (!moves) {
            ready = geometry;
        }
    }

    /** Returns a builder for a density whose gradient is called on the requesting threads. */
    public static ProximalSamplerBuilder builder(LogConcave target) {
        Objects.requireNonNull(target, "target");
        return new ProximalSamplerBuilder(target.dimension(), target.definedEverywhere(), target::gradient, null);
    }

    /** Returns a builder for a density with an asynchronous gradient. Draws are emitted on the threads that emit the gradients. */
    public static ProximalSamplerBuilder builder(AsyncLogConcave target) {
        Objects.requireNonNull(target, "target");
        return new ProximalSamplerBuilder(target.dimension(), target.definedEverywhere(), null, target::gradient);
    }

    private Geometry geometry(@Nullable Mode mode) {
        return Geometry.of(start, term, everywhere, scaling.preconditioner(), scaling.curvature(), settings, mode);
    }

    /**
     * Returns the mode of the density and the Hessian of f there, computed from gradients only. The search runs when this method or a
     * stream of draws first needs its result, which is kept. The result is empty if neither preconditioner nor curvature needs the mode. It
     * fails with a {@link SampleFailedException} if the search finds no mode.
     */
    public Mono<Mode> mode() {
        return scaled.flatMap(found -> Mono.justOrEmpty(found.mode()));
    }

    /**
     * Returns the number of evaluations of the gradient in the pilot that determines the parameters of Hamiltonian moves. It is 0 if the
     * pilot has not run yet, or if there is none. The statistics of draws do not include these evaluations. {@link #hasMoves} has its result.
     */
    public long pilotGradients() {
        return pilotGradients;
    }

    /**
     * Returns whether steps include Hamiltonian moves. If {@link ProximalSamplerBuilder#moves} permits them, the pilot decides it. The search
     * for the mode and the pilot run when this method or a stream of draws first needs their results, which are kept.
     */
    public Mono<Boolean> hasMoves() {
        return moves ? prepared.map(found -> found.moves() != null) : Mono.just(false);
    }

    private static Mono<Geometry> kept(Supplier<@Nullable Geometry> kept, Mono<Geometry> search) {
        return Mono.defer(() -> {
            Geometry known = kept.get();
            return known != null ? Mono.just(known) : search;
        });
    }

    private Mono<Geometry> search() {
        return Mono.defer(() -> {
            Geometry known = geometry;
            if (known != null) {
                // Another subscriber has found it in the meantime.
                return Mono.just(known);
            }
            ModeSearch search = new ModeSearch(start, term, settings.asymmetryLimit());
            return ChainRun.single(searchRails, ModeSearch.PLACE, dimension, search)
                    .single()
                    .map(done -> found(search.mode()));
        });
    }

    private Geometry found(Mode mode) {
        Geometry found = geometry(mode);
        geometry = found;
        return found;
    }

    private Mono<Geometry> pilot() {
        return scaled.flatMap(found -> {
            Geometry known = ready;
            if (known != null) {
                return Mono.just(known);
            }
            if (!moves || !MovePilot.isFor(found)) {
                ready = found;
                return Mono.just(found);
            }
            MovePilot pilot = new MovePilot(found, seed);
            return ChainRun.single(searchRails, MovePilot.PLACE, dimension, pilot)
                    .single()
                    .map(done -> {
                        pilotGradients = pilot.gradients();
                        Geometry tuned = found.with(pilot.moves());
                        ready = tuned;
                        return tuned;
                    });
        });
    }

    /** Returns draws without end; see {@link #draws(long)}. */
    public Flux<Draw> draws() {
        return draws(Long.MAX_VALUE / chains);
    }

    /**
     * Returns the first draws of all chains: draw 0 of each chain, then draw 1 of each chain, and so on.
     *
     * <p>The stream is cold: each subscriber has separate chains. They start with the first request, on the requesting threads. If the
     * preconditioner or the curvature needs the mode and it is not known, the search for it runs first. Burn-in is a part of draw 0 of each
     * chain. {@code request(n)} starts at most n draws plus {@link ProximalSamplerBuilder#prefetch}; no gradient is computed for further
     * draws. Cancelling stops the stream after the current gradient call. A chain that fails does not affect the others: its remaining
     * draws are delivered with the reason, unless {@link ProximalSamplerBuilder#faults} sets another policy.
     *
     * @param draws the number of draws of each chain, at least 0
     */
    public Flux<Draw> draws(long draws) {
        Require.atLeast("draws", draws, 0);
        return run(0, places(draws), this::start, faults);
    }

    private List<Chain> start(Geometry found) {
        List<Chain> all = new ArrayList<>(chains);
        for (int c = 0; c < chains; c++) {
            all.add(Chain.start(found, seed, firstChain + c, starts == null ? null : starts[c]));
        }
        return all;
    }

    /**
     * Continues where streams of this sampler, or of one with the same target, seed and settings, have stopped. The draws are those with
     * which these streams would have continued.
     *
     * @param states the states of all chains in order, each after the same number of draws. A state whose {@link ChainState#origin} is not
     *     that of this sampler is rejected, at the latest with the first request
     * @param draws the number of draws of each chain, including those already made; at least the number of draws already made
     */
    public Flux<Draw> resume(List<ChainState> states, long draws) {
        if (states.size() != chains) {
            throw new InvalidArgumentException(
                    "states", "must contain one state for each of the " + chains + " chains", states.size());
        }
        long made = made(states.get(0));
        for (int c = 0; c < chains; c++) {
            ChainState state = states.get(c);
            long after = state.step() - settings.burnIn();
            if (after <= 0 || after % settings.thinning() != 0) {
                throw new InvalidArgumentException(
                        Require.element("states", c),
                        "must be the state after a draw of this sampler, whose burnIn is " + settings.burnIn()
                                + " and thinning is " + settings.thinning(),
                        "after step " + state.step());
            }
            if (state.chain() != firstChain + c || made(state) != made || state.position().length != dimension) {
                throw new InvalidArgumentException(
                        Require.element("states", c),
                        "must be the state of chain " + (firstChain + c) + ", of dimension " + dimension + ", after "
                                + made + " draws",
                        "that of chain " + state.chain() + ", of dimension " + state.position().length + ", after "
                                + made(state) + " draws",
                        "use the states of the last draw that all chains have delivered");
            }
        }
        Require.atLeast("draws", draws, made);
        List<ChainState> from = List.copyOf(states);
        return run(made, places(draws), found -> resumed(found, from), faults);
    }

    private List<Chain> resumed(Geometry found, List<ChainState> states) {
        return states.stream().map(state -> Chain.resume(found, seed, state)).toList();
    }

    /**
     * Returns an estimate of the expectations of the components of a function, to a given half-width at 95 per cent. The chains make 128, 192,
     * 288, ... draws each, until the rule of {@link ChainEstimate#reached} holds, or until each has made {@code most} draws. Check
     * {@link ChainEstimate#reached} in the latter case. No gradient is computed after the last of these draws.
     *
     * <p>Draws of one chain depend on each other, so their effective size replaces their number, and the interval relies on the diagnostics: on
     * R-hat, which shows whether the chains agree, and on the autocorrelation of their draws. It does not include the bias of clipping, about which
     * {@link Diagnostics.Summary#warnings} warns. If all values of a component are equal, its half-width is infinite; so the chains continue until an
     * event has occurred.
     *
     * <p>The function is called on the threads that emit draws, one call at a time for each subscription. The mono fails with a
     * {@link SampleFailedException} if a draw fails, regardless of the fault policy, and with a {@link io.scoreflux.error.FunctionFailedException} if
     * the function throws an exception, or returns a number that is not finite. Leaving out a draw or a chain would bias the expectation.
     *
     * @param function maps a draw to one or more numbers, the same number for every draw. {@code x -> x} is for the means of all coordinates
     * @param within the largest half-width of the interval of each component, finite and greater than 0. All intervals hold together. Scale the
     *     components if their half-widths must differ
     * @param most the largest number of draws of each chain, at least 128
     * @throws InvalidConfigurationException if there are fewer than 4 chains, because R-hat compares chains
     */
    public Mono<ChainEstimate> expectation(Function<double[], double[]> function, double within, long most) {
        Objects.requireNonNull(function, "function");
        Require.positive("within", within);
        Require.atLeast("most", most, FIRST_LOOK);
        if (chains < LEAST_CHAINS) {
            throw new InvalidConfigurationException(
                    "chains",
                    "must be at least " + LEAST_CHAINS + ", as R-hat compares chains",
                    chains,
                    "raise {chains}");
        }
        return Mono.defer(() -> {
            ChainFunction values = new ChainFunction(function, firstChain, chains);
            long limit = Math.min(most, mostDraws());
            return look(values, null, Math.min(FIRST_LOOK, limit), within, limit);
        });
    }

    /** Continues the chains up to {@code draws} draws each, and then decides whether these are enough. */
    private Mono<ChainEstimate> look(
            ChainFunction values, @Nullable List<ChainState> states, long draws, double within, long most) {
        Function<Geometry, List<Chain>> make = states == null ? this::start : found -> resumed(found, states);
        long made = states == null ? 0 : made(states.get(0));
        return run(made, places(draws), make, FaultPolicy.failStream())
                .doOnNext(values::add)
                .takeLast(chains)
                .map(Draw::state)
                .collectList()
                .flatMap(last -> {
                    ChainEstimate estimate = values.estimate(within);
                    return estimate.reached() || draws == most
                            ? Mono.just(estimate)
                            : look(values, last, Math.min(draws + draws / 2, most), within, most);
                });
    }

    private long made(ChainState state) {
        return (state.step() - settings.burnIn()) / settings.thinning();
    }

    private long places(long draws) {
        return Math.multiplyExact(Math.min(draws, mostDraws()), chains);
    }

    private long mostDraws() {
        return (Chain.MAX_STEPS - settings.burnIn()) / settings.thinning();
    }

    private Flux<Draw> run(long made, long to, Function<Geometry, List<Chain>> make, FaultPolicy policy) {
        long from = made * chains;
        if (from == to) {
            return Flux.empty();
        }
        Geometry known = ready;
        if (known != null) {
            return run(known, from, to, make, policy);
        }
        // The search starts with the first request, not with the subscription.
        return FirstRequestFlux.after(prepared, found -> run(found, from, to, make, policy));
    }

    private Flux<Draw> run(
            Geometry found, long from, long to, Function<Geometry, List<Chain>> make, FaultPolicy policy) {
        return Flux.defer(() -> {
            try {
                return new ChainRun(make.apply(found), firstChain, from, to, listener).draws(rails, demand, policy);
            } catch (Throwable e) {
                // Reactor would rethrow some errors on this thread.
                return Flux.error(e);
            }
        });
    }
}
