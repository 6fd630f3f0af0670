package io.scoreflux.files.format;

import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.UserError;
import io.scoreflux.state.ConditionTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A tensor from a file in NumPy's format, for conditions of networks. Whole numbers must fit into single precision.
 *
 * @param shape the lengths of its axes
 * @param values the numbers, row-major
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record TensorFile(Path file, List<Integer> shape, double[] values) {

    /** Reads a file. */
    public static TensorFile read(Path file) {
        return NpyReader.read(file, List.of(NpyReader.Type.values()), (reader, array) -> tensor(file, reader, array));
    }

    private static TensorFile tensor(Path file, NpyReader reader, NpyReader.Array array) throws IOException {
        if (array.axes().contains(0L)) {
            throw reader.error("has the shape " + NpyReader.shown(array.shape()) + " without numbers; save another");
        }
        long bytes = reader.requireBytes(array);
        // The header may declare a count that differs from the file, so the sizes are checked first.
        long count = array.axes().stream().reduce(1L, (a, b) -> a * b);
        if (bytes > Integer.MAX_VALUE || count > Integer.MAX_VALUE - 8) {
            throw reader.error("has " + bytes + " bytes, but a tensor can have at most 2 GB; split it");
        }
        double[] values = new double[(int) count];
        reader.fill(values, array);
        List<Integer> shape = array.axes().stream().map(Math::toIntExact).toList();
        boolean whole = array.type() == NpyReader.Type.I4 || array.type() == NpyReader.Type.I8;
        for (double value : values) {
            if (whole && (float) value != value) {
                throw reader.error("has the number " + (long) value
                        + ", which single precision cannot hold; give whole numbers up to 16777216");
            }
        }
        return new TensorFile(file, shape, array.columnsFirst() ? rowMajor(shape, values) : values);
    }

    /** The numbers in row-major order, from those whose first axis varies fastest. */
    private static double[] rowMajor(List<Integer> shape, double[] values) {
        double[] ordered = new double[values.length];
        int[] index = new int[shape.size()];
        for (double value : values) {
            int at = 0;
            for (int axis = 0; axis < index.length; axis++) {
                at = at * shape.get(axis) + index[axis];
            }
            ordered[at] = value;
            for (int axis = 0; axis < index.length && ++index[axis] == shape.get(axis); axis++) {
                index[axis] = 0;
            }
        }
        return ordered;
    }

    /** The whole file as one tensor. */
    public ConditionTensor whole() {
        return tensor(shape, values);
    }

    /** The tensors along the first axis. */
    public List<ConditionTensor> rows() {
        List<Integer> row = shape.subList(1, shape.size());
        int size = values.length / shape.get(0);
        List<ConditionTensor> rows = new ArrayList<>();
        for (int k = 0; k < shape.get(0); k++) {
            rows.add(tensor(row, Arrays.copyOfRange(values, k * size, (k + 1) * size)));
        }
        return List.copyOf(rows);
    }

    private ConditionTensor tensor(List<Integer> axes, double[] numbers) {
        try {
            return ConditionTensor.of(axes, numbers);
        } catch (IllegalArgumentException e) {
            throw new UserError(file + ": " + MessageText.of(e), e);
        }
    }
}
