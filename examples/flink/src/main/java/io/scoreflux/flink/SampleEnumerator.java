package io.scoreflux.flink;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.jspecify.annotations.Nullable;

/** Hands out one split for each request of a reader: first what failed readers gave back, then the next samples. */
class SampleEnumerator implements SplitEnumerator<SampleSplit, SampleSourceState> {
    private final SplitEnumeratorContext<SampleSplit> context;
    private final long samplesPerSplit;
    private final long first;
    private final long to;
    private final Deque<SampleSplit> returned;
    private long next;

    /**
     * Creates an enumerator.
     *
     * @param state where it continues
     * @param to one more than the index of the last sample
     * @param samplesPerSplit the number of samples of a new split, at least 1
     */
    SampleEnumerator(
            SplitEnumeratorContext<SampleSplit> context, SampleSourceState state, long to, long samplesPerSplit) {
        this.context = context;
        this.samplesPerSplit = samplesPerSplit;
        this.first = state.first();
        this.to = to;
        this.returned = new ArrayDeque<>(state.returned());
        this.next = state.next();
    }

    @Override
    public void start() {}

    @Override
    public void addReader(int subtask) {
        // It requests a split itself.
    }

    @Override
    public void handleSplitRequest(int subtask, @Nullable String host) {
        if (!context.registeredReaders().containsKey(subtask)) {
            return; // It has failed since the request. Its successor requests again.
        }
        SampleSplit split = nextSplit();
        if (split == null) {
            context.signalNoMoreSplits(subtask);
        } else {
            context.assignSplit(split, subtask);
        }
    }

    private @Nullable SampleSplit nextSplit() {
        SampleSplit again = returned.poll();
        if (again != null || next >= to) {
            return again;
        }
        long end = next + Math.min(samplesPerSplit, to - next);
        SampleSplit split = new SampleSplit(next, end);
        next = end;
        return split;
    }

    @Override
    public void addSplitsBack(List<SampleSplit> splits, int subtask) {
        returned.addAll(splits);
    }

    @Override
    public SampleSourceState snapshotState(long checkpointId) {
        return new SampleSourceState(first, next, List.copyOf(returned));
    }

    @Override
    public void close() {}
}
