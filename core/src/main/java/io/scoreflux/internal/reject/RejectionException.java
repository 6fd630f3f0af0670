package io.scoreflux.internal.reject;

import io.scoreflux.error.HasViolation;
import io.scoreflux.error.Violation;

/**
 * Thrown when rejection sampling cannot continue: a weight is not finite, the number of proposals is implausible, the steps remain too
 * short, or the Jacobian is invalid.
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
                "must accept a proposal at bound " + Violation.text(bound)
                        + ", because with valid weights the probability of more rejections in a row"
                        + " is below 1e-12",
                proposals + " rejections in a row",
                "check the denoiser or gradient for values that depend on earlier calls");
        return new RejectionException(violation, bound, proposals, Double.NaN);
    }

    public static RejectionException notFinite(double bound, double weight) {
        Violation violation = Violation.of(
                "the weight of a proposal",
                "must be finite",
                weight,
                "check the denoiser or gradient for values that are infinite or too large");
        return new RejectionException(violation, bound, 0, weight);
    }

    public static RejectionException noProgress(int steps, double eps) {
        Violation violation = Violation.of(
                "the step size",
                "must rise above its minimum, eps = " + Violation.text(eps),
                "at its minimum in " + steps + " steps in a row",
                "check the denoiser for noise in its values",
                "raise {tolerance}");
        return new RejectionException(violation, Double.NaN, 0, Double.NaN);
    }

    public static RejectionException jacobian(String rule, double value) {
        Violation violation = Violation.of(
                "the Jacobian of the denoiser",
                rule,
                value,
                "check the Jacobian-vector products",
                "use secants for a denoiser that is not a posterior mean");
        return new RejectionException(violation, Double.NaN, 0, Double.NaN);
    }

    @Override
    public Violation violation() {
        return violation;
    }

    /** Returns the bound of the factory; NaN if the cause is the step size or a Jacobian. */
    public double bound() {
        return bound;
    }

    /** Returns the number of proposals of the abandoned draw, or 0. */
    public int proposals() {
        return proposals;
    }

    /** Returns the weight that is not finite; NaN for other causes. */
    public double weight() {
        return weight;
    }
}
