package io.scoreflux.stream;

import java.time.Duration;

/** Collects the settings of a {@link Gateway}; neither immutable nor thread-safe. */
public interface GatewayBuilder {
    /**
     * Sets the maximum number of rows in one call; at least 1. Defaults to {@value Gateway#DEFAULT_MAX_ROWS}. A denoiser with
     * {@link io.scoreflux.model.Guidance} calls its model with two rows for each row: if the model has a limit, set half of it here.
     */
    GatewayBuilder maxRows(int value);

    /** Sets the maximum number of calls in flight; at least 1. Defaults to 1. */
    GatewayBuilder maxInFlight(int value);

    /**
     * Sets the time limit of one attempt of an asynchronous call. The gateway cancels an attempt that exceeds it and treats it as a
     * transport error. Defaults to one hour. Synchronous calls cannot be cancelled and have no limit.
     *
     * @param value greater than 0, at most a hundred years
     * @throws IllegalStateException if the denoiser is synchronous
     */
    GatewayBuilder timeout(Duration value);

    /**
     * Sets how often a call is repeated after a transport error. The delay before a repetition starts at {@code firstBackoff} and doubles
     * each time, with a random jitter of up to 50 percent. By default calls are not repeated. Repetitions do not change any sample.
     *
     * @param times at least 1
     * @param firstBackoff greater than 0, at most a hundred years
     */
    GatewayBuilder retries(int times, Duration firstBackoff);

    /** Sets the listener to the calls. Defaults to {@link StreamListener#NONE}. */
    GatewayBuilder listener(StreamListener value);

    /** Builds the gateway. The gateway makes no call before a sampler needs it. */
    Gateway build();
}
