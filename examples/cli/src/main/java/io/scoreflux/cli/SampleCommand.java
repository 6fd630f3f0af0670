package io.scoreflux.cli;

import io.scoreflux.Trace;
import io.scoreflux.cli.Delivery.Request;
import io.scoreflux.cli.Drawings.Drawing;
import io.scoreflux.cli.plot.FilmStrip;
import io.scoreflux.cli.plot.Picture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Samples from noise. */
@Command(
        name = "sample",
        description = "Makes samples of a target from noise.",
        footer = OutputHelp.TEXT,
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class SampleCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--renoise",
            paramLabel = "INPUTS.csv",
            converter = FileName.class,
            description =
                    "Starts sample k from row k with noise of --from-sigma added, as image to image does: the less noise, the"
                            + " more of the input stays")
    @Nullable
    private Path renoise;

    @Option(
            names = "--film",
            paramLabel = "FILE.png",
            converter = FileName.class,
            description = "Targets of images: draws how the first " + FilmStrip.MOST_ROWS
                    + " samples come about, a row each: what the denoiser makes of the state at the start of each of the --stages,"
                    + " and the sample. Costs a call for each stage and one more, which calls counts")
    @Nullable
    private Path film;

    @Mixin
    private final RunOptions options = new RunOptions();

    SampleCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        OptionRules.picture("--film", film);
        options.checkOutput("--film", film);
        Path inputs = renoise;
        if (inputs != null && options.fromSigma == null && options.plan == null) {
            throw new UserError(
                    "--renoise takes --from-sigma, how much noise to add; the default would leave nothing of the inputs");
        }
        if (inputs != null) {
            options.requireOneClass("--renoise");
            if (film != null) {
                throw new UserError("--film shows the way from noise; leave out --film or --renoise");
            }
        }
        long count = options.countOr(RunOptions.DEFAULT_COUNT);
        long first = options.firstIndex;
        try (Target target = options.target()) {
            if (film != null) {
                return new Delivery(console, options).run(target, filmed(film, target, first, count));
            }
            if (inputs != null) {
                double[][] rows = options.rows("--renoise", inputs, target);
                int start = (int) first;
                return new Delivery(console, options)
                        .run(
                                target,
                                new Request(rows.length - start, sampler -> sampler.renoise(rows, start, rows.length)));
            }
            return new Delivery(console, options)
                    .run(target, new Request(count, sampler -> options.samples(sampler, first, first + count)));
        }
    }

    private Request filmed(Path file, Target target, long first, long count) {
        Picture picture = target.picture();
        if (picture == null) {
            throw new UserError("--film draws images, and samples of this target are none; leave out --film, or give a"
                    + " network's target file a shape of one channel, such as [28,28]");
        }
        FilmStrip strip = new FilmStrip(picture);
        return new Request(
                count,
                List.of(new Drawing("--film", file, strip::image)),
                sampler -> options.traces(sampler, first, first + count)
                        .doOnNext(trace -> strip.add(frames(trace)))
                        .map(Trace::sample));
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
