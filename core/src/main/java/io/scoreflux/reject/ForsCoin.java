package io.scoreflux.reject;

import io.scoreflux.noise.NormalStream;

/**
 * The coin of first-order rejection sampling: it accepts a proposal x with probability {@code e^-B exp(E[W | x])}, where only
 * independent draws of a weight W with |W| &lt;= B can be seen. Proposals from q that it accepts have the law q(x) exp(E[W | x]),
 * normalised.
 *
 * <p>For each proposal a number J is drawn from Poisson(2 B); then weights W_1, ..., W_J are taken one at a time, each kept with
 * probability (B + W_j) / (2 B). The proposal is accepted if all are kept, and rejected at the first that is not. A weight beyond B is
 * clipped, which changes the law: over all weights that were seen, of rejected proposals too, {@link #excess} adds up
 * {@code expm1((|W| - B)+)}, and the total variation distance between the accepted draw's law with and without clipping is at most
 * {@code E[excess of a draw] / (2 B)}. A draw takes 2 (e^B - 1) weights in the mean where W has mean 0.
 *
 * <p>A weight that is farther than {@value #FARTHEST} beyond B adds no more than one at that distance, about 1e100, so that sums and
 * their squares stay finite. No statement of a run changes: the mean over its samples is the one without this limit, or it is far above
 * 1 with it and without it, and a total variation above 1 says nothing.
 *
 * <p>Use: {@link #begin} a draw; {@link #propose} for each proposal; unless that accepts, {@link #toss} weights until one of them does
 * not say {@link Outcome#MORE}. Reference: Chen, Chewi, Daskalakis and Rakhlin 2026, arXiv 2602.01338, Algorithm 1. Not thread-safe: a
 * coin belongs to one chain. It allocates nothing.
 */
public final class ForsCoin {
    /** Beyond this bound a draw would cost more than 38 weights. */
    public static final double LARGEST_BOUND = 3;

    /** Of larger distances beyond the bound, exponentials would leave no room for sums of squares. */
    private static final double FARTHEST = 230;

    /** The probability that a sound run is taken for a broken one, for each draw. */
    private static final double CHANCE = 1e-12;

    private final double bound;
    private final double empty;
    private final int mostProposals;
    private int wanted;
    private int proposalsOfDraw;
    private long proposals;
    private long tosses;
    private long overflows;
    private double excess;

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
     * A coin.
     *
     * @param bound B, in (0, 3]; about 0.5 costs least
     * @throws IllegalArgumentException if it is out of range
     */
    public ForsCoin(double bound) {
        this.bound = requireBound(bound);
        this.empty = StrictMath.exp(-2 * bound);
        this.mostProposals = (int) Math.ceil(StrictMath.log(CHANCE) / StrictMath.log1p(-empty));
    }

    /** Checks a bound. */
    static double requireBound(double bound) {
        if (!(bound > 0 && bound <= LARGEST_BOUND)) {
            throw new IllegalArgumentException("bound must be greater than 0 and at most " + LARGEST_BOUND + ", was "
                    + bound + "; a draw costs 2 (e^bound - 1) denoiser calls, fewest for a given accuracy near 0.5");
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
        return wanted == 0;
    }

    /**
     * Takes one weight of the present proposal.
     *
     * @param weight an independent draw of W given the proposal
     * @throws RejectionException if it is NaN or infinite
     */
    public Outcome toss(double weight, NormalStream random) {
        if (!Double.isFinite(weight)) {
            throw RejectionException.notFinite(bound, weight);
        }
        tosses++;
        double beyond = Math.abs(weight) - bound;
        if (beyond > 0) {
            overflows++;
            excess += StrictMath.expm1(Math.min(beyond, FARTHEST));
        }
        double clipped = Math.max(-bound, Math.min(bound, weight));
        if (2 * bound * random.uniform() >= bound + clipped) {
            return Outcome.REJECTED;
        }
        wanted--;
        return wanted == 0 ? Outcome.ACCEPTED : Outcome.MORE;
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
    public long tosses() {
        return tosses;
    }

    /** Weights beyond B so far. */
    public long overflows() {
        return overflows;
    }

    /** The sum of {@code expm1((|W| - B)+)} over all weights so far, each at most about 1e100; finite. */
    public double excess() {
        return excess;
    }

    /**
     * {@code excess / (2 B)}. Its mean over chains bounds, summed over draws, what clipping may have cost the law in total variation;
     * the value of one chain bounds nothing.
     */
    public double clipping() {
        return excess / (2 * bound);
    }
}
