package io.scoreflux.cli.command;

import io.scoreflux.Sampler;
import io.scoreflux.Trace;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Drawings.Drawing;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.evaluation.plot.FilmStrip;
import io.scoreflux.evaluation.plot.Picture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * Draws the denoised images along the trajectories of the first samples. It computes these samples a second time, so that neither the calls
 * nor the time of the delivered samples depend on the film.
 */
final class Film {
    private final Path file;
    private final FilmStrip strip;
    private final long count;
    private final Function<Sampler, Flux<Trace>> traces;

    /**
     * A film.
     *
     * @param file the file of the film
     * @param picture how images are drawn
     * @param count number of traces
     * @param traces computes the traces
     */
    Film(Path file, Picture picture, long count, Function<Sampler, Flux<Trace>> traces) {
        this.file = file;
        this.strip = new FilmStrip(picture);
        this.count = count;
        this.traces = traces;
    }

    /** The drawing, which is made after all traces. */
    Drawing drawing() {
        return new Drawing("--film", file, strip::image);
    }

    /** Computes the traces. */
    void shoot(Sampler sampler, Console console, boolean quiet) {
        try (Progress progress = Progress.of(console.err(), count, "rows of the film", quiet)) {
            traces.apply(sampler)
                    .doOnNext(trace -> {
                        strip.add(frames(trace));
                        progress.step();
                    })
                    .blockLast();
        }
    }

    /** The denoised image at the start of each stage, and the sample as the last frame unless it failed. */
    private static List<double[]> frames(Trace trace) {
        List<double[]> frames = new ArrayList<>();
        trace.points().forEach(point -> frames.add(point.denoised()));
        if (!trace.sample().failed()) {
            frames.set(frames.size() - 1, trace.sample().values());
        }
        return frames;
    }
}
