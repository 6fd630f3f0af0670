package io.scoreflux.service;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Limits on requests, and time limits of clients.
 *
 * @param maxCount maximum number of samples in one request with a number, at least 1
 * @param maxStreams maximum number of streams that are served at once, at least 1
 * @param maxStreamsPerClient maximum number of streams at once for one client address, at least 1
 * @param maxBody maximum size of the body of a request, 1 KB to 2 GB - 1
 * @param maxDimension maximum dimension of an uploaded target, at least 1
 * @param maxComponents maximum number of components of an uploaded target, at least 1
 * @param maxDuration maximum duration of a stream, positive; the stream then ends with its end marker, and the client can resume it
 * @param pauseTimeout maximum time in which the client of a stream requests nothing, positive; the stream then ends in the same way
 * @param idleTimeout maximum wait for the whole head of a request, from the start of the connection or the end of the previous response,
 *     positive; the connection is then closed
 * @param requestTimeout maximum wait for the whole body of a request, from its head, and for the client to close after the last response,
 *     positive; the connection is then closed
 * @param writeTimeout maximum time in which the system's send window accepts no byte of waiting data, positive; the connection is then
 *     closed. This differs from the time between two reads of the client, because systems reopen a full window only when much of the
 *     receive buffer is free
 */
@ConfigurationProperties("scoreflux.service")
public record Limits(
        @DefaultValue("10000") int maxCount,
        @DefaultValue("256") int maxStreams,
        @DefaultValue("64") int maxStreamsPerClient,
        @DefaultValue("1MB") DataSize maxBody,
        @DefaultValue("64") int maxDimension,
        @DefaultValue("1000") int maxComponents,
        @DefaultValue("1h") Duration maxDuration,
        @DefaultValue("10m") Duration pauseTimeout,
        @DefaultValue("30s") Duration idleTimeout,
        @DefaultValue("30s") Duration requestTimeout,
        @DefaultValue("2m") Duration writeTimeout) {

    /** Checks the limits. */
    public Limits {
        Require.atLeast("scoreflux.service.max-count", maxCount, 1);
        Require.atLeast("scoreflux.service.max-streams", maxStreams, 1);
        Require.atLeast("scoreflux.service.max-streams-per-client", maxStreamsPerClient, 1);
        if (maxBody.toBytes() < 1024 || maxBody.toBytes() > Integer.MAX_VALUE) {
            throw new InvalidArgumentException("scoreflux.service.max-body", "must be from 1KB to 2GB - 1", maxBody);
        }
        Require.atLeast("scoreflux.service.max-dimension", maxDimension, 1);
        Require.atLeast("scoreflux.service.max-components", maxComponents, 1);
        Require.positive("scoreflux.service.max-duration", maxDuration);
        Require.positive("scoreflux.service.pause-timeout", pauseTimeout);
        Require.positive("scoreflux.service.idle-timeout", idleTimeout);
        Require.positive("scoreflux.service.request-timeout", requestTimeout);
        Require.positive("scoreflux.service.write-timeout", writeTimeout);
    }
}
