package io.scoreflux.state;

/**
 * What a sample is asked to be, for denoisers that know conditions: {@code D(z; sigma, c) = E[x_0 | z, c]}. Denoisers that know none
 * do not look at it.
 *
 * @param label the class, at least 0
 */
public record Condition(int label) {
    /** Checks the range. */
    public Condition {
        Require.atLeast("label", label, 0);
    }
}
