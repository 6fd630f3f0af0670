package io.scoreflux;

import io.scoreflux.model.DivergenceDenoiser;
import io.scoreflux.state.Rows;
import io.scoreflux.internal.stream.BatchFunction;
import java.util.Arrays;

/** A denoiser's answers with their divergences. Rows have one number more than its states, which is ignored; the divergence is the last number of a value. */
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
