package io.scoreflux.recipes;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** Samples as a source of Pekko Streams. */
public final class PekkoRecipe {
    private PekkoRecipe() {}

    /**
     * The samples of a range. The demand of the stream reaches the sampler. Pekko requests up to
     * {@code pekko.stream.materializer.max-input-buffer-size} samples ahead, 16 by default.
     */
    public static Source<Sample, NotUsed> samples(Sampler sampler, long from, long to) {
        return Source.fromPublisher(sampler.samples(from, to));
    }
}
