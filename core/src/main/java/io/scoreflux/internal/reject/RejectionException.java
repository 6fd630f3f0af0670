package io.scoreflux.internal.reject;

import io.scoreflux.error.HasViolation;
import io.scoreflux.error.Violation;

/**
 * Thrown when rejection sampling cannot go on: a weight that is not finite, more proposals than chance allows, steps that stay too
 * short to get anywhere, or a Jacobian that is none.
 */
public final class RejectionException extends RuntimeException implements HasViolation {
    private static final long serialVersionUID = 2L;

    private final Violation violation;
    private final double bound;
    private final int proposals;
    private final double weight;

    private RejectionException(Violation violation, double bound, int proposals, double weight) {
        super(violation.message());
        this.violation = violation;
        this.bound = bound;
        this.proposals = proposals;
        this.weight = weight;
    }

    public static RejectionException tooManyProposals(double bound, int proposals) {
        Violation violation = Violation.of(
                "the Bernoulli factory",
                "must accept one of the proposals at bound " + Violation.text(bound)
                        + ", as a longer run of rejections has a probability below 1e-12 with weights that are what"
                        + " they should be",
                proposals + " rejections in a row",
                "check the denoiser or gradient for answers that depend on earlier calls");
        return new RejectionException(violation, bound, proposals, Double.NaN);
    }

    public static RejectionException notFinite(double bound, double weight) {
        Violation violation = Violation.of(
                "the weight of a proposal",
                "must be finite",
                weight,
                "check the denoiser or gradient for answers that are infinite or too large");
        return new RejectionException(violation, bound, 0, weight);
    }

    public static RejectionException noProgress(int steps, double eps) {
        Violation violation = Violation.of(
                "the step size",
                "must rise above its least, eps = " + Violation.text(eps),
                "at its least in " + steps + " steps in a row",
                "check the denoiser for noise in its answers",
                "raise {tolerance}");
        return new RejectionException(violation, Double.NaN, 0, Double.NaN);
    }

    public static RejectionException jacobian(String rule, double value) {
        Violation violation = Violation.of(
                "the Jacobian of the denoiser",
                rule,
                value,
                "check the products",
                "use secants for a denoiser that is no posterior mean");
        return new RejectionException(violation, Double.NaN, 0, Double.NaN);
    }

    @Override
    public Violation violation() {
        return violation;
    }

    /** The factory's bound; NaN where steps or a Jacobian were the cause. */
    public double bound() {
        return bound;
    }

    /** Proposals of the draw that was given up, or 0. */
    public int proposals() {
        return proposals;
    }

    /** The weight that was not finite; NaN where something else was the cause. */
    public double weight() {
        return weight;
    }
}
