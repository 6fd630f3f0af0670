package io.scoreflux.internal.stream;

import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A flux that limits the items of a source by permits. It requests as many items as its subscriber does, but no more than there are permits,
 * even if custom stages request more than the stages after them. For one subscriber.
 */
final class PermitFlux<T> extends Flux<T> implements CoreSubscriber<T>, Subscription {
    private final Flux<? extends T> source;
    private final Upstream upstream = new Upstream();
    private final DrainLoop loop = new DrainLoop(this::requestMore);
    private final AtomicLong wanted = new AtomicLong();
    private final AtomicLong permits = new AtomicLong();
    private final AtomicLong passed = new AtomicLong();

    private volatile boolean complete;
    private CoreSubscriber<? super T> actual = Operators.emptySubscriber();
    private Runnable afterEach = () -> {};
    /** Used only by the thread that grants permits. */
    private long granted;

    PermitFlux(Flux<? extends T> source) {
        this.source = source;
    }

    /** Sets an action that runs after each item, once {@link #isShort} counts this item. Must be called before the subscription. */
    void afterEach(Runnable action) {
        afterEach = action;
    }

    // Called by one thread at a time.

    /** Grants {@code n} permits; false if {@code n} is not positive or the source has completed. */
    boolean grant(long n) {
        if (complete || n <= 0) {
            return false;
        }
        granted += n;
        permits.addAndGet(n);
        loop.drain();
        return true;
    }

    /** Returns the number of items that were permitted or, after the source has completed, that were passed on. */
    long started() {
        return complete ? passed.get() : granted;
    }

    /** Returns whether all permitted items have been passed on and more are requested. */
    boolean isShort() {
        return !complete && wanted.get() > 0 && passed.get() == granted;
    }

    // Signals of upstream and downstream.

    @Override
    public void subscribe(CoreSubscriber<? super T> subscriber) {
        actual = subscriber;
        subscriber.onSubscribe(this);
        source.subscribe(this);
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
            actual.onNext(item);
            // Counted only now, so that a reader of the count finds the item downstream.
            passed.set(passed.get() + 1);
            afterEach.run();
        } catch (Throwable e) {
            fail(e);
        }
    }

    /** Signals an error of the source or of downstream, which may be thrown on any thread. */
    private void fail(Throwable e) {
        Faults.quietly(this::cancel);
        actual.onError(e);
    }

    @Override
    public void onError(Throwable e) {
        actual.onError(e);
    }

    @Override
    public void onComplete() {
        complete = true;
        actual.onComplete();
    }

    @Override
    public Context currentContext() {
        return actual.currentContext();
    }

    @Override
    public void request(long n) {
        wanted.updateAndGet(was -> Operators.addCap(was, n));
        loop.drain();
    }

    @Override
    public void cancel() {
        upstream.cancel();
    }

    private void requestMore() {
        long now = Math.min(wanted.get(), permits.get());
        if (now > 0) {
            permits.addAndGet(-now);
            wanted.updateAndGet(was -> was == Long.MAX_VALUE ? was : was - now);
            try {
                upstream.request(now);
            } catch (Throwable e) {
                fail(e);
            }
        }
    }
}
