package io.scoreflux.flink;

import io.scoreflux.internal.Require;
import java.util.List;

/**
 * The state of the enumerator in a checkpoint. Its size depends on the number of failures, not on the number of samples.
 *
 * @param first the index of the first sample of the source, at least 0
 * @param next the index of the first sample that is not yet assigned to a split, at least {@code first}
 * @param returned the splits that failed readers have given back
 */
public record SampleSourceState(long first, long next, List<SampleSplit> returned) {
    /** Checks the range. */
    public SampleSourceState {
        Require.atLeast("first", first, 0);
        Require.atLeast("next", next, first);
        returned = List.copyOf(returned);
    }
}
