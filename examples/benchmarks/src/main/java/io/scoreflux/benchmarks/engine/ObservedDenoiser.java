package io.scoreflux.benchmarks.engine;

import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.state.Rows;
import java.util.Optional;
import java.util.function.Consumer;

/** A denoiser that passes the rows of each call to {@code before} and then evaluates them. */
record ObservedDenoiser(Denoiser denoiser, Consumer<Rows> before) implements Denoiser {

    @Override
    public int dimension() {
        return denoiser.dimension();
    }

    @Override
    public Optional<Moments> moments() {
        return denoiser.moments();
    }

    @Override
    public void denoise(Rows in, double[] out) {
        before.accept(in);
        denoiser.denoise(in, out);
    }
}
