package io.scoreflux.stream;

import io.scoreflux.logconcave.Chain;
import io.scoreflux.logconcave.Effort;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.SolverState;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Rows;
import io.scoreflux.stream.ChainFlux.Drawn;
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
 * The chains of one subscription: a source of the starts of their draws, and a listener that learns when they end. Of the places that
 * were requested, in order, each is started as soon as the draw before it in its chain has ended. For one subscriber.
 */
final class ChainRun extends Flux<Supplier<OrderedRun>> implements StreamListener {
    private final List<Chain> chains;
    private final long from;
    private final long to;
    private final StreamListener next;
    private final Map<Long, Drawn> ended = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<@Nullable Failure> broken;
    private final Starts starts;

    ChainRun(List<Chain> chains, long from, long to, StreamListener next) {
        this.chains = chains;
        this.from = from;
        this.to = to;
        this.next = next;
        this.broken = new AtomicReferenceArray<>(chains.size());
        this.starts = new Starts();
    }

    @Override
    public void subscribe(CoreSubscriber<? super Supplier<OrderedRun>> actual) {
        starts.downstream = actual;
        actual.onSubscribe(starts);
    }

    private int chain(long place) {
        return (int) (place % chains.size());
    }

    private OrderedRun start(long place) {
        int number = chain(place);
        Failure failure = broken.get(number);
        if (failure != null) {
            SolverRun none = new SolverRun(place, new double[0], 1, (out, at, n) -> {}, Broken.CHAIN);
            none.fail(failure);
            return OrderedRun.of(none);
        }
        Chain chain = chains.get(number);
        return OrderedRun.of(
                new SolverRun(place, new double[chain.dimension()], 1, (out, at, n) -> {}, chain.nextDraw()));
    }

    /** Takes the draw of a trajectory that is delivered. */
    Drawn drawn(Trajectory trajectory) {
        return Objects.requireNonNull(ended.remove(trajectory.index()));
    }

    @Override
    public void finished(Trajectory trajectory) {
        int number = chain(trajectory.index());
        Chain chain = chains.get(number);
        Failure failure = trajectory.failure();
        boolean first = broken.get(number) == null;
        if (failure != null && first) {
            failure = ChainFlux.inWordsOfChains(chain.where(), failure);
            broken.set(number, failure);
        }
        Effort effort = first ? chain.effort() : Effort.NONE;
        ended.put(
                trajectory.index(),
                new Drawn(trajectory.index(), trajectory.z(), effort, failure == null ? chain.state() : null, failure));
        next.finished(trajectory);
        starts.ended(trajectory.index());
    }

    @Override
    public void entered(int stage, Trajectory trajectory) {
        next.entered(stage, trajectory);
    }

    @Override
    public void left(Passage passage) {
        next.left(passage);
    }

    @Override
    public void abandoned(int stage, Trajectory trajectory) {
        next.abandoned(stage, trajectory);
    }

    /** Signals are noted from any thread; the one that finds nobody at work hands out what can start. */
    private final class Starts implements Subscription {
        private final AtomicInteger work = new AtomicInteger();
        private final AtomicLong requested = new AtomicLong();
        private final Queue<Long> arrivals =
                Queues.<Long>unboundedMultiproducer().get();
        /** Places whose chain is free. Like what follows, touched by the thread that works alone. */
        private final PriorityQueue<Long> ready = new PriorityQueue<>();

        /** Starts so far, counted from the first place. */
        private long started = from;

        private volatile boolean cancelled;
        private @Nullable CoreSubscriber<? super Supplier<OrderedRun>> downstream;

        Starts() {
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
                handOut();
                seen = work.addAndGet(-seen);
            } while (seen != 0);
        }

        private void handOut() {
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

    /** In place of the machine of a chain that makes no more draws. */
    private enum Broken implements PreparedSolver, Machine {
        CHAIN;

        @Override
        public Machine start(SolverState trajectory) {
            return this;
        }

        @Override
        public double[] landings() {
            return new double[0];
        }

        @Override
        public void aim(double sigma) {}

        @Override
        public boolean done() {
            return true;
        }

        @Override
        public int ask(Rows append) {
            throw new IllegalStateException("the chain makes no more draws");
        }

        @Override
        public void tell(Rows asked, double[] answers, int firstRow) {
            throw new IllegalStateException("the chain makes no more draws");
        }
    }
}
