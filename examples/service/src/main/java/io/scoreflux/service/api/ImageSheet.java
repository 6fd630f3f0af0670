package io.scoreflux.service.api;

import io.scoreflux.Sample;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.evaluation.plot.Plot;
import io.scoreflux.spring.Model;
import io.scoreflux.spring.SampleImages;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Several samples as one picture. */
final class ImageSheet {
    private static final int MOST = 100;

    private ImageSheet() {}

    /** The picture of a query to a model whose samples are images. */
    static Mono<byte[]> of(Model model, SampleQuery query, SampleStreams streams, String client) {
        if (query.count() > MOST) {
            throw RequestException.invalid(
                    "count",
                    "count must be at most " + MOST + " for a picture, was "
                            + (query.isUnlimited() ? "unlimited" : query.count()));
        }
        return streams.open(model, query, client)
                .completeSamples()
                .publishOn(Schedulers.boundedElastic(), 1)
                .collectList()
                .map(samples -> png(Objects.requireNonNull(model.picture()), samples));
    }

    private static byte[] png(Picture picture, List<Sample> samples) {
        Plot grid = Plot.of(picture.height() * picture.width(), picture);
        double[] blank = new double[picture.height() * picture.width()];
        Arrays.fill(blank, picture.paper());
        samples.forEach(sample -> grid.add(sample.failed() ? blank : sample.values()));
        return SampleImages.png(grid.image());
    }
}
