package io.scoreflux.posterior;

import io.scoreflux.model.ObservedDirections;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;

/**
 * Measures the slopes of D along unconditional trajectories. Each trajectory moves all observed coordinates by {@code h = 1e-3 s} with random
 * signs; {@code e_i (D_i(z + h e) - D_i(z)) / h} has the mean dD_i/dz_i. Trajectories write to arrays of their own, so that any threads may run
 * them.
 */
final class SlopeProbe {
    private static final double STEP = 1e-3;

    private final ObservedDirections directions;
    private final double[][] signs;
    private final double[][][] slopes;

    SlopeProbe(ObservedDirections directions, int trajectories, int levels, long seed) {
        this.directions = directions;
        this.signs = new double[trajectories][directions.count()];
        this.slopes = new double[trajectories][levels][directions.count()];
        for (int j = 0; j < trajectories; j++) {
            NormalStream random = new NoiseSource(seed).normals(Purpose.SLOPE_PILOT, trajectories + j);
            for (int i = 0; i < directions.count(); i++) {
                signs[j][i] = random.uniform() < 0.5 ? -1 : 1;
            }
        }
    }

    /** Returns the state at which D is evaluated besides the state of a trajectory. */
    double[] moved(long index, double[] state, double sigma) {
        double[] moved = state.clone();
        for (int i = 0; i < directions.count(); i++) {
            directions.add(i, STEP * sigma * signs[(int) index][i], moved, 0);
        }
        return moved;
    }

    /** Receives D at the state and at the moved one, in two consecutive rows. */
    void record(long index, int level, double sigma, double[] values, int firstRow) {
        int at = firstRow * directions.dimension();
        for (int i = 0; i < directions.count(); i++) {
            double change = directions.coordinate(i, values, at + directions.dimension())
                    - directions.coordinate(i, values, at);
            slopes[(int) index][level][i] = signs[(int) index][i] * change / (STEP * sigma);
        }
    }

    /** Returns the mean slopes at the levels of the trajectories. */
    Slopes mean(StepTable steps) {
        int levels = steps.steps() + 1;
        double[] logs = new double[levels];
        double[][] mean = new double[levels][directions.count()];
        for (int k = 0; k < levels; k++) {
            logs[k] = StrictMath.log(steps.level(k));
            for (double[][] one : slopes) {
                for (int i = 0; i < mean[k].length; i++) {
                    mean[k][i] += one[k][i] / slopes.length;
                }
            }
        }
        return new Slopes(logs, mean);
    }
}
