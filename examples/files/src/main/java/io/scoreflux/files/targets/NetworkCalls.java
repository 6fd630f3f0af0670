package io.scoreflux.files.targets;

import org.jspecify.annotations.Nullable;

/**
 * How a network is called.
 *
 * @param fixedRows rows in each call, or null for any number
 * @param memory the maximum memory of one call in bytes, or null for the default
 */
public record NetworkCalls(
        @Nullable Integer fixedRows, @Nullable Long memory) {
    /** Calls of any number of rows, with the default memory. */
    static final NetworkCalls USUAL = new NetworkCalls(null, null);
}
