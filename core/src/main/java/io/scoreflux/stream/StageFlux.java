package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Rows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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
 * One stage: carries each trajectory from where it stands down to one noise level, and passes it on as soon as it lands.
 *
 * <p>It never prefetches: requested and not received + in flight + not yet emitted is at most the downstream demand.
 */
final class StageFlux extends FluxOperator<Trajectory, Trajectory> {
    private final Lane lane;
    private final double sigma;

    StageFlux(Flux<Trajectory> source, Lane lane, double sigma) {
        super(source);
        this.lane = lane;
        this.sigma = sigma;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Trajectory> actual) {
        Inner inner = new Inner(actual, lane, sigma);
        lane.join(inner);
        source.subscribe(inner);
    }

    private static final class Inner implements CoreSubscriber<Trajectory>, Subscription, Scannable, Lane.Part {
        private static final AtomicLongFieldUpdater<Inner> REQUESTED =
                AtomicLongFieldUpdater.newUpdater(Inner.class, "requested");

        private final CoreSubscriber<? super Trajectory> downstream;
        private final Lane lane;
        private final double sigma;
        private final Queue<Trajectory> arrivals =
                Queues.<Trajectory>unbounded(32).get();
        private volatile long requested;
        private volatile boolean cancelled;
        private volatile boolean sourceDone;
        private @Nullable Throwable sourceError;
        private @Nullable Subscription upstream;

        // Touched by the lane alone.
        private final List<Trajectory> inFlight = new ArrayList<>();
        private final Queue<Trajectory> landed = new ArrayDeque<>();
        /** Where the rows of each trajectory in flight start in the batch of the round, and where the last ones end. */
        private int[] firstRow = new int[0];

        private int lastRow;
        private long awaited;
        private boolean terminated;

        Inner(CoreSubscriber<? super Trajectory> downstream, Lane lane, double sigma) {
            this.downstream = downstream;
            this.lane = lane;
            this.sigma = sigma;
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
            sourceError = e;
            sourceDone = true;
            lane.wake();
        }

        @Override
        public void onComplete() {
            sourceDone = true;
            lane.wake();
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                Operators.addCap(REQUESTED, this, n);
                lane.wake();
            }
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
            if (terminated) {
                return false;
            }
            if (cancelled) {
                clear();
                return false;
            }
            // Read before the queue: what came before completion is in it.
            boolean complete = sourceDone;
            boolean moved = receive();
            moved |= emit();
            if (complete && arrivals.isEmpty()) {
                return terminate() || moved;
            }
            return requestMore() || moved;
        }

        private boolean receive() {
            boolean moved = false;
            Trajectory trajectory;
            while ((trajectory = arrivals.poll()) != null) {
                moved = true;
                awaited--;
                if (trajectory.failure() == null) {
                    trajectory.aim(sigma);
                }
                (trajectory.done() ? landed : inFlight).add(trajectory);
            }
            return moved;
        }

        private boolean emit() {
            boolean moved = false;
            Trajectory trajectory;
            while (requested > 0 && (trajectory = landed.poll()) != null) {
                moved = true;
                if (requested != Long.MAX_VALUE) {
                    REQUESTED.decrementAndGet(this);
                }
                downstream.onNext(trajectory);
            }
            return moved;
        }

        private boolean terminate() {
            if (sourceError != null) {
                terminated = true;
                clear();
                downstream.onError(sourceError);
                return true;
            }
            if (inFlight.isEmpty() && landed.isEmpty()) {
                terminated = true;
                downstream.onComplete();
                return true;
            }
            return false;
        }

        private boolean requestMore() {
            long more = requested - awaited - inFlight.size() - landed.size();
            if (more <= 0 || upstream == null) {
                return false;
            }
            awaited += more;
            upstream.request(more);
            return true;
        }

        @Override
        public void ask(Rows batch) {
            if (firstRow.length < inFlight.size()) {
                firstRow = new int[Math.max(inFlight.size(), 2 * firstRow.length)];
            }
            for (int i = 0; i < inFlight.size(); i++) {
                firstRow[i] = batch.count();
                inFlight.get(i).ask(batch);
            }
            lastRow = batch.count();
        }

        @Override
        public void tell(Rows batch, Gateway gateway) {
            int staying = 0;
            int asked = inFlight.size();
            for (int i = 0; i < asked; i++) {
                Trajectory trajectory = inFlight.get(i);
                int end = i + 1 < asked ? firstRow[i + 1] : lastRow;
                tell(trajectory, firstRow[i], end, batch, gateway);
                if (trajectory.done()) {
                    landed.add(trajectory);
                } else {
                    inFlight.set(staying++, trajectory);
                }
            }
            inFlight.subList(staying, asked).clear();
        }

        private static void tell(Trajectory trajectory, int first, int end, Rows batch, Gateway gateway) {
            int d = batch.dimension();
            for (int row = first; row < end; row++) {
                Throwable thrown = gateway.thrown(row);
                if (thrown != null) {
                    trajectory.fail(new Failure(
                            Failure.Kind.DENOISER_ERROR,
                            batch.sigma(row),
                            "the denoiser threw at sigma " + batch.sigma(row) + ": " + thrown,
                            thrown));
                    return;
                }
                if (!Kernels.allFinite(gateway.answers(), row * d, d)) {
                    trajectory.fail(new Failure(
                            Failure.Kind.NON_FINITE_ANSWER,
                            batch.sigma(row),
                            "the denoiser answered NaN or infinity, or left the row unwritten, at sigma "
                                    + batch.sigma(row),
                            null));
                    return;
                }
            }
            trajectory.tell(batch, gateway.answers(), first);
        }

        @Override
        public void clear() {
            arrivals.clear();
            inFlight.clear();
            landed.clear();
        }
    }
}
