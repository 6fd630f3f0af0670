package io.scoreflux.cli.command;

import io.scoreflux.cli.option.PosteriorOptions;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Destination;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Png;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.error.Failure;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.evaluation.plot.IntervalChart;
import io.scoreflux.evaluation.plot.IntervalChart.Interval;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowWriter;
import io.scoreflux.files.posterior.PosteriorSummary;
import io.scoreflux.files.targets.PosteriorTarget;
import io.scoreflux.files.targets.PosteriorTargets;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.RunError;
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

/** Draws from a log-concave target with gradients only. */
@Command(
        name = "posterior",
        description = "Draws from a log-concave target with gradients only.",
        footer = "%n"
                + "Targets:%n"
                + "{\"type\":\"logistic-regression\",\"file\":\"rows.csv\",\"label\":\"column\",\"prior-std\":2.5},"
                + " optionally with \"prior\" (gaussian, the default, or laplace; prior-std is the standard"
                + " deviation of both), \"intercept\" (default true) and \"standardize\" (default false)."
                + " poisson-regression has the same fields. The file is CSV with a header, or .ndjson or .npy with"
                + " the columns x0, x1, ...%n"
                + "{\"type\":\"gaussian\",\"mean\":[..],\"std\":..}, optionally with \"lower\" and \"upper\" (null:"
                + " no bound), or \"half-space\":{\"normal\":[..],\"offset\":b}, or \"l1\":[..].%n"
                + "The output contains the first draw of each chain, then the second draw of each chain, and so on.%n"
                + "ndjson: index, values, status (unestimated, because a draw has no error estimate, or failed),"
                + " calls (gradients; those of the first draw of a chain include the burn-in), error (null), chain,"
                + " draw.%n"
                + "csv: index, status, calls, error, one column per coefficient, chain, draw.%n"
                + "npy: only the values.%n"
                + "Exit code 0: success; 1: the run or some draws failed; 2: invalid arguments or input.",
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
        Columns columns = Columns.ofDraws(target.names());
        format.requireCount(columns, options.count());
        PosteriorSummary summary = new PosteriorSummary(options.chains, target.names());
        Path plotFile = options.plot;
        Path summaryFile = options.summary;
        // Opened before the computation, so that a path that cannot be written is rejected at once.
        try (Output drawing = Output.openIfGiven(console, "--plot", plotFile);
                Output numbers = Output.openIfGiven(console, "--summary", summaryFile)) {
            try (Workers workers = options.workerOptions.workers()) {
                compute(target, workers, format, columns, summary);
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

    private void compute(
            PosteriorTarget target, Workers workers, Format format, Columns columns, PosteriorSummary summary) {
        ProximalSampler sampler = options.sampler(target, workers);
        long count = options.count();
        Flux<Draw> draws = sampler.draws(count / options.chains + Math.min(1, count % options.chains))
                .take(count);
        Destination.write(console, options.output.path(), (out, seen) -> {
            RowWriter writer = format.writer().of(out, columns, count);
            writer.begin();
            if (!options.quiet && count > 0) {
                console.err()
                        .println("burn-in: " + options.burnIn + " steps of " + options.chains
                                + (options.chains == 1 ? " chain" : " chains"));
            }
            try (writer;
                    Progress progress = Progress.of(console.err(), count, "draws", options.quiet)) {
                Pump.run(draws, workers.count(), draw -> {
                    writer.write(OutputRow.of(draw));
                    seen.flush();
                    summary.add(draw);
                    progress.step();
                });
                writer.end();
            } catch (SampleFailedException e) {
                throw new RunError(MessageText.of(e.failure(), target.remedy()), e);
            }
            summary.pilotGradients(sampler.pilotGradients());
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
            for (@Nullable Path file : new @Nullable Path[] {options.output.path(), options.summary, options.plot}) {
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
