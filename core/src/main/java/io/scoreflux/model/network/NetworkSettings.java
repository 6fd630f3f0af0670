package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.model.Moments;
import io.scoreflux.noise.NoiseSchedule;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a trained network, which {@link NetworkBuilder} collects.
 *
 * @param parametrization what it predicts from its own x_t
 * @param schedule the process that it was trained on
 * @param shape one sample's shape, without the batch; null for the model's own
 * @param state the input for x_t
 * @param time the input for the time
 * @param timeInput what the time input carries
 * @param output the output that predicts
 * @param label the input for the label of a row, or null
 * @param classes number of labels; 0 without a label input
 * @param inputs values of the further inputs, by name; not to be modified
 * @param moments of the data, by dimension, or null
 */
public record NetworkSettings(
        Parametrization parametrization,
        NoiseSchedule schedule,
        @Nullable List<Integer> shape,
        String state,
        String time,
        TimeInput timeInput,
        String output,
        @Nullable String label,
        int classes,
        Map<String, double[]> inputs,
        @Nullable IntFunction<Moments> moments) {

    /**
     * Copies the collections.
     *
     * @throws IllegalArgumentException if two of state, time, label and constant inputs have one name
     */
    public NetworkSettings {
        shape = shape == null ? null : List.copyOf(shape);
        inputs = Collections.unmodifiableMap(new TreeMap<>(inputs));
        Map<String, String> fed = new HashMap<>();
        feed(fed, state, "state");
        feed(fed, time, "time");
        if (label != null) {
            feed(fed, label, "label");
        }
        for (String name : inputs.keySet()) {
            feed(fed, name, "inputs");
        }
    }

    /** Each input has one source: the last one would replace the other. */
    private static void feed(Map<String, String> fed, String name, String what) {
        String other = fed.putIfAbsent(name, what);
        if (other != null) {
            throw new InvalidArgumentException(
                    what,
                    "must have another name in the model than {" + other + "}",
                    "'" + name + "'",
                    "name each as the model does");
        }
    }

    /** The conversion between the network's state, time and prediction and the denoiser's. */
    Translation translation() {
        return new Translation(schedule, parametrization, timeInput);
    }

    /** The names of a model's inputs that nothing feeds, in order. */
    public Set<String> unfed(Set<String> declared) {
        Set<String> left = new TreeSet<>(declared);
        left.remove(state);
        left.remove(time);
        if (label != null) {
            left.remove(label);
        }
        left.removeAll(inputs.keySet());
        return left;
    }

    /**
     * The data's moments, or null if they are unknown.
     *
     * @param dimension numbers in a row of the network
     * @throws IllegalArgumentException if they are of another dimension
     */
    public @Nullable Moments momentsOf(int dimension) {
        Moments known = moments == null ? null : moments.apply(dimension);
        if (known != null && known.dimension() != dimension) {
            throw new InvalidArgumentException(
                    "moments", "must have the network's dimension " + dimension, known.dimension());
        }
        return known;
    }
}
