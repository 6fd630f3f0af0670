package io.scoreflux.service.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import org.jspecify.annotations.Nullable;

/**
 * The end of a stream.
 *
 * @param delivered the number of samples in this response
 * @param complete whether they are all that were asked for
 * @param next the index after that of the last sample, where a client can go on
 * @param reason why the stream is not complete, or null
 */
public record End(
        long delivered,
        boolean complete,
        long next,
        @JsonInclude(Include.NON_NULL) @Nullable String reason) {}
