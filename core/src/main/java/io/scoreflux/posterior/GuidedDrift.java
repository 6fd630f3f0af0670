package io.scoreflux.posterior;

import io.scoreflux.model.ObservedDirections;
import org.jspecify.annotations.Nullable;

/**
 * The guided flow. The factor of the observation is {@code psi_s(z) = prod_i N(y_i; z_i, G_i(s))}. With {@code l_i = (y_i - z_i) / G_i},
 * {@code sc_i = (D_i - z_i) / s^2} and {@code G'_i = -dG_i / d(s^2)}, particles that follow
 *
 * <pre>
 * dz/dln s = z - D - 2 s^2 sum_i v_i (beta_i l_i + a_i)
 * dln w/dln s = -2 s^2 sum_i [(1/2 + beta_i) sc_i l_i + (beta_i + G'_i/2) (l_i^2 - 1/G_i) + a_i (sc_i + l_i)]
 * </pre>
 *
 * represent {@code p_s psi_s} at each s for any numbers beta_i and a_i. Here they are those for which weights do not vary where p_s is
 * Gaussian with the slopes g_i of D. The terms {@code G'_i / G_i} are integrated exactly.
 */
final class GuidedDrift implements Drift {
    private final ObservedDirections directions;
    private final double[][] weights;
    private final double[] levels;
    private final double[][] gap;
    private final double[][] gapSlope;
    private final double[][] beta;
    private final double[][] shift;
    private final double logWeight;

    /** Creates the drift on the levels of a leg. {@code centre} has the means of the data in the directions, or is null for no shift. */
    GuidedDrift(AnnealedTwist twist, Slopes slopes, double @Nullable [] centre, StepTable steps) {
        this.directions = twist.directions();
        this.weights = steps.weights(StepTable::free);
        int m = directions.count();
        int n = steps.steps() + 1;
        this.levels = new double[n];
        this.gap = new double[n][m];
        this.gapSlope = new double[n][m];
        this.beta = new double[n][m];
        this.shift = new double[n][m];
        double logs = 0;
        for (int k = 0; k < n; k++) {
            double s = steps.level(k);
            levels[k] = s;
            for (int i = 0; i < m; i++) {
                double g = twist.gap(i, s);
                double slope = twist.slope(i, s);
                double variance = s * s / (1 - slopes.at(i, s));
                double sum = variance + g;
                gap[k][i] = g;
                gapSlope[k][i] = slope;
                beta[k][i] = 0.5 * (g * (slope - 1) / sum - slope);
                if (centre != null) {
                    shift[k][i] = (directions.value(i) - centre[i]) * variance * (1 - slope) / (2 * sum * sum);
                }
            }
        }
        for (int i = 0; i < m; i++) {
            logs -= 0.5 * StrictMath.log(gap[n - 1][i] / gap[0][i]);
        }
        this.logWeight = logs;
    }

    @Override
    public ObservedDirections directions() {
        return directions;
    }

    @Override
    public double[][] weights(int i) {
        return weights;
    }

    @Override
    public double quantity(int i, int level, double coordinate) {
        return coordinate / levels[level];
    }

    @Override
    public double coordinate(int i, int level, double quantity) {
        return quantity * levels[level];
    }

    @Override
    public double evaluate(int level, double[] state, double[] answer, double[] coordinates, double[] forces) {
        double twice = 2 * levels[level] * levels[level];
        double growth = 0;
        for (int i = 0; i < forces.length; i++) {
            double b = beta[level][i];
            double a = shift[level][i];
            double g = gap[level][i];
            double pull = (directions.value(i) - coordinates[i]) / g;
            double denoised = directions.coordinate(i, answer, 0);
            double score = 2 * (denoised - coordinates[i]) / twice;
            forces[i] = denoised + twice * (b * pull + a);
            growth -= twice
                    * ((0.5 + b) * score * pull
                            + (b + 0.5 * gapSlope[level][i]) * pull * pull
                            - b / g
                            + a * (score + pull));
        }
        return growth;
    }

    @Override
    public double logWeight() {
        return logWeight;
    }
}
