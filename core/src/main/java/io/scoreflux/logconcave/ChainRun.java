package io.scoreflux.logconcave;

import io.scoreflux.error.Failure;
import io.scoreflux.error.HasViolation;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.stream.Demand;
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
import java.util.concurrent.atomic.AtomicInteger;
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
 * The chains of one subscription. Each draw is a trajectory of one stage. Place {@code k n + c} is draw k of chain c of n. This is the source of the
 * trajectories: of the requested places, in order, each starts as soon as the previous draw of its chain has ended. It is also the
 * listener that learns when they end. For one subscriber.
 */
final class ChainRun extends Flux<Supplier<OrderedRun>> implements StreamListener {
    /** Chains have no noise levels: the end of their one stage is any. */
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
     * A run.
     *
     * @param firstChain the number of the first of the chains
     * @param from the first place, a multiple of the number of chains
     * @param to one more than the last place
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
     * The draws, in the order of their places. A chain whose draw has failed makes no more: its later draws fail for the same reason,
     * without a call. If the policy leaves out draws of all chains, the stream fails with the last reason.
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
                        // No chain can deliver any more.
                        sink.error(new SampleFailedException(draw.index(), Objects.requireNonNull(draw.failure())));
                    }
                });
    }

    /**
     * One trajectory of a machine that is not a chain, such as the search before the first draw. If it fails, the stream fails with a
     * {@link SampleFailedException}.
     *
     * @param place of a failure
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

    /** A failure of the engine, which is about denoisers and noise levels, as one of a gradient; a machine's own stays as it is. */
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
                        "must be finite numbers for every finite point",
                        failure.cause(),
                        "check the {gradient}");
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

    /** Signals are noted from any thread; the one that finds nobody at work emits the places that can start. */
    private final class Places implements Subscription {
        private final AtomicInteger work = new AtomicInteger();
        private final AtomicLong requested = new AtomicLong();
        private final Queue<Long> arrivals =
                Queues.<Long>unboundedMultiproducer().get();
        /** Places whose chain is free. Like the following fields, touched by the working thread alone. */
        private final PriorityQueue<Long> ready = new PriorityQueue<>();

        /** Places that have started, counted from the first place. */
        private long started = from;

        private volatile boolean cancelled;
        private @Nullable CoreSubscriber<? super Supplier<OrderedRun>> downstream;

        Places() {
            // The first round has no draws before it.
            for (int i = 0; i < chains.size(); i++) {
                ready.add(from + i);
            }
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                requested.updateAndGet(was -> Operators.addCap(was, n));
                drain();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        void ended(long place) {
            arrivals.add(place + chains.size());
            drain();
        }

        private void drain() {
            if (work.getAndIncrement() != 0) {
                return;
            }
            int seen = 1;
            do {
                Long arrival;
                while ((arrival = arrivals.poll()) != null) {
                    ready.add(arrival);
                }
                emit();
                seen = work.addAndGet(-seen);
            } while (seen != 0);
        }

        private void emit() {
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

    /** Stands in for a draw of a chain that makes no more: the run has failed, and its machine is never asked. */
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
