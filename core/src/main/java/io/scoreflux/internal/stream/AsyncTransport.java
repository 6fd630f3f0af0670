package io.scoreflux.internal.stream;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.state.Rows;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;
import reactor.util.retry.Retry;

/** A transport that evaluates an asynchronous function, with a time limit for each attempt and optional retries. */
final class AsyncTransport implements Transport {
    private final AsyncBatchFunction function;
    private final Duration timeout;
    private final @Nullable Retry retry;

    AsyncTransport(AsyncBatchFunction function, Duration timeout, @Nullable Retry retry) {
        this.function = function;
        this.timeout = timeout;
        this.retry = retry;
    }

    @Override
    public Disposable send(
            Rows rows, double[] buffer, Context context, Consumer<double[]> answered, Consumer<Throwable> failed) {
        Mono<double[]> answer = new Attempt(function, rows).timeout(timeout, Mono.error(this::late));
        if (retry != null) {
            answer = answer.retryWhen(retry);
        }
        // A subscriber's onErrorContinue applies to its own stream. Here it would suppress the error of a call.
        return answer.onErrorStop().contextWrite(context).subscribe(answered, e -> failed.accept(Faults.unwrap(e)));
    }

    private TimeoutException late() {
        return new TimeoutException("no response within " + timeout
                + ", the time limit of a call; set a longer timeout if the model needs more time");
    }

    @Override
    public double[] buffer(double[] current, Rows rows) {
        return current;
    }

    @Override
    public boolean callsHere() {
        return false;
    }

    @Override
    public boolean canGiveUp() {
        return true;
    }

    @Override
    public boolean returnsRows() {
        return false;
    }

    /**
     * One attempt of a call, between the client's publisher and Reactor's operators. Anything that the client throws becomes an {@code
     * onError} signal that operators pass on.
     */
    private static final class Attempt extends Mono<double[]> {
        private final AsyncBatchFunction function;
        private final Rows rows;

        Attempt(AsyncBatchFunction function, Rows rows) {
            this.function = function;
            this.rows = rows;
        }

        @Override
        public void subscribe(CoreSubscriber<? super double[]> actual) {
            AnswerSubscriber answer = new AnswerSubscriber(actual, rows.count(), rows.dimension());
            actual.onSubscribe(answer);
            if (answer.isUnwanted()) {
                return;
            }
            try {
                Publisher<double[]> publisher = function.evaluate(rows);
                // A Mono ends with its value; another publisher is cancelled after its first value.
                answer.cancelsAfterFirst = !(publisher instanceof Mono);
                publisher.subscribe(answer);
            } catch (Throwable e) {
                answer.onError(e);
            }
        }
    }

    /** A subscriber that takes the client's first signal and drops later ones. */
    private static final class AnswerSubscriber extends Operators.DeferredSubscription
            implements CoreSubscriber<double[]> {
        private final CoreSubscriber<? super double[]> actual;
        private final int rows;
        private final int dimension;
        private final AtomicBoolean ended = new AtomicBoolean();
        private boolean cancelsAfterFirst;

        AnswerSubscriber(CoreSubscriber<? super double[]> actual, int rows, int dimension) {
            this.actual = actual;
            this.rows = rows;
            this.dimension = dimension;
        }

        boolean isUnwanted() {
            return isCancelled();
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription s) {
            try {
                set(s);
            } catch (Throwable e) {
                onError(e);
            }
        }

        @Override
        public void request(long n) {
            try {
                super.request(n);
            } catch (Throwable e) {
                onError(e);
            }
        }

        @Override
        public void cancel() {
            try {
                super.cancel();
            } catch (Throwable e) {
                Faults.drop(e, actual.currentContext());
            }
        }

        @Override
        public void onNext(double @Nullable [] numbers) {
            if (!ended.compareAndSet(false, true)) {
                return;
            }
            if (cancelsAfterFirst) {
                cancel();
            }
            if (numbers == null || numbers.length != rows * dimension) {
                actual.onError(new InvalidConfigurationException(
                        "the array of values",
                        "must have " + rows + " rows of " + dimension + " numbers",
                        numbers == null ? "null" : numbers.length + " numbers"));
                return;
            }
            actual.onNext(numbers);
            actual.onComplete();
        }

        @Override
        public void onError(Throwable e) {
            if (!isCancelled() && ended.compareAndSet(false, true)) {
                actual.onError(Faults.wrap(e));
            } else {
                Faults.drop(e, actual.currentContext());
            }
        }

        @Override
        public void onComplete() {
            if (ended.compareAndSet(false, true)) {
                actual.onError(new InvalidConfigurationException(
                        "the array of values", "must be emitted before completion", "missing"));
            }
        }
    }
}
