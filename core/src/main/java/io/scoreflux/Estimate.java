package io.scoreflux;

import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An estimate of expectations. The interval of each is {@code value +- (halfWidth + bias)}; all of them hold together with the confidence of the
 * {@link Expectation}, each with alpha = (1 - confidence) / number of statistics.
 *
 * <p>While the estimate is {@link Status#RUNNING}, the intervals are valid at all times simultaneously, so it is safe to look at each of them
 * and to stop at any. They are
 *
 * <ul>
 *   <li>with bounds [a, b] of f: the empirical Bernstein confidence sequence, with the centre {@code sum lam_i f_i / sum lam_i} and the half-width
 *       {@code (ln(2/alpha) + sum (f_i - m_{i-1})^2 (-ln(1 - lam_i) - lam_i)) / sum lam_i}, {@code lam_i = min(1/2, eps/s_{i-1}^2)}, f scaled to
 *       [0, 1]
 *   <li>otherwise: the asymptotic confidence sequence {@code s sqrt(2 (n q + 1) / (n^2 q) ln(sqrt(n q + 1)/alpha))}, from 100 samples on
 *   <li>with quasi-random points: {@code t s_R / 4} of 16 replicates, with Student's quantile t at alpha / 2^j at look j
 * </ul>
 *
 * <p>A {@link Status#WITHIN} estimate has the interval of the stopping rule, {@code z sqrt((s^2 + r/n)/n)} with z = 2.1 at 95 per cent and
 * {@code r = (b - a)^2} or s^2. With quasi-random points it is {@code t s_R / 4} with t = 2.28 at 95 per cent, and with
 * {@link ExpectationBuilder#exact} it is the empirical Bernstein interval. The interval of a stopping rule is valid only when that rule stops.
 *
 * @param values the estimate of each statistic
 * @param samples the number of samples; a sample with a correction counts once
 * @param calls the denoiser calls of these samples, without the calls of samples in flight when the estimate became final
 * @param pilotCalls the denoiser calls of the pilot for the levels; the calls of a pilot of the sampler are in its {@link Plan}
 * @param status whether the estimate is final, and why
 */
public record Estimate(List<Value> values, long samples, long calls, long pilotCalls, Status status) {

    /** Whether an estimate is final. */
    public enum Status {
        /** More samples will follow. */
        RUNNING,
        /** Each half-width, with its bias bound, is at most the requested one. */
        WITHIN,
        /** The maximum number of samples was reached first. The intervals are valid nevertheless. */
        MAX_SAMPLES;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /**
     * The estimate of one expectation.
     *
     * @param value the centre of the interval
     * @param halfWidth the statistical error at the confidence, or infinity if nothing is known yet
     * @param bias a bound on the bias from the certificates, or empty if the statistic has no Lipschitz constant; infinity if nothing is
     *     known yet
     * @param effectiveSamples the number of independent samples whose mean has the same variance as the estimate. It
     *     exceeds the number of samples by the gain of control variates or quasi-random points. For the weighted mean of an interval that is
     *     valid at all times, it is the number of samples
     */
    public record Value(double value, double halfWidth, OptionalDouble bias, double effectiveSamples) {
        /** Returns the half-width for JSON mappers, or null if nothing is known yet. */
        public @Nullable Double getHalfWidth() {
            return Values.finiteOrNull(halfWidth);
        }

        /** Returns the bias bound for JSON mappers, or null if there is none. */
        public @Nullable Double getBias() {
            return Values.finiteOrNull(bias);
        }

        /** Returns the half-width with the bias bound. */
        public double total() {
            return halfWidth + bias.orElse(0);
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.6g +- %.2g", value, halfWidth)
                    + (bias.isPresent() ? String.format(Locale.ROOT, " (bias at most %.2g)", bias.getAsDouble()) : "");
        }
    }

    /** Checks and copies. */
    public Estimate {
        values = List.copyOf(values);
        Require.entries("values", values.size(), 1);
        Require.atLeast("samples", samples, 0);
        Require.atLeast("calls", calls, 0);
        Require.atLeast("pilotCalls", pilotCalls, 0);
        Objects.requireNonNull(status, "status");
    }

    /** Returns whether no more estimates follow. */
    public boolean isFinal() {
        return status != Status.RUNNING;
    }

    /** Returns the centre of the first expectation, for those who asked for one. */
    public double value() {
        return values.get(0).value();
    }

    @Override
    public String toString() {
        return values.stream().map(Value::toString).collect(Collectors.joining(", ")) + "; " + samples + " samples, "
                + (calls + pilotCalls) + " calls, " + status;
    }
}
