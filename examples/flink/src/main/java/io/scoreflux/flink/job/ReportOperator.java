package io.scoreflux.flink.job;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.accumulators.SerializedListAccumulator;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/** Merges the statistics of all subtasks. It logs counts at each checkpoint, and passes on the last statistics. Its parallelism is 1. */
final class ReportOperator extends AbstractStreamOperator<byte[]>
        implements OneInputStreamOperator<byte[], byte[]>, BoundedOneInput {
    /** The name of the accumulator with the statistics of the whole job. */
    static final String STATISTICS = "statistics";

    static final String FILE = "_report.json";

    private static final long serialVersionUID = 1L;

    private final String directory;
    private final double @Nullable [][] reference;
    private transient SampleStatistics all = new SampleStatistics();
    private transient @Nullable ListState<byte[]> state;

    /**
     * Creates the operator.
     *
     * @param directory where it writes the report at the end
     * @param reference rows of the reference, or null
     */
    ReportOperator(String directory, double @Nullable [][] reference) {
        this.directory = directory;
        this.reference = reference;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        all = new SampleStatistics();
        ListState<byte[]> restored = context.getOperatorStateStore()
                .getListState(
                        new ListStateDescriptor<>(STATISTICS, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        for (byte[] part : restored.get()) {
            all.merge(SampleStatistics.of(part));
        }
        state = restored;
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        if (state != null) {
            state.update(java.util.List.of(all.toBytes()));
        }
    }

    @Override
    public void processElement(StreamRecord<byte[]> part) throws Exception {
        all.merge(SampleStatistics.of(part.getValue()));
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        LOG.info(
                "checkpoint {}: {} samples, {} failed, {} unconverged, {} calls",
                checkpointId,
                all.samples(),
                all.failed(),
                all.unconverged(),
                all.calls());
    }

    @Override
    public void endInput() throws Exception {
        byte[] last = all.toBytes();
        SerializedListAccumulator<byte[]> accumulator = new SerializedListAccumulator<>();
        accumulator.add(last, BytePrimitiveArraySerializer.INSTANCE);
        getRuntimeContext().addAccumulator(STATISTICS, accumulator);
        Path file = new Path(directory, FILE);
        FileSystem files = file.getFileSystem();
        try (FSDataOutputStream out = files.create(file, FileSystem.WriteMode.OVERWRITE)) {
            out.write((report().json() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        output.collect(new StreamRecord<>(last));
    }

    private Report report() {
        return new Report(all, reference);
    }
}
