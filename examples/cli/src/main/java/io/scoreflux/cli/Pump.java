package io.scoreflux.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** Carries samples from the stream to a place that may fail, asking for no more than a window ahead of what was delivered. */
final class Pump<T> extends BaseSubscriber<T> {
    /** The first sample is asked for alone, so that it comes early; then some; then a window kept full. */
    private static final int FIRST = 1;

    private static final int SECOND = 16;
    private static final int WINDOW = 256;
    private static final int REFILL = 64;

    private final Sink<T> sink;
    private @Nullable Throwable failure;
    private boolean complete;
    private long delivered;

    /** Takes samples. */
    @FunctionalInterface
    interface Sink<T> {
        /** Takes one. */
        void accept(T sample) throws IOException;
    }

    private Pump(Sink<T> sink) {
        this.sink = sink;
    }

    /**
     * Computes and delivers all samples on the calling thread; stops computing when the sink throws.
     *
     * @throws IOException from the sink
     */
    static <T> void run(Flux<T> samples, Sink<T> sink) throws IOException {
        Pump<T> pump = new Pump<>(sink);
        samples.subscribe(pump);
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
        } catch (IOException e) {
            failure = e;
            cancel();
            return;
        }
        delivered++;
        long windowed = delivered - FIRST - SECOND;
        if (delivered == FIRST) {
            request(SECOND);
        } else if (windowed == 0) {
            request(WINDOW);
        } else if (windowed > 0 && windowed % REFILL == 0) {
            request(REFILL);
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
}
