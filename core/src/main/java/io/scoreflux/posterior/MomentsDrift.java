package io.scoreflux.posterior;

import io.scoreflux.internal.Kernels;
import io.scoreflux.model.ObservedDirections;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * The guided flow of scouts. In the notation of {@link MomentsTwist}, with {@code D_G = mean + G (z - mean)} and {@code u = M^-1 (y - A D_G)},
 * the gradient of {@code ln psi_s} is {@code G A' u}. Particles that follow
 *
 * <pre>
 * dz/dln s = z - D - V G A' u
 * dln w/dln s = -2 (D - D_G) . G A' u
 * </pre>
 *
 * represent {@code p_s psi_s} at each s, without a derivative of D. For Gaussian data D is D_G, and the weights do not vary. The flow alone, without
 * weights, is nearly that of {@link io.scoreflux.model.Observation#of(io.scoreflux.model.Denoiser)}.
 *
 * <p>A step takes O(m d) operations for m observed directions.
 */
final class MomentsDrift implements Drift {
    private final ObservedDirections directions;
    private final double[] mean;
    /** The observed values minus those of the mean. */
    private final double[] offset;

    private final Level[] levels;
    private final double[][] none = new double[0][];

    MomentsDrift(MomentsTwist twist, StepTable steps) {
        this.directions = twist.directions();
        this.mean = twist.mean();
        this.offset = new double[directions.count()];
        for (int i = 0; i < offset.length; i++) {
            offset[i] = directions.value(i) - directions.coordinate(i, mean, 0);
        }
        this.levels = new Level[steps.steps() + 1];
        for (int k = 0; k < levels.length; k++) {
            levels[k] = Level.of(twist, steps.level(k));
        }
    }

    /**
     * The matrices at one level.
     *
     * @param variance V
     * @param gained A G
     * @param released A G (I - G)
     * @param inverse M^-1
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Level(
            double variance, MomentsTwist.Product gained, MomentsTwist.Product released, double[] inverse) {

        static Level of(MomentsTwist twist, double s) {
            double v = s * s;
            DMatrixRMaj residual = twist.residual(v);
            DMatrixRMaj inverse = new DMatrixRMaj(residual.getNumRows(), residual.getNumRows());
            if (!CommonOps_DDRM.invertSPD(residual, inverse)) {
                throw new IllegalStateException("the covariance of the observation given the state has no inverse");
            }
            return new Level(
                    v,
                    twist.product(c -> MomentsTwist.gain(c, v)),
                    twist.product(c -> MomentsTwist.gain(c, v) * v / (c + v)),
                    inverse.data);
        }
    }

    @Override
    public ObservedDirections directions() {
        return directions;
    }

    @Override
    public int count() {
        return 0;
    }

    @Override
    public double[][] weights(int i) {
        return none;
    }

    @Override
    public double quantity(int i, int level, double coordinate) {
        return coordinate;
    }

    @Override
    public double coordinate(int i, int level, double quantity) {
        return quantity;
    }

    @Override
    public double evaluate(int level, double[] state, double[] answer, double[] coordinates, double[] forces) {
        Level at = levels[level];
        int m = offset.length;
        double[] centred = state.clone();
        Kernels.addScaled(centred, -1, mean);
        double[] residual = at.gained().times(centred);
        for (int i = 0; i < m; i++) {
            residual[i] = offset[i] - residual[i];
        }
        double[] u = new double[m];
        for (int i = 0; i < m; i++) {
            u[i] = Kernels.dot(at.inverse(), i * m, residual, 0, m);
        }
        double[] pull = at.gained().transposed(u);
        // D - D_G = (D - z) + (I - G) (z - mean)
        double along = Kernels.dot(pull, 0, answer, 0, answer.length)
                - Kernels.dot(pull, 0, state, 0, state.length)
                + Kernels.dot(at.released().times(centred), 0, u, 0, m);
        Kernels.addScaled(answer, at.variance(), pull);
        return -2 * along;
    }

    @Override
    public double logWeight() {
        return 0;
    }
}
