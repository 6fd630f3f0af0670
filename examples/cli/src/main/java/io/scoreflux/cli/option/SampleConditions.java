package io.scoreflux.cli.option;

import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The conditions that samples take in turn, in the order of their indices. Samples share their tensors.
 *
 * @param labels the classes, or null
 * @param tensors the tensors by input, at least one for each
 * @param negatives the tensors of the other branch of guidance by input, at least one for each
 * @param guidance the weight of guidance
 */
record SampleConditions(
        @Nullable Labels labels,
        Map<String, List<ConditionTensor>> tensors,
        Map<String, List<ConditionTensor>> negatives,
        double guidance) {

    /** The condition of sample {@code index}, or null. */
    @Nullable
    Condition of(long index) {
        if (labels == null && tensors.isEmpty()) {
            return null;
        }
        Condition negative = negatives.isEmpty() ? null : Condition.ofTensors(of(negatives, index));
        return new Condition(labels == null ? null : labels.of(index), of(tensors, index), null, guidance, negative);
    }

    /** The largest number of tensors that an input takes in turn. */
    int tensorsInTurn() {
        return Stream.concat(tensors.values().stream(), negatives.values().stream())
                .mapToInt(List::size)
                .max()
                .orElse(1);
    }

    /** Whether samples differ in their conditions. */
    boolean isSeveral() {
        return (labels != null && labels.isSeveral()) || tensorsInTurn() > 1;
    }

    private static Map<String, ConditionTensor> of(Map<String, List<ConditionTensor>> all, long index) {
        Map<String, ConditionTensor> own = new HashMap<>();
        all.forEach((input, tensors) -> own.put(input, tensors.get((int) (index % tensors.size()))));
        return own;
    }
}
