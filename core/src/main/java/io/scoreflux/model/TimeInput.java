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
    /** A thousand times the schedule's time, not rounded. */
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
