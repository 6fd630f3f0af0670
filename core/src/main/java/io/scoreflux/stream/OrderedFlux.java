package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * The end of a lane: turns the subscriber's demand into bounded demand on the stages, and emits trajectories in order of
 * index.
 */
final class OrderedFlux extends FluxOperator<Trajectory, Trajectory> {
    private final Lane lane;
    private final Demand demand;
    private final long from;
    private final long to;

    OrderedFlux(Flux<Trajectory> source, Lane lane, Demand demand, long from, long to) {
        super(source);
        this.lane = lane;
        this.demand = demand;
        this.from = from;
        this.to = to;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Trajectory> actual) {
        Inner inner = new Inner(actual, lane, demand, from, to);
        lane.endsWith(inner);
        source.subscribe(inner);
    }

    static final class Inner
            implements CoreSubscriber<Trajectory>, Subscription, Scannable, Lane.Part, Gateway.Cancellation {
        private static final AtomicLongFieldUpdater<Inner> REQUESTED =
                AtomicLongFieldUpdater.newUpdater(Inner.class, "requested");

        private final CoreSubscriber<? super Trajectory> downstream;
        private final Lane lane;
        private final Demand demand;
        private final long to;
        private final Queue<Trajectory> arrivals =
                Queues.<Trajectory>unbounded(32).get();
        private volatile long requested;
        private volatile boolean cancelled;
        private volatile @Nullable Throwable failure;
        private @Nullable Subscription upstream;

        // Touched by the lane alone.
        /** Finished trajectories by index modulo length, which is more than can be finished and unemitted. */
        private final @Nullable Trajectory[] finished;

        private long next;
        private long unfinished;
        private int unemitted;
        private boolean terminated;

        Inner(CoreSubscriber<? super Trajectory> downstream, Lane lane, Demand demand, long from, long to) {
            this.downstream = downstream;
            this.lane = lane;
            this.demand = demand;
            this.next = from;
            this.to = to;
            this.finished = new Trajectory[Math.multiplyExact(2, demand.width())];
        }

        /** Whether something requested is still to be emitted. */
        boolean wants() {
            return !terminated && requested > 0;
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }

        /** Fails the stream; for what concerns more than a sample. */
        void fail(Throwable e) {
            failure = e;
        }

        @Override
        public Context currentContext() {
            return downstream.currentContext();
        }

        @Override
        @SuppressWarnings("rawtypes") // As the interface has it.
        public @Nullable Object scanUnsafe(Attr key) {
            if (key == Attr.PARENT) {
                return upstream;
            }
            if (key == Attr.ACTUAL) {
                return downstream;
            }
            if (key == Attr.CANCELLED) {
                return cancelled;
            }
            if (key == Attr.TERMINATED) {
                return terminated;
            }
            return key == Attr.REQUESTED_FROM_DOWNSTREAM ? (Object) requested : null;
        }

        // Signals: any thread.

        @Override
        public void onSubscribe(Subscription s) {
            if (Operators.validate(upstream, s)) {
                upstream = s;
                downstream.onSubscribe(this);
            }
        }

        @Override
        public void onNext(Trajectory trajectory) {
            arrivals.offer(trajectory);
            lane.wake();
        }

        @Override
        public void onError(Throwable e) {
            failure = e;
            lane.wake();
        }

        /** The last index ends the stream, not the source's completion, which comes before it. */
        @Override
        public void onComplete() {
            lane.wake();
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                // Rule 3.9 of Reactive Streams.
                failure = new IllegalArgumentException("request must be greater than 0, was " + n + " (rule 3.9)");
            } else {
                Operators.addCap(REQUESTED, this, n);
            }
            lane.wake();
        }

        @Override
        public void cancel() {
            cancelled = true;
            if (upstream != null) {
                upstream.cancel();
            }
            lane.wake();
        }

        // The lane's thread.

        @Override
        public boolean move() {
            if (terminated || cancelled) {
                return false;
            }
            Throwable e = failure;
            if (e != null) {
                terminated = true;
                cancel();
                downstream.onError(e);
                return false;
            }
            boolean moved = receive();
            moved |= emit();
            return requestMore() || moved;
        }

        private boolean receive() {
            boolean moved = false;
            Trajectory trajectory;
            while ((trajectory = arrivals.poll()) != null) {
                moved = true;
                unfinished--;
                unemitted++;
                finished[slot(trajectory.index())] = trajectory;
            }
            return moved;
        }

        private boolean emit() {
            boolean moved = false;
            while (requested > 0 && !cancelled) {
                int slot = slot(next);
                Trajectory trajectory = finished[slot];
                if (trajectory == null) {
                    break;
                }
                moved = true;
                finished[slot] = null;
                unemitted--;
                next++;
                if (requested != Long.MAX_VALUE) {
                    REQUESTED.decrementAndGet(this);
                }
                downstream.onNext(trajectory);
                if (next == to) {
                    terminated = true;
                    if (!cancelled) {
                        downstream.onComplete();
                    }
                    break;
                }
            }
            return moved;
        }

        private boolean requestMore() {
            if (terminated || cancelled || upstream == null) {
                return false;
            }
            long left = to - next - unfinished - unemitted;
            long more = Math.min(left, demand.more(requested, unfinished, unemitted));
            if (more <= 0) {
                return false;
            }
            unfinished += more;
            upstream.request(more);
            return true;
        }

        private int slot(long index) {
            return (int) Math.floorMod(index, (long) finished.length);
        }

        @Override
        public void ask(Rows batch) {}

        @Override
        public void tell(Rows batch, Gateway gateway) {}

        @Override
        public void clear() {
            arrivals.clear();
            Arrays.fill(finished, null);
        }
    }
}
