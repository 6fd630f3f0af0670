package io.scoreflux.internal.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * Distributes the items of one source among several subscribers. Each item goes to a subscriber that has requested one. The source
 * receives exactly the requests of the subscribers.
 */
final class RailDistributor<T> implements CoreSubscriber<T> {
    private final Flux<T> source;
    private final AtomicReferenceArray<@Nullable Port> ports;
    private final AtomicInteger subscribed = new AtomicInteger();
    private final DrainLoop loop = new DrainLoop(this::distribute);
    private final Queue<T> waiting = Queues.<T>unbounded(32).get();

    private final Upstream upstream = new Upstream();
    private volatile boolean done;
    private volatile @Nullable Throwable error;
    /** The index of the next port in turn. Used by the draining thread only. */
    private int turn;

    private RailDistributor(Flux<T> source, int parts) {
        this.source = source;
        this.ports = new AtomicReferenceArray<>(parts);
    }

    /** Returns {@code parts} fluxes, each for one subscription. The last subscription subscribes to the source. */
    static <T> List<Flux<T>> parts(Flux<T> source, int parts) {
        if (parts == 1) {
            return List.of(source);
        }
        RailDistributor<T> distributor = new RailDistributor<>(source, parts);
        List<Flux<T>> all = new ArrayList<>(parts);
        for (int i = 0; i < parts; i++) {
            int number = i;
            all.add(new Flux<>() {
                @Override
                public void subscribe(CoreSubscriber<? super T> actual) {
                    distributor.join(number, actual);
                }
            });
        }
        return all;
    }

    private void join(int number, CoreSubscriber<? super T> actual) {
        Port port = new Port(actual);
        ports.set(number, port);
        actual.onSubscribe(port);
        if (subscribed.incrementAndGet() == ports.length()) {
            source.subscribe(this);
        }
    }

    @Override
    public void onSubscribe(Subscription s) {
        try {
            // Requests the demand that preceded the subscription.
            upstream.set(s);
        } catch (Throwable e) {
            fail(e);
        }
    }

    @Override
    public void onNext(T item) {
        try {
            waiting.offer(item);
        } catch (Throwable e) {
            fail(e);
            return;
        }
        loop.drain();
    }

    @Override
    public void onError(Throwable e) {
        error = e;
        done = true;
        loop.drain();
    }

    @Override
    public void onComplete() {
        done = true;
        loop.drain();
    }

    @Override
    public Context currentContext() {
        return port(0).actual.currentContext();
    }

    private Port port(int number) {
        return Objects.requireNonNull(ports.get(number));
    }

    /** Cancels the source and signals an error. {@link #distribute} must not throw. */
    private void fail(Throwable e) {
        Faults.quietly(upstream::cancel);
        onError(e);
    }

    private boolean allCancelled() {
        for (int i = 0; i < ports.length(); i++) {
            Port port = ports.get(i);
            if (port == null || !port.cancelled) {
                return false;
            }
        }
        return true;
    }

    private void distribute() {
        boolean ended = done;
        Port port;
        while (!waiting.isEmpty() && (port = next()) != null) {
            T item = waiting.poll();
            if (item != null) {
                try {
                    port.send(item);
                } catch (Throwable e) {
                    fail(e);
                    ended = true;
                }
            }
        }
        if (ended && (error != null || waiting.isEmpty())) {
            end();
        }
    }

    /** Returns the next port, in turn, that waits for an item, or null if none does. */
    private @Nullable Port next() {
        for (int i = 0; i < ports.length(); i++) {
            Port port = port(turn);
            turn = (turn + 1) % ports.length();
            if (!port.cancelled && port.wanted.get() > 0) {
                return port;
            }
        }
        return null;
    }

    private void end() {
        Throwable e = error;
        for (int i = 0; i < ports.length(); i++) {
            port(i).end(e);
        }
    }

    private final class Port implements Subscription {
        private final CoreSubscriber<? super T> actual;
        private final AtomicLong wanted = new AtomicLong();
        private volatile boolean cancelled;
        private boolean ended;

        Port(CoreSubscriber<? super T> actual) {
            this.actual = actual;
        }

        void send(T item) {
            wanted.decrementAndGet();
            actual.onNext(item);
        }

        void end(@Nullable Throwable e) {
            if (ended || cancelled) {
                return;
            }
            ended = true;
            try {
                if (e == null) {
                    actual.onComplete();
                } else {
                    actual.onError(e);
                }
            } catch (Throwable thrown) {
                // The other ports must still terminate.
                Faults.drop(thrown);
            }
        }

        @Override
        public void request(long n) {
            wanted.updateAndGet(was -> Operators.addCap(was, n));
            // Items that a cancelled port left in the queue serve this one first.
            loop.drain();
            upstream.request(n);
        }

        @Override
        public void cancel() {
            cancelled = true;
            if (allCancelled()) {
                upstream.cancel();
            }
        }
    }
}
