package io.scoreflux.model.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Room outside the Java heap for the rows of one tensor. */
final class Column {
    private final Slot slot;
    private final ByteBuffer bytes;

    Column(Slot slot, int rows) {
        this.slot = slot;
        this.bytes = ByteBuffer.allocateDirect((int) (rows * slot.rowBytes())).order(ByteOrder.nativeOrder());
    }

    /** The model's name for the tensor. */
    String name() {
        return slot.name();
    }

    /** All bytes, of all rows. */
    ByteBuffer bytes() {
        return bytes;
    }

    /** The first rows as a tensor on the same memory. */
    OnnxTensor tensor(Tensors.Call call, int rows) throws OrtException {
        ByteBuffer used = bytes.slice(0, (int) (rows * slot.rowBytes())).order(ByteOrder.nativeOrder());
        return call.tensor(used, slot.shape(rows), slot.type());
    }
}
