package io.scoreflux.benchmarks.engine;

import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.state.Rows;
import java.util.Optional;

/** Counts calls and rows, and adds up their time. Not thread-safe. */
final class MeteredDenoiser implements Denoiser {
    private final Denoiser denoiser;
    private long calls;
    private long rows;
    private long nanos;

    MeteredDenoiser(Denoiser denoiser) {
        this.denoiser = denoiser;
    }

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
        long before = System.nanoTime();
        denoiser.denoise(in, out);
        nanos += System.nanoTime() - before;
        calls++;
        rows += in.count();
    }

    long calls() {
        return calls;
    }

    long rows() {
        return rows;
    }

    long nanos() {
        return nanos;
    }
}
