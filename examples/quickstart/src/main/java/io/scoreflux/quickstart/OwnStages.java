package io.scoreflux.quickstart;

import io.scoreflux.Sampler;
import io.scoreflux.model.GaussianMixture;
import reactor.core.scheduler.Schedulers;

/** The README's example of stages of one's own. */
public final class OwnStages {
    private OwnStages() {}

    /** Keeps the samples of the right-hand mode only, decided after half of the way, and prints three. */
    public static void main(String[] args) {
        var mixture = GaussianMixture.builder(2)
                .component(0.5, new double[] {1.0, 0.0}, 0.1)
                .component(0.5, new double[] {-1.0, 0.0}, 0.1)
                .build();
        // README
        var sampler = Sampler.builder(mixture)
                .noiseRange(20, 0.01)
                .stages(4)
                .after(1, flux -> flux.filter(t -> t.z()[0] > 0)) // a filter: half are given up after half of the way
                .after(2, flux -> flux.doOnNext(t -> System.out.println(t.index() + " is at sigma " + t.sigma())))
                .after(2, flux -> flux.publishOn(Schedulers.parallel(), 1)) // a hand-off to other threads
                .build();
        // README
        sampler.samples()
                .take(3)
                .doOnNext(sample -> System.out.println(sample.index() + " ends at " + sample.values()[0]))
                .blockLast();
    }
}
