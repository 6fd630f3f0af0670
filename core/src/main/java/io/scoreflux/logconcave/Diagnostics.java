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
 * What is known of a run of chains so far: {@code sampler.draws(1000).doOnNext(diagnostics::add)}, and {@link #summary} at any time, from any
 * thread. Its memory does not grow with the draws; it is up to 2 kB for each coordinate of each chain.
 */
public final class Diagnostics {
    /** As Vehtari et al. 2021, doi 10.1214/20-BA1221, recommend, for ranks; this is of the draws themselves. */
    private static final double LARGEST_RHAT = 1.01;

    private static final double LEAST_SIZE_PER_CHAIN = 100;
    /** Above it, what clipping costs begins to show in variances of densities with steep tails. */
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
     * What is known.
     *
     * @param draws delivered, of all chains without those that failed
     * @param chains that have not failed
     * @param failed draws that failed
     * @param failure the first one's reason, or null
     * @param coordinates mean, deviation, effective size and split R-hat of each
     * @param gradients evaluations after burn-in
     * @param burnInGradients evaluations in burn-in
     * @param acceptance accepted over all proposals, about e^-B
     * @param overflow the part of the weights that was beyond the bound
     * @param clippingPerDraw the mean over these draws of what clipping may have cost the law of one, in total variation, at most: a bound's estimate where the
     *     gradient grows no faster than linearly. Where it does, the bound is infinite, and this is what was seen of it
     * @param warnings what is wrong with the run
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

        /** The least effective size of all coordinates. */
        public double leastEffectiveSize() {
            return coordinates.stream()
                    .mapToDouble(Coordinate::effectiveSize)
                    .min()
                    .orElseThrow();
        }

        /** The largest split R-hat of all coordinates. */
        public double largestRhat() {
            return coordinates.stream().mapToDouble(Coordinate::splitRhat).max().orElseThrow();
        }

        /** The acceptance for JSON mappers, or null before the first proposal. */
        public @Nullable Double getAcceptance() {
            return Values.finiteOrNull(acceptance);
        }

        /** The share of clipping for JSON mappers, or null if it is infinite. */
        public @Nullable Double getClippingPerDraw() {
            return Values.finiteOrNull(clippingPerDraw);
        }
    }

    /** For draws of {@code chains} chains from number 0 on. */
    public Diagnostics(int chains, int dimension) {
        this(0, chains, dimension);
    }

    /** For draws of {@code chains} chains from number {@code firstChain} on. */
    public Diagnostics(int firstChain, int chains, int dimension) {
        this.firstChain = firstChain;
        this.chains = chains;
        this.moments = new ChainMoments(chains, dimension);
    }

    /**
     * Takes note of a draw; of each chain in the order of their numbers. A chain whose draw has failed is left out of all moments, with its earlier draws. A
     * stream that skips failed draws says nothing of such chains, and moments then stand still.
     *
     * @throws IllegalArgumentException if it is of another chain
     */
    public synchronized void add(Draw draw) {
        int chain = draw.chain() - firstChain;
        if (chain < 0 || chain >= chains) {
            throw new InvalidArgumentException(
                    "draw.chain", "must be from " + firstChain + " to " + (firstChain + chains - 1), draw.chain());
        }
        if (draw.failed()) {
            failed++;
            failure = failure == null ? draw.failure() : failure;
            moments.leaveOut(chain);
        } else {
            moments.add(chain, draw.values());
            made++;
        }
        DrawStatistics effort = draw.statistics();
        steps += effort.steps();
        gradients += effort.gradients();
        burnInGradients += effort.burnInGradients();
        proposals += effort.proposals();
        weights += effort.weights();
        overflows += effort.overflows();
        clipping += effort.clipping();
    }

    /** What is known now. */
    public Summary summary() {
        Summary summary = counts();
        // The long part, during which draws go on.
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
                    "must have no failed draws, as coordinates are of " + of.chains() + " of " + chains + " chains",
                    of.failed() + " draws failed: " + why.place() + ": "
                            + why.violation().withRemedies().message(),
                    why.violation().remedies()));
        }
        // Not numbers are no agreement.
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
                    String.format(Locale.ROOT, "must be at least %.0f a chain", LEAST_SIZE_PER_CHAIN),
                    String.format(Locale.ROOT, "%.0f after %d draws", of.leastEffectiveSize(), of.draws()),
                    "make more draws"));
        }
        if (of.overflow() > LARGEST_OVERFLOW) {
            warnings.add(Violation.of(
                    "the share of weights beyond the bound",
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
                    "the cost of clipping a draw",
                    "must be at most 1, as it bounds nothing beyond",
                    of.clippingPerDraw(),
                    "check the {gradient} for answers that are far off",
                    "raise {safety}"));
        }
        return warnings;
    }
}
