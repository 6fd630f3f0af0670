package io.scoreflux.logconcave;

import io.scoreflux.error.Failure;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Values;
import io.scoreflux.logconcave.ChainMoments.Coordinate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Statistics of a run of chains. Use {@code sampler.draws(1000).doOnNext(diagnostics::add)}, and call {@link #summary} at any time, from
 * any thread. The memory does not grow with the number of draws; it is up to 2 kB for each coordinate of each chain.
 */
public final class Diagnostics {
    /** The limit that Vehtari et al. 2021, doi 10.1214/20-BA1221, recommend for R-hat of ranks. This class computes R-hat of the draws. */
    private static final double LARGEST_RHAT = 1.01;

    private static final double LEAST_SIZE_PER_CHAIN = 100;
    /** The fraction above which clipping noticeably changes the variance of densities with steep tails. */
    private static final double LARGEST_OVERFLOW = 0.02;

    private final int firstChain;
    private final int chains;
    private final ChainMoments moments;
    private long steps;
    private long gradients;
    private long burnInGradients;
    private long proposals;
    private long weights;
    private long overflows;
    private double clipping;
    private long made;
    private long failed;
    private @Nullable Failure failure;

    /**
     * A summary of a run.
     *
     * @param draws the number of draws of the chains that have not failed
     * @param chains the number of chains that have not failed
     * @param failed the number of failed draws
     * @param failure the first failure, or null
     * @param coordinates mean, standard deviation, effective size and split R-hat of each coordinate
     * @param gradients evaluations after burn-in
     * @param burnInGradients evaluations in burn-in
     * @param acceptance the fraction of proposals that were accepted, about e^-B; NaN before the first proposal
     * @param overflow the fraction of weights above the bound
     * @param clippingPerDraw the estimate of an upper bound on the total variation distance that clipping causes in the distribution of one
     *     draw, a mean over draws. If the gradient grows faster than linearly, the bound is infinite, and this number only measures the
     *     weights that occurred
     * @param warnings problems of the run
     */
    public record Summary(
            long draws,
            int chains,
            long failed,
            @Nullable Failure failure,
            List<Coordinate> coordinates,
            long gradients,
            long burnInGradients,
            double acceptance,
            double overflow,
            double clippingPerDraw,
            List<Violation> warnings) {
        private Summary with(List<Coordinate> all, List<Violation> words) {
            return new Summary(
                    draws,
                    chains,
                    failed,
                    failure,
                    all,
                    gradients,
                    burnInGradients,
                    acceptance,
                    overflow,
                    clippingPerDraw,
                    words);
        }

        /** Returns the smallest effective size of all coordinates. */
        public double leastEffectiveSize() {
            return coordinates.stream()
                    .mapToDouble(Coordinate::effectiveSize)
                    .min()
                    .orElseThrow();
        }

        /** Returns the largest split R-hat of all coordinates. */
        public double largestRhat() {
            return coordinates.stream().mapToDouble(Coordinate::splitRhat).max().orElseThrow();
        }

        /** Returns the acceptance for JSON mappers, or null before the first proposal. */
        public @Nullable Double getAcceptance() {
            return Values.finiteOrNull(acceptance);
        }

        /** Returns the bound on the effect of clipping on one draw for JSON mappers, or null if it is infinite. */
        public @Nullable Double getClippingPerDraw() {
            return Values.finiteOrNull(clippingPerDraw);
        }
    }

    /** Creates diagnostics of {@code chains} chains, the first of which has the index 0. */
    public Diagnostics(int chains, int dimension) {
        this(0, chains, dimension);
    }

    /** Creates diagnostics of {@code chains} chains, the first of which has the index {@code firstChain}. */
    public Diagnostics(int firstChain, int chains, int dimension) {
        this.firstChain = firstChain;
        this.chains = chains;
        this.moments = new ChainMoments(chains, dimension);
    }

    /**
     * Adds a draw. The draws of each chain must be added in order. If a draw of a chain has failed, the statistics of coordinates exclude
     * the chain with its earlier draws. If the stream skips failed draws, this object does not learn that the chain has failed. Deviations,
     * effective sizes and split R-hats then cover no later draws of any chain, and become NaN if the run goes on for long.
     *
     * @throws IllegalArgumentException if the draw is of a chain that these diagnostics do not include
     */
    public void add(Draw draw) {
        add(draw, draw.failed() ? null : draw.values());
    }

    /** Adds a draw with the values whose statistics are of interest, or null if the draw failed. */
    synchronized void add(Draw draw, double @Nullable [] values) {
        int chain = draw.chain() - firstChain;
        if (chain < 0 || chain >= chains) {
            throw new InvalidArgumentException(
                    "draw.chain", "must be from " + firstChain + " to " + (firstChain + chains - 1), draw.chain());
        }
        if (values == null) {
            failed++;
            failure = failure == null ? draw.failure() : failure;
            moments.exclude(chain);
        } else {
            moments.add(chain, values);
            made++;
        }
        DrawStatistics statistics = draw.statistics();
        steps += statistics.steps();
        gradients += statistics.gradients();
        burnInGradients += statistics.burnInGradients();
        proposals += statistics.proposals();
        weights += statistics.weights();
        overflows += statistics.overflows();
        clipping += statistics.clipping();
    }

    /** Returns a summary of the draws so far. */
    public Summary summary() {
        Summary summary = counts();
        // This part takes long. Draws can be added during it.
        List<Coordinate> coordinates = moments.coordinates();
        Summary whole = summary.with(coordinates, List.of());
        return summary.with(coordinates, warnings(whole));
    }

    private synchronized Summary counts() {
        return new Summary(
                moments.draws(),
                moments.chains(),
                failed,
                failure,
                List.of(),
                gradients,
                burnInGradients,
                proposals == 0 ? Double.NaN : (double) steps / proposals,
                weights == 0 ? 0 : (double) overflows / weights,
                made == 0 ? 0 : clipping / made,
                List.of());
    }

    private List<Violation> warnings(Summary of) {
        List<Violation> warnings = new ArrayList<>();
        Failure why = of.failure();
        if (why != null) {
            warnings.add(new Violation(
                    "the run",
                    "must have no failed draws, because the summary covers only " + of.chains() + " of " + chains
                            + " chains",
                    of.failed() + " draws failed: " + why.place() + ": "
                            + why.violation().withRemedies().message(),
                    why.violation().remedies()));
        }
        // NaN does not count as agreement.
        if (!(of.largestRhat() <= LARGEST_RHAT)) {
            warnings.add(Violation.of(
                    "split R-hat",
                    "must be at most " + LARGEST_RHAT + " for the chains to agree",
                    String.format(Locale.ROOT, "%.3f after %d draws", of.largestRhat(), of.draws()),
                    "make more draws",
                    "raise {burnIn}"));
        }
        if (!(of.leastEffectiveSize() >= LEAST_SIZE_PER_CHAIN * of.chains())) {
            warnings.add(Violation.of(
                    "the effective sample size",
                    String.format(Locale.ROOT, "must be at least %.0f for each chain", LEAST_SIZE_PER_CHAIN),
                    String.format(Locale.ROOT, "%.0f after %d draws", of.leastEffectiveSize(), of.draws()),
                    "make more draws"));
        }
        if (of.overflow() > LARGEST_OVERFLOW) {
            warnings.add(Violation.of(
                    "the fraction of weights above the bound",
                    String.format(
                            Locale.ROOT,
                            "must be at most %.0f %%, as clipping changes the distribution",
                            100 * LARGEST_OVERFLOW),
                    String.format(Locale.ROOT, "%.1f %%", 100 * of.overflow()),
                    "raise {safety}",
                    "lower {step}"));
        }
        if (!(of.clippingPerDraw() <= 1)) {
            warnings.add(Violation.of(
                    "the bound on the effect of clipping on a draw",
                    "must be at most 1, because a larger bound contains no information",
                    of.clippingPerDraw(),
                    "check the {gradient} for extreme values",
                    "raise {safety}"));
        }
        return warnings;
    }
}
