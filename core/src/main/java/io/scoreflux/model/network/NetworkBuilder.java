package io.scoreflux.model.network;

import io.scoreflux.internal.Require;
import io.scoreflux.model.Moments;
import io.scoreflux.noise.NoiseSchedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a trained network, wherever it runs; neither immutable nor thread-safe.
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
    private @Nullable String label;
    private int classes;
    private final Map<String, double[]> inputs = new TreeMap<>();
    private @Nullable IntFunction<Moments> moments;

    /** For builders of networks that run elsewhere. */
    protected NetworkBuilder() {}

    /** This builder. */
    protected abstract B self();

    /** The settings. */
    public final NetworkSettings network() {
        return new NetworkSettings(
                parametrization, schedule, shape, state, time, timeInput, output, label, classes, inputs, moments);
    }

    /** Sets what the network predicts from its own x_t. Defaults to {@link Parametrization#DENOISED}. */
    public final B parametrization(Parametrization value) {
        this.parametrization = Objects.requireNonNull(value, "parametrization");
        return self();
    }

    /** Sets the process that it was trained on. Defaults to {@link NoiseSchedule#ve}. */
    public final B schedule(NoiseSchedule value) {
        this.schedule = Objects.requireNonNull(value, "schedule");
        return self();
    }

    /** Sets one sample's shape, without the batch. Defaults to the model's own; required if its axes are dynamic. */
    public final B shape(int... value) {
        List<Integer> axes = new ArrayList<>();
        for (int axis : value) {
            axes.add(Require.atLeast("shape", axis, 1));
        }
        this.shape = axes;
        return self();
    }

    /** Names the input for x_t. Defaults to {@code x}. */
    public final B state(String input) {
        this.state = Objects.requireNonNull(input, "state");
        return self();
    }

    /** Names the input for the time, and sets what it carries. Defaults to {@code sigma} and {@link TimeInput#SIGMA}. */
    public final B time(String input, TimeInput means) {
        this.time = Objects.requireNonNull(input, "time");
        this.timeInput = Objects.requireNonNull(means, "time input");
        return self();
    }

    /** Names the output that predicts. Defaults to {@code y}. */
    public final B output(String output) {
        this.output = Objects.requireNonNull(output, "output");
        return self();
    }

    /**
     * Names the input for the label of a row, of 64 or 32 bits; by default there is none. Rows without a condition have the null label,
     * which is {@code classes}.
     *
     * @param classes labels are 0 to classes - 1; at least 1
     */
    public final B label(String input, int classes) {
        this.label = Objects.requireNonNull(input, "label");
        this.classes = Require.atLeast("classes", classes, 1);
        return self();
    }

    /**
     * Sets the values of a further input, which are the same in every row.
     *
     * @param values row-major; of one row if the input's first axis is dynamic, otherwise of the whole tensor
     */
    public final B input(String input, double... values) {
        inputs.put(Objects.requireNonNull(input, "input"), values.clone());
        return self();
    }

    /** Sets mean and covariance of the data, if known. By default they are unknown. */
    public final B moments(Moments value) {
        Objects.requireNonNull(value, "moments");
        return moments(dimension -> value);
    }

    /** Sets mean and covariance from the dimension that the model has when it is opened. */
    public final B moments(IntFunction<Moments> ofDimension) {
        this.moments = Objects.requireNonNull(ofDimension, "moments");
        return self();
    }
}
