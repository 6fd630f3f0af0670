package io.scoreflux.internal.stream;

import io.scoreflux.error.InvalidArgumentException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** A flux that subscribes to its source at the first request. */
public final class FirstRequestFlux<T> extends Flux<T> {
    private final Flux<T> source;

    /** Creates a flux. The source is subscribed to at the first request, in the context of the subscriber. */
    public FirstRequestFlux(Flux<T> source) {
        this.source = source;
    }

    /**
     * Returns a flux that is made from a value. The mono is subscribed to at the first request. Anything that the function throws becomes the
     * error of the flux, because Reactor's operators would rethrow some errors on the thread that emits the value.
     */
    public static <P, T> Flux<T> after(Mono<P> value, Function<? super P, ? extends Flux<T>> then) {
        return new FirstRequestFlux<>(value.flatMapMany(catching(then)));
    }

    /** Wraps a function that returns a flux: anything that it throws becomes the error of the flux. */
    static <P, T> Function<P, Flux<T>> catching(Function<? super P, ? extends Flux<T>> then) {
        return value -> {
            try {
                return then.apply(value);
            } catch (Throwable e) {
                return Flux.error(e);
            }
        };
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        actual.onSubscribe(new Relay<>(actual, source));
    }

    private static final class Relay<T> extends Operators.DeferredSubscription implements CoreSubscriber<T> {
        /** Serialized, because the source may be emitting when an invalid request is rejected here. */
        private final CoreSubscriber<? super T> actual;

        private final CoreSubscriber<? super T> unserialized;
        private final Flux<T> source;
        private final AtomicBoolean asked = new AtomicBoolean();

        Relay(CoreSubscriber<? super T> actual, Flux<T> source) {
            this.actual = Operators.serialize(actual);
            this.unserialized = actual;
            this.source = source;
        }

        @Override
        public void request(long n) {
            if (isCancelled()) {
                return;
            }
            if (n <= 0) {
                cancel();
                actual.onError(new InvalidArgumentException("n", "must be greater than 0 in request(n) (rule 3.9)", n));
                return;
            }
            super.request(n);
            if (asked.compareAndSet(false, true)) {
                try {
                    source.subscribe(this);
                } catch (Throwable e) {
                    actual.onError(e);
                }
            }
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
            try {
                actual.onNext(value);
            } catch (Throwable e) {
                // The serialized subscriber assumes that this signal has not returned, and would never emit the next.
                unserialized.onError(e);
                throw e;
            }
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
