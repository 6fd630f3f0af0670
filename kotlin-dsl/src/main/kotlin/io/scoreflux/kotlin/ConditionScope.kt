package io.scoreflux.kotlin

import io.scoreflux.state.ConditionTensor

/** The tensors of a condition, for the condition inputs of a network. */
@ScorefluxDsl
public class ConditionScope internal constructor(private val scope: String) {
    internal val tensors = LinkedHashMap<String, ConditionTensor>()

    /** Sets the tensor for the condition input with this name. All samples share it. */
    public fun tensor(input: String, tensor: ConditionTensor) {
        tensors[input] = tensor
    }

    /**
     * Sets the tensor for the condition input with this name.
     *
     * @param shape the lengths of its axes, each at least 1
     * @param values the numbers, row-major and finite; copied
     */
    public fun tensor(input: String, shape: List<Int>, values: FloatArray) {
        tensors[input] = called("$scope.tensor", "give as many numbers as the shape has") {
            ConditionTensor.of(shape, *values)
        }
    }
}
