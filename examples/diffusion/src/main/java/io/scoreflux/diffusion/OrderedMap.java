package io.scoreflux.diffusion;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * Maps values on the threads of a scheduler, several at once, in order. It requests from the source exactly what its subscriber requests, so that
 * the source can prepare these values together; values wait in a queue until their turn. {@code flatMapSequential} requests
 * {@code concurrency} values, whether its subscriber has requested fewer or more.
 *
 * <p>Cancellation discards values that wait, and the results of calls that are running. It does not interrupt these calls.
 */
final class OrderedMap<T, R> extends FluxOperator<T, R> {
    private final Function<T, R> function;
    private final int concurrency;
    private final Scheduler scheduler;

    /**
     * Creates an operator.
     *
     * @param concurrency the maximum number of values that are being mapped or whose results wait for an earlier one, at least 1
     */
    OrderedMap(Flux<T> source, Function<T, R> function, int concurrency, Scheduler scheduler) {
        super(source);
        this.function = function;
        this.concurrency = concurrency;
        this.scheduler = scheduler;
    }

    @Override
    public void subscribe(CoreSubscriber<? super R> actual) {
        source.subscribe(new Inner<>(actual, this));
    }

    /** A value whose call has been scheduled, until its result is delivered. */
    private static final class Slot<R> {
        @Nullable
        R result;

        @Nullable
        Throwable error;

        /** Written last. */
        volatile boolean done;
    }

    private static final class Inner<T, R> implements CoreSubscriber<T>, Subscription {
        private final CoreSubscriber<? super R> actual;
        private final OrderedMap<T, R> operator;
        private final AtomicInteger pendingDrains = new AtomicInteger();
        private final Queue<T> waiting = Queues.<T>unbounded().get();
        /** In the order of the source. The drain loop alone uses it. */
        private final Deque<Slot<R>> started = new ArrayDeque<>();

        private @Nullable Subscription upstream;
        private @Nullable Throwable sourceError;
        private volatile boolean sourceDone;
        private volatile @Nullable Throwable badRequest;
        private volatile boolean cancelled;
        private volatile boolean terminated;

        Inner(CoreSubscriber<? super R> actual, OrderedMap<T, R> operator) {
            this.actual = actual;
            this.operator = operator;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            if (Operators.validate(upstream, subscription)) {
                upstream = subscription;
                actual.onSubscribe(this);
            }
        }

        @Override
        public void onNext(T value) {
            if (sourceDone) {
                Operators.onNextDropped(value, currentContext());
                return;
            }
            waiting.add(value);
            drain();
        }

        @Override
        public void onError(Throwable error) {
            if (sourceDone || hasEnded()) {
                Operators.onErrorDropped(error, currentContext());
                return;
            }
            sourceError = error;
            sourceDone = true;
            drain();
        }

        @Override
        public void onComplete() {
            sourceDone = true;
            drain();
        }

        @Override
        public void request(long n) {
            if (hasEnded()) {
                return;
            }
            if (n > 0) {
                upstream().request(n);
            } else {
                badRequest = Exceptions.nullOrNegativeRequestException(n);
                drain();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            upstream().cancel();
            drain();
        }

        private Subscription upstream() {
            return Objects.requireNonNull(upstream);
        }

        private boolean hasEnded() {
            return cancelled || terminated;
        }

        private void drain() {
            if (pendingDrains.getAndIncrement() != 0) {
                return;
            }
            int missed = 1;
            do {
                start();
                deliver();
                missed = pendingDrains.addAndGet(-missed);
            } while (missed != 0);
        }

        private void start() {
            while (!hasEnded() && started.size() < operator.concurrency) {
                T value = waiting.poll();
                if (value == null) {
                    return;
                }
                Slot<R> slot = new Slot<>();
                started.add(slot);
                try {
                    operator.scheduler.schedule(() -> run(slot, value));
                } catch (Throwable e) {
                    // The scheduler rejected the task, or ran it here and passed on its fatal error, which the slot has
                    // already.
                    if (!slot.done) {
                        Operators.onDiscard(value, currentContext());
                        slot.error = e;
                        slot.done = true;
                    }
                }
            }
        }

        private void run(Slot<R> slot, T value) {
            Throwable error = null;
            if (hasEnded()) {
                Operators.onDiscard(value, currentContext());
            } else {
                try {
                    slot.result = Objects.requireNonNull(operator.function.apply(value));
                } catch (Throwable e) {
                    error = e;
                    slot.error = e;
                }
            }
            slot.done = true;
            drain();
            if (error != null) {
                Exceptions.throwIfJvmFatal(error);
            }
        }

        private void deliver() {
            while (!hasEnded()) {
                Throwable bad = badRequest;
                if (bad != null) {
                    upstream().cancel();
                    terminate(bad);
                    return;
                }
                // Read first: what the source delivered before its end is then visible.
                boolean isLast = sourceDone;
                Slot<R> head = started.peek();
                if (head == null) {
                    if (isLast && waiting.isEmpty()) {
                        terminate(sourceError);
                    }
                    break;
                }
                if (!head.done) {
                    break;
                }
                Throwable error = head.error;
                R result = head.result;
                if (error != null) {
                    started.poll();
                    upstream().cancel();
                    terminate(error);
                } else if (result == null) {
                    break; // Cancelled meanwhile.
                } else {
                    started.poll();
                    start(); // While the subscriber uses this result, the next one can be computed.
                    actual.onNext(result);
                }
            }
            if (hasEnded()) {
                discard();
            }
        }

        private void terminate(@Nullable Throwable error) {
            terminated = true;
            if (error == null) {
                actual.onComplete();
            } else {
                actual.onError(error);
            }
        }

        /** Discards what will not be delivered. Running calls remain until they end, which drains again. */
        private void discard() {
            Operators.onDiscardQueueWithClear(waiting, currentContext(), null);
            started.removeIf(slot -> {
                if (slot.done) {
                    Operators.onDiscard(slot.result, currentContext());
                    if (slot.error != null) {
                        Operators.onErrorDropped(slot.error, currentContext());
                    }
                }
                return slot.done;
            });
        }
    }
}
