package io.scoreflux.state;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The condition of a sample, for conditional denoisers: {@code D(z; sigma, c) = E[x_0 | z, c]}. A condition has a label, a payload that
 * only the denoiser interprets, or both.
 *
 * <p>Conditions are compared by value. A payload must be immutable and implement {@code equals} and {@code hashCode} by value. All rows
 * with the condition share it.
 *
 * @param label the class, at least 0, or null
 * @param payload any other input of the denoiser, such as an embedded prompt, or null
 * @param guidance the weight w of classifier-free guidance, finite: {@code D_u + w (D_c - D_u)}, where D_u is the value without the
 *     condition. At 1 the result is the conditional value, at 0 the unconditional value; weights above 1 strengthen the condition
 */
public record Condition(@Nullable Integer label, @Nullable Object payload, double guidance) {
    /** Checks the ranges. */
    public Condition {
        if (label != null) {
            Require.atLeast("label", label, 0);
        } else if (payload == null) {
            throw new InvalidArgumentException(
                    "a condition", "must have a {label} or a payload", "one with neither", "leave the condition out");
        }
        Require.finite("guidance", guidance);
    }

    /** Creates a condition with a label and a guidance weight. */
    public Condition(int label, double guidance) {
        this(label, null, guidance);
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
        return new Condition(null, Objects.requireNonNull(payload, "payload"), 1);
    }

    /** Returns the same condition with another guidance weight. */
    public Condition withGuidance(double weight) {
        return new Condition(label, payload, weight);
    }
}
