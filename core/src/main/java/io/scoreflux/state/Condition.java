package io.scoreflux.state;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The condition of a sample, for conditional denoisers: {@code D(z; sigma, c) = E[x_0 | z, c]}. A condition has a label, tensors for the
 * inputs of a network, a payload that only the denoiser interprets, or several of them.
 *
 * <p>Conditions are compared by value. A payload must be immutable and implement {@code equals} and {@code hashCode} by value. All rows
 * with the condition share it, its tensors and its payload.
 *
 * @param label the class, at least 0, or null
 * @param tensors the tensors for condition inputs of a network, by the name of the input; copied
 * @param payload any other input of the denoiser, or null
 * @param guidance the weight w of classifier-free guidance, finite: {@code D_n + w (D_c - D_n)}, where D_n is the value under
 *     {@code negative}. At 1 the result is the value under this condition, at 0 that under {@code negative} (unless it is rescaled); weights
 *     above 1 strengthen the condition
 * @param negative the condition of the other branch of guidance, such as a negative prompt, without guidance itself; null for the value
 *     without a condition
 */
public record Condition(
        @Nullable Integer label,
        Map<String, ConditionTensor> tensors,
        @Nullable Object payload,
        double guidance,
        @Nullable Condition negative) {
    /** Checks the ranges. */
    public Condition {
        // JSON mappers pass null for a missing field.
        tensors = tensors == null ? Map.of() : Map.copyOf(tensors);
        if (label != null) {
            Require.atLeast("label", label, 0);
        } else if (payload == null && tensors.isEmpty()) {
            throw new InvalidArgumentException(
                    "a condition",
                    "must have a {label}, tensors or a payload",
                    "one with none of them",
                    "leave the condition out");
        }
        Require.finite("guidance", guidance);
        if (negative != null && (negative.guidance != 1 || negative.negative != null)) {
            throw new InvalidArgumentException(
                    "negative",
                    "must be a condition without guidance",
                    "one with guidance " + negative.guidance,
                    "give the weight to the other condition");
        }
    }

    /** Creates a condition with a label and a guidance weight. */
    public Condition(int label, double guidance) {
        this(label, Map.of(), null, guidance, null);
    }

    /** Creates a condition with a label, without guidance. */
    public Condition(int label) {
        this(label, 1);
    }

    /** Returns a condition with a label, without guidance. */
    public static Condition label(int label) {
        return new Condition(label);
    }

    /** Returns a condition with a payload, without guidance. */
    public static Condition of(Object payload) {
        return new Condition(null, Map.of(), Objects.requireNonNull(payload, "payload"), 1, null);
    }

    /**
     * Returns a condition with one tensor, without guidance.
     *
     * @param input the name of the network's input
     */
    public static Condition of(String input, ConditionTensor tensor) {
        return new Condition(null, Map.of(input, tensor), null, 1, null);
    }

    /** Returns a condition with tensors by the names of the network's inputs, without guidance. */
    public static Condition ofTensors(Map<String, ConditionTensor> tensors) {
        return new Condition(null, tensors, null, 1, null);
    }

    /** Returns the same condition with another label. */
    public Condition withLabel(int value) {
        return new Condition(value, tensors, payload, guidance, negative);
    }

    /** Returns the same condition with another tensor, which replaces that of the same input. */
    public Condition withTensor(String input, ConditionTensor tensor) {
        Map<String, ConditionTensor> all = new HashMap<>(tensors);
        all.put(input, Objects.requireNonNull(tensor, "tensor"));
        return new Condition(label, all, payload, guidance, negative);
    }

    /** Returns the same condition with another guidance weight. */
    public Condition withGuidance(double weight) {
        return new Condition(label, tensors, payload, weight, negative);
    }

    /**
     * Returns the same condition with another condition of the other branch of guidance.
     *
     * @param value a condition without guidance, or null for the value without a condition
     */
    public Condition withNegative(@Nullable Condition value) {
        return new Condition(label, tensors, payload, guidance, value);
    }
}
