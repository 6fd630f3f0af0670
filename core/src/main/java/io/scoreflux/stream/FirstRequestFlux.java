package io.scoreflux.stream;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** A flux that is made when it is first asked for something, and not when it is subscribed to. */
public final class FirstRequestFlux<T> extends Flux<T> {
    private final Function<ContextView, Flux<T>> maker;

    /** If the function of the subscriber's context throws, the subscriber gets the exception as its error. */
    public FirstRequestFlux(Function<ContextView, Flux<T>> maker) {
        this.maker = maker;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        actual.onSubscribe(new Relay<>(actual, maker));
    }

    private static final class Relay<T> extends Operators.DeferredSubscription implements CoreSubscriber<T> {
        private final CoreSubscriber<? super T> actual;
        private final Function<ContextView, Flux<T>> maker;
        private final AtomicBoolean asked = new AtomicBoolean();

        Relay(CoreSubscriber<? super T> actual, Function<ContextView, Flux<T>> maker) {
            this.actual = actual;
            this.maker = maker;
        }

        @Override
        public void request(long n) {
            if (!isCancelled() && asked.compareAndSet(false, true)) {
                Flux<T> flux;
                try {
                    flux = maker.apply(actual.currentContext());
                } catch (Throwable e) {
                    Exceptions.throwIfFatal(e);
                    actual.onError(e);
                    return;
                }
                flux.subscribe(this);
            }
            super.request(n);
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription s) {
            set(s);
        }

        @Override
        public void onNext(T value) {
            actual.onNext(value);
        }

        @Override
        public void onError(Throwable error) {
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            actual.onComplete();
        }
    }
}
