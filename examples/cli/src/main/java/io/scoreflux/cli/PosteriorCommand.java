package io.scoreflux.cli;

import io.scoreflux.Draw;
import io.scoreflux.ProximalSampler;
import io.scoreflux.cli.plot.IntervalChart;
import io.scoreflux.cli.plot.IntervalChart.Interval;
import io.scoreflux.cli.posterior.PosteriorSummary;
import io.scoreflux.state.Failure;
import io.scoreflux.state.SampleFailedException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import reactor.core.publisher.Flux;

/** Draws from a log-concave target by gradients alone. */
@Command(
        name = "posterior",
        description = "Draws from a log-concave target by gradients alone.",
        footer = "%n"
                + "Targets: {\"type\":\"logistic-regression\",\"file\":\"rows.csv\",\"label\":\"column\",\"prior-std\":2.5} with%n"
                + "\"prior\" gaussian (default) or laplace, both of that standard deviation on each coefficient,%n"
                + "\"intercept\" (default true) and \"standardize\" (default false); poisson-regression with the same fields;%n"
                + "{\"type\":\"gaussian\",\"mean\":[..],\"std\":..} with \"lower\" and \"upper\" (null: no bound), or%n"
                + "\"half-space\":{\"normal\":[..],\"offset\":b}, or \"l1\":[..].%n"
                + "Draws come draw by draw, of each the chains in turn. ndjson: index, values, status (budget: a draw has%n"
                + "no estimate of an error; or failed), calls (gradients; the first draw of a chain carries its burn-in),%n"
                + "error (null), chain, draw. csv: index, status, calls, error, x0, x1, ..., chain, draw.%n"
                + "npy: the values.%n"
                + "Exit code 0: all done; 1: the run or some draws failed; 2: bad arguments or input.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class PosteriorCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final PosteriorOptions options = new PosteriorOptions();

    PosteriorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        Format format = Format.ofName(options.format);
        PosteriorTarget target = PosteriorTargets.find(options.target);
        PosteriorSummary summary = new PosteriorSummary(options.chains, target.names());
        Path plotFile = options.plot;
        Path summaryFile = options.summary;
        // Opened before any work, so that a place that cannot be written is refused in time.
        try (AtomicFile drawing = plotFile == null ? null : AtomicFile.create("--plot", plotFile);
                AtomicFile numbers = summaryFile == null ? null : AtomicFile.create("--summary", summaryFile)) {
            try (Workers workers = options.workerOptions.workers()) {
                compute(target, workers, format, summary);
            }
            if (numbers != null) {
                SummaryFile.write(numbers, summary, options.chains);
            }
            if (drawing != null) {
                draw(summary, drawing);
            }
        } catch (IOException e) {
            throw new RunError("cannot write the summary or the picture: " + UserError.reason(e), e);
        }
        return report(summary, target);
    }

    private void compute(PosteriorTarget target, Workers workers, Format format, PosteriorSummary summary) {
        ProximalSampler sampler = options.sampler(target, workers);
        long count = options.count();
        Flux<Draw> draws = sampler.draws(count / options.chains + Math.min(1, count % options.chains))
                .take(count);
        Destination.write(console, options.out, (out, seen) -> {
            DrawWriter writer = DrawWriter.of(format, out, target.names().size(), count);
            writer.begin();
            if (!options.quiet && count > 0) {
                console.err().println("burn-in: " + options.burnIn + " steps of " + options.chains + " chains");
            }
            try (Progress progress = Progress.of(console.err(), count, "draws", options.quiet)) {
                Pump.run(draws, workers.count(), draw -> {
                    writer.write(draw);
                    seen.flush();
                    summary.add(draw);
                    progress.step();
                });
            } catch (SampleFailedException e) {
                throw new RunError(ModeErrors.describe(e.failure().message(), target), e);
            }
        });
    }

    private static void draw(PosteriorSummary summary, AtomicFile file) throws IOException {
        BufferedImage image = IntervalChart.draw(
                "Posterior of " + summary.diagnostics().draws() + " draws: median, half, and 95 %",
                "coefficient",
                summary.lines().stream()
                        .filter(line -> line.quantiles().stream().allMatch(Double::isFinite))
                        .map(line -> new Interval(line.name(), line.quantiles()))
                        .toList());
        ImageIO.setUseCache(false);
        ImageIO.write(image, "png", file.out());
        file.commit();
    }

    private List<String> text(PosteriorSummary summary) {
        List<String> told = summary.text();
        Warnings.of(summary.diagnostics(), options.chains).forEach(warning -> told.add("warning: " + warning));
        return told;
    }

    private int report(PosteriorSummary summary, PosteriorTarget target) {
        if (!options.quiet) {
            text(summary).forEach(console.err()::println);
            for (@Nullable Path file : new @Nullable Path[] {options.out, options.summary, options.plot}) {
                if (file != null) {
                    console.err().println("wrote " + file);
                }
            }
        }
        Failure failure = summary.diagnostics().failure();
        if (failure != null) {
            throw new RunError(
                    summary.diagnostics().failed() + " of " + options.count() + " draws failed, the first: "
                            + ModeErrors.describe(Objects.requireNonNull(failure.message()), target),
                    null);
        }
        return 0;
    }
}
