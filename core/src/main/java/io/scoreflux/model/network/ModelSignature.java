package io.scoreflux.model.network;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tensors of a model and their roles: the model's description, matched with the settings. Immutable. */
final class ModelSignature {
    private final Tensor state;
    private final Tensor time;
    private final boolean hasWholeTimes;
    private final @Nullable Tensor label;
    private final List<ConditionSlot> conditions;
    private final List<Constant> constants;
    private final Tensor output;
    private final boolean batchIsFixed;

    ModelSignature(
            Tensor state,
            Tensor time,
            boolean hasWholeTimes,
            @Nullable Tensor label,
            List<ConditionSlot> conditions,
            List<Constant> constants,
            Tensor output,
            boolean batchIsFixed) {
        this.state = state;
        this.time = time;
        this.hasWholeTimes = hasWholeTimes;
        this.label = label;
        this.conditions = List.copyOf(conditions);
        this.constants = List.copyOf(constants);
        this.output = output;
        this.batchIsFixed = batchIsFixed;
    }

    /**
     * Matches a model with the settings.
     *
     * @param fixedRows the number of rows in every call, 0 for any number, or -1 if the transport cannot fix it
     * @throws io.scoreflux.model.ModelException if the model does not fit the settings
     */
    static ModelSignature of(ModelDescription model, NetworkSettings settings, int fixedRows) {
        return new SignatureReader(model, settings, fixedRows).read();
    }

    /** Returns the input for x_t. */
    Tensor state() {
        return state;
    }

    /** Returns the input for the time: one number for each row, or for each call. */
    Tensor time() {
        return time;
    }

    /** Returns whether the network is evaluated only at whole timesteps. The time then has no rounding error. */
    boolean hasWholeTimes() {
        return hasWholeTimes;
    }

    /** Returns the input for the label: one integer, or one number for each class, for each row; null if there is none. */
    @Nullable
    Tensor label() {
        return label;
    }

    /** Returns the inputs for the tensors of conditions. */
    List<ConditionSlot> conditions() {
        return conditions;
    }

    /** Returns the inputs whose values do not depend on the row. */
    List<Constant> constants() {
        return constants;
    }

    /** Returns the output. The first numbers of each row are the prediction. */
    Tensor output() {
        return output;
    }

    /** Returns whether the model itself fixes the number of rows. */
    boolean batchIsFixed() {
        return batchIsFixed;
    }

    /** Returns all inputs. */
    List<Tensor> inputs() {
        List<Tensor> inputs = new ArrayList<>(List.of(state, time));
        if (label != null) {
            inputs.add(label);
        }
        conditions.forEach(condition -> inputs.add(condition.tensor()));
        constants.forEach(constant -> inputs.add(constant.tensor()));
        return inputs;
    }

    /** Returns the number of bytes of one row in all tensors except those of conditions. */
    double rowBytes() {
        return perRow().mapToDouble(tensor -> tensor.bytes(1)).sum() - conditionBytes();
    }

    /** Returns the number of bytes of one row in the tensors of conditions. */
    double conditionBytes() {
        return conditions.stream()
                .mapToDouble(condition -> condition.tensor().bytes(1))
                .sum();
    }

    /** Returns the number of bytes of one row in the largest tensor. */
    double largestBytes() {
        return perRow().mapToDouble(tensor -> tensor.bytes(1)).max().orElseThrow();
    }

    private Stream<Tensor> perRow() {
        return Stream.concat(inputs().stream(), Stream.of(output)).filter(Tensor::perRow);
    }

    /** Returns the relative rounding error of values, which is that of the least precise of state, time and output. */
    double rounding() {
        return (hasWholeTimes ? Stream.of(state, output) : Stream.of(state, time, output))
                .mapToDouble(tensor -> tensor.type().rounding())
                .max()
                .orElseThrow();
    }
}
