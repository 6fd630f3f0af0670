package io.scoreflux.model;

import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Optional;

/** A denoiser whose answers end in their divergence. */
final class WidenedDenoiser extends ForwardingInfo implements Denoiser {
    private final DivergenceDenoiser denoiser;

    WidenedDenoiser(DivergenceDenoiser denoiser) {
        super(denoiser);
        this.denoiser = denoiser;
    }

    @Override
    public int dimension() {
        return denoiser.dimension() + 1;
    }

    /** None: those of the denoiser are of another dimension. */
    @Override
    public Optional<Moments> moments() {
        return Optional.empty();
    }

    @Override
    public void denoise(Rows in, double[] out) {
        int d = denoiser.dimension();
        Rows narrow = new Rows(d, Math.max(1, in.count()));
        for (int row = 0; row < in.count(); row++) {
            narrow.append(in.values(), in.offset(row), in.sigma(row));
            narrow.condition(row, in.condition(row));
        }
        double[] answers = new double[in.count() * d];
        double[] divergence = new double[in.count()];
        Arrays.fill(answers, Double.NaN);
        Arrays.fill(divergence, Double.NaN);
        denoiser.denoise(narrow, answers, divergence);
        for (int row = 0; row < in.count(); row++) {
            System.arraycopy(answers, row * d, out, in.offset(row), d);
            out[in.offset(row) + d] = divergence[row];
        }
    }
}
