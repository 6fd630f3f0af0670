package io.scoreflux.service;

import io.scoreflux.internal.Require;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Limits on requests, and time limits of clients.
 *
 * @param maxCount maximum number of samples in one request, at least 1
 * @param maxStreams maximum number of requests that are served at once, at least 1
 * @param idleTimeout maximum wait for the whole head of a request, from the start of the connection or the end of the previous response,
 *     positive; the connection is then closed
 * @param requestTimeout maximum wait for the whole body of a request, from its head, and for the client to close after the last response,
 *     positive; the connection is then closed
 * @param writeTimeout maximum time in which the system's send window accepts no byte of waiting data, positive; the connection is then
 *     closed. This differs from the time between two reads of the client, because systems reopen a full window only when much of the
 *     receive buffer is free
 */
@ConfigurationProperties("scoreflux")
record Limits(
        @DefaultValue("10000") int maxCount,
        @DefaultValue("32") int maxStreams,
        @DefaultValue("30s") Duration idleTimeout,
        @DefaultValue("30s") Duration requestTimeout,
        @DefaultValue("10m") Duration writeTimeout) {

    /** Checks the limits. */
    Limits {
        Require.atLeast("scoreflux.max-count", maxCount, 1);
        Require.atLeast("scoreflux.max-streams", maxStreams, 1);
        Require.positive("scoreflux.idle-timeout", idleTimeout);
        Require.positive("scoreflux.request-timeout", requestTimeout);
        Require.positive("scoreflux.write-timeout", writeTimeout);
    }
}
