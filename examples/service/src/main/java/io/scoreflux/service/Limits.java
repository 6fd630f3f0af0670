package io.scoreflux.service;

import io.scoreflux.state.Require;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What clients may ask for.
 *
 * @param maxCount the most samples in one request, at least 1
 * @param maxStreams the most requests that are answered at once, at least 1
 */
@ConfigurationProperties("scoreflux")
record Limits(
        @DefaultValue("10000") int maxCount,
        @DefaultValue("32") int maxStreams) {

    /** Checks the numbers. */
    Limits {
        Require.atLeast("scoreflux.max-count", maxCount, 1);
        Require.atLeast("scoreflux.max-streams", maxStreams, 1);
    }
}
