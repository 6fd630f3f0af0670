package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
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
 * A source of draws from a log-concave density {@code exp(-f(x) - h(x))} that is known by the gradient of f alone. Several chains of
 * the proximal sampler ({@link Chain}) run side by side and share gradient calls. Immutable and thread-safe; made by {@link #builder}.
 *
 * <p>Draw k of chain c is a function of the seed, c, k and the numerical settings alone: not of the number of chains, demand, threads,
 * or calls.
 */
public final class ProximalSampler {
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
    private final Mono<Geometry> prepared;
    private volatile @Nullable Geometry geometry;

    ProximalSampler(ProximalSamplerBuilder builder, Supplier<BatchGateway> gateways) {
        this.dimension = builder.dimension;
        this.everywhere = builder.everywhere;
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
        // A gradient that is called on the thread that asks is so for the search: of two threads that ask at once, each
        // searches.
        this.prepared = kept(builder.asynchronous() ? new JoinedMono<>(search()) : search());
        if (!scaling.needsMode() || builder.mode != null) {
            geometry = geometry(builder.mode);
        }
    }

    /** A builder of samplers for a density whose gradient is called on the threads that request. */
    public static ProximalSamplerBuilder builder(LogConcave target) {
        Objects.requireNonNull(target, "target");
        return new ProximalSamplerBuilder(target.dimension(), target.definedEverywhere(), target::gradient, null);
    }

    /** A builder of samplers for a density whose gradient comes later. Draws come on the threads that answer. */
    public static ProximalSamplerBuilder builder(AsyncLogConcave target) {
        Objects.requireNonNull(target, "target");
        return new ProximalSamplerBuilder(target.dimension(), target.definedEverywhere(), null, target::gradient);
    }

    private Geometry geometry(@Nullable Mode mode) {
        return Geometry.of(start, term, everywhere, scaling.preconditioner(), scaling.curvature(), settings, mode);
    }

    /**
     * The mode of the density and the Hessian of f there, by gradients alone; sought when first asked for by this or by draws, and kept. Empty if
     * neither preconditioner nor curvature needs it. Fails with a {@link SampleFailedException} where there is none.
     */
    public Mono<Mode> mode() {
        return prepared.flatMap(ready -> Mono.justOrEmpty(ready.mode()));
    }

    private Mono<Geometry> kept(Mono<Geometry> search) {
        return Mono.defer(() -> {
            Geometry known = geometry;
            return known != null ? Mono.just(known) : search;
        });
    }

    private Mono<Geometry> search() {
        return Mono.defer(() -> {
            Geometry known = geometry;
            if (known != null) {
                // Another has found it meanwhile.
                return Mono.just(known);
            }
            ModeSearch search = new ModeSearch(start, term, settings.asymmetryLimit());
            return ChainRun.single(searchRails, ModeSearch.PLACE, dimension, search)
                    .single()
                    .map(done -> found(search.mode()));
        });
    }

    private Geometry found(Mode mode) {
        Geometry ready = geometry(mode);
        geometry = ready;
        return ready;
    }

    /** Draws without end; see {@link #draws(long)}. */
    public Flux<Draw> draws() {
        return draws(Long.MAX_VALUE / chains);
    }

    /**
     * The first draws of all chains: draw 0 of each chain in turn, then draw 1 of each, and so on, {@code draws} of each chain.
     *
     * <p>Cold: each subscriber has chains of its own, which start with the first request, on the threads that request; before them the
     * mode is sought, unless it is known, where preconditioner or curvature ask for it. Burn-in is a part of each chain's draw 0. {@code request(n)} starts
     * at most {@code n + readAhead} draws; no gradient is computed for draws beyond. Cancelling stops after the gradient call in
     * round. A chain that fails disturbs no other: its draws from there on are delivered with the reason, unless
     * {@link ProximalSamplerBuilder#faults} says otherwise.
     *
     * @param draws of each chain, at least 0
     */
    public Flux<Draw> draws(long draws) {
        Require.atLeast("draws", draws, 0);
        return run(0, places(draws), ready -> {
            List<Chain> all = new ArrayList<>(chains);
            for (int c = 0; c < chains; c++) {
                all.add(Chain.start(ready, seed, firstChain + c, starts == null ? null : starts[c]));
            }
            return all;
        });
    }

    /**
     * Goes on where other streams of this sampler, or of one with the same target, seed and settings, have stopped. The draws are those that they would have
     * made.
     *
     * @param states of all chains in order, after draws of the same number; those of another target, term, seed or settings are refused, at the latest
     *     with the first request, where they lead to other coordinates or numbers
     * @param draws of each chain, counted from the first of all, at least the number of draws made
     */
    public Flux<Draw> resume(List<ChainState> states, long draws) {
        if (states.size() != chains) {
            throw new InvalidArgumentException("states", "must be of all " + chains + " chains", states.size());
        }
        long made = made(states.get(0));
        for (int c = 0; c < chains; c++) {
            ChainState state = states.get(c);
            long after = state.step() - settings.burnIn();
            if (after <= 0 || after % settings.thinning() != 0) {
                throw new InvalidArgumentException(
                        Require.element("states", c),
                        "must be after a draw of this sampler, whose burnIn is " + settings.burnIn() + " and every "
                                + settings.thinning(),
                        "after step " + state.step());
            }
            if (state.chain() != firstChain + c || made(state) != made || state.position().length != dimension) {
                throw new InvalidArgumentException(
                        Require.element("states", c),
                        "must be of chain " + (firstChain + c) + ", of dimension " + dimension + " and after draw "
                                + made,
                        "of chain " + state.chain() + ", of dimension " + state.position().length + " and after draw "
                                + made(state),
                        "take those of the last draw that all chains have delivered");
            }
        }
        Require.atLeast("draws", draws, made);
        List<ChainState> from = List.copyOf(states);
        return run(
                made,
                places(draws),
                ready -> from.stream()
                        .map(state -> Chain.resume(ready, seed, state))
                        .toList());
    }

    private long made(ChainState state) {
        return (state.step() - settings.burnIn()) / settings.thinning();
    }

    private long places(long draws) {
        long most = (Chain.LONGEST - settings.burnIn()) / settings.thinning();
        return Math.multiplyExact(Math.min(draws, most), chains);
    }

    private Flux<Draw> run(long made, long to, Function<Geometry, List<Chain>> make) {
        long from = made * chains;
        if (from == to) {
            return Flux.empty();
        }
        Geometry known = geometry;
        if (known != null) {
            return run(known, from, to, make);
        }
        // The search begins with the first request, not with the subscription.
        return FirstRequestFlux.after(prepared, ready -> run(ready, from, to, make));
    }

    private Flux<Draw> run(Geometry ready, long from, long to, Function<Geometry, List<Chain>> make) {
        return Flux.defer(() -> {
            try {
                return new ChainRun(make.apply(ready), firstChain, from, to, listener).draws(rails, demand, faults);
            } catch (Throwable e) {
                // Reactor would rethrow some errors on this thread.
                return Flux.error(e);
            }
        });
    }
}
