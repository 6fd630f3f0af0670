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
 * @param parametrization the quantity that the network predicts from x_t
 * @param schedule the noising process that the network was trained on
 * @param shape the shape of one sample, without the batch axis; null for the shape of the model
 * @param state the name of the input for x_t
 * @param time the name of the input for the time
 * @param timeInput the quantity that the time input expects
 * @param output the name of the output with the prediction
 * @param learnedVariance whether the output has twice the channels of the state, of which the first half is the prediction
 * @param label the name of the input for the label of a row, or null if there is none
 * @param classes the number of labels; 0 without a label input
 * @param conditions the inputs for the tensors of conditions
 * @param inputs the values of the other inputs, by name; must not be modified
 * @param moments computes the moments of the data from the dimension; null if they are unknown
 */
public record NetworkSettings(
        Parametrization parametrization,
        NoiseSchedule schedule,
        @Nullable List<Integer> shape,
        String state,
        String time,
        TimeInput timeInput,
        String output,
        boolean learnedVariance,
        @Nullable String label,
        int classes,
        List<ConditionInput> conditions,
        Map<String, double[]> inputs,
        @Nullable IntFunction<Moments> moments) {

    /**
     * Copies the collections.
     *
     * @throws IllegalArgumentException if two of state, time, label, condition inputs and constant inputs have the same name
     */
    public NetworkSettings {
        shape = shape == null ? null : List.copyOf(shape);
        conditions = List.copyOf(conditions);
        inputs = Collections.unmodifiableMap(new TreeMap<>(inputs));
        Map<String, String> fed = new HashMap<>();
        feed(fed, state, "state");
        feed(fed, time, "time");
        if (label != null) {
            feed(fed, label, "label");
        }
        for (ConditionInput condition : conditions) {
            feed(fed, condition.name(), "condition");
        }
        for (String name : inputs.keySet()) {
            feed(fed, name, "inputs");
        }
    }

    /** Requires a single source for each input, because a second one would replace the first. */
    private static void feed(Map<String, String> fed, String name, String what) {
        String other = fed.putIfAbsent(name, what);
        if (other != null) {
            throw new InvalidArgumentException(
                    what,
                    "must have another name in the model than {" + other + "}",
                    "'" + name + "'",
                    "use the names of the model");
        }
    }

    /** Returns the conversion between the canonical form and the network's state, time and prediction. */
    Translation translation() {
        return new Translation(schedule, parametrization, timeInput);
    }

    /** Returns the names of inputs of a model that have no value, sorted. */
    public Set<String> inputsWithoutValue(Set<String> declared) {
        Set<String> left = new TreeSet<>(declared);
        left.remove(state);
        left.remove(time);
        if (label != null) {
            left.remove(label);
        }
        conditions.forEach(condition -> left.remove(condition.name()));
        left.removeAll(inputs.keySet());
        return left;
    }

    /**
     * Returns the moments of the data, or null if they are unknown.
     *
     * @param dimension the number of numbers in a row of the network
     * @throws IllegalArgumentException if the moments have another dimension
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
