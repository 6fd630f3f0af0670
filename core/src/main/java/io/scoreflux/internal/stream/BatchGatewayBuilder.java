package io.scoreflux.internal.stream;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.GatewayBuilder;
import io.scoreflux.stream.StreamListener;
import java.time.Duration;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import reactor.util.retry.Retry;

/** A builder of {@link BatchGateway}s. */
public final class BatchGatewayBuilder implements GatewayBuilder {
    /** Long enough for a call of thousands of rows. Without a limit, a stream could hang forever. */
    private static final Duration DEFAULT_TIMEOUT = Duration.ofHours(1);

    private final IntSupplier dimension;
    private final @Nullable DenoiserInfo info;
    private final BatchGateway.TransportMaker maker;
    private final boolean remote;
    private int maxRows = Gateway.DEFAULT_MAX_ROWS;
    private int maxInFlight = 1;
    private Duration timeout = DEFAULT_TIMEOUT;
    private int retries;
    private Duration firstBackoff = Duration.ZERO;
    private StreamListener listener = StreamListener.NONE;

    BatchGatewayBuilder(
            IntSupplier dimension, @Nullable DenoiserInfo info, boolean remote, BatchGateway.TransportMaker maker) {
        this.dimension = dimension;
        this.info = info;
        this.maker = maker;
        this.remote = remote;
    }

    @Override
    public BatchGatewayBuilder maxRows(int value) {
        this.maxRows = Require.atLeast("maxRows", value, 1);
        return this;
    }

    @Override
    public BatchGatewayBuilder maxInFlight(int value) {
        this.maxInFlight = Require.atLeast("maxInFlight", value, 1);
        return this;
    }

    @Override
    public BatchGatewayBuilder timeout(Duration value) {
        if (!remote) {
            throw new InvalidConfigurationException(
                    "timeout",
                    "must not be given for synchronous denoisers, whose calls cannot be abandoned",
                    value,
                    "leave out {timeout}",
                    "use an asynchronous denoiser");
        }
        this.timeout = Require.positive("timeout", value);
        return this;
    }

    @Override
    public BatchGatewayBuilder retries(int times, Duration firstBackoff) {
        this.retries = Require.atLeast("retries", times, 1);
        this.firstBackoff = Require.positive("firstBackoff", firstBackoff);
        return this;
    }

    @Override
    public BatchGatewayBuilder listener(StreamListener value) {
        this.listener = Objects.requireNonNull(value, "listener");
        return this;
    }

    @Override
    public BatchGateway build() {
        Retry retry = retries == 0
                ? null
                : Retry.backoff(retries, firstBackoff)
                        .maxBackoff(Require.MAX_DURATION)
                        .jitter(0.5)
                        .filter(BatchGateway::isWorthRetrying)
                        .doBeforeRetry(signal -> BatchGateway.tell(() -> listener.retried(signal.failure())))
                        .onRetryExhaustedThrow((spec, signal) -> signal.failure());
        return new BatchGateway(dimension, info, maker.make(timeout, retry), maxRows, maxInFlight, listener);
    }
}
