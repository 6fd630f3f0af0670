package io.scoreflux.noise;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;

/**
 * A Gaussian noising process {@code x_t = alpha_t x_0 + sigma_t n}. The canonical form is {@code z = x_0 + s n} with
 * {@code z = x_t / alpha_t} and {@code s = sigma_t / alpha_t}.
 *
 * <p>The library works on (z, s). A schedule converts them to the input of a network that was trained on (x_t, t). Where possible,
 * functions take the canonical {@code s > 0} to avoid cancellation: {@code alpha_t} of a variance-preserving process is
 * {@code 1 / sqrt(1 + s^2)}, never {@code sqrt(1 - sigma_t^2)}.
 */
public interface NoiseSchedule {

    /** Returns the name of the schedule in target files: {@code ve}, {@code vp-linear}, {@code vp-cosine} or {@code flow}. */
    String name();

    /** Returns the signal scale {@code alpha_t} at the canonical noise level {@code sigma}. */
    double alpha(double sigma);

    /** Returns the time {@code t} at which the canonical noise level is {@code sigma}. */
    double time(double sigma);

    /** Returns the canonical noise level {@code s = sigma_t / alpha_t} at time {@code time}. */
    double sigma(double time);

    /** Returns the largest canonical noise level of the process, possibly infinite. */
    double maxSigma();

    /** Returns the variance-exploding schedule (Karras et al. 2022, arXiv 2206.00364): alpha = 1, sigma_t = t. */
    static NoiseSchedule ve() {
        return Schedules.VE;
    }

    /**
     * Returns a variance-preserving schedule with a linear rate (Song et al. 2021, arXiv 2011.13456), t in (0, 1]:
     * {@code s^2 = expm1(betaMin t + (betaMax - betaMin) t^2 / 2)}.
     *
     * @param betaMin the rate at t = 0, positive; usually 0.1
     * @param betaMax the rate at t = 1, at least betaMin; usually 20
     */
    static NoiseSchedule vpLinear(double betaMin, double betaMax) {
        Require.positive("betaMin", betaMin);
        if (!(betaMax >= betaMin) || Double.isInfinite(betaMax)) {
            throw new InvalidArgumentException(
                    "betaMax", "must be finite and at least {betaMin}, which was " + Violation.text(betaMin), betaMax);
        }
        return new Schedules.VpLinear(betaMin, betaMax);
    }

    /** Returns the variance-preserving schedule with alpha = cos(pi t / 2), t in (0, 1) (after Nichol and Dhariwal 2021, arXiv 2102.09672). */
    static NoiseSchedule vpCosine() {
        return Schedules.VP_COSINE;
    }

    /** Returns the schedule of flow matching on straight lines (Lipman et al. 2023, arXiv 2210.02747): alpha = 1 - t, sigma_t = t, t in (0, 1). */
    static NoiseSchedule flow() {
        return Schedules.FLOW;
    }
}
