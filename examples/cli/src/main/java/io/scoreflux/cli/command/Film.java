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
 * How samples come about, drawn from a second pass over the few that are drawn: the samples that are delivered have no traces, so that neither
 * their calls nor their time depend on whether there is a film.
 */
final class Film {
    private final Path file;
    private final FilmStrip strip;
    private final long count;
    private final Function<Sampler, Flux<Trace>> traces;

    /**
     * A film.
     *
     * @param file where it goes
     * @param picture how images are drawn
     * @param count traces
     * @param traces those that are drawn, computed anew
     */
    Film(Path file, Picture picture, long count, Function<Sampler, Flux<Trace>> traces) {
        this.file = file;
        this.strip = new FilmStrip(picture);
        this.count = count;
        this.traces = traces;
    }

    /** The picture, drawn at the end. */
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

    /** The denoised images on the way, and at the end the sample, unless it failed. */
    private static List<double[]> frames(Trace trace) {
        List<double[]> frames = new ArrayList<>();
        trace.points().forEach(point -> frames.add(point.denoised()));
        if (!trace.sample().failed()) {
            frames.set(frames.size() - 1, trace.sample().values());
        }
        return frames;
    }
}
