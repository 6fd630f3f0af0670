package io.scoreflux.internal.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.noise.NormalStream;

/**
 * The factory of first-order rejection sampling: it accepts a proposal x with probability {@code e^-B exp(E[W | x])}, where only
 * independent draws of a weight W with |W| &lt;= B can be seen. Proposals from q that it accepts have the law q(x) exp(E[W | x]),
 * normalised.
 *
 * <p>For each proposal a number J is drawn from Poisson(2 B); then weights W_1, ..., W_J are taken one at a time, each kept with
 * probability (B + W_j) / (2 B). The proposal is accepted if all are kept, and rejected at the first that is not. A draw takes
 * 2 (e^B - 1) weights in the mean where W has mean 0. A weight beyond B is clipped, which changes the law; {@link #clipping} says by how
 * much at most.
 *
 * <p>Use: {@link #begin} a draw; {@link #propose} for each proposal; unless that accepts, {@link #flip} weights until one of them does
 * not say {@link Outcome#MORE}. Reference: Chen, Chewi, Daskalakis and Rakhlin 2026, arXiv 2602.01338, Algorithm 1. Not thread-safe: a
 * factory belongs to one chain. It allocates nothing.
 */
public final class BernoulliFactory {
    /** Beyond this bound a draw would cost more than 38 weights. */
    public static final double LARGEST_BOUND = 3;

    /** Larger addends of the clipping bound count as this: sums of squares stay numbers, and a mean over samples far above 1 stays so. */
    private static final double MOST = 1e100;

    /** The probability that a sound run is taken for a broken one, for each draw. */
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

    /** What a weight decides. */
    public enum Outcome {
        /** Nothing yet: another weight is needed. */
        MORE,
        /** The proposal is accepted, and the draw has ended. */
        ACCEPTED,
        /** The proposal is rejected: make another. */
        REJECTED
    }

    /**
     * A factory.
     *
     * @param bound B, in (0, 3]; about 0.5 costs least
     * @throws IllegalArgumentException if it is out of range
     */
    public BernoulliFactory(double bound) {
        this.bound = requireBound(bound);
        this.empty = StrictMath.exp(-2 * bound);
        this.mostProposals = (int) Math.ceil(StrictMath.log(CHANCE) / StrictMath.log1p(-empty));
    }

    /** Checks a bound. */
    public static double requireBound(double bound) {
        if (!(bound > 0 && bound <= LARGEST_BOUND)) {
            throw new InvalidArgumentException(
                    "bound",
                    "must be greater than 0 and at most " + LARGEST_BOUND,
                    bound,
                    "choose one near 0.5, where a draw of given accuracy costs fewest denoiser calls, 2 (e^bound - 1)");
        }
        return bound;
    }

    /** B. */
    public double bound() {
        return bound;
    }

    /** Proposals that one draw may take: a sound one takes more with a probability below 1e-12. */
    public int mostProposals() {
        return mostProposals;
    }

    /** Starts a draw. */
    public void begin() {
        proposalsOfDraw = 0;
    }

    /**
     * Starts a proposal: draws how many weights must be kept.
     *
     * @return whether the proposal is accepted at once, without a weight
     * @throws RejectionException if the draw has had {@link #mostProposals} already
     */
    public boolean propose(NormalStream random) {
        if (proposalsOfDraw == mostProposals) {
            throw RejectionException.tooManyProposals(bound, mostProposals);
        }
        proposalsOfDraw++;
        proposals++;
        wanted = poisson(random.uniform());
        taken = 0;
        product = 1;
        return wanted == 0;
    }

    /**
     * Takes one weight of the present proposal.
     *
     * @param weight an independent draw of W given the proposal
     * @throws RejectionException if it is NaN or infinite
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
            products += Math.min(MOST, product / orderings(taken));
        }
        double clipped = Math.max(-bound, Math.min(bound, weight));
        if (2 * bound * random.uniform() >= bound + clipped) {
            return Outcome.REJECTED;
        }
        wanted--;
        return wanted == 0 ? Outcome.ACCEPTED : Outcome.MORE;
    }

    /** k! times the probability that Poisson(2 B) is at least k. */
    private double orderings(int k) {
        double mean = 2 * bound;
        double first = empty;
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
     * Poisson(2 B) by inversion: the mean is at most 6, so that the sum is short, and every draw takes one number of the stream
     * whatever it gives. Samplers of libraries take a number for each unit of the mean.
     */
    private int poisson(double u) {
        int count = 0;
        double mass = empty;
        double below = mass;
        while (u >= below) {
            count++;
            mass *= 2 * bound / count;
            double next = below + mass;
            if (next == below) {
                // The masses left are below the rounding of their sum.
                break;
            }
            below = next;
        }
        return count;
    }

    /** Proposals so far. */
    public long proposals() {
        return proposals;
    }

    /** Weights so far. */
    public long flips() {
        return flips;
    }

    /** Weights beyond B so far. */
    public long overflows() {
        return overflows;
    }

    /**
     * What clipping may have cost the law, in total variation: its mean over chains bounds that, summed over draws; the value of one chain bounds
     * nothing. It is
     *
     * <p>{@code sum (|W| - B)+ / (2 B) + sum_{k >= 2} (W_1 - B)+ ... (W_k - B)+ / (k! P(Poisson(2 B) >= k))},
     *
     * <p>the first sum over all weights that were seen, of rejected proposals too, the second over all proposals and their first k weights, as
     * far as each of them was above B. Derivation: with u and w the means of (W - B)+ and (-W - B)+ given x, clipping changes the logarithm of
     * the density by w - u, and the law by at most {@code E |e^(u - w) - 1| <= E[u + w] + E[e^u - 1 - u]}, in the mean over accepted draws. The
     * sums are unbiased for more than these: a weight above B is kept surely, so that the first k are seen whenever J is at least k.
     *
     * <p>An addend above 1e100 counts as 1e100; the mean over samples is then far above 1, and says nothing, as it would otherwise.
     */
    public double clipping() {
        return excess / (2 * bound) + products;
    }
}
