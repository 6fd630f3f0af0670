package io.scoreflux.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** The serializers of splits and of the enumerator's state. Each writes a version, so that a later one can read what this one wrote. */
final class StateVersions {
    private static final int VERSION = 1;
    private static final int SPLIT_BYTES = 2 * Long.BYTES;

    private StateVersions() {}

    /** Rejects a version that this release does not know. */
    static void require(String what, int version) throws IOException {
        if (version != VERSION) {
            throw new IOException("the version of " + what + " must be " + VERSION + ", was " + version
                    + "; restore the state with the release of scoreflux-flink that wrote it, or a later one");
        }
    }

    /** Serializes splits. */
    static final class OfSplit implements SimpleVersionedSerializer<SampleSplit> {
        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(SampleSplit split) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(SPLIT_BYTES);
            write(split, out);
            return out.getCopyOfBuffer();
        }

        @Override
        public SampleSplit deserialize(int version, byte[] bytes) throws IOException {
            require("a split", version);
            return read(new DataInputDeserializer(bytes));
        }

        private static void write(SampleSplit split, DataOutputSerializer out) throws IOException {
            out.writeLong(split.next());
            out.writeLong(split.to());
        }

        private static SampleSplit read(DataInputDeserializer in) throws IOException {
            return new SampleSplit(in.readLong(), in.readLong());
        }
    }

    /** Serializes the state of the enumerator. */
    static final class OfSource implements SimpleVersionedSerializer<SampleSourceState> {
        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(SampleSourceState state) throws IOException {
            List<SampleSplit> returned = state.returned();
            DataOutputSerializer out =
                    new DataOutputSerializer(2 * Long.BYTES + Integer.BYTES + SPLIT_BYTES * returned.size());
            out.writeLong(state.first());
            out.writeLong(state.next());
            out.writeInt(returned.size());
            for (SampleSplit split : returned) {
                OfSplit.write(split, out);
            }
            return out.getCopyOfBuffer();
        }

        @Override
        public SampleSourceState deserialize(int version, byte[] bytes) throws IOException {
            require("the state of a source", version);
            DataInputDeserializer in = new DataInputDeserializer(bytes);
            long first = in.readLong();
            long next = in.readLong();
            int count = in.readInt();
            List<SampleSplit> returned = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                returned.add(OfSplit.read(in));
            }
            return new SampleSourceState(first, next, returned);
        }
    }
}
