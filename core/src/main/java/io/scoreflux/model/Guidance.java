package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Classifier-free guidance: combines the values of a denoiser under the condition c of a row and under another condition n,
 * {@code D_w(z; s, c) = D(z; s, n) + w (D(z; s, c) - D(z; s, n))}, where w is the {@link Condition#guidance} of the row. n is the
 * {@link Condition#negative} of the row's condition, or by default no condition. {@link GuidanceRule} has variants.
 *
 * <p>w = 1 uses only the value under c, and w = 0 without rescaling only the value under n; both take one evaluation. Any other w takes two
 * evaluations in one call. A call of the model therefore has up to twice the {@code maxRows} of the sampler or gateway, and certificates count
 * both evaluations. w is {@code guidance_scale} in {@code diffusers}; the w of Ho and Salimans (arXiv 2207.12598) is smaller by one.
 *
 * <p>In general, D_w is not the denoiser of any distribution. Samples then have the distribution into which the flow
 * {@code dz/dln s = z - D_w} transforms that of the initial states. If the distributions with and without the condition are Gaussian with
 * the means m_c and m_u and the same covariance, this is the Gaussian with the mean {@code m_u + w (m_c - m_u)} and that covariance.
 */
public final class Guidance {
    private Guidance() {}

    /**
     * Returns a denoiser with guidance.
     *
     * @throws IllegalArgumentException if the denoiser accepts no conditions
     */
    public static Denoiser of(Denoiser denoiser) {
        return of(denoiser, GuidanceRule.PLAIN);
    }

    /**
     * Returns a denoiser with a variant of guidance.
     *
     * @throws IllegalArgumentException if the denoiser accepts no conditions
     */
    public static Denoiser of(Denoiser denoiser, GuidanceRule rule) {
        return new Guided(requireConditional(denoiser), Objects.requireNonNull(rule, "rule"));
    }

    /**
     * Returns an asynchronous denoiser with guidance. Demand and cancellation pass through to the publisher of the given denoiser.
     *
     * @throws IllegalArgumentException if the denoiser accepts no conditions
     */
    public static AsyncDenoiser of(AsyncDenoiser denoiser) {
        return of(denoiser, GuidanceRule.PLAIN);
    }

    /**
     * Returns an asynchronous denoiser with a variant of guidance, like {@link #of(AsyncDenoiser)}.
     *
     * @throws IllegalArgumentException if the denoiser accepts no conditions
     */
    public static AsyncDenoiser of(AsyncDenoiser denoiser, GuidanceRule rule) {
        return new AsyncGuided(requireConditional(denoiser), Objects.requireNonNull(rule, "rule"));
    }

    private static <D extends DenoiserInfo> D requireConditional(D denoiser) {
        Objects.requireNonNull(denoiser, "denoiser");
        if (!denoiser.isConditional()) {
            throw new InvalidArgumentException(
                    "denoiser",
                    "must accept conditions for guidance",
                    "one whose isConditional() is false",
                    "use it without guidance",
                    "state its number of labels");
        }
        return denoiser;
    }

    /** The values of one row that its D_w consists of. */
    private enum Branches {
        CONDITION,
        OTHER,
        BOTH;

        static Branches of(@Nullable Condition condition, double sigma, GuidanceRule rule) {
            return rule.appliesAt(sigma) ? of(condition, rule) : CONDITION;
        }

        /** Returns the values at a noise level where the rule applies. */
        static Branches of(@Nullable Condition condition, GuidanceRule rule) {
            if (condition == null || condition.guidance() == 1) {
                return CONDITION;
            }
            // Rescaling takes the deviation of D_c, also at w = 0.
            return condition.guidance() == 0 && rule.rescale() == 0 ? OTHER : BOTH;
        }
    }

    /** Returns all rows, followed by the rows that need both branches with the condition of their other branch. */
    static Rows branches(Rows in, GuidanceRule rule) {
        Rows both = new Rows(in.dimension(), Math.max(1, 2 * in.count()));
        Condition last = null;
        Condition own = null;
        for (int row = 0; row < in.count(); row++) {
            Condition condition = in.condition(row);
            both.append(in.values(), in.offset(row), in.sigma(row));
            if (condition == null) {
                continue;
            }
            if (Branches.of(condition, in.sigma(row), rule) == Branches.OTHER) {
                both.condition(row, condition.negative());
                continue;
            }
            if (!condition.equals(last)) {
                last = condition;
                own = condition.withGuidance(1);
            }
            both.condition(row, own);
        }
        for (int row = 0; row < in.count(); row++) {
            Condition condition = in.condition(row);
            if (condition != null && Branches.of(condition, in.sigma(row), rule) == Branches.BOTH) {
                both.append(in.values(), in.offset(row), in.sigma(row));
                both.condition(both.count() - 1, condition.negative());
            }
        }
        return both;
    }

    /** Writes D_w to {@code out}, which may be {@code answers}. */
    static void combine(Rows in, GuidanceRule rule, double[] answers, double[] out) {
        int d = in.dimension();
        int other = in.count() * d;
        for (int row = 0; row < in.count(); row++) {
            Condition condition = in.condition(row);
            int at = row * d;
            if (condition == null || Branches.of(condition, in.sigma(row), rule) != Branches.BOTH) {
                System.arraycopy(answers, at, out, at, d);
                continue;
            }
            double w = condition.guidance();
            double before = rule.rescale() > 0 ? deviation(answers, at, d) : 0;
            for (int i = at; i < at + d; i++) {
                out[i] = answers[other] + w * (answers[i] - answers[other]);
                other++;
            }
            if (rule.rescale() > 0) {
                rescale(out, at, d, before, rule.rescale());
            }
        }
    }

    /** Multiplies D_w by {@code 1 - phi + phi std(D_c) / std(D_w)}. */
    private static void rescale(double[] out, int at, int d, double before, double phi) {
        double after = deviation(out, at, d);
        if (after > 0) {
            double factor = 1 - phi + phi * (before / after);
            for (int i = at; i < at + d; i++) {
                out[i] *= factor;
            }
        }
    }

    /** Returns the standard deviation of the numbers of a row about their mean. */
    private static double deviation(double[] values, int at, int d) {
        double mean = 0;
        for (int i = at; i < at + d; i++) {
            mean += values[i];
        }
        mean /= d;
        double sum = 0;
        for (int i = at; i < at + d; i++) {
            sum += (values[i] - mean) * (values[i] - mean);
        }
        return Math.sqrt(sum / d);
    }

    private abstract static class GuidedInfo extends ForwardingInfo {
        final GuidanceRule rule;

        GuidedInfo(DenoiserInfo about, GuidanceRule rule) {
            super(about);
            this.rule = rule;
        }

        @Override
        public void checkCondition(Condition condition) {
            super.checkCondition(condition);
            if (condition.guidance() != 1) {
                Condition other = condition.negative();
                if (other == null) {
                    checkTensors(Map.of());
                } else {
                    super.checkCondition(other);
                }
            }
        }

        @Override
        public double[] jumps() {
            DoubleStream own = DoubleStream.of(rule.low(), rule.high())
                    .filter(level -> level > 0 && level < Double.POSITIVE_INFINITY);
            return DoubleStream.concat(own, DoubleStream.of(super.jumps())).toArray();
        }

        @Override
        public boolean supportsGuidance() {
            return true;
        }

        @Override
        public int evaluations(@Nullable Condition condition) {
            // At levels where the rule does not apply, one value is sufficient.
            return evaluationsOf(Branches.of(condition, rule), super.evaluations(condition));
        }

        @Override
        public int evaluations(@Nullable Condition condition, double sigma) {
            return evaluationsOf(Branches.of(condition, sigma, rule), super.evaluations(condition, sigma));
        }

        private static int evaluationsOf(Branches branches, int each) {
            return branches == Branches.BOTH ? 2 * each : each;
        }
    }

    private static final class Guided extends GuidedInfo implements Denoiser {
        private final Denoiser denoiser;

        Guided(Denoiser denoiser, GuidanceRule rule) {
            super(denoiser, rule);
            this.denoiser = denoiser;
        }

        @Override
        public void denoise(Rows in, double[] out) {
            Rows both = branches(in, rule);
            double[] answers = new double[both.count() * both.dimension()];
            Arrays.fill(answers, Double.NaN);
            denoiser.denoise(both, answers);
            combine(in, rule, answers, out);
        }
    }

    private static final class AsyncGuided extends GuidedInfo implements AsyncDenoiser {
        private final AsyncDenoiser denoiser;

        AsyncGuided(AsyncDenoiser denoiser, GuidanceRule rule) {
            super(denoiser, rule);
            this.denoiser = denoiser;
        }

        @Override
        public Publisher<double[]> denoise(Rows in) {
            return MappedPublisher.of(() -> {
                Rows both = branches(in, rule);
                return MappedPublisher.mapped(denoiser.denoise(both), answers -> {
                    MappedPublisher.requireLength(answers, both);
                    double[] out = new double[in.count() * in.dimension()];
                    combine(in, rule, answers, out);
                    return out;
                });
            });
        }
    }
}
