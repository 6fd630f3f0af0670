package io.scoreflux.model.onnx;

import io.scoreflux.noise.NoiseSchedule;

/** What a network's time input carries. */
public enum TimeInput {
    /** The canonical noise level sigma_t / alpha_t. */
    SIGMA {
        @Override
        double of(NoiseSchedule schedule, double sigma) {
            return sigma;
        }
    },
    /** Its natural logarithm. */
    LOG_SIGMA {
        @Override
        double of(NoiseSchedule schedule, double sigma) {
            return StrictMath.log(sigma);
        }
    },
    /** The schedule's time t. */
    T {
        @Override
        double of(NoiseSchedule schedule, double sigma) {
            return schedule.time(sigma);
        }
    },
    /** A thousand times the schedule's time, not rounded. */
    TIMESTEP {
        @Override
        double of(NoiseSchedule schedule, double sigma) {
            return 1000 * schedule.time(sigma);
        }
    };

    /** The number for a canonical noise level. */
    abstract double of(NoiseSchedule schedule, double sigma);
}
