package io.scoreflux.flink;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A range of samples for one reader, {@code next, next + 1, ..., to - 1}.
 *
 * @param next the index of the first sample that is not yet emitted, at least 0
 * @param to one more than the index of the last sample, at least {@code next}
 */
public record SampleSplit(long next, long to) implements SourceSplit {
    /** Checks the range. */
    public SampleSplit {
        Require.atLeast("next", next, 0);
        if (to < next) {
            throw new InvalidArgumentException(
                    "to", "must be at least {next}, which begins the range", to + " < " + next);
        }
    }

    /** Returns the end of the range, which identifies the split: ranges do not overlap, and the end stays when the reader advances. */
    @Override
    public String splitId() {
        return Long.toString(to);
    }
}
