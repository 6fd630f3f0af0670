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

    /**
     * Returns the name of the schedule: {@code ve}, {@code vp-linear}, {@code vp-cosine}, {@code flow}, {@code edm} or {@code discrete}. Target
     * files use these names, except {@code discrete}.
     */
    String name();

    /** Returns the signal scale {@code alpha_t} at the canonical noise level {@code sigma}. */
    double alpha(double sigma);

    /** Returns the time {@code t} at which the canonical noise level is {@code sigma}. */
    double time(double sigma);

    /** Returns the canonical noise level {@code s = sigma_t / alpha_t} at time {@code time}. */
    double sigma(double time);

    /** Returns the largest canonical noise level of the process, possibly infinite. */
    double maxSigma();

    /** Returns the smallest canonical noise level of the process. Defaults to 0. */
    default double minSigma() {
        return 0;
    }

    /**
     * Returns the timestep at which the canonical noise level is {@code sigma}: the number that networks take which count steps. Defaults to
     * {@code 1000 t}; for a {@link DiscreteSchedule} it is the index.
     */
    default double timestep(double sigma) {
        return 1000 * time(sigma);
    }

    /** Returns the canonical noise level at a {@link #timestep}. */
    default double ofTimestep(double timestep) {
        return sigma(timestep / 1000);
    }

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

    /**
     * Returns the variance-exploding process with inputs scaled to unit variance (Karras et al. 2022, arXiv 2206.00364, table 1):
     * {@code alpha = 1 / sqrt(s^2 + sigmaData^2)}, t = s. It is meant for networks F that are exported without their preconditioning.
     *
     * @param sigmaData the standard deviation of the data, positive; usually 0.5
     */
    static NoiseSchedule edm(double sigmaData) {
        return new Schedules.Edm(Require.positive("sigmaData", sigmaData));
    }
}
