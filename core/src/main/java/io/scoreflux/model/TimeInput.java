package io.scoreflux.model;

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
     * A thousand times the schedule's time, not rounded: for networks that were trained on a continuous t and take 1000 t, such as those of
     * flows. Others that speak of timesteps are told a little too much. Song's continuous VP networks (arXiv 2011.13456) take 999 t: at t
     * = 1 one too much. Networks of a discrete chain (Ho et al. 2020, arXiv 2006.11239: betas from 1e-4 to 0.02) take its index k = 0
     * to 999, whose noise level {@link NoiseSchedule#vpLinear} with 0.1 and 20 has at 1000 t = 0.92, 1.86, 10.66, 100.61, 501.61 and
     * 1003.38 for k = 0, 1, 10, 100, 500 and 999: 0.6 to 1 too much up to k = 300, 4.4 at the end. Have the file make its own number
     * of {@link #SIGMA} or {@link #T}.
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
