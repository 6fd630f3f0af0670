package io.scoreflux.stream;

import io.scoreflux.error.HasViolation;
import io.scoreflux.error.Violation;
import io.scoreflux.logconcave.Chain;
import io.scoreflux.logconcave.ChainState;
import io.scoreflux.logconcave.Effort;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.stage.Plan;
import io.scoreflux.state.Failure;
import io.scoreflux.state.SampleFailedException;
import io.scoreflux.stream.TrajectoryFlux.Engine;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Carries chains from draw to draw: a draw is a trajectory of one stage, which starts when the one before it in its chain has ended. */
public final class ChainFlux {
    /** Chains know no noise level. */
    private static final Plan ONE_STAGE = Plan.of(new Problem(1, 1, 0.5, 1), new double[0], 1);

    private ChainFlux() {}

    /**
     * A draw.
     *
     * @param place in the order of delivery
     * @param values the draw; meaningless if it failed
     * @param effort what it took
     * @param state where its chain stands, or null if it failed
     * @param failure why it failed, or null
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on at once.
    public record Drawn(
            long place,
            double[] values,
            Effort effort,
            @Nullable ChainState state,
            @Nullable Failure failure) {}

    /**
     * The draws of several chains, draw by draw: place {@code k n + c} is draw k of chain c of n. Cold. A chain whose draw has failed makes no more:
     * its later draws fail for the same reason, at no call. If draws of all chains are left out, the stream fails with the last's reason.
     *
     * @param chains makes the chains for a subscriber
     * @param from the first place, a multiple of the number of chains
     * @param to one more than the last place
     * @param faults what becomes of draws that failed
     */
    public static Flux<Drawn> run(
            Lanes lanes,
            Demand demand,
            Supplier<List<Chain>> chains,
            long from,
            long to,
            FaultPolicy faults,
            StreamListener listener) {
        if (from == to) {
            return Flux.empty();
        }
        return Flux.defer(() -> FirstRequestFlux.<Supplier<List<Chain>>, Drawn>catching(made -> {
                    List<Chain> own = made.get();
                    ChainRun run = new ChainRun(own, from, to, listener);
                    BitSet leftOut = new BitSet();
                    return TrajectoryFlux.run(new Engine(lanes, demand, Map.of(), run), ONE_STAGE, from, run)
                            .handle((done, sink) -> {
                                Drawn drawn = run.drawn(done);
                                if (faults.delivers(drawn.place(), drawn.failure())) {
                                    listener.delivered(done);
                                    sink.next(drawn);
                                } else {
                                    listener.skipped(done);
                                    leftOut.set((int) (drawn.place() % own.size()));
                                    if (leftOut.cardinality() == own.size()) {
                                        // No chain can deliver any more.
                                        sink.error(new SampleFailedException(
                                                drawn.place(), Objects.requireNonNull(drawn.failure())));
                                    }
                                }
                            });
                })
                .apply(chains));
    }

    /**
     * One trajectory of a machine that is no chain's, such as a search before the first draw. If it fails, the stream fails with a
     * {@link SampleFailedException}.
     *
     * @param place of a failure
     */
    public static Flux<Trajectory> single(Lanes lanes, String place, Supplier<Trajectory> start) {
        return TrajectoryFlux.run(new Engine(lanes, new Demand(1, 0)), ONE_STAGE, 0, Flux.just(start))
                .doOnNext(done -> {
                    Failure failure = done.failure();
                    if (failure != null) {
                        throw new SampleFailedException(0, inWordsOfChains(place, failure));
                    }
                });
    }

    /** The engine's failures are of denoisers and noise levels; those of a machine that checked the answers itself stay as they are. */
    static Failure inWordsOfChains(String place, Failure failure) {
        if (failure.place().equals(place)) {
            return failure;
        }
        Violation violation = failure.cause() instanceof HasViolation ? failure.violation() : inWordsOfChains(failure);
        return new Failure(failure.kind(), Double.NaN, place, violation, failure.cause());
    }

    private static Violation inWordsOfChains(Failure failure) {
        return switch (failure.kind()) {
            case NON_FINITE_ANSWER ->
                failure.violation().withSetting("the gradient").withRemedies("check the {gradient}");
            case DENOISER_ERROR ->
                Violation.of(
                        "the gradient",
                        "must be finite numbers for every finite point",
                        failure.cause(),
                        "check the {gradient}");
            case SOLVER_ERROR -> failure.violation().withSetting("the sampler's step");
            default -> failure.violation();
        };
    }
}
