package io.scoreflux.cli.command;

import io.scoreflux.cli.format.Columns;
import io.scoreflux.cli.format.Format;
import io.scoreflux.cli.format.OutputRow;
import io.scoreflux.cli.format.RowWriter;
import io.scoreflux.cli.option.PosteriorOptions;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Destination;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Png;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.cli.posterior.PosteriorSummary;
import io.scoreflux.cli.targets.PosteriorTarget;
import io.scoreflux.cli.targets.PosteriorTargets;
import io.scoreflux.cli.text.MessageText;
import io.scoreflux.cli.text.RunError;
import io.scoreflux.error.Failure;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.evaluation.plot.IntervalChart;
import io.scoreflux.evaluation.plot.IntervalChart.Interval;
import io.scoreflux.logconcave.Draw;
import io.scoreflux.logconcave.ProximalSampler;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import reactor.core.publisher.Flux;

/** Draws from a log-concave target by gradients alone. */
@Command(
        name = "posterior",
        description = "Draws from a log-concave target by gradients alone.",
        footer = "%nTargets:"
                + " {\"type\":\"logistic-regression\",\"file\":\"rows.csv\",\"label\":\"column\",\"prior-std\":2.5}"
                + " with%n\"prior\" gaussian (default) or laplace, both of that standard deviation on each"
                + " coefficient,%n\"intercept\" (default true) and \"standardize\" (default false); poisson-regression"
                + " with the same fields;%n\"file\" is CSV with a header, or .ndjson or .npy, whose columns are x0, x1,"
                + " ...;%n{\"type\":\"gaussian\",\"mean\":[..],\"std\":..} with \"lower\" and \"upper\" (null: no bound),"
                + " or%n\"half-space\":{\"normal\":[..],\"offset\":b}, or \"l1\":[..].%nDraws come draw by draw, of each"
                + " the chains in turn. ndjson: index, values, status (unestimated: a draw%nhas no estimate of an error;"
                + " or failed), calls (gradients; the first draw of a chain carries its burn-in),%nerror (null), chain,"
                + " draw. csv: index, status, calls, error, the coefficients by their names, chain, draw.%nnpy: the"
                + " values.%nExit code 0: all done; 1: the run or some draws failed; 2: bad arguments or input.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class PosteriorCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final PosteriorOptions options = new PosteriorOptions();

    public PosteriorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        Format format = options.output.format();
        PosteriorTarget target = PosteriorTargets.find(options.target);
        PosteriorSummary summary = new PosteriorSummary(options.chains, target.names());
        Path plotFile = options.plot;
        Path summaryFile = options.summary;
        // Opened before any work, so that a place that cannot be written is refused in time.
        try (Output drawing = Output.openIfGiven(console, "--plot", plotFile);
                Output numbers = Output.openIfGiven(console, "--summary", summaryFile)) {
            try (Workers workers = options.workerOptions.workers()) {
                compute(target, workers, format, summary);
            }
            if (numbers != null) {
                numbers.write(SummaryFile.bytes(summary, options.chains));
            }
            if (drawing != null) {
                drawing.write(Png.of(draw(summary)));
            }
        }
        return report(summary, target);
    }

    private void compute(PosteriorTarget target, Workers workers, Format format, PosteriorSummary summary) {
        ProximalSampler sampler = options.sampler(target, workers);
        long count = options.count();
        Flux<Draw> draws = sampler.draws(count / options.chains + Math.min(1, count % options.chains))
                .take(count);
        Destination.write(console, options.output.out, (out, seen) -> {
            RowWriter writer = format.writer().of(out, Columns.ofDraws(target.names()), count);
            writer.begin();
            if (!options.quiet && count > 0) {
                console.err()
                        .println("burn-in: " + options.burnIn + " steps of " + options.chains
                                + (options.chains == 1 ? " chain" : " chains"));
            }
            try (Progress progress = Progress.of(console.err(), count, "draws", options.quiet)) {
                Pump.run(draws, workers.count(), draw -> {
                    writer.write(OutputRow.of(draw));
                    seen.flush();
                    summary.add(draw);
                    progress.step();
                });
            } catch (SampleFailedException e) {
                throw new RunError(MessageText.of(e.failure(), target.remedy()), e);
            }
        });
    }

    private static BufferedImage draw(PosteriorSummary summary) {
        return IntervalChart.draw(
                "Posterior of " + summary.diagnostics().draws() + " draws: medians, 50 % and 95 % intervals",
                "coefficient",
                summary.lines().stream()
                        .filter(line -> line.quantiles().stream().allMatch(Double::isFinite))
                        .map(line -> new Interval(line.name(), line.quantiles()))
                        .toList());
    }

    private List<String> text(PosteriorSummary summary) {
        List<String> told = summary.text();
        Warnings.of(summary.diagnostics(), options.chains).forEach(warning -> told.add("warning: " + warning));
        return told;
    }

    private int report(PosteriorSummary summary, PosteriorTarget target) {
        if (!options.quiet) {
            text(summary).forEach(console.err()::println);
            for (@Nullable Path file : new @Nullable Path[] {options.output.out, options.summary, options.plot}) {
                Output.report(console, file);
            }
        }
        Failure failure = summary.diagnostics().failure();
        if (failure != null) {
            throw new RunError(
                    summary.diagnostics().failed() + " of " + options.count() + " draws failed, the first: "
                            + MessageText.of(failure, target.remedy()),
                    null);
        }
        return 0;
    }
}
