package io.scoreflux.state;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a sample is conditioned on, for denoisers that answer conditions: {@code D(z; sigma, c) = E[x_0 | z, c]}. A condition has a label, a
 * payload that only its denoiser interprets, or both.
 *
 * <p>Conditions are compared by value: a payload needs {@code equals} and {@code hashCode} by value, must be immutable, and is shared by
 * all rows that have it.
 *
 * @param label the class, at least 0, or null
 * @param payload what else the denoiser takes, such as an embedded prompt, or null
 * @param guidance the weight w of classifier-free guidance, finite: {@code D_u + w (D_c - D_u)} with D_u the answer without the condition.
 *     1 is the condition alone, 0 none of it, above 1 more than it
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

    /** A class at a weight of guidance. */
    public Condition(int label, double guidance) {
        this(label, null, guidance);
    }

    /** A class, without guidance. */
    public Condition(int label) {
        this(label, 1);
    }

    /** A class, without guidance. */
    public static Condition label(int label) {
        return new Condition(label);
    }

    /** A payload, without guidance. */
    public static Condition of(Object payload) {
        return new Condition(null, Objects.requireNonNull(payload, "payload"), 1);
    }

    /** The same condition at another weight of guidance. */
    public Condition withGuidance(double weight) {
        return new Condition(label, payload, weight);
    }
}
