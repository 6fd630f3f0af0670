package io.scoreflux.noise;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;

/**
 * A Gaussian noising process {@code x_t = alpha_t x_0 + sigma_t n}, tied to the canonical form {@code z = x_0 + s n} by
 * {@code z = x_t / alpha_t} and {@code s = sigma_t / alpha_t}.
 *
 * <p>Everything inside scoreflux works on (z, s); a schedule only says what a network that was trained on (x_t, t) must be
 * given. All functions take the canonical {@code s > 0} where they can, so that nothing is formed by subtracting
 * near-equal numbers: {@code alpha_t} of a variance-preserving process is {@code 1 / sqrt(1 + s^2)}, never
 * {@code sqrt(1 - sigma_t^2)}.
 */
public interface NoiseSchedule {

    /** The schedule's name in target files: {@code ve}, {@code vp-linear}, {@code vp-cosine} or {@code flow}. */
    String name();

    /** The signal scale {@code alpha_t} at canonical noise level {@code sigma}. */
    double alpha(double sigma);

    /** The time {@code t} at which the canonical noise level is {@code sigma}. */
    double time(double sigma);

    /** The canonical noise level {@code s = sigma_t / alpha_t} at time {@code time}. */
    double sigma(double time);

    /** The largest canonical noise level that the process reaches, possibly infinite. */
    double maxSigma();

    /** Variance exploding (Karras et al. 2022, arXiv 2206.00364): alpha = 1, sigma_t = t. */
    static NoiseSchedule ve() {
        return Schedules.VE;
    }

    /**
     * Variance preserving with a linear rate (Song et al. 2021, arXiv 2011.13456), t in (0, 1]:
     * {@code s^2 = expm1(betaMin t + (betaMax - betaMin) t^2 / 2)}.
     *
     * @param betaMin rate at t = 0, positive; 0.1 is usual
     * @param betaMax rate at t = 1, at least betaMin; 20 is usual
     */
    static NoiseSchedule vpLinear(double betaMin, double betaMax) {
        Require.positive("betaMin", betaMin);
        if (!(betaMax >= betaMin) || Double.isInfinite(betaMax)) {
            throw new InvalidArgumentException(
                    "betaMax", "must be finite and at least {betaMin}, which was " + Violation.text(betaMin), betaMax);
        }
        return new Schedules.VpLinear(betaMin, betaMax);
    }

    /** Variance preserving with alpha = cos(pi t / 2), t in (0, 1) (after Nichol and Dhariwal 2021, arXiv 2102.09672). */
    static NoiseSchedule vpCosine() {
        return Schedules.VP_COSINE;
    }

    /** Flow matching on straight lines (Lipman et al. 2023, arXiv 2210.02747): alpha = 1 - t, sigma_t = t, t in (0, 1). */
    static NoiseSchedule flow() {
        return Schedules.FLOW;
    }
}
