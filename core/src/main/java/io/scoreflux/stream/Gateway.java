package io.scoreflux.stream;

import io.scoreflux.internal.stream.BatchGateway;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import reactor.core.scheduler.Scheduler;

/**
 * The only path to a denoiser. A gateway merges waiting rows of any trajectories, stages, subscribers and samplers into calls of at most
 * {@code maxRows} rows, and keeps at most {@code maxInFlight} calls in flight. Thread-safe; one gateway can serve any number of samplers.
 *
 * <p>No timer delays a batch. A gateway sends the waiting rows if no call is in flight, if they fill a call, or if
 * {@code waiting * maxInFlight >= waiting + in flight}. Subscribers take turns with one trajectory each.
 *
 * <p>If a call throws an exception, or returns an array of the wrong length, the gateway repeats it on halves until the rows that cause the
 * error are alone. Only the samples of these rows fail. After a transport error, the gateway repeats the call up to the number of times set
 * by {@link GatewayBuilder#retries}, and then fails all samples of the call. A transport error is an {@link java.io.IOException}, a
 * {@link java.util.concurrent.TimeoutException}, a {@link java.util.concurrent.RejectedExecutionException}, or an exception with such a
 * cause.
 *
 * <p>The thread that completes a call also runs the solvers on its values and emits the samples of its subscribers, one subscriber after
 * the other. A subscriber that blocks in {@code onNext} therefore delays the other subscribers of the gateway. Put {@code publishOn} with a
 * small prefetch before a slow subscriber.
 *
 * <p>Only {@link #builder} creates gateways. Applications do not implement this interface.
 */
public interface Gateway {
    /** The default of {@link GatewayBuilder#maxRows}. */
    int DEFAULT_MAX_ROWS = 4096;

    /**
     * Returns a builder of gateways to a synchronous denoiser, which is called on a scheduler.
     *
     * @param scheduler must run until all streams of the gateway have terminated; streams fail with a
     *     {@link java.util.concurrent.RejectedExecutionException} after it is disposed of
     */
    static GatewayBuilder builder(Denoiser denoiser, Scheduler scheduler) {
        return BatchGateway.builder(denoiser, scheduler);
    }

    /** Returns a builder of gateways to an asynchronous denoiser. */
    static GatewayBuilder builder(AsyncDenoiser denoiser) {
        return BatchGateway.builder(denoiser);
    }

    /** Returns the properties of the denoiser. */
    DenoiserInfo info();
}
