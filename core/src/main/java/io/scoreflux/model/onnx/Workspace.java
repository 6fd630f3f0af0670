package io.scoreflux.model.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.scoreflux.model.Numbers;
import io.scoreflux.model.Translation;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Room for the tensors of one call, used by one caller at a time. */
final class Workspace {
    private final int rows;
    private final Column state;
    private final Column time;
    private final @Nullable Column label;
    private final boolean wideLabel;
    private final List<Column> constants = new ArrayList<>();
    private final Column output;
    private final Numbers x;
    private final Numbers t;
    private final Numbers f;

    Workspace(Signature signature, int rows) {
        this.rows = rows;
        this.state = new Column(signature.state(), rows);
        this.time = new Column(signature.time(), rows);
        Slot labelSlot = signature.label();
        this.label = labelSlot == null ? null : new Column(labelSlot, rows);
        this.wideLabel = labelSlot != null && labelSlot.type() == OnnxJavaType.INT64;
        this.output = new Column(signature.output(), rows);
        for (ConstantInput constant : signature.constants()) {
            if (constant.perRow()) {
                Column column = new Column(constant.slot(), rows);
                constant.fill(column.bytes(), rows);
                constants.add(column);
            }
        }
        this.x = numbers(state, signature.state());
        this.t = numbers(time, signature.time());
        this.f = numbers(output, signature.output());
    }

    private static Numbers numbers(Column column, Slot slot) {
        return slot.type() == OnnxJavaType.DOUBLE
                ? Numbers.ofDoubles(column.bytes())
                : Numbers.ofFloats(column.bytes());
    }

    /** Rows that there is room for. */
    int rows() {
        return rows;
    }

    /** Writes row {@code from} of {@code in} as row {@code row} of the call. */
    void write(int row, Rows in, int from, Translation translation, int classes) {
        translation.write(in, from, x, t, row);
        Column labels = label;
        if (labels != null) {
            Condition condition = in.condition(from);
            int chosen = condition == null ? classes : condition.label();
            if (wideLabel) {
                labels.bytes().putLong(Long.BYTES * row, chosen);
            } else {
                labels.bytes().putInt(Integer.BYTES * row, chosen);
            }
        }
    }

    /** The inputs of a call of the first {@code count} rows. */
    Map<String, OnnxTensor> inputs(Tensors.Call call, int count) throws OrtException {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        inputs.put(state.name(), state.tensor(call, count));
        inputs.put(time.name(), time.tensor(call, count));
        Column labels = label;
        if (labels != null) {
            inputs.put(labels.name(), labels.tensor(call, count));
        }
        for (Column constant : constants) {
            inputs.put(constant.name(), constant.tensor(call, count));
        }
        return inputs;
    }

    /** Where a call of the first {@code count} rows leaves its answer. */
    Map<String, OnnxTensor> outputs(Tensors.Call call, int count) throws OrtException {
        return Map.of(output.name(), output.tensor(call, count));
    }

    /** Reads row {@code row} of the answer as the denoiser's for row {@code of} of {@code in}. */
    void read(int row, Rows in, int of, Translation translation, double[] out) {
        translation.read(f, row, in, of, out);
    }
}
