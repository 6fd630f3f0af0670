package io.scoreflux.quickstart;

import io.scoreflux.Sampler;
import io.scoreflux.model.Denoiser;
import io.scoreflux.solve.sliding.Sliding;

/** Prints ten samples of a Gaussian with mean 3 and standard deviation 0.5. */
public class Quickstart {
    public static void main(String[] args) {
        var denoiser = Denoiser.rowwise(1, (z, sigma, out) -> out[0] = 3 + 0.25 / (0.25 + sigma * sigma) * (z[0] - 3));
        var sampler = Sampler.builder(denoiser)
                .noiseRange(50, 0.001)
                .radius(0.5) // the root mean square distance of the data from their mean, the unit of the tolerance
                .solver(new Sliding(1e-8))
                .seed(42)
                .build();
        sampler.samples() // an endless, cold Flux
                .take(10)
                .subscribe(sample -> System.out.println(sample.values()[0] + " " + sample.certificate()));
    }
}
