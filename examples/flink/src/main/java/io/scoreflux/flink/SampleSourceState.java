package io.scoreflux.flink;

import io.scoreflux.internal.Require;
import java.util.List;

/**
 * The state of the enumerator in a checkpoint. Its size depends on the number of failures, not on the number of samples.
 *
 * @param next the index of the first sample that no split has had yet, at least 0
 * @param returned the splits that failed readers have given back
 */
public record SampleSourceState(long next, List<SampleSplit> returned) {
    /** Checks the range. */
    public SampleSourceState {
        Require.atLeast("next", next, 0);
        returned = List.copyOf(returned);
    }
}
