package io.scoreflux.cli.command;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.cli.option.ExactOptions;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Destination;
import io.scoreflux.cli.output.Drawings;
import io.scoreflux.cli.output.Drawings.Drawing;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.error.Failure;
import io.scoreflux.evaluation.plot.PosteriorPlot;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowWriter;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import io.scoreflux.posterior.Island;
import io.scoreflux.posterior.Posterior;
import io.scoreflux.posterior.PosteriorSummary;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Computes islands of an exact posterior, writes their particles, draws them, and prints the summary. */
final class PosteriorDelivery {
    private final Console console;
    private final RunOptions options;
    private final ExactOptions exact;
    private final List<Island> islands = new ArrayList<>();
    private long failed;
    private @Nullable String firstFailure;
    private long pilotCalls;

    PosteriorDelivery(Console console, RunOptions options, ExactOptions exact) {
        this.console = console;
        this.options = options;
        this.exact = exact;
    }

    /** Computes and writes all islands. Returns the exit code. */
    int run(Target target) {
        Format format = options.output.format();
        Columns columns = RunColumns.ofParticles(options, target, format);
        Path plot = options.plot;
        try (Workers workers = options.workers()) {
            Posterior posterior = exact.posterior(options, target, workers);
            Sampler prior = plot == null ? null : prior(target, workers);
            List<Drawing> all = plot == null || prior == null
                    ? List.of()
                    : List.of(new Drawing("--plot", plot, () -> draw(target, prior)));
            try (Drawings drawings = Drawings.open(console, all)) {
                compute(posterior, workers, format, columns);
                if (failed == exact.islands()) {
                    // A picture without samples would look like a result.
                    return report(target, List.of());
                }
                drawings.write();
            }
            return report(target, all);
        }
    }

    private Sampler prior(Target target, Workers workers) {
        try {
            return options.prior(target, workers);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new UserError("--plot: " + MessageText.of(e), e);
        }
    }

    private void compute(Posterior posterior, Workers workers, Format format, Columns columns) {
        int particles = exact.particles();
        long first = options.firstIndex;
        // Opened before the pilot, which may take long.
        Destination.write(console, options.output.path(), (out, seen) -> {
            pilot(posterior);
            long rows = (long) exact.islands() * particles;
            try (RowWriter writer = format.writer().of(out, columns, rows);
                    Progress progress = Progress.of(console.err(), exact.islands(), "islands", options.quiet)) {
                writer.begin();
                Pump.run(posterior.islands(first, first + exact.islands()), workers.count(), island -> {
                    for (OutputRow row : OutputRow.of(island, particles)) {
                        writer.write(row);
                    }
                    seen.flush();
                    add(island);
                    progress.step();
                });
                writer.end();
            }
        });
    }

    private void pilot(Posterior posterior) {
        try {
            pilotCalls = Objects.requireNonNull(posterior.pilotCalls().block());
        } catch (IllegalStateException e) {
            throw new RunError(MessageText.of(e), e);
        }
        if (!options.quiet) {
            console.err().println("pilot: " + pilotCalls + " calls");
        }
    }

    private void add(Island island) {
        Failure failure = island.failure();
        if (failure != null) {
            failed++;
            firstFailure =
                    firstFailure == null ? "island " + island.index() + ": " + MessageText.of(failure) : firstFailure;
        }
        if (!options.quiet || options.plot != null) {
            islands.add(island);
        }
    }

    private BufferedImage draw(Target target, Sampler prior) {
        int count = target.picture() == null ? PosteriorPlot.MOST_POINTS : PosteriorPlot.MOST_IMAGES;
        double[][] before = Objects.requireNonNull(
                        prior.samples(0, count).collectList().block())
                .stream()
                .filter(sample -> !sample.failed())
                .map(Sample::values)
                .toArray(double[][]::new);
        if (before.length == 0) {
            throw new RunError("--plot: all samples of the prior failed; leave out --plot", null);
        }
        return PosteriorPlot.draw(target.picture(), options.directions(target), before, draws(islands, count));
    }

    /** Draws particles of all islands in proportion to their weights, by systematic resampling. */
    static double[][] draws(List<Island> islands, int count) {
        List<Island> kept = islands.stream().filter(island -> !island.failed()).toList();
        double most = kept.stream().mapToDouble(Island::logEvidence).max().orElseThrow();
        double[] pool = kept.stream()
                .mapToDouble(island -> StrictMath.exp(island.logEvidence() - most))
                .toArray();
        double total = Arrays.stream(pool).sum();
        double[][] draws = new double[count][];
        int drawn = 0;
        double sum = 0;
        for (int k = 0; k < pool.length; k++) {
            Island island = kept.get(k);
            for (int j = 0; j < island.particles(); j++) {
                sum += pool[k] / total * island.weight(j);
                while (drawn < count && drawn + 0.5 < sum * count) {
                    draws[drawn++] = island.state(j);
                }
            }
        }
        // The sum of all weights may be below 1 by rounding errors.
        Island last = kept.get(pool.length - 1);
        while (drawn < count) {
            draws[drawn++] = last.state(last.particles() - 1);
        }
        return draws;
    }

    private int report(Target target, List<Drawing> drawings) {
        if (!options.quiet) {
            summary(target);
            Output.report(console, options.output.path());
            drawings.forEach(drawing -> Output.report(console, drawing.file()));
        }
        if (failed > 0) {
            throw new RunError(failed + " of " + exact.islands() + " islands failed, the first " + firstFailure, null);
        }
        return 0;
    }

    private void summary(Target target) {
        if (islands.size() - failed < PosteriorSummary.LEAST_ISLANDS) {
            console.err()
                    .println("no summary: intervals need " + PosteriorSummary.LEAST_ISLANDS
                            + " islands that did not fail");
            return;
        }
        PosteriorTable.lines(PosteriorSummary.of(islands), target.info().dimension(), exact.particles(), pilotCalls)
                .forEach(console.err()::println);
    }
}
