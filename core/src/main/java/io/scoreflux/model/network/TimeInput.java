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
    /** The schedule's time t; the index k of a {@link io.scoreflux.noise.DiscreteSchedule}. */
    T {
        @Override
        public double of(NoiseSchedule schedule, double sigma) {
            return schedule.time(sigma);
        }
    },
    /**
     * The timestep, not rounded: the index k of a {@link io.scoreflux.noise.DiscreteSchedule}, and 1000 t for other schedules, such as that of
     * flow networks.
     *
     * <p>Networks of a discrete chain (Ho et al. 2020, arXiv 2006.11239: betas from 1e-4 to 0.02) expect the index k = 0 to 999. With a
     * schedule of continuous time the value is slightly too large for them. {@link NoiseSchedule#vpLinear} with 0.1 and 20 has the noise levels
     * of k = 0, 1, 10, 100, 500 and 999 at 1000 t = 0.92, 1.86, 10.66, 100.61, 501.61 and 1003.38. The value is too large by 0.6 to 1 up to
     * k = 300 and by 4.4 at the end. Song's continuous VP networks (arXiv 2011.13456) expect 999 t, so for them the value is too large by 1 at
     * t = 1.
     *
     * <p>If the input has an integer type, the network is evaluated only at whole timesteps; {@link TensorDenoiser} describes this.
     */
    TIMESTEP {
        @Override
        public double of(NoiseSchedule schedule, double sigma) {
            return schedule.timestep(sigma);
        }
    },
    /** A quarter of the natural logarithm of the canonical noise level, c_noise of Karras et al. (arXiv 2206.00364, table 1). */
    QUARTER_LOG_SIGMA {
        @Override
        public double of(NoiseSchedule schedule, double sigma) {
            return 0.25 * StrictMath.log(sigma);
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
