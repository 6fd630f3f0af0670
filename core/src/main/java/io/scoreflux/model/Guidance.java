package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Classifier-free guidance: combines the values of a denoiser with and without the condition,
 * {@code D_w(z; s, c) = D(z; s) + w (D(z; s, c) - D(z; s))}, where w is the {@link Condition#guidance} of each row.
 *
 * <p>w = 1 uses only the value with the condition, and w = 0 only the value without it; both take one evaluation. Any other w takes two
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
        return new Guided(requireConditional(denoiser));
    }

    /**
     * Returns an asynchronous denoiser with guidance. Demand and cancellation pass through to the publisher of the given denoiser.
     *
     * @throws IllegalArgumentException if the denoiser accepts no conditions
     */
    public static AsyncDenoiser of(AsyncDenoiser denoiser) {
        return new AsyncGuided(requireConditional(denoiser));
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

    /** Returns all rows, followed by the rows that need both branches without their condition. */
    static Rows branches(Rows in) {
        Rows both = new Rows(in.dimension(), Math.max(1, 2 * in.count()));
        for (int row = 0; row < in.count(); row++) {
            Condition condition = in.condition(row);
            both.append(in.values(), in.offset(row), in.sigma(row));
            if (condition != null && condition.guidance() != 0) {
                both.condition(row, condition.withGuidance(1));
            }
        }
        for (int row = 0; row < in.count(); row++) {
            if (needsBoth(in.condition(row))) {
                both.append(in.values(), in.offset(row), in.sigma(row));
            }
        }
        return both;
    }

    /** Writes D_w to {@code out}, which may be {@code answers}. */
    static void combine(Rows in, double[] answers, double[] out) {
        int d = in.dimension();
        int free = in.count() * d;
        for (int row = 0; row < in.count(); row++) {
            Condition condition = in.condition(row);
            boolean both = needsBoth(condition);
            double w = condition == null ? 1 : condition.guidance();
            for (int i = row * d; i < row * d + d; i++) {
                out[i] = both ? answers[free] + w * (answers[i] - answers[free]) : answers[i];
                free += both ? 1 : 0;
            }
        }
    }

    private static boolean needsBoth(@Nullable Condition condition) {
        return condition != null && condition.guidance() != 1 && condition.guidance() != 0;
    }

    private abstract static class GuidedInfo extends ForwardingInfo {
        GuidedInfo(DenoiserInfo about) {
            super(about);
        }

        @Override
        public boolean supportsGuidance() {
            return true;
        }

        @Override
        public int evaluations(@Nullable Condition condition) {
            return (needsBoth(condition) ? 2 : 1) * super.evaluations(condition);
        }
    }

    private static final class Guided extends GuidedInfo implements Denoiser {
        private final Denoiser denoiser;

        Guided(Denoiser denoiser) {
            super(denoiser);
            this.denoiser = denoiser;
        }

        @Override
        public void denoise(Rows in, double[] out) {
            Rows both = branches(in);
            double[] answers = new double[both.count() * both.dimension()];
            Arrays.fill(answers, Double.NaN);
            denoiser.denoise(both, answers);
            combine(in, answers, out);
        }
    }

    private static final class AsyncGuided extends GuidedInfo implements AsyncDenoiser {
        private final AsyncDenoiser denoiser;

        AsyncGuided(AsyncDenoiser denoiser) {
            super(denoiser);
            this.denoiser = denoiser;
        }

        @Override
        public Publisher<double[]> denoise(Rows in) {
            return MappedPublisher.of(() -> {
                Rows both = branches(in);
                return MappedPublisher.mapped(denoiser.denoise(both), answers -> {
                    MappedPublisher.requireLength(answers, both);
                    double[] out = new double[in.count() * in.dimension()];
                    combine(in, answers, out);
                    return out;
                });
            });
        }
    }
}
