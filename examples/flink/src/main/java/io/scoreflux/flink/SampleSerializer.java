package io.scoreflux.flink;

import io.scoreflux.Sample;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Serializes samples. */
final class SampleSerializer extends ValueSerializer<Sample> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(Sample sample, DataOutputView out) throws IOException {
        SampleFormat.write(sample, out);
    }

    @Override
    public Sample deserialize(DataInputView in) throws IOException {
        return SampleFormat.readSample(in);
    }

    @Override
    public TypeSerializerSnapshot<Sample> snapshotConfiguration() {
        return new OfSample();
    }

    /** Public, because Flink creates it by its name. */
    public static final class OfSample extends Snapshot<Sample> {
        @Override
        public TypeSerializer<Sample> restoreSerializer() {
            return new SampleSerializer();
        }
    }
}
