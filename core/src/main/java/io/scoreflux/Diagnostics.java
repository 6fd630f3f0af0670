package io.scoreflux;

import io.scoreflux.logconcave.ChainMoments;
import io.scoreflux.logconcave.ChainMoments.Coordinate;
import io.scoreflux.logconcave.Effort;
import io.scoreflux.state.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a run of chains so far: {@code sampler.draws(1000).doOnNext(diagnostics::add)}, and {@link #summary} at any time, from any
 * thread. Its memory does not grow with the draws.
 */
public final class Diagnostics {
    /** As Vehtari et al. 2021, doi 10.1214/20-BA1221, recommend. */
    private static final double LARGEST_RHAT = 1.01;

    private static final double LEAST_SIZE_PER_CHAIN = 100;
    /** Above it, what clipping costs begins to show in variances. */
    private static final double LARGEST_OVERFLOW = 0.05;

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
    private long failed;
    private @Nullable Failure failure;

    /**
     * What is known.
     *
     * @param draws delivered, of all chains, without those that failed
     * @param failed draws that failed
     * @param failure the first one's reason, or null
     * @param coordinates mean, deviation, effective size and split R-hat of each
     * @param gradients evaluations after burn-in
     * @param burnInGradients evaluations in burn-in
     * @param acceptance accepted over all proposals, about e^-B
     * @param overflow the part of the weights that was beyond the bound
     * @param clippingPerDraw what clipping may have cost the law of one draw in total variation, at most, as the mean over these draws estimates it
     * @param warnings what is wrong with the run, in sentences
     */
    public record Summary(
            long draws,
            long failed,
            @Nullable Failure failure,
            List<Coordinate> coordinates,
            long gradients,
            long burnInGradients,
            double acceptance,
            double overflow,
            double clippingPerDraw,
            List<String> warnings) {
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

    /** Takes note of a draw; of each chain in the order of their numbers. */
    public synchronized void add(Draw draw) {
        Effort effort = draw.effort();
        steps += effort.steps();
        gradients += effort.gradients();
        burnInGradients += effort.burnInGradients();
        proposals += effort.proposals();
        weights += effort.weights();
        overflows += effort.overflows();
        clipping += effort.clipping();
        if (draw.failed()) {
            failed++;
            failure = failure == null ? draw.failure() : failure;
        } else {
            moments.add(draw.chain() - firstChain, draw.values());
        }
    }

    /** What is known now. */
    public synchronized Summary summary() {
        long draws = moments.draws();
        List<Coordinate> coordinates = moments.coordinates();
        double overflow = weights == 0 ? 0 : (double) overflows / weights;
        Summary summary = new Summary(
                draws,
                failed,
                failure,
                coordinates,
                gradients,
                burnInGradients,
                proposals == 0 ? Double.NaN : (double) steps / proposals,
                overflow,
                draws == 0 ? 0 : clipping / draws,
                List.of());
        return new Summary(
                draws,
                failed,
                failure,
                coordinates,
                gradients,
                burnInGradients,
                summary.acceptance(),
                overflow,
                summary.clippingPerDraw(),
                warnings(summary));
    }

    private List<String> warnings(Summary of) {
        List<String> warnings = new ArrayList<>();
        Failure why = of.failure();
        if (why != null) {
            warnings.add(of.failed() + " draws failed: " + why.message());
        }
        // Not numbers are no agreement.
        if (!(of.largestRhat() <= LARGEST_RHAT)) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "split R-hat is %.3f, above %.2f: the chains do not agree yet; make more draws, or a longer burn-in",
                    of.largestRhat(),
                    LARGEST_RHAT));
        }
        if (!(of.leastEffectiveSize() >= LEAST_SIZE_PER_CHAIN * chains)) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "the effective sample size is %.0f, below %.0f a chain: make more draws",
                    of.leastEffectiveSize(),
                    LEAST_SIZE_PER_CHAIN));
        }
        if (of.overflow() > LARGEST_OVERFLOW) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "%.1f %% of the weights are beyond the bound, more than 5 %%: clipping changes the law; make safety larger,"
                            + " or the step smaller",
                    100 * of.overflow()));
        }
        return warnings;
    }
}
