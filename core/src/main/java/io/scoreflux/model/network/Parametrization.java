package io.scoreflux.model.network;

/**
 * The quantity that a network predicts from {@code x_t = alpha x_0 + sigma n}, and its conversion to the denoiser.
 *
 * <p>Each conversion is {@code D = a x_t + b f}, where f is the output of the network. It follows from
 * {@code x_0 = (x_t - sigma n) / alpha}. With s = sigma / alpha:
 *
 * <ul>
 *   <li>denoised f = x_0: {@code D = f}
 *   <li>epsilon f = n: {@code D = x_t / alpha - s f}
 *   <li>v f = alpha n - sigma x_0: {@code D = (alpha x_t - sigma f) / (alpha^2 + sigma^2)}
 *   <li>flow f = n - x_0: {@code D = (x_t - sigma f) / (alpha + sigma)}
 *   <li>score f = grad log p_t(x_t): {@code D = x_t / alpha + sigma s f}
 *   <li>edm f = F: {@code D = (1 - sigma^2) x_t / alpha + s sqrt(1 - sigma^2) f}
 * </ul>
 */
public enum Parametrization {
    /** The clean data x_0. */
    DENOISED {
        @Override
        public double ofState(double alpha, double s) {
            return 0;
        }

        @Override
        public double ofOutput(double alpha, double s) {
            return 1;
        }
    },
    /** The noise n (Ho et al. 2020, arXiv 2006.11239). */
    EPSILON {
        @Override
        public double ofState(double alpha, double s) {
            return 1 / alpha;
        }

        @Override
        public double ofOutput(double alpha, double s) {
            return -s;
        }
    },
    /** v = alpha n - sigma x_0 (Salimans and Ho 2022, arXiv 2202.00512). */
    V {
        @Override
        public double ofState(double alpha, double s) {
            return 1 / (alpha * (1 + s * s));
        }

        @Override
        public double ofOutput(double alpha, double s) {
            return -s / (alpha * (1 + s * s));
        }
    },
    /** The velocity n - x_0 of the flow (Lipman et al. 2023, arXiv 2210.02747). */
    FLOW {
        @Override
        public double ofState(double alpha, double s) {
            return 1 / (alpha * (1 + s));
        }

        @Override
        public double ofOutput(double alpha, double s) {
            return -s / (1 + s);
        }
    },
    /** The score of x_t (Song et al. 2021, arXiv 2011.13456). */
    SCORE {
        @Override
        public double ofState(double alpha, double s) {
            return 1 / alpha;
        }

        @Override
        public double ofOutput(double alpha, double s) {
            return alpha * s * s;
        }
    },
    /**
     * F of the preconditioning {@code D = c_skip z + c_out F(c_in z)} (Karras et al. 2022, arXiv 2206.00364, table 1), for
     * {@link io.scoreflux.noise.NoiseSchedule#edm}: {@code c_in = alpha}, {@code c_skip = 1 - sigma^2}, {@code c_out = s sqrt(1 - sigma^2)}
     * with {@code sigma = alpha s}.
     */
    EDM {
        @Override
        public double ofState(double alpha, double s) {
            return (1 - alpha * alpha * s * s) / alpha;
        }

        @Override
        public double ofOutput(double alpha, double s) {
            return s * Math.sqrt(1 - alpha * alpha * s * s);
        }
    };

    /**
     * Returns the factor a of x_t.
     *
     * @param alpha the schedule's signal scale, positive
     * @param s the canonical noise level, positive
     */
    public abstract double ofState(double alpha, double s);

    /**
     * Returns the factor b of the network's output.
     *
     * @param alpha the schedule's signal scale, positive
     * @param s the canonical noise level, positive
     */
    public abstract double ofOutput(double alpha, double s);
}
