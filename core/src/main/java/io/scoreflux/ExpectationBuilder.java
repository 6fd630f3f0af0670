package io.scoreflux;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.expectation.Levels;
import io.scoreflux.internal.expectation.ReplicateMean;
import io.scoreflux.internal.expectation.ScrambledSobol;
import io.scoreflux.solve.Solver;
import io.scoreflux.stream.Order;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Collects the settings of an {@link Expectation}; neither immutable nor thread-safe. The statistics and the half-width have no default. */
public final class ExpectationBuilder {
    final Sampler sampler;
    final List<Statistic> statistics = new ArrayList<>();
    double[] within = new double[0];
    double confidence = 0.95;
    boolean exact;
    double[] levels = new double[0];
    /** Null for the default: wherever they are possible. */
    private @Nullable Boolean controlVariates;

    boolean quasiRandom;
    long maxSamples = 1_000_000;

    ExpectationBuilder(Sampler sampler) {
        this.sampler = Objects.requireNonNull(sampler, "sampler");
    }

    /** Adds a statistic. The intervals of all statistics hold together (Bonferroni). */
    public ExpectationBuilder statistic(Statistic value) {
        statistics.add(Objects.requireNonNull(value, "statistic"));
        return this;
    }

    /** Adds statistics. */
    public ExpectationBuilder statistics(Collection<Statistic> values) {
        values.forEach(this::statistic);
        return this;
    }

    /**
     * Sets the half-widths at which the estimate is final, in the units of the statistics, bias bound included: one for all statistics, or
     * one for each.
     */
    public ExpectationBuilder within(double... halfWidths) {
        Require.entries("within", Objects.requireNonNull(halfWidths, "within").length, 1);
        for (double value : halfWidths) {
            Require.positive("within", value);
        }
        this.within = halfWidths.clone();
        return this;
    }

    /** Sets the probability with which all intervals hold, at least 0.5 and below 1. Defaults to 0.95. */
    public ExpectationBuilder confidence(double value) {
        if (!(value >= 0.5 && value < 1)) {
            throw new InvalidArgumentException("confidence", "must be at least 0.5 and below 1", value);
        }
        this.confidence = value;
        return this;
    }

    /**
     * Stops by the empirical Bernstein interval, which holds for any distribution and any number of samples. All statistics must have bounds.
     * This takes two to four times as many samples as the default rule, whose confidence is approximate.
     */
    public ExpectationBuilder exact() {
        this.exact = true;
        return this;
    }

    /**
     * Computes all samples at the first tolerance and, for a few of them, a correction between two successive tolerances, so that the
     * expectation is that of the last tolerance. A pilot of {@value Expectation#PILOT} samples with another seed, at all tolerances, chooses how
     * often each correction is computed. It drops the first tolerance if that is too coarse. Defaults to none: all samples have the tolerance of
     * the solver.
     *
     * @param tolerances two to four, descending, in (0, 1), relative to the radius of the data
     */
    public ExpectationBuilder levels(double... tolerances) {
        int n = Objects.requireNonNull(tolerances, "levels").length;
        Require.within("levels", n, 2, Levels.MOST);
        for (int i = 0; i < n; i++) {
            if (!(tolerances[i] > 0 && tolerances[i] < (i == 0 ? 1 : tolerances[i - 1]))) {
                throw new InvalidArgumentException(
                        Require.element("levels", i),
                        "must be greater than 0 and less than " + (i == 0 ? "1" : "the previous level"),
                        tolerances[i]);
            }
        }
        this.levels = tolerances.clone();
        return this;
    }

    /**
     * Sets whether control variates on the starting noise reduce the variance. They cost no calls. Defaults to true unless the sampler has
     * custom stages, the rule is {@link #exact}, or the points are quasi-random.
     */
    public ExpectationBuilder controlVariates(boolean value) {
        this.controlVariates = value;
        return this;
    }

    /**
     * Starts from scrambled Sobol points along the principal axes of the data, in 16 independent replicates. For smooth
     * functions, this takes about a tenth of the samples in two dimensions, and half of them in 64. It requires Hipparchus, and at most 21,201
     * dimensions.
     */
    public ExpectationBuilder quasiRandom() {
        this.quasiRandom = true;
        return this;
    }

    /** Sets the number of samples after which the estimate is final in any case, at least 1. Defaults to 1,000,000. */
    public ExpectationBuilder maxSamples(long value) {
        this.maxSamples = Require.atLeast("maxSamples", value, 1);
        return this;
    }

    /**
     * Builds the expectation.
     *
     * @throws IllegalStateException if a setting is missing, settings contradict each other, or a library is missing
     * @throws IllegalArgumentException if the solver does not permit a tolerance of the levels
     */
    public Expectation build() {
        if (statistics.isEmpty()) {
            throw new InvalidConfigurationException(
                    "statistic", "must be given", null, "call statistic(Statistic.of(f))");
        }
        if (within.length == 0) {
            throw new InvalidConfigurationException("within", "must be given", null, "call within(halfWidth)");
        }
        if (within.length != 1 && within.length != statistics.size()) {
            throw new InvalidConfigurationException(
                    "within",
                    "must have one number, or one for each of the " + statistics.size() + " statistics",
                    within.length);
        }
        if (sampler.order() != Order.BY_INDEX) {
            throw new InvalidConfigurationException(
                    "order",
                    "must be BY_INDEX, because stopping among the samples that are ready first would prefer easy ones",
                    sampler.order());
        }
        if (sampler.hasConditions()) {
            throw new InvalidConfigurationException(
                    "conditions",
                    "must not be set for the sampler, because an expectation must have one condition for all samples",
                    null,
                    "set {condition}");
        }
        if (exact && !statistics.stream().allMatch(each -> Double.isFinite(each.upper()))) {
            throw new InvalidConfigurationException("exact", "must not be set unless all statistics have bounds", null);
        }
        requireErrors();
        requireLevels();
        requireQuasiRandom();
        if (Boolean.TRUE.equals(controlVariates)) {
            requireNoStages("controlVariates", "the mean of the noise is known only if no stage discards samples");
            if (exact) {
                conflict("controlVariates", "exact");
            }
            if (quasiRandom) {
                conflict("controlVariates", "quasiRandom");
            }
        }
        return new Expectation(this);
    }

    /** Returns whether to use control variates. */
    boolean usesControlVariates() {
        return controlVariates == null ? !exact && !quasiRandom && !sampler.hasOwnStages() : controlVariates;
    }

    private void requireErrors() {
        Solver solver = sampler.solver();
        boolean biased = statistics.stream().anyMatch(each -> each.lipschitz().isPresent());
        if (biased && solver.accuracy().isEmpty()) {
            throw new InvalidConfigurationException(
                    "lipschitz",
                    "must not be given for the solver " + solver.name() + ", whose certificates estimate no error",
                    null,
                    "use {sliding}",
                    "omit it and the bound on the bias");
        }
    }

    private void requireLevels() {
        if (levels.length == 0) {
            return;
        }
        Solver solver = sampler.solver();
        if (solver.accuracy().isEmpty()) {
            throw new InvalidConfigurationException(
                    "levels",
                    "must not be given for the solver " + solver.name() + ", which has no tolerance",
                    null,
                    "use {sliding}");
        }
        for (double tolerance : levels) {
            solver.withTolerance(tolerance);
        }
        requireNoStages("levels", "a stage could discard one of two samples that belong together");
        if (exact) {
            conflict("levels", "exact");
        }
        if (quasiRandom) {
            conflict("levels", "quasiRandom");
        }
        if (statistics.stream()
                .anyMatch(each -> each.isIndicator() && each.lipschitz().isPresent())) {
            throw new InvalidConfigurationException(
                    "levels",
                    "must not be given for an indicator with a Lipschitz constant, because too few samples have the"
                            + " finest level to bound the bias",
                    null,
                    "sample at the finest level",
                    "omit the constant");
        }
    }

    private void requireQuasiRandom() {
        if (!quasiRandom) {
            return;
        }
        ScrambledSobol.requireLibrary();
        requireNoStages("quasiRandom", "no point may be missing");
        if (exact) {
            conflict("quasiRandom", "exact");
        }
        if (sampler.dimension() > ScrambledSobol.MOST_DIMENSION) {
            throw new InvalidConfigurationException(
                    "quasiRandom",
                    "must not be set above " + ScrambledSobol.MOST_DIMENSION + " dimensions",
                    sampler.dimension(),
                    "omit it");
        }
        if (maxSamples < ReplicateMean.sizeOfLook(1)) {
            throw new InvalidConfigurationException(
                    "maxSamples",
                    "must be at least " + ReplicateMean.sizeOfLook(1) + " with quasi-random points",
                    maxSamples);
        }
    }

    private void requireNoStages(String setting, String reason) {
        if (sampler.hasOwnStages()) {
            throw new InvalidConfigurationException(
                    setting,
                    "must not be set for a sampler with custom stages, because " + reason,
                    null,
                    "build a sampler without custom stages");
        }
    }

    private static void conflict(String one, String other) {
        throw new InvalidConfigurationException(one, "must not be set together with {" + other + "}", null);
    }
}
