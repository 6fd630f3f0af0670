package io.scoreflux.internal.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.noise.NormalStream;

/**
 * The Bernoulli factory of first-order rejection sampling. It accepts a proposal x with probability {@code e^-B exp(E[W | x])}, given only
 * independent draws of a weight W with |W| &lt;= B. If proposals have the density q, accepted proposals have the density q(x) exp(E[W |
 * x]), normalised.
 *
 * <p>For each proposal, the factory draws a number J from Poisson(2 B). Then it takes weights W_1, ..., W_J one at a time and keeps each
 * with probability (B + W_j) / (2 B). It accepts the proposal if all weights are kept, and rejects it at the first weight that is not. If W
 * has mean 0, a draw takes 2 (e^B - 1) weights on average. A weight outside [-B, B] is clipped, which changes the distribution;
 * {@link #clipping} bounds the change.
 *
 * <p>Usage: call {@link #begin} for a draw and {@link #propose} for each proposal. Unless {@code propose} accepts the proposal, call
 * {@link #flip} with weights until the outcome is not {@link Outcome#MORE}. Reference: Chen, Chewi, Daskalakis and Rakhlin 2026, arXiv
 * 2602.01338, Algorithm 1. Not thread-safe: each chain has its own factory. The methods allocate nothing.
 */
public final class BernoulliFactory {
    /** The largest bound. Above it, a draw would take more than 38 weights on average. */
    public static final double LARGEST_BOUND = 3;

    /**
     * The largest addend of a clipping bound. The cap keeps sums of squares finite, and a mean over samples that contains a capped addend
     * is still far above 1.
     */
    public static final double MOST = 1e100;

    /** The probability per draw that a correct run is reported as an error. */
    private static final double CHANCE = 1e-12;

    private final double bound;
    private final double empty;
    private final int mostProposals;
    private int wanted;
    private int proposalsOfDraw;
    private long proposals;
    private long flips;
    private long overflows;
    private double excess;
    private double products;
    private int taken;
    private double product;

    /** The outcome of a weight. */
    public enum Outcome {
        /** Undecided: another weight is needed. */
        MORE,
        /** The proposal is accepted, and the draw has ended. */
        ACCEPTED,
        /** The proposal is rejected, and the draw needs another proposal. */
        REJECTED
    }

    /**
     * Creates a factory.
     *
     * @param bound B, in (0, 3]; a bound of about 0.5 has the least cost
     * @throws IllegalArgumentException if the bound is out of range
     */
    public BernoulliFactory(double bound) {
        this.bound = requireBound(bound);
        this.empty = StrictMath.exp(-2 * bound);
        this.mostProposals = (int) Math.ceil(StrictMath.log(CHANCE) / StrictMath.log1p(-empty));
    }

    /**
     * Checks a bound and returns it.
     *
     * @throws IllegalArgumentException if the bound is out of range
     */
    public static double requireBound(double bound) {
        if (!(bound > 0 && bound <= LARGEST_BOUND)) {
            throw new InvalidArgumentException(
                    "bound",
                    "must be greater than 0 and at most " + LARGEST_BOUND,
                    bound,
                    "choose one near 0.5, which needs the fewest calls for a given accuracy: 2 (e^bound - 1) per draw");
        }
        return bound;
    }

    /** Returns the bound B. */
    public double bound() {
        return bound;
    }

    /** Returns the maximum number of proposals in one draw. A correct draw exceeds it with a probability below 1e-12. */
    public int mostProposals() {
        return mostProposals;
    }

    /** Starts a draw. */
    public void begin() {
        proposalsOfDraw = 0;
    }

    /**
     * Starts a proposal and draws the number of weights that must be kept.
     *
     * @return whether the proposal is accepted at once, without a weight
     * @throws RejectionException if the draw has already had {@link #mostProposals} proposals
     */
    public boolean propose(NormalStream random) {
        if (proposalsOfDraw == mostProposals) {
            throw RejectionException.tooManyProposals(bound, mostProposals);
        }
        proposalsOfDraw++;
        proposals++;
        wanted = poisson(2 * bound, empty, random.uniform());
        taken = 0;
        product = 1;
        return wanted == 0;
    }

    /**
     * Takes one weight of the current proposal.
     *
     * @param weight an independent draw of W given the proposal
     * @throws RejectionException if the weight is NaN or infinite
     */
    public Outcome flip(double weight, NormalStream random) {
        if (!Double.isFinite(weight)) {
            throw RejectionException.notFinite(bound, weight);
        }
        flips++;
        taken++;
        double beyond = Math.abs(weight) - bound;
        if (beyond > 0) {
            overflows++;
            excess += Math.min(beyond, MOST);
        }
        product *= Math.max(0, weight - bound);
        if (product > 0 && taken > 1) {
            products += Math.min(MOST, product / orderings(bound, taken));
        }
        double clipped = Math.max(-bound, Math.min(bound, weight));
        if (2 * bound * random.uniform() >= bound + clipped) {
            return Outcome.REJECTED;
        }
        wanted--;
        return wanted == 0 ? Outcome.ACCEPTED : Outcome.MORE;
    }

    /** Returns k! times the probability that Poisson(2 B) is at least k. */
    public static double orderings(double bound, int k) {
        double mean = 2 * bound;
        double first = StrictMath.exp(-mean);
        for (int i = 0; i < k; i++) {
            first *= mean;
        }
        double sum = 1;
        double term = 1;
        for (int i = k + 1; term > Math.ulp(sum); i++) {
            term *= mean / i;
            sum += term;
        }
        return first * sum;
    }

    /**
     * Draws from a Poisson distribution by inversion. The mean is at most 6, so the sum is short, and each draw takes exactly one number of
     * the stream. The samplers of libraries take a number for each unit of the mean.
     *
     * @param u uniform in [0, 1)
     */
    public static int poisson(double mean, double u) {
        return poisson(mean, StrictMath.exp(-mean), u);
    }

    private static int poisson(double mean, double none, double u) {
        int count = 0;
        double mass = none;
        double below = mass;
        while (u >= below) {
            count++;
            mass *= mean / count;
            double next = below + mass;
            if (next == below) {
                // The remaining masses are below the rounding of their sum.
                break;
            }
            below = next;
        }
        return count;
    }

    /** Returns the number of proposals so far. */
    public long proposals() {
        return proposals;
    }

    /** Returns the number of weights so far. */
    public long flips() {
        return flips;
    }

    /** Returns the number of weights outside [-B, B] so far. */
    public long overflows() {
        return overflows;
    }

    /**
     * Returns a value that bounds the effect of clipping on the distribution, in total variation. The mean of this value over chains bounds
     * the effect, summed over draws; the value of one chain is not a bound. The value is
     *
     * <p>{@code sum (|W| - B)+ / (2 B) + sum_{k >= 2} (W_1 - B)+ ... (W_k - B)+ / (k! P(Poisson(2 B) >= k))}.
     *
     * <p>The first sum is over all weights so far, including those of rejected proposals. The second is over all proposals and their first
     * k weights, as long as each of these exceeds B. Derivation: let u and w be the means of (W - B)+ and (-W - B)+ given x. Clipping
     * changes the logarithm of the density by w - u, and the distribution by at most
     * {@code E |e^(u - w) - 1| <= E[u + w] + E[e^u - 1 - u]}, averaged over accepted draws. The expectations of the two sums are at least
     * the two terms on the right: a weight above B is always kept, so the first k weights are seen whenever J is at least k.
     *
     * <p>An addend above 1e100 counts as 1e100. The mean over samples is then far above 1, so the bound is vacuous with or without the cap.
     */
    public double clipping() {
        return excess / (2 * bound) + products;
    }

    /** Returns the second sum of {@link #clipping}. Its mean over chains, summed over draws, is at least that of {@code E[e^u - 1 - u]}. */
    public double products() {
        return products;
    }

    /** Returns whether the next weight is the first of its proposal. */
    public boolean isFirst() {
        return taken == 0;
    }
}
