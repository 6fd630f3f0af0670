package io.scoreflux.model.network;

import io.scoreflux.noise.NoiseSchedule;

/** The quantity that a network's time input expects. */
public enum TimeInput {
    /** The canonical noise level sigma_t / alpha_t. */
    SIGMA {
        @Override
        public double of(NoiseSchedule schedule, double sigma) {
            return sigma;
        }
    },
    /** The natural logarithm of the canonical noise level. */
    LOG_SIGMA {
        @Override
        public double of(NoiseSchedule schedule, double sigma) {
            return StrictMath.log(sigma);
        }
    },
    /** The schedule's time t. */
    T {
        @Override
        public double of(NoiseSchedule schedule, double sigma) {
            return schedule.time(sigma);
        }
    },
    /**
     * A thousand times the schedule's time, not rounded. It is meant for networks that were trained on a continuous t and expect 1000 t, such as
     * flow networks.
     *
     * <p>For other networks with timesteps the value is slightly too large. Song's continuous VP networks (arXiv 2011.13456) expect 999 t, so the
     * value is too large by 1 at t = 1. Networks of a discrete chain (Ho et al. 2020, arXiv 2006.11239: betas from 1e-4 to 0.02) expect the
     * index k = 0 to 999. {@link NoiseSchedule#vpLinear} with 0.1 and 20 has the noise levels of k = 0, 1, 10, 100, 500 and 999 at
     * 1000 t = 0.92, 1.86, 10.66, 100.61, 501.61 and 1003.38. The value is too large by 0.6 to 1 up to k = 300 and by 4.4 at the end. Export
     * such a network with a conversion from {@link #SIGMA} or {@link #T} inside the model.
     */
    TIMESTEP {
        @Override
        public double of(NoiseSchedule schedule, double sigma) {
            return 1000 * schedule.time(sigma);
        }
    };

    /**
     * Returns the time input for a canonical noise level.
     *
     * @param schedule the noising process that the network was trained on
     * @param sigma the canonical noise level, positive
     */
    public abstract double of(NoiseSchedule schedule, double sigma);
}
