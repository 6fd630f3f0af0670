package io.scoreflux.benchmarks.network;

import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DivergenceDenoiser;
import io.scoreflux.state.Rows;
import java.util.Arrays;

/**
 * The exact trace of a network's Jacobian, by central differences along all coordinates. Each row takes 2 d + 1 rows of the network.
 *
 * @param network the network
 * @param step the step of a difference, in units of the noise level
 */
record CoordinateDivergence(Denoiser network, double step) implements DivergenceDenoiser {
    @Override
    public int dimension() {
        return network.dimension();
    }

    @Override
    public int classes() {
        return network.classes();
    }

    @Override
    public double rounding() {
        return network.rounding();
    }

    @Override
    public void denoise(Rows in, double[] out) {
        network.denoise(in, out);
    }

    @Override
    public void denoise(Rows in, double[] out, double[] divergence) {
        network.denoise(in, out);
        int d = dimension();
        double[] answers = new double[2 * d * d];
        for (int row = 0; row < in.count(); row++) {
            double s = in.sigma(row);
            double h = step * s;
            Rows sides = new Rows(d, 2 * d);
            double[] z = Arrays.copyOfRange(in.values(), in.offset(row), in.offset(row) + d);
            for (int i = 0; i < d; i++) {
                double middle = z[i];
                z[i] = middle + h;
                sides.append(z, 0, s);
                z[i] = middle - h;
                sides.append(z, 0, s);
                z[i] = middle;
            }
            sides.condition(0, in.condition(row));
            network.denoise(sides, answers);
            double sum = 0;
            for (int i = 0; i < d; i++) {
                sum += answers[2 * i * d + i] - answers[(2 * i + 1) * d + i];
            }
            divergence[row] = sum / (2 * h);
        }
    }
}
