package io.scoreflux.quickstart;

import io.scoreflux.Sampler;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.stream.Stage;
import reactor.core.scheduler.Schedulers;

/** The example of additional stages in docs/get-started.md. */
public final class OwnStages {
    private OwnStages() {}

    /** Keeps only the samples of the right-hand mode, which half of the noise range determines, and prints three of them. */
    public static void main(String[] args) {
        var mixture = GaussianMixture.builder(2)
                .component(0.5, new double[] {1.0, 0.0}, 0.1)
                .component(0.5, new double[] {-1.0, 0.0}, 0.1)
                .build();
        // PAGE
        var sampler = Sampler.builder(mixture)
                .noiseRange(20, 0.01)
                .stages(4)
                .afterStage(1, Stage.filter(t -> t.z(0) > 0)) // drops the trajectories of the left mode halfway
                .afterStage(2, Stage.observe(t -> System.out.println(t.index() + " is at sigma " + t.sigma())))
                .afterStage(2, Stage.publishOn(Schedulers.parallel())) // the last stage runs on other threads
                .build();
        // PAGE
        sampler.samples()
                .take(3)
                .doOnNext(sample -> System.out.println(sample.index() + " ends at " + sample.values()[0]))
                .blockLast();
    }
}
