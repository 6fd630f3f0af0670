package io.scoreflux.service.inference;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Limits on inference requests.
 *
 * @param maxRows maximum number of rows in one request, at least 1
 * @param maxBody maximum size of a request, at least 1 KB and less than 2 GB
 * @param maxCalls maximum number of requests that are evaluated at once, at least 1
 */
@ConfigurationProperties("scoreflux.service.inference")
public record InferenceSettings(
        @DefaultValue("4096") int maxRows,
        @DefaultValue("4MB") DataSize maxBody,
        @DefaultValue("64") int maxCalls) {
    private static final int LEAST_BODY = 1 << 10;

    /** Checks the limits. */
    public InferenceSettings {
        Require.atLeast("scoreflux.service.inference.max-rows", maxRows, 1);
        if (maxBody.toBytes() < LEAST_BODY || maxBody.toBytes() >= Integer.MAX_VALUE) {
            throw new InvalidArgumentException(
                    "scoreflux.service.inference.max-body", "must be from 1KB to less than 2GB", maxBody);
        }
        Require.atLeast("scoreflux.service.inference.max-calls", maxCalls, 1);
    }

    /** Returns the maximum size of a request in bytes. */
    int maxBytes() {
        return (int) maxBody.toBytes();
    }
}
