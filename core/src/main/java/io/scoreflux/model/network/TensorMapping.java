package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    /** The levels of whole timesteps, if the network is defined only there; otherwise null. */
    private final @Nullable LevelGrid grid;

    TensorMapping(ModelSignature signature, NetworkSettings settings) {
        this.signature = signature;
        this.translation = settings.translation();
        this.nullLabel = settings.classes();
        this.grid = signature.hasWholeTimes() ? new LevelGrid(settings.schedule()) : null;
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

    /** Returns the evaluations of the model that the rows of a batch need, divided into calls. */
    public Evaluations evaluations(Rows in) {
        return new Evaluations(in, grid, !signature.time().perRow());
    }

    /** Returns the number of evaluations of the model for each row. */
    int evaluationsPerRow() {
        return grid == null ? 1 : 2;
    }

    /**
     * Writes the states, times, labels and tensors of one call.
     *
     * @param in the rows of {@link Evaluations#rows}
     * @param first index of the first row
     * @param count the number of rows to write, at least 1 and at most {@link Evaluations#callRows}
     * @param rows the number of rows of the call, at least {@code count}; the last row is repeated as padding
     * @param inputs a buffer for each input
     */
    public void write(Rows in, int first, int count, int rows, Map<Tensor, ByteBuffer> inputs) {
        Numbers x = signature.state().type().numbers(buffer(inputs, signature.state()));
        for (int row = 0; row < rows; row++) {
            translation.write(in, first + Math.min(row, count - 1), x, row);
        }
        writeTimes(in, first, count, rows, signature.time(), buffer(inputs, signature.time()));
        Tensor label = signature.label();
        if (label != null) {
            ByteBuffer labels = buffer(inputs, label);
            for (int row = 0; row < rows; row++) {
                Condition condition = in.condition(first + Math.min(row, count - 1));
                Integer own = condition == null ? null : condition.label();
                writeLabel(own == null ? nullLabel : own, label, labels, row);
            }
        }
        for (ConditionSlot slot : signature.conditions()) {
            slot.put(in, first, count, rows, buffer(inputs, slot.tensor()));
        }
    }

    private void writeTimes(Rows in, int first, int count, int rows, Tensor time, ByteBuffer times) {
        for (int row = 0; row < (time.perRow() ? rows : 1); row++) {
            double value = translation.time(in.sigma(first + Math.min(row, count - 1)));
            // Evaluations have whole timesteps up to rounding errors. Truncation would lose a step.
            time.type().put(times, row, signature.hasWholeTimes() ? Math.rint(value) : value);
        }
        for (int row = 1; row < count && !time.perRow(); row++) {
            if (in.sigma(first + row) != in.sigma(first)) {
                throw new InvalidArgumentException(
                        "the rows of a call",
                        "must have one noise level, as the model has one time per call",
                        in.sigma(first + row) + " after " + in.sigma(first),
                        "divide the batch with evaluations");
            }
        }
    }

    /** Writes the label as an integer, or as a 1 among zeros. The null label has only zeros. */
    private void writeLabel(int own, Tensor label, ByteBuffer labels, int row) {
        if (!label.type().isReal()) {
            label.type().put(labels, row, own);
            return;
        }
        for (int other = 0; other < nullLabel; other++) {
            label.type().put(labels, row * nullLabel + other, other == own ? 1 : 0);
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
     * @param in the rows of {@link Evaluations#rows}, as they were written
     * @param first index of the first row
     * @param count the number of rows to read
     * @param out receives D; row {@code first + i} of the batch is row {@code first + i} of this array
     */
    public void read(ByteBuffer output, Rows in, int first, int count, double[] out) {
        Numbers f = signature.output().type().numbers(output);
        int each = (int) signature.output().size();
        for (int row = 0; row < count; row++) {
            translation.read(f, row * each, in, first + row, out);
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
