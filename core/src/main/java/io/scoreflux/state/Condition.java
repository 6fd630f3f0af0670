package io.scoreflux.state;

/**
 * What a sample is asked to be, for denoisers that know conditions: {@code D(z; sigma, c) = E[x_0 | z, c]}.
 *
 * @param label the class, at least 0
 * @param guidance the weight w of classifier-free guidance, finite: {@code D_u + w (D_c - D_u)} with D_u the answer without the
 *     condition. 1 is the condition alone, 0 none of it, above 1 more than it
 */
public record Condition(int label, double guidance) {
    /** Checks the ranges. */
    public Condition {
        Require.atLeast("label", label, 0);
        Require.finite("guidance", guidance);
    }

    /** A class, without guidance. */
    public Condition(int label) {
        this(label, 1);
    }

    /** The same at another weight of guidance. */
    public Condition withGuidance(double weight) {
        return new Condition(label, weight);
    }
}
