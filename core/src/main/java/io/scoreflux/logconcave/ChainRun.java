package io.scoreflux.logconcave;

import io.scoreflux.error.Failure;
import io.scoreflux.error.HasViolation;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.stream.Demand;
import io.scoreflux.internal.stream.DrainLoop;
import io.scoreflux.internal.stream.OrderedRun;
import io.scoreflux.internal.stream.Rails;
import io.scoreflux.internal.stream.TrajectoryFlux;
import io.scoreflux.internal.stream.TrajectoryFlux.Ended;
import io.scoreflux.internal.stream.TrajectoryFlux.Engine;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.SolverState;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.stream.FaultPolicy;
import io.scoreflux.stream.StreamListener;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;

/**
 * The chains of one subscription. Each draw is a trajectory of one stage, at the place {@code k n + c} for draw k of chain c of n. For one
 * subscriber.
 *
 * <p>This class is the source of the trajectories: it starts the requested places in order, each as soon as the previous draw of its chain
 * has ended. It is also the listener that is notified when they end.
 */
final class ChainRun extends Flux<Supplier<OrderedRun>> implements StreamListener {
    /** The end of the only stage. Chains have no noise levels, so the value has no meaning. */
    private static final List<Double> ONE_STAGE = List.of(0.5);

    private final List<Chain> chains;
    private final int firstChain;
    private final long from;
    private final long to;
    private final StreamListener next;
    private final Map<Long, Draw> ended = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<@Nullable Failure> broken;
    private final Places places;

    /**
     * Creates a run.
     *
     * @param firstChain the index of the first chain
     * @param from the first place, a multiple of the number of chains
     * @param to the last place plus 1
     * @param next receives all signals
     */
    ChainRun(List<Chain> chains, int firstChain, long from, long to, StreamListener next) {
        this.chains = chains;
        this.firstChain = firstChain;
        this.from = from;
        this.to = to;
        this.next = next;
        this.broken = new AtomicReferenceArray<>(chains.size());
        this.places = new Places();
    }

    /**
     * Returns the draws, in the order of their places. A chain whose draw has failed makes no more draws: its later draws fail for the same
     * reason, without a gradient call. If the policy skips draws of all chains, the stream fails with the last reason.
     */
    Flux<Draw> draws(Rails rails, Demand demand, FaultPolicy faults) {
        BitSet leftOut = new BitSet();
        return TrajectoryFlux.run(new Engine(rails, demand, Map.of(), this), ONE_STAGE, from, this)
                .map(Ended::trajectory)
                .handle((done, sink) -> {
                    Draw draw = Objects.requireNonNull(ended.remove(done.index()));
                    if (faults.delivers(draw.index(), draw.failure())) {
                        next.delivered(done);
                        sink.next(draw);
                        return;
                    }
                    next.skipped(done);
                    leftOut.set(chain(done.index()));
                    if (leftOut.cardinality() == chains.size()) {
                        // No chain can deliver another draw.
                        sink.error(new SampleFailedException(draw.index(), Objects.requireNonNull(draw.failure())));
                    }
                });
    }

    /**
     * Runs a machine that is not a chain on one trajectory, such as the search for the mode before the first draw. If it fails, the stream
     * fails with a {@link SampleFailedException}.
     *
     * @param place the place that failures name
     */
    static Flux<Trajectory> single(Rails rails, String place, int dimension, PreparedSolver solver) {
        Flux<Supplier<OrderedRun>> one = Flux.just(() -> OrderedRun.of(run(0, dimension, solver)));
        return TrajectoryFlux.run(new Engine(rails, new Demand(1, 0)), ONE_STAGE, 0, one)
                .map(Ended::trajectory)
                .doOnNext(done -> {
                    Failure failure = done.failure();
                    if (failure != null) {
                        throw new SampleFailedException(0, ofGradients(place, failure));
                    }
                });
    }

    private static SolverRun run(long place, int dimension, PreparedSolver solver) {
        return new SolverRun(place, new double[dimension], 1, (out, at, n) -> {}, solver);
    }

    /**
     * Converts a failure of the engine, which refers to denoisers and noise levels, to one of a gradient. Returns failures of the machine
     * unchanged.
     */
    private static Failure ofGradients(String place, Failure failure) {
        if (failure.place().equals(place)) {
            return failure;
        }
        Violation violation = failure.cause() instanceof HasViolation ? failure.violation() : ofGradients(failure);
        return new Failure(failure.kind(), Double.NaN, place, violation, failure.cause());
    }

    private static Violation ofGradients(Failure failure) {
        return switch (failure.kind()) {
            case NON_FINITE_ANSWER ->
                failure.violation().withSetting("the gradient").withRemedies("check the {gradient}");
            case DENOISER_ERROR ->
                Violation.of(
                        "the gradient",
                        "must be computed for every finite point without an exception",
                        failure.cause(),
                        "check the {gradient}");
            case TRANSPORT_ERROR -> failure.violation().withSetting("the gradient");
            case SOLVER_ERROR -> failure.violation().withSetting("the sampler's step");
            default -> failure.violation();
        };
    }

    @Override
    public void subscribe(CoreSubscriber<? super Supplier<OrderedRun>> actual) {
        places.downstream = actual;
        actual.onSubscribe(places);
    }

    private int chain(long place) {
        return (int) (place % chains.size());
    }

    private OrderedRun start(long place) {
        Chain chain = chains.get(chain(place));
        Failure failure = broken.get(chain(place));
        SolverRun run = run(place, chain.dimension(), failure == null ? chain.nextDraw() : new NoDraw(chain));
        if (failure != null) {
            run.fail(failure);
        }
        return OrderedRun.of(run);
    }

    @Override
    public void finished(Trajectory trajectory) {
        long place = trajectory.index();
        int number = chain(place);
        Chain chain = chains.get(number);
        Failure failure = trajectory.failure();
        boolean first = broken.get(number) == null;
        if (failure != null && first) {
            failure = ofGradients(chain.where(), failure);
            broken.set(number, failure);
        }
        ended.put(
                place,
                new Draw(
                        place,
                        firstChain + number,
                        place / chains.size(),
                        trajectory.z(),
                        first ? chain.statistics() : DrawStatistics.NONE,
                        failure == null ? chain.state() : null,
                        failure));
        next.finished(trajectory);
        places.ended(place);
    }

    @Override
    public void entered(int stage, Trajectory trajectory) {
        next.entered(stage, trajectory);
    }

    @Override
    public void left(StageSummary summary) {
        next.left(summary);
    }

    @Override
    public void abandoned(int stage, Trajectory trajectory) {
        next.abandoned(stage, trajectory);
    }

    /** The subscription to the source. Any thread may record a signal. If no other thread is emitting, it emits the places that can start. */
    private final class Places implements Subscription {
        private final DrainLoop loop = new DrainLoop(this::emit);
        private final AtomicLong requested = new AtomicLong();
        private final Queue<Long> arrivals =
                Queues.<Long>unboundedMultiproducer().get();
        /** Places whose chain is free. Only the emitting thread accesses this field and the following ones. */
        private final PriorityQueue<Long> ready = new PriorityQueue<>();

        /** The number of places that have started, plus {@code from}. */
        private long started = from;

        private volatile boolean cancelled;
        private @Nullable CoreSubscriber<? super Supplier<OrderedRun>> downstream;

        Places() {
            // The first draw of each chain waits for no other draw.
            for (int i = 0; i < chains.size(); i++) {
                ready.add(from + i);
            }
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                requested.updateAndGet(was -> Operators.addCap(was, n));
                loop.drain();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        void ended(long place) {
            arrivals.add(place + chains.size());
            loop.drain();
        }

        private void emit() {
            Long arrival;
            while ((arrival = arrivals.poll()) != null) {
                ready.add(arrival);
            }
            long last = Math.min(to, Operators.addCap(from, requested.get()));
            CoreSubscriber<? super Supplier<OrderedRun>> actual = Objects.requireNonNull(downstream);
            while (!cancelled && started < to) {
                Long place = ready.peek();
                if (place == null || place >= last) {
                    return;
                }
                ready.remove();
                started++;
                Supplier<OrderedRun> start = () -> start(place);
                actual.onNext(start);
                if (started == to) {
                    actual.onComplete();
                }
            }
        }
    }

    /** The solver of a draw of a failed chain. Its run has already failed, so the machine is never asked. */
    private record NoDraw(Chain chain) implements PreparedSolver {
        @Override
        public Machine start(SolverState state) {
            return chain;
        }

        @Override
        public double[] stopLevels() {
            return new double[0];
        }
    }
}
