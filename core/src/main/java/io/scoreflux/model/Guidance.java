package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Classifier-free guidance: a denoiser that asks another one with and without the condition,
 * {@code D_w(z; s, c) = D(z; s) + w (D(z; s, c) - D(z; s))}, with w the {@link Condition#guidance} of each row.
 *
 * <p>w = 1 is the condition alone and w = 0 none of it: one evaluation each. Any other w costs two, in one call of twice the rows
 * at most, so that a model is called with up to twice the {@code maxRows} of sampler or gateway; certificates count both. This is the
 * weight of {@code diffusers}' {@code guidance_scale} and of the usual networks' tables; Ho and Salimans' w (arXiv 2207.12598) is one less. D_w is in general the denoiser of no law, so that what
 * its flow ends in is the law of {@code dz/dln s = z - D_w} from the start and nothing else; where both branches are Gaussian
 * of one covariance it is that of the mean {@code m_u + w (m_c - m_u)}.
 */
public final class Guidance {
    private Guidance() {}

    /**
     * Guides a denoiser.
     *
     * @throws IllegalArgumentException if it knows no classes
     */
    public static Denoiser of(Denoiser denoiser) {
        return new Guided(requireClasses(denoiser));
    }

    /**
     * Guides an asynchronous denoiser; what it gives is asked for and cancelled with it.
     *
     * @throws IllegalArgumentException if it knows no classes
     */
    public static AsyncDenoiser of(AsyncDenoiser denoiser) {
        return new AsyncGuided(requireClasses(denoiser));
    }

    private static <D extends DenoiserInfo> D requireClasses(D denoiser) {
        Objects.requireNonNull(denoiser, "denoiser");
        if (denoiser.classes() == 0) {
            throw new InvalidArgumentException(
                    "classes",
                    "must be greater than 0 for guidance",
                    0,
                    "use the denoiser without guidance",
                    "state how many labels it knows");
        }
        return denoiser;
    }

    /** Both branches of the rows that need both: first all rows, then those again without a condition. */
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

    /** Writes D_w; {@code out} may be {@code answers}. */
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

    /** What both forms say of themselves. */
    private abstract static class About extends ForwardingInfo {
        About(DenoiserInfo about) {
            super(about);
        }

        @Override
        public boolean guides() {
            return true;
        }

        @Override
        public int evaluations(@Nullable Condition condition) {
            return (needsBoth(condition) ? 2 : 1) * super.evaluations(condition);
        }
    }

    private static final class Guided extends About implements Denoiser {
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

    private static final class AsyncGuided extends About implements AsyncDenoiser {
        private final AsyncDenoiser denoiser;

        AsyncGuided(AsyncDenoiser denoiser) {
            super(denoiser);
            this.denoiser = denoiser;
        }

        @Override
        public Publisher<double[]> denoise(Rows in) {
            return Later.of(() -> {
                Rows both = branches(in);
                return Later.mapped(denoiser.denoise(both), answers -> {
                    Later.requireLength(answers, both);
                    double[] out = new double[in.count() * in.dimension()];
                    combine(in, answers, out);
                    return out;
                });
            });
        }
    }
}
