package io.scoreflux.model.network;

import io.scoreflux.noise.NoiseSchedule;

/** What a network's time input carries. */
public enum TimeInput {
    /** The canonical noise level sigma_t / alpha_t. */
    SIGMA {
        @Override
        public double of(NoiseSchedule schedule, double sigma) {
            return sigma;
        }
    },
    /** Its natural logarithm. */
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
     * A thousand times the schedule's time, not rounded: for networks that were trained on a continuous t and take 1000 t, such as flow
     * networks. For other networks with timesteps the value is slightly too large. Song's continuous VP networks (arXiv 2011.13456) take
     * 999 t: the value is too large by 1 at t = 1. Networks of a discrete chain (Ho et al. 2020, arXiv 2006.11239: betas from 1e-4 to 0.02)
     * take its index k = 0 to 999. {@link NoiseSchedule#vpLinear} with 0.1 and 20 has the noise levels of k = 0, 1, 10, 100, 500 and 999 at
     * 1000 t = 0.92, 1.86, 10.66, 100.61, 501.61 and 1003.38: the value is too large by 0.6 to 1 up to k = 300 and by 4.4 at the end. Export
     * such a network with its own conversion from {@link #SIGMA} or {@link #T}.
     */
    TIMESTEP {
        @Override
        public double of(NoiseSchedule schedule, double sigma) {
            return 1000 * schedule.time(sigma);
        }
    };

    /**
     * The number for a canonical noise level.
     *
     * @param schedule the process that the network was trained on
     * @param sigma positive
     */
    public abstract double of(NoiseSchedule schedule, double sigma);
}
