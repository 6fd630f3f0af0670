package io.scoreflux.posterior;

import io.scoreflux.model.ObservedDirections;
import java.util.HashMap;
import java.util.Map;

/**
 * The exact flow of the states given the observation, if the noise of the observation is that of the diffusion at the levels T_i:
 *
 * <pre>
 * dz/dln s = z - D + s^2 sum_i v_i (y_i - z_i) / (T_i^2 - s^2),   s &lt; T_i.
 * </pre>
 *
 * Above s, the state is a Brownian bridge that ends at y_i. The plus sign releases on the way down what the bridge holds. In the direction i,
 * {@code w = (z_i - y_i) / (s sqrt(T_i^2 - s^2))} obeys {@code dw/dc = D_i - y_i}. Weights do not change.
 */
final class BridgeDrift implements Drift {
    private final ObservedDirections directions;
    private final double[][][] weights;
    /** {@code s sqrt(T_i^2 - s^2)} at [level][i]. */
    private final double[][] scale;

    /**
     * Creates the drift on the levels of a leg.
     *
     * @param noise the levels T_i, above the start of the leg
     */
    BridgeDrift(ObservedDirections directions, double[] noise, StepTable steps) {
        this.directions = directions;
        this.weights = new double[noise.length][][];
        Map<Double, double[][]> known = new HashMap<>();
        for (int i = 0; i < noise.length; i++) {
            weights[i] = known.computeIfAbsent(noise[i], t -> steps.weights(StepTable.bridge(t)));
        }
        this.scale = new double[steps.steps() + 1][noise.length];
        for (int k = 0; k < scale.length; k++) {
            double s = steps.level(k);
            for (int i = 0; i < noise.length; i++) {
                scale[k][i] = s * Math.sqrt((noise[i] - s) * (noise[i] + s));
            }
        }
    }

    @Override
    public ObservedDirections directions() {
        return directions;
    }

    @Override
    public double[][] weights(int i) {
        return weights[i];
    }

    @Override
    public double quantity(int i, int level, double coordinate) {
        return (coordinate - directions.value(i)) / scale[level][i];
    }

    @Override
    public double coordinate(int i, int level, double quantity) {
        return directions.value(i) + quantity * scale[level][i];
    }

    @Override
    public double evaluate(int level, double[] state, double[] answer, double[] coordinates, double[] forces) {
        for (int i = 0; i < forces.length; i++) {
            forces[i] = directions.coordinate(i, answer, 0) - directions.value(i);
        }
        return 0;
    }

    @Override
    public double logWeight() {
        return 0;
    }
}
