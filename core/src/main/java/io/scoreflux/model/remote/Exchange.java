package io.scoreflux.model.remote;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.model.network.Evaluations;
import io.scoreflux.state.Rows;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A call of a model. It is sent on the first request for its values and ends when the subscription is cancelled. */
final class Exchange implements Subscription {
    private final Endpoint endpoint;
    private final Codec codec;
    private final Rows rows;
    private final Subscriber<? super double[]> subscriber;
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable CompletableFuture<HttpResponse<byte[]>> running;

    Exchange(Endpoint endpoint, Codec codec, Rows rows, Subscriber<? super double[]> subscriber) {
        this.endpoint = endpoint;
        this.codec = codec;
        this.rows = rows;
        this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            fail(new InvalidArgumentException("n", "must be greater than 0 in request(n) (rule 3.9)", n));
            cancelRunning();
        } else if (!ended.get() && started.compareAndSet(false, true)) {
            start();
        }
    }

    private void start() {
        try {
            Evaluations evaluations = codec.evaluations(rows);
            Rows all = evaluations.rows();
            send(evaluations, 0, new double[all.count() * all.dimension()]);
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** Sends the call whose first evaluation is {@code first}. */
    private void send(Evaluations evaluations, int first, double[] values) {
        CompletableFuture<HttpResponse<byte[]>> exchange;
        int count = evaluations.callRows(first, Integer.MAX_VALUE);
        try {
            Codec.Question question = codec.encode(evaluations.rows(), first, count);
            exchange = endpoint.infer(question.body(), question.header(), codec.answerLimit(count));
        } catch (RuntimeException e) {
            fail(e);
            return;
        }
        running = exchange;
        if (ended.get()) {
            exchange.cancel(true);
            return;
        }
        // The timeout applies to a copy, so that the exchange itself can still be cancelled afterwards.
        CompletableFuture<HttpResponse<byte[]>> unused = exchange.copy()
                .orTimeout(endpoint.timeout().toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((answer, error) -> {
                    if (error == null) {
                        answer(evaluations, first, count, answer, values);
                    } else if (error instanceof TimeoutException) {
                        // Do not block the thread of the timer, which serves all timers of the process.
                        ForkJoinPool.commonPool().execute(() -> {
                            exchange.cancel(true);
                            fail(endpoint.reason(error));
                        });
                    } else {
                        fail(endpoint.reason(error));
                    }
                });
    }

    private void answer(Evaluations evaluations, int first, int count, HttpResponse<byte[]> answer, double[] values) {
        double[] numbers;
        try {
            if (ended.get()) {
                return;
            }
            codec.decode(evaluations.rows(), first, count, answer, values);
            if (first + count < evaluations.rows().count()) {
                send(evaluations, first + count, values);
                return;
            }
            numbers = evaluations.combine(values);
        } catch (InferenceException e) {
            fail(endpoint.checked(e));
            return;
        } catch (RuntimeException e) {
            fail(e);
            return;
        }
        if (ended.compareAndSet(false, true)) {
            subscriber.onNext(numbers);
            subscriber.onComplete();
        }
    }

    private void fail(Throwable error) {
        if (ended.compareAndSet(false, true)) {
            subscriber.onError(error);
        }
    }

    @Override
    public void cancel() {
        if (ended.compareAndSet(false, true)) {
            cancelRunning();
        }
    }

    private void cancelRunning() {
        CompletableFuture<HttpResponse<byte[]>> exchange = running;
        if (exchange != null) {
            exchange.cancel(true);
        }
    }
}
