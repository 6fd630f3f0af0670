package io.scoreflux.reject;

/**
 * Thrown when rejection sampling cannot go on: a weight that is not finite, more proposals than chance allows, steps that stay too
 * short to get anywhere, or a Jacobian that is none.
 */
public final class RejectionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final double bound;
    private final int proposals;
    private final double weight;

    private RejectionException(String message, double bound, int proposals, double weight) {
        super(message);
        this.bound = bound;
        this.proposals = proposals;
        this.weight = weight;
    }

    static RejectionException tooManyProposals(double bound, int proposals) {
        String message = proposals + " proposals were rejected in a row at bound " + bound
                + ", which has a probability below 1e-12; the weights are not what the coin takes them for:"
                + " check the denoiser or gradient for answers that depend on earlier calls";
        return new RejectionException(message, bound, proposals, Double.NaN);
    }

    static RejectionException notFinite(double bound, double weight) {
        String message = "a weight must be finite, was " + weight
                + "; check the denoiser or gradient for answers that are infinite or too large";
        return new RejectionException(message, bound, 0, weight);
    }

    static RejectionException noProgress(int steps, double eps) {
        String message = steps + " steps in a row were as short as a step may be, eps = " + eps
                + ", and their weights still ask for shorter ones; check the denoiser for noise in its answers, or ask for"
                + " a larger tolerance";
        return new RejectionException(message, Double.NaN, 0, Double.NaN);
    }

    static RejectionException jacobian(String rule, double value) {
        String message = "the Jacobian of the denoiser " + rule + ", was " + value
                + "; check the products, or use secants: a denoiser that is no posterior mean has no exact law here";
        return new RejectionException(message, Double.NaN, 0, Double.NaN);
    }

    /** The coin's bound; NaN where steps or a Jacobian were the cause. */
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
