package io.scoreflux;

import io.scoreflux.internal.stream.BatchFunction;
import io.scoreflux.model.DivergenceDenoiser;
import io.scoreflux.state.Rows;
import java.util.Arrays;

/**
 * A batch function that returns the values of a denoiser with their divergences. A row has one number more than a state of the denoiser,
 * which is ignored. The last number of a value is the divergence.
 */
record DivergenceFunction(DivergenceDenoiser denoiser) implements BatchFunction {
    @Override
    public void evaluate(Rows in, double[] out) {
        int d = denoiser.dimension();
        Rows states = new Rows(d, Math.max(1, in.count()));
        for (int row = 0; row < in.count(); row++) {
            states.append(in.values(), in.offset(row), in.sigma(row));
            states.condition(row, in.condition(row));
        }
        double[] answers = new double[in.count() * d];
        double[] divergence = new double[in.count()];
        Arrays.fill(answers, Double.NaN);
        Arrays.fill(divergence, Double.NaN);
        denoiser.denoise(states, answers, divergence);
        for (int row = 0; row < in.count(); row++) {
            System.arraycopy(answers, row * d, out, in.offset(row), d);
            out[in.offset(row) + d] = divergence[row];
        }
    }
}
