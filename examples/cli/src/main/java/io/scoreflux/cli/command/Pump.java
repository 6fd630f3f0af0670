package io.scoreflux.cli.command;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SignalType;

/**
 * Subscribes to a stream of samples and passes them to a sink that may fail. The samples may arrive on any thread. Requests at most one
 * window of samples ahead of the delivered ones.
 */
final class Pump<T> extends BaseSubscriber<T> {
    /** The first request is for one sample, so that it arrives early. The second is small. After that a full window stays requested. */
    private static final int FIRST = 1;

    private static final int SECOND = 16;
    private static final int WINDOW = 256;
    private static final int REFILL = 64;

    private final Sink<T> sink;
    private final int threads;
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Throwable failure;
    private boolean complete;
    private long delivered;

    /** Receives samples. */
    @FunctionalInterface
    interface Sink<T> {
        void accept(T sample) throws IOException;
    }

    private Pump(Sink<T> sink, int threads) {
        this.sink = sink;
        this.threads = threads;
    }

    /**
     * Delivers all samples and returns. Cancels the stream if the sink throws.
     *
     * @param threads number of threads that compute the samples; each has its own window
     * @param sink receives the samples one at a time, on the threads that compute them
     * @throws IOException from the sink
     */
    static <T> void run(Flux<T> samples, int threads, Sink<T> sink) throws IOException {
        Pump<T> pump = new Pump<>(sink, threads);
        samples.subscribe(pump);
        try {
            pump.ended.await();
        } catch (InterruptedException e) {
            pump.cancel();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while samples were computed", e);
        }
        Throwable failure = pump.failure;
        if (failure instanceof IOException io) {
            throw io;
        }
        if (failure instanceof RuntimeException unexpected) {
            throw unexpected;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null || !pump.complete) {
            throw new IllegalStateException("the stream of samples ended early", failure);
        }
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        request(FIRST);
    }

    @Override
    protected void hookOnNext(T sample) {
        try {
            sink.accept(sample);
        } catch (Throwable e) { // The waiting thread rethrows it. An exception thrown here may reach no caller.
            failure = e;
            cancel();
            return;
        }
        delivered++;
        long windowed = delivered - FIRST - SECOND;
        if (delivered == FIRST) {
            request(SECOND);
        } else if (windowed == 0) {
            request((long) threads * WINDOW);
        } else if (windowed > 0 && windowed % ((long) threads * REFILL) == 0) {
            request((long) threads * REFILL);
        }
    }

    @Override
    protected void hookOnComplete() {
        complete = true;
    }

    @Override
    protected void hookOnError(Throwable throwable) {
        failure = throwable;
    }

    @Override
    protected void hookFinally(SignalType type) {
        ended.countDown();
    }
}
