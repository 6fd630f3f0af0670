package io.scoreflux.service.api;

import io.scoreflux.Request;
import io.scoreflux.Sample;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One stream of samples that is served to a client. It has one subscriber. Its demand is that of the subscriber. With an initial demand, it
 * is also limited by the demand that the client states with {@link #request}.
 */
public final class SampleStream {
    private final SampleQuery query;
    private final Sinks.@Nullable Many<Request> requests;
    private final AtomicLong requested = new AtomicLong();
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong stated = new AtomicLong();
    private volatile long next;
    private volatile @Nullable String reason;
    private Flux<Sample> samples = Flux.empty();

    /**
     * Creates a stream.
     *
     * @param stated whether the client states its demand with {@link #request}
     */
    SampleStream(SampleQuery query, boolean stated) {
        this.query = query;
        this.next = query.from();
        this.requests = stated ? Sinks.many().unicast().onBackpressureBuffer() : null;
    }

    void set(Flux<Sample> stream) {
        samples = stream;
    }

    /** Returns the samples; the stream completes when it ends, for whatever reason. */
    public Flux<Sample> samples() {
        return samples;
    }

    /**
     * Returns the samples of a response that has no end marker. If the stream ends early, it fails with a {@link RequestException} of status
     * 503.
     */
    public Flux<Sample> completeSamples() {
        return samples.concatWith(Mono.defer(() -> reason == null
                ? Mono.empty()
                : Mono.error(RequestException.of(
                        HttpStatus.SERVICE_UNAVAILABLE, null, reason + "; resume with from " + next))));
    }

    /** Returns the requests of a client that states its demand. */
    Flux<Request> requests() {
        return requests == null ? Flux.empty() : requests.asFlux();
    }

    /**
     * Requests further samples.
     *
     * @param n the number of samples, at least 1
     */
    synchronized void request(long n) {
        if (requests == null) {
            return;
        }
        long from = query.from() + stated.get();
        long to = Math.min(query.to(), from + n < from ? Long.MAX_VALUE : from + n);
        for (long index = from; index < to; index++) {
            Request request = Request.of(query.seed(), index);
            requests.tryEmitNext(query.condition() == null ? request : request.withCondition(query.condition()));
        }
        stated.addAndGet(to - from);
        if (to == query.to()) {
            requests.tryEmitComplete();
        }
    }

    void subscriberRequests(long n) {
        requested.accumulateAndGet(n, (have, more) -> have + more < 0 ? Long.MAX_VALUE : have + more);
    }

    void delivers(Sample sample) {
        next = sample.index() + 1;
        delivered.incrementAndGet();
    }

    void stop(String why) {
        reason = why;
    }

    /** Returns the number of samples that the client has stated and not yet received. */
    long outstanding() {
        return stated.get() - delivered.get();
    }

    /** Returns the number of requested samples. */
    long requested() {
        return Math.min(query.count(), requests == null ? requested.get() : stated.get());
    }

    /** Returns the number of delivered samples. */
    long delivered() {
        return delivered.get();
    }

    /** Returns whether the client has all samples that it has requested. */
    boolean isPaused() {
        return delivered.get() >= Math.min(requested.get(), requests == null ? Long.MAX_VALUE : stated.get());
    }

    /** Returns the end of the stream; valid after {@link #samples} has completed. */
    public End end() {
        return new End(delivered.get(), reason == null, next, reason);
    }
}
