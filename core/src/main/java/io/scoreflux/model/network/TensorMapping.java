package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * The mapping between rows and the tensors of a model: states, noise levels and conditions become inputs, and the output becomes the
 * denoiser's answers. Immutable and thread-safe.
 *
 * <p>A buffer holds one tensor, row-major from index 0, in the buffer's own byte order.
 */
public final class TensorMapping {
    private final ModelSignature signature;
    private final Translation translation;
    /** The label of rows without a condition: labels are 0 to nullLabel - 1. */
    private final int nullLabel;

    TensorMapping(ModelSignature signature, NetworkSettings settings) {
        this.signature = signature;
        this.translation = settings.translation();
        this.nullLabel = settings.classes();
    }

    ModelSignature signature() {
        return signature;
    }

    /** All inputs of the model. */
    public List<Tensor> inputs() {
        return signature.inputs();
    }

    /** The output that predicts. */
    public Tensor output() {
        return signature.output();
    }

    /**
     * Writes the state, the time and the condition of rows.
     *
     * @param in the rows
     * @param first index of the first row
     * @param count rows to write, at least 1
     * @param rows rows of the call, at least {@code count}: the last row is repeated as padding
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
    }

    /** Writes the inputs that do not depend on the row. */
    public void writeConstants(int rows, Map<Tensor, ByteBuffer> inputs) {
        for (Constant constant : signature.constants()) {
            constant.put(buffer(inputs, constant.tensor()), rows);
        }
    }

    /**
     * Reads the first rows of an output as the denoiser's answers.
     *
     * @param output the network's prediction
     * @param in the rows that were written
     * @param first index of the first row
     * @param count rows to read
     * @param out receives D of row {@code first + i} as its row {@code first + i}
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
            throw new InvalidArgumentException(
                    "inputs", "must have a buffer for '" + tensor.name() + "'", "without one");
        }
        return buffer;
    }
}
