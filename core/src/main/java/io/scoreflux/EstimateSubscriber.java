package io.scoreflux;

import java.util.concurrent.atomic.AtomicBoolean;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.FluxSink;
import reactor.util.context.Context;

/** Draws the samples of a course, as many as it wants, and cancels them when its estimate is final. */
final class EstimateSubscriber extends BaseSubscriber<Sample> {
    private final Course course;
    private final FluxSink<Estimate> estimates;
    private final AtomicBoolean started = new AtomicBoolean();
    private long requested;
    private long received;

    EstimateSubscriber(Course course, FluxSink<Estimate> estimates) {
        this.course = course;
        this.estimates = estimates;
    }

    /** Subscribes to the samples, once. */
    void start() {
        if (started.compareAndSet(false, true)) {
            course.source().subscribe(this);
        }
    }

    @Override
    public Context currentContext() {
        return Context.of(estimates.contextView());
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        requestWanted();
    }

    @Override
    protected void hookOnNext(Sample sample) {
        received++;
        Estimate.Status status;
        try {
            course.add(sample);
            status = course.status();
        } catch (RuntimeException e) {
            cancel();
            estimates.error(e);
            return;
        }
        if (status != Estimate.Status.RUNNING) {
            cancel();
            finish(status);
            return;
        }
        if (course.due()) {
            estimates.next(course.now(Estimate.Status.RUNNING));
        }
        requestWanted();
    }

    /** Requests in portions, because each request may wake the engine. */
    private void requestWanted() {
        long wanted = course.wanted();
        long missing = wanted - requested;
        if (missing > 0 && (missing >= (wanted - received) / 4 || requested == received)) {
            requested = wanted;
            request(missing);
        }
    }

    @Override
    protected void hookOnComplete() {
        finish(Estimate.Status.MAX_SAMPLES);
    }

    private void finish(Estimate.Status status) {
        estimates.next(course.now(status));
        estimates.complete();
    }

    @Override
    protected void hookOnError(Throwable failure) {
        estimates.error(failure);
    }
}
