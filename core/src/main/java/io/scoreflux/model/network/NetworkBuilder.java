package io.scoreflux.model.network;

import io.scoreflux.internal.Require;
import io.scoreflux.model.Moments;
import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a trained network. Not thread-safe.
 *
 * @param <B> the builder that its methods return
 */
public abstract class NetworkBuilder<B extends NetworkBuilder<B>> {
    private Parametrization parametrization = Parametrization.DENOISED;
    private NoiseSchedule schedule = NoiseSchedule.ve();
    private @Nullable List<Integer> shape;
    private String state = "x";
    private String time = "sigma";
    private TimeInput timeInput = TimeInput.SIGMA;
    private String output = "y";
    private boolean learnedVariance;
    private @Nullable String label;
    private int classes;
    private final Map<String, ConditionInput> conditions = new TreeMap<>();
    private final Map<String, double[]> inputs = new TreeMap<>();
    private @Nullable IntFunction<Moments> moments;

    /** Creates a builder with the default settings. */
    protected NetworkBuilder() {}

    /** Returns this builder. */
    protected abstract B self();

    /** Returns the settings. */
    public final NetworkSettings network() {
        return new NetworkSettings(
                parametrization,
                schedule,
                shape,
                state,
                time,
                timeInput,
                output,
                learnedVariance,
                label,
                classes,
                List.copyOf(conditions.values()),
                inputs,
                moments);
    }

    /** Sets the quantity that the network predicts from x_t. Defaults to {@link Parametrization#DENOISED}. */
    public final B parametrization(Parametrization value) {
        this.parametrization = Objects.requireNonNull(value, "parametrization");
        return self();
    }

    /** Sets the noising process that the network was trained on. Defaults to {@link NoiseSchedule#ve}. */
    public final B schedule(NoiseSchedule value) {
        this.schedule = Objects.requireNonNull(value, "schedule");
        return self();
    }

    /**
     * Sets what the configuration of a scheduler determines: parametrization, schedule, the quantity of the time input, and whether the output
     * has a learned variance. Later settings override it.
     */
    public final B scheduler(SchedulerConfig value) {
        this.parametrization = value.parametrization();
        this.schedule = value.schedule();
        this.timeInput = value.timeInput();
        this.learnedVariance = value.learnedVariance();
        return self();
    }

    /** Sets the shape of one sample, without the batch axis. Defaults to the model's shape; required if axes of this shape are dynamic. */
    public final B shape(int... value) {
        List<Integer> axes = new ArrayList<>();
        for (int axis : value) {
            axes.add(Require.atLeast("shape", axis, 1));
        }
        this.shape = axes;
        return self();
    }

    /** Sets the name of the input for x_t. Defaults to {@code x}. */
    public final B state(String input) {
        this.state = Objects.requireNonNull(input, "state");
        return self();
    }

    /** Sets the name of the input for the time, and the quantity it expects. Defaults to {@code sigma} and {@link TimeInput#SIGMA}. */
    public final B time(String input, TimeInput means) {
        this.time = Objects.requireNonNull(input, "time");
        this.timeInput = Objects.requireNonNull(means, "time input");
        return self();
    }

    /** Sets the name of the input for the time. Defaults to {@code sigma}. */
    public final B time(String input) {
        this.time = Objects.requireNonNull(input, "time");
        return self();
    }

    /** Sets the name of the output with the prediction. Defaults to {@code y}. */
    public final B output(String output) {
        this.output = Objects.requireNonNull(output, "output");
        return self();
    }

    /**
     * Sets whether the output has twice the channels of the state: the prediction and a learned variance (Nichol and Dhariwal 2021, arXiv
     * 2102.09672). The first half is the prediction. The variance belongs to ancestral sampling and is not used. Defaults to false.
     */
    public final B learnedVariance(boolean value) {
        this.learnedVariance = value;
        return self();
    }

    /**
     * Sets the name of the input for the label of a row. By default there is none. The input takes an integer of 64 or 32 bits, and rows without
     * a condition have the null label, which is {@code classes}; or it takes {@code classes} floating-point numbers, which are 1 for the label
     * and 0 otherwise, and 0 for rows without a condition.
     *
     * @param input the name of the input
     * @param classes the number of labels, which are 0 to classes - 1; at least 1
     */
    public final B label(String input, int classes) {
        this.label = Objects.requireNonNull(input, "label");
        this.classes = Require.atLeast("classes", classes, 1);
        return self();
    }

    /**
     * Names an input for a tensor of each row, such as the embeddings of a prompt: the {@link Condition#tensors} of its condition. Every row
     * must have a condition with this tensor. The type of the input may be any type.
     *
     * @param input the name of the input
     * @param shape the shape of the tensor of one row, without the batch axis; empty for the model's shape; required if axes of this shape
     *     are dynamic. All rows have this shape
     */
    public final B condition(String input, int... shape) {
        List<Integer> axes = new ArrayList<>();
        for (int axis : shape) {
            axes.add(Require.atLeast("condition", axis, 1));
        }
        return condition(new ConditionInput(input, axes.isEmpty() ? null : axes, null));
    }

    /**
     * Names an input for a tensor of each row, such as the embeddings of a prompt: the {@link Condition#tensors} of its condition. All rows
     * have the shape of the null tensor.
     *
     * @param input the name of the input
     * @param nullTensor the tensor of rows whose condition has none, and of rows without a condition, such as the embeddings of the empty
     *     prompt
     */
    public final B condition(String input, ConditionTensor nullTensor) {
        Objects.requireNonNull(nullTensor, "null tensor");
        return condition(new ConditionInput(input, nullTensor.shape(), nullTensor));
    }

    private B condition(ConditionInput input) {
        conditions.put(input.name(), input);
        return self();
    }

    /**
     * Sets the values of another input. They are the same for every row.
     *
     * @param input the name of the input
     * @param values row-major, for one row if the first axis of the input is the batch, otherwise for the whole tensor. If one further axis is
     *     dynamic, the number of values determines its length
     */
    public final B input(String input, double... values) {
        inputs.put(Objects.requireNonNull(input, "input"), values.clone());
        return self();
    }

    /** Sets the mean and covariance of the data. By default they are unknown. */
    public final B moments(Moments value) {
        Objects.requireNonNull(value, "moments");
        return moments(dimension -> value);
    }

    /** Sets a function that computes the mean and covariance of the data from the dimension of the opened model. */
    public final B moments(IntFunction<Moments> ofDimension) {
        this.moments = Objects.requireNonNull(ofDimension, "moments");
        return self();
    }
}
