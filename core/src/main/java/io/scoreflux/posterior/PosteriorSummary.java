package io.scoreflux.posterior;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.expectation.Quantiles;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Islands pooled with the weights Z, with intervals from the differences between islands. Immutable.
 *
 * <p>Intervals use Student's t distribution, with one degree of freedom fewer than there are islands. In tests, 93 to 97 per cent of the
 * 95-per-cent intervals contain the exact value if the standard deviation of ln Z is at most 0.5 and R-hat is at most 1.05. If one of them is
 * larger, {@link #warnings} says so. No diagnostic shows a mode that all islands miss, or a wrong denoiser.
 */
public final class PosteriorSummary {
    /** The smallest number of islands for an interval. */
    public static final int LEAST_ISLANDS = 4;

    private static final double MOST_SD = 0.5;
    private static final double MOST_R_HAT = 1.05;
    private static final int LEAST_ANCESTORS = 10;
    /** Ordinary problems have at least 0.19 in all islands; islands that find a needle with a few particles have at most 0.02. */
    private static final double LEAST_EFFECTIVE = 0.1;

    /** Below it, the noise of the smallest level may shift a mean by more than a tenth of a standard deviation. */
    private static final double LEAST_RESOLUTION = 10 * (1 - 1e-12);

    /** With fewer effective islands, the differences between islands say nothing about their error. */
    private static final double LEAST_EFFECTIVE_ISLANDS = 2;

    private static final int MOST_SHOWN = 5;

    private final List<Island> islands;
    private final int failures;
    private final double[] pool;
    private final long calls;
    private final double sdLogEvidence;

    private PosteriorSummary(List<Island> islands, int failures, long calls) {
        this.islands = islands;
        this.failures = failures;
        this.calls = calls;
        double[] logs = islands.stream().mapToDouble(Island::logEvidence).toArray();
        this.pool = LogWeights.normalised(logs);
        double mean = 0;
        for (double log : logs) {
            mean += log / logs.length;
        }
        double squares = 0;
        for (double log : logs) {
            squares += (log - mean) * (log - mean);
        }
        this.sdLogEvidence = Math.sqrt(squares / (logs.length - 1));
    }

    /**
     * Returns the summary of islands of one posterior.
     *
     * @param islands at least {@value #LEAST_ISLANDS} that did not fail; failed islands are left out and reported
     */
    public static PosteriorSummary of(List<Island> islands) {
        List<Island> kept = islands.stream().filter(island -> !island.failed()).toList();
        if (kept.size() < LEAST_ISLANDS) {
            String firstFailure = islands.stream()
                    .filter(Island::failed)
                    .findFirst()
                    .map(island -> " (island " + island.index() + " failed: "
                            + Objects.requireNonNull(island.failure()).message() + ")")
                    .orElse("");
            throw new InvalidArgumentException(
                    "islands",
                    "must have at least " + LEAST_ISLANDS + " that did not fail, as intervals compare islands",
                    kept.size() + firstFailure,
                    "compute more islands");
        }
        return new PosteriorSummary(
                kept,
                islands.size() - kept.size(),
                islands.stream().mapToLong(Island::calls).sum());
    }

    /** Returns the number of islands that did not fail. */
    public int islands() {
        return islands.size();
    }

    /** Returns the number of failed islands. */
    public int failures() {
        return failures;
    }

    /** Returns the number of denoiser calls of all islands, without the pilot. */
    public long calls() {
        return calls;
    }

    /**
     * Returns the logarithm of the mean of Z over the islands that did not fail: an estimate of ln p(y) whose error nothing bounds. It is too
     * large if islands failed because all weights were 0, as such islands have Z = 0.
     */
    public double logEvidence() {
        return LogWeights.logMean(
                islands.stream().mapToDouble(Island::logEvidence).toArray());
    }

    /** Returns the standard deviation of ln Z over islands. */
    public double sdLogEvidence() {
        return sdLogEvidence;
    }

    /** Returns the effective number of islands, {@code 1 / sum_k (Z_k / sum Z)^2}. */
    public double effectiveIslands() {
        return LogWeights.effective(pool);
    }

    /** Returns the smallest effective share of the particles of any island before a selection. */
    public double leastEffective() {
        return islands.stream().mapToDouble(Island::leastEffective).min().orElseThrow();
    }

    /** Returns the mean of {@link Island#clipping} over islands; at least 0, and 0 without rejection sampling. */
    public double clipping() {
        return islands.stream().mapToDouble(Island::clipping).average().orElseThrow();
    }

    /** Returns the smallest number of initial particles of any island that have descendants. */
    public int leastAncestors() {
        return islands.stream().mapToInt(Island::ancestors).min().orElseThrow();
    }

    /** Returns the mean of component i with its 95-per-cent interval. */
    public PosteriorEstimate mean(int i) {
        Require.within("component", i, 0, dimension() - 1);
        return expectation(x -> x[i], 0.95);
    }

    /** Returns the posterior standard deviation of component i. */
    public double standardDeviation(int i) {
        double mean = mean(i).value();
        return Math.sqrt(expectation(x -> (x[i] - mean) * (x[i] - mean), 0.95).value());
    }

    /**
     * Returns the posterior expectation of a function, with an interval. With fewer than 2 {@link #effectiveIslands}, the interval is infinite.
     *
     * @param function called once for each particle; must not change the state
     * @param level the probability of the interval, in (0, 1)
     */
    public PosteriorEstimate expectation(ToDoubleFunction<double[]> function, double level) {
        Require.within("level", Require.positive("level", level), 0, 1);
        int k = islands.size();
        double[] means = new double[k];
        double within = 0;
        double value = 0;
        for (int i = 0; i < k; i++) {
            double[][] states = islands.get(i).checked();
            double[] weights = islands.get(i).weights();
            double squares = 0;
            for (int j = 0; j < weights.length; j++) {
                double f = function.applyAsDouble(states[j]);
                means[i] += weights[j] * f;
                squares += weights[j] * f * f;
                if (!Double.isFinite(f)) {
                    throw new InvalidArgumentException("function", "must return finite numbers", f);
                }
            }
            within += pool[i] * Math.max(0, squares - means[i] * means[i]);
            value += pool[i] * means[i];
        }
        double square = 0;
        double between = 0;
        for (int i = 0; i < k; i++) {
            double difference = means[i] - value;
            square += pool[i] * pool[i] * difference * difference;
            between += pool[i] * difference * difference;
        }
        double error = effectiveIslands() < LEAST_EFFECTIVE_ISLANDS
                ? Double.POSITIVE_INFINITY
                : Math.sqrt(square * k / (k - 1.0));
        double half = Quantiles.student(k - 1, 1 - level) * error;
        between *= k / (k - 1.0);
        double rHat = within > 0 ? Math.sqrt(1 + between / within) : between > 0 ? Double.POSITIVE_INFINITY : 1;
        return new PosteriorEstimate(value, error, value - half, value + half, level, rHat);
    }

    /**
     * Returns the quantile of component i over all islands.
     *
     * @param probability in (0, 1)
     */
    public double quantile(int i, double probability) {
        Require.within("component", i, 0, dimension() - 1);
        Require.within("probability", Require.positive("probability", probability), 0, 1);
        record Weighted(double x, double weight) {}
        List<Weighted> all = new ArrayList<>();
        for (int k = 0; k < islands.size(); k++) {
            double[][] states = islands.get(k).checked();
            double[] weights = islands.get(k).weights();
            for (int j = 0; j < weights.length; j++) {
                all.add(new Weighted(states[j][i], pool[k] * weights[j]));
            }
        }
        all.sort(Comparator.comparingDouble(Weighted::x));
        double sum = 0;
        for (Weighted one : all) {
            sum += one.weight();
            if (sum >= probability) {
                return one.x();
            }
        }
        return all.get(all.size() - 1).x();
    }

    /** Returns the largest R-hat of the means of all components. */
    public double rHat() {
        double most = 1;
        for (int i = 0; i < dimension(); i++) {
            most = Math.max(most, mean(i).rHat());
        }
        return most;
    }

    /** Names the broken rules of reliable intervals. An empty list does not prove that the islands found all modes. */
    public List<Violation> warnings() {
        List<Violation> warnings = new ArrayList<>();
        if (!(sdLogEvidence <= MOST_SD)) {
            warnings.add(Violation.of(
                    "the standard deviation of ln Z",
                    "must be at most " + MOST_SD + " for reliable intervals",
                    shown(sdLogEvidence),
                    "double {particles}"));
        }
        double resolution = islands.get(0).resolution();
        if (!(resolution >= LEAST_RESOLUTION)) {
            warnings.add(Violation.of(
                    "the noise of the observation",
                    "must be at least 10 times {toSigma} in each observed direction, because particles are data with noise of"
                            + " that level",
                    shown(resolution) + " times",
                    "end at a smaller noise level"));
        }
        double rHat = rHat();
        if (!(rHat <= MOST_R_HAT)) {
            warnings.add(Violation.of(
                    "the R-hat of the means",
                    "must be at most " + MOST_R_HAT + ", so that islands agree",
                    shown(rHat),
                    "double {particles}"));
        }
        if (2 * effectiveIslands() < islands.size()) {
            warnings.add(Violation.of(
                    "the effective number of islands",
                    "must be at least half of the " + islands.size()
                            + " islands: few of them found what y says is likely",
                    shown(effectiveIslands()),
                    "double {particles}",
                    "compute more islands"));
        }
        if (!(leastEffective() >= LEAST_EFFECTIVE)) {
            warnings.add(Violation.of(
                    "the effective part of the particles",
                    "must be at least " + LEAST_EFFECTIVE
                            + " at each selection: few particles found what y says is likely",
                    shown(leastEffective()),
                    "double {particles}"));
        }
        if (leastAncestors() < LEAST_ANCESTORS) {
            warnings.add(Violation.of(
                    "the number of ancestors",
                    "must be at least " + LEAST_ANCESTORS + " in each island",
                    leastAncestors(),
                    "double {particles}"));
        }
        if (!(clipping() <= 1)) {
            warnings.add(Violation.of(
                    "the effect of clipping",
                    "must be at most 1, because a larger bound contains no information",
                    shown(clipping()),
                    "lower the {tolerance} of fors"));
        }
        if (failures > 0) {
            warnings.add(Violation.of("the number of failed islands", "must be 0", failures));
        }
        return List.copyOf(warnings);
    }

    /** Returns a number with four digits, for messages. */
    private static double shown(double value) {
        return Double.isFinite(value)
                ? new BigDecimal(value).round(new MathContext(4)).doubleValue()
                : value;
    }

    private int dimension() {
        return islands.get(0).checked()[0].length;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("PosteriorSummary[islands=" + islands.size() + ", means=[");
        for (int i = 0; i < Math.min(MOST_SHOWN, dimension()); i++) {
            PosteriorEstimate mean = mean(i);
            text.append(i == 0 ? "" : ", ").append(mean.value()).append(" +- ").append(mean.standardError());
        }
        return text.append("], sdLogEvidence=")
                        .append(sdLogEvidence)
                        .append(", calls=")
                        .append(calls) + ", warnings=" + warnings() + "]";
    }
}
