package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * The mapping between rows and the tensors of a model. It converts states, noise levels and conditions to inputs, and the output to the values
 * of the denoiser. Immutable and thread-safe.
 *
 * <p>A buffer holds one tensor, row-major from index 0, in the byte order of the buffer.
 */
public final class TensorMapping {
    private final ModelSignature signature;
    private final Translation translation;
    /** The label of rows without a condition. The other labels are 0 to nullLabel - 1. */
    private final int nullLabel;

    TensorMapping(ModelSignature signature, NetworkSettings settings) {
        this.signature = signature;
        this.translation = settings.translation();
        this.nullLabel = settings.classes();
    }

    ModelSignature signature() {
        return signature;
    }

    /** Returns all inputs of the model. */
    public List<Tensor> inputs() {
        return signature.inputs();
    }

    /** Returns the output with the prediction. */
    public Tensor output() {
        return signature.output();
    }

    /**
     * Writes the states, times, labels and tensors of rows.
     *
     * @param in the rows
     * @param first index of the first row
     * @param count the number of rows to write, at least 1
     * @param rows the number of rows of the call, at least {@code count}; the last row is repeated as padding
     * @param inputs a buffer for each input
     */
    public void write(Rows in, int first, int count, int rows, Map<Tensor, ByteBuffer> inputs) {
        Numbers x = signature.state().type().numbers(buffer(inputs, signature.state()));
        Numbers t = signature.time().type().numbers(buffer(inputs, signature.time()));
        for (int row = 0; row < rows; row++) {
            translation.write(in, first + Math.min(row, count - 1), x, t, row);
        }
        Tensor label = signature.label();
        if (label != null) {
            ByteBuffer labels = buffer(inputs, label);
            for (int row = 0; row < rows; row++) {
                Condition condition = in.condition(first + Math.min(row, count - 1));
                Integer own = condition == null ? null : condition.label();
                label.type().put(labels, row, own == null ? nullLabel : own);
            }
        }
        for (ConditionSlot slot : signature.conditions()) {
            slot.put(in, first, count, rows, buffer(inputs, slot.tensor()));
        }
    }

    /**
     * Writes the inputs that do not depend on the row.
     *
     * @param rows the number of rows of the call
     * @param inputs a buffer for each input
     */
    public void writeConstants(int rows, Map<Tensor, ByteBuffer> inputs) {
        for (Constant constant : signature.constants()) {
            constant.put(buffer(inputs, constant.tensor()), rows);
        }
    }

    /**
     * Converts the first rows of an output to values of the denoiser.
     *
     * @param output the network's prediction
     * @param in the rows that were written
     * @param first index of the first row
     * @param count the number of rows to read
     * @param out receives D; row {@code first + i} of the batch is row {@code first + i} of this array
     */
    public void read(ByteBuffer output, Rows in, int first, int count, double[] out) {
        Numbers f = signature.output().type().numbers(output);
        for (int row = 0; row < count; row++) {
            translation.read(f, row, in, first + row, out);
        }
    }

    private static ByteBuffer buffer(Map<Tensor, ByteBuffer> inputs, Tensor tensor) {
        ByteBuffer buffer = inputs.get(tensor);
        if (buffer == null) {
            throw new InvalidArgumentException("inputs", "must have a buffer for '" + tensor.name() + "'", "missing");
        }
        return buffer;
    }
}
