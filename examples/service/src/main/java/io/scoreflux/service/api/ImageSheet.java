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

/**
 * Several samples as one picture. The place of a failed sample is crossed out.
 *
 * @param png the picture
 * @param failed the number of failed samples
 */
@SuppressWarnings("ArrayRecordComponent") // Written, never compared.
record ImageSheet(byte[] png, long failed) {
    private static final int MOST = 100;

    /** The picture of a query to a model whose samples are images. */
    static Mono<ImageSheet> of(Model model, SampleQuery query, SampleStreams streams, String client) {
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
                .map(samples -> new ImageSheet(
                        png(Objects.requireNonNull(model.picture()), samples),
                        samples.stream().filter(Sample::failed).count()));
    }

    private static byte[] png(Picture picture, List<Sample> samples) {
        Plot grid = Plot.of(picture.height() * picture.width(), picture);
        double[] cross = cross(picture);
        samples.forEach(sample -> grid.add(sample.failed() ? cross : sample.values()));
        return SampleImages.png(grid.image());
    }

    /** Both diagonals. */
    private static double[] cross(Picture picture) {
        int height = picture.height();
        int width = picture.width();
        double[] cross = new double[height * width];
        Arrays.fill(cross, picture.paper());
        int steps = Math.max(height, width);
        for (int k = 0; k < steps; k++) {
            int row = k * height / steps;
            int column = k * width / steps;
            cross[row * width + column] = picture.ink();
            cross[row * width + width - 1 - column] = picture.ink();
        }
        return cross;
    }
}
