package io.scoreflux.flink.job;

import io.scoreflux.Sample;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Collects the statistics of a subtask's samples and passes them on before each checkpoint and at the end, as bytes. So it has no state in a
 * checkpoint, and {@link ReportOperator} counts each sample once.
 */
final class PartialStatistics extends AbstractStreamOperator<byte[]>
        implements OneInputStreamOperator<Sample, byte[]>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    private transient SampleStatistics since = new SampleStatistics();

    @Override
    public void open() throws Exception {
        super.open();
        since = new SampleStatistics();
    }

    @Override
    public void processElement(StreamRecord<Sample> sample) {
        since.add(sample.getValue());
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        pass();
    }

    @Override
    public void endInput() throws Exception {
        pass();
    }

    private void pass() throws Exception {
        if (since.samples() > 0) {
            output.collect(new StreamRecord<>(since.toBytes()));
            since = new SampleStatistics();
        }
    }
}
