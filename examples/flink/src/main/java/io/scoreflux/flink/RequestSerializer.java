package io.scoreflux.flink;

import io.scoreflux.Request;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Serializes requests. */
final class RequestSerializer extends ValueSerializer<Request> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(Request request, DataOutputView out) throws IOException {
        SampleFormat.write(request, out);
    }

    @Override
    public Request deserialize(DataInputView in) throws IOException {
        return SampleFormat.readRequest(in);
    }

    @Override
    public TypeSerializerSnapshot<Request> snapshotConfiguration() {
        return new OfRequest();
    }

    /** Public, because Flink creates it by its name. */
    public static final class OfRequest extends Snapshot<Request> {
        @Override
        public TypeSerializer<Request> restoreSerializer() {
            return new RequestSerializer();
        }
    }
}
