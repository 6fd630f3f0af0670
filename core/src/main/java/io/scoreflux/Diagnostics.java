package io.scoreflux;

import io.scoreflux.logconcave.ChainMoments;
import io.scoreflux.logconcave.ChainMoments.Coordinate;
import io.scoreflux.logconcave.Effort;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Values;
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
     * @param warnings what is wrong with the run, in sentences
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
            List<String> warnings) {
        private Summary with(List<Coordinate> all, List<String> words) {
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
            throw new IllegalArgumentException("draws must be of chains " + firstChain + " to "
                    + (firstChain + chains - 1) + ", was of " + draw.chain());
        }
        if (draw.failed()) {
            failed++;
            failure = failure == null ? draw.failure() : failure;
            moments.leaveOut(chain);
        } else {
            moments.add(chain, draw.values());
            made++;
        }
        Effort effort = draw.effort();
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

    private List<String> warnings(Summary of) {
        List<String> warnings = new ArrayList<>();
        Failure why = of.failure();
        if (why != null) {
            warnings.add(of.failed() + " draws failed: " + why.message() + "; what is said of coordinates is of "
                    + of.chains() + " of " + chains + " chains");
        }
        // Not numbers are no agreement.
        if (!(of.largestRhat() <= LARGEST_RHAT)) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "split R-hat is %.3f, above %.2f: the chains do not agree yet; make more draws, or a longer burn-in",
                    of.largestRhat(),
                    LARGEST_RHAT));
        }
        if (!(of.leastEffectiveSize() >= LEAST_SIZE_PER_CHAIN * of.chains())) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "the effective sample size is %.0f, below %.0f a chain: make more draws",
                    of.leastEffectiveSize(),
                    LEAST_SIZE_PER_CHAIN));
        }
        if (of.overflow() > LARGEST_OVERFLOW) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "%.1f %% of the weights are beyond the bound, more than %.0f %%: clipping changes the law; make safety larger,"
                            + " or the step smaller",
                    100 * of.overflow(),
                    100 * LARGEST_OVERFLOW));
        }
        if (!(of.clippingPerDraw() <= 1)) {
            warnings.add(
                    "some weights were so far beyond the bound that what is known of the cost of clipping bounds nothing: check the gradient"
                            + " for answers that are far off, or make safety larger");
        }
        return warnings;
    }
}
