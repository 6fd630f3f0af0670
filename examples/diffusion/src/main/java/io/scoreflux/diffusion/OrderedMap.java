package io.scoreflux.diffusion;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/**
 * Maps values on the threads of a scheduler, several at once, in order. It requests from the source only what its subscriber has requested, and
 * at most {@code concurrency} values ahead of the last one delivered. {@code flatMapSequential} requests {@code concurrency} values before its
 * subscriber has requested any.
 */
final class OrderedMap<T, R> extends FluxOperator<T, R> {
    private final Function<T, R> function;
    private final int concurrency;
    private final Scheduler scheduler;

    /**
     * Creates an operator.
     *
     * @param concurrency the maximum number of values between the source and the subscriber, at least 1
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

    /** One value of the source, until its result has been delivered. */
    private static final class Slot<R> {
        volatile @Nullable R result;
        volatile @Nullable Throwable error;
        volatile boolean done;
        volatile @Nullable Disposable task;
    }

    private static final class Inner<T, R> implements CoreSubscriber<T>, Subscription {
        private final CoreSubscriber<? super R> actual;
        private final OrderedMap<T, R> operator;
        private final AtomicLong requested = new AtomicLong();
        private final AtomicInteger pendingDrains = new AtomicInteger();
        private final Deque<Slot<R>> slots = new ArrayDeque<>();
        private @Nullable Subscription upstream;
        /** The numbers of values requested from the source and delivered. The drain loop alone changes them. */
        private long asked;

        private long delivered;
        private volatile boolean cancelled;
        private volatile @Nullable Throwable sourceError;
        private volatile boolean sourceDone;
        private boolean terminated;

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
            Slot<R> slot = new Slot<>();
            synchronized (slots) {
                slots.add(slot);
            }
            try {
                slot.task = operator.scheduler.schedule(() -> run(slot, value));
            } catch (RejectedExecutionException e) {
                slot.error = e;
                slot.done = true;
            }
            drain();
        }

        private void run(Slot<R> slot, T value) {
            try {
                slot.result = cancelled ? null : Objects.requireNonNull(operator.function.apply(value));
            } catch (Throwable e) {
                Exceptions.throwIfFatal(e);
                slot.error = e;
            }
            slot.done = true;
            drain();
        }

        @Override
        public void onError(Throwable error) {
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
            if (Operators.validate(n)) {
                requested.accumulateAndGet(n, Operators::addCap);
                drain();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            Objects.requireNonNull(upstream).cancel();
            drain();
        }

        private void drain() {
            if (pendingDrains.getAndIncrement() != 0) {
                return;
            }
            int missed = 1;
            do {
                step();
                missed = pendingDrains.addAndGet(-missed);
            } while (missed != 0);
        }

        private void step() {
            deliver();
            if (terminated || cancelled) {
                discard();
                return;
            }
            long open = Math.min(requested.get(), delivered + operator.concurrency);
            if (open > asked && !sourceDone) {
                long more = open - asked;
                asked = open;
                Objects.requireNonNull(upstream).request(more);
            }
        }

        private void deliver() {
            while (!terminated && !cancelled) {
                Slot<R> head = head();
                if (head == null) {
                    if (sourceDone && head() == null) {
                        terminate(sourceError);
                    }
                    return;
                }
                if (!head.done) {
                    return;
                }
                synchronized (slots) {
                    slots.poll();
                }
                Throwable error = head.error;
                if (error != null) {
                    Objects.requireNonNull(upstream).cancel();
                    terminate(error);
                    return;
                }
                delivered++;
                actual.onNext(Objects.requireNonNull(head.result));
            }
        }

        private @Nullable Slot<R> head() {
            synchronized (slots) {
                return slots.peek();
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

        /** Stops tasks that have not begun. */
        private void discard() {
            synchronized (slots) {
                for (Slot<R> slot : slots) {
                    Disposable task = slot.task;
                    if (task != null) {
                        task.dispose();
                    }
                }
                slots.clear();
            }
        }
    }
}
