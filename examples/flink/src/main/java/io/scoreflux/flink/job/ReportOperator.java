package io.scoreflux.flink.job;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.flink.api.common.accumulators.SerializedListAccumulator;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Merges the statistics of all writers, and logs counts at each checkpoint. It forwards the files. When all samples of the job are in files, it
 * emits the report instead of the last statistics. Checkpoints arrive in order, so no file comes after the report. Its parallelism is 1.
 */
final class ReportOperator extends AbstractStreamOperator<CommittableMessage<ReportedFiles.Part>>
        implements OneInputStreamOperator<
                CommittableMessage<ReportedFiles.Part>, CommittableMessage<ReportedFiles.Part>> {
    /** The name of the accumulator with the statistics of the whole job. */
    static final String STATISTICS = "statistics";

    private static final long serialVersionUID = 1L;

    private final long count;
    private final double @Nullable [][] reference;
    private transient SampleStatistics all = new SampleStatistics();
    private transient @Nullable ListState<byte[]> state;
    /** The counts of each snapshot, because a checkpoint may be complete after parts of the next one have arrived. */
    private transient NavigableMap<Long, String> counts = new TreeMap<>();

    /**
     * Creates the operator.
     *
     * @param count the number of samples of the job
     * @param reference rows of the reference, or null
     */
    ReportOperator(long count, double @Nullable [][] reference) {
        this.count = count;
        this.reference = reference;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        all = new SampleStatistics();
        counts = new TreeMap<>();
        ListState<byte[]> restored = context.getOperatorStateStore()
                .getListState(
                        new ListStateDescriptor<>(STATISTICS, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        for (byte[] part : restored.get()) {
            all.merge(SampleStatistics.of(part));
        }
        state = restored;
    }

    @Override
    public void open() throws Exception {
        super.open();
        if (all.samples() >= count) {
            // After a failure at the very end, nothing else arrives.
            accumulate();
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        if (state != null) {
            state.update(List.of(all.toBytes()));
        }
        counts.put(
                context.getCheckpointId(),
                all.samples() + " samples, " + all.failed() + " failed, " + all.unconverged() + " unconverged, "
                        + all.calls() + " calls");
    }

    @Override
    public void processElement(StreamRecord<CommittableMessage<ReportedFiles.Part>> message) throws Exception {
        if (message.getValue() instanceof CommittableWithLineage<ReportedFiles.Part> part) {
            SampleStatistics statistics = part.getCommittable().statistics();
            if (statistics != null) {
                all.merge(statistics);
                output.collect(new StreamRecord<>(
                        new CommittableWithLineage<>(outcome(), part.getCheckpointId(), part.getSubtaskId())));
                return;
            }
        }
        output.collect(message);
    }

    private ReportedFiles.Part outcome() throws Exception {
        if (all.samples() < count) {
            return ReportedFiles.Part.nothing();
        }
        accumulate();
        return ReportedFiles.Part.report(new Report(all, reference).json() + "\n");
    }

    /** Gives the client the statistics. */
    private void accumulate() throws Exception {
        SerializedListAccumulator<byte[]> accumulator = new SerializedListAccumulator<>();
        accumulator.add(all.toBytes(), BytePrimitiveArraySerializer.INSTANCE);
        getRuntimeContext().addAccumulator(STATISTICS, accumulator);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        String complete = counts(checkpointId);
        if (complete != null) {
            LOG.info("checkpoint {}: {}", checkpointId, complete);
        }
        counts.headMap(checkpointId, true).clear();
    }

    /** The counts of the snapshot of a checkpoint, or null if it is not known. */
    @Nullable
    String counts(long checkpointId) {
        return counts.get(checkpointId);
    }
}
