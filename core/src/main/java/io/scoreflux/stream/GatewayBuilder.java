package io.scoreflux.stream;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.state.Require;
import java.time.Duration;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import reactor.util.retry.Retry;

/** Collects the settings of a {@link Gateway}; neither immutable nor thread-safe. */
public final class GatewayBuilder {
    /** Long enough for a call of thousands of rows; without a limit a stream could hang for ever. */
    private static final Duration DEFAULT_TIMEOUT = Duration.ofHours(1);

    private final IntSupplier dimension;
    private final @Nullable DenoiserInfo info;
    private final Gateway.TransportMaker maker;
    private final boolean remote;
    private int maxRows = Gateway.DEFAULT_MAX_ROWS;
    private int slots = 1;
    private Duration timeout = DEFAULT_TIMEOUT;
    private int retries;
    private Duration firstBackoff = Duration.ZERO;
    private StreamListener listener = StreamListener.NONE;

    GatewayBuilder(IntSupplier dimension, @Nullable DenoiserInfo info, boolean remote, Gateway.TransportMaker maker) {
        this.dimension = dimension;
        this.info = info;
        this.maker = maker;
        this.remote = remote;
    }

    /**
     * The most rows in one call, at least 1. Defaults to 4096. {@link io.scoreflux.model.Guidance} asks its model two rows for one: with a limit
     * of the model's own, give half of that.
     */
    public GatewayBuilder maxRows(int value) {
        this.maxRows = Require.atLeast("maxRows", value, 1);
        return this;
    }

    /** The most calls in flight, at least 1. Defaults to 1. */
    public GatewayBuilder slots(int value) {
        this.slots = Require.atLeast("slots", value, 1);
        return this;
    }

    /**
     * The time limit of one attempt of an asynchronous call. An attempt that exceeds it is cancelled and counts as failed in transport. Defaults to one
     * hour, so that a call that is never answered cannot hang a stream for ever. A synchronous call cannot be interrupted and has no limit.
     *
     * @param value greater than 0, at most a hundred years
     */
    public GatewayBuilder timeout(Duration value) {
        if (!remote) {
            throw new InvalidConfigurationException(
                    "timeout",
                    "must not be given for synchronous denoisers, whose calls cannot be abandoned",
                    value,
                    "leave out {timeout}",
                    "give an asynchronous denoiser");
        }
        this.timeout = Require.positive("timeout", value);
        return this;
    }

    /**
     * How often a call that failed in transport is repeated whole, with waits that double from {@code firstBackoff} and vary by
     * half. By default never. Repetitions change no sample.
     *
     * @param times at least 1
     * @param firstBackoff greater than 0, at most a hundred years
     */
    public GatewayBuilder retries(int times, Duration firstBackoff) {
        this.retries = Require.atLeast("retries", times, 1);
        this.firstBackoff = Require.positive("firstBackoff", firstBackoff);
        return this;
    }

    /** Receives the calls. Defaults to {@link StreamListener#NONE}. */
    public GatewayBuilder listener(StreamListener value) {
        this.listener = Objects.requireNonNull(value, "listener");
        return this;
    }

    /** The gateway. Nothing is called before a sampler asks. */
    public Gateway build() {
        Retry retry = retries == 0
                ? null
                : Retry.backoff(retries, firstBackoff)
                        .maxBackoff(Require.LONGEST)
                        .jitter(0.5)
                        .filter(Gateway::isWorthRetrying)
                        .doBeforeRetry(signal -> Gateway.tell(() -> listener.retried(signal.failure())))
                        .onRetryExhaustedThrow((spec, signal) -> signal.failure());
        return new Gateway(dimension, info, maker.make(timeout, retry), maxRows, slots, listener);
    }
}
