package io.scoreflux.cli.command;

import io.scoreflux.Plan;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Destination;
import io.scoreflux.cli.output.Drawings;
import io.scoreflux.cli.output.Drawings.Drawing;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.evaluation.plot.Plot;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Density;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowWriter;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.RunError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Computes samples, writes them to a file or standard output, draws them, and prints the table of certificates. */
final class Delivery {
    private final Console console;
    private final RunOptions options;

    /**
     * The samples to compute.
     *
     * @param count number of samples in the stream
     * @param densities whether the rows have log-densities
     * @param film of the first samples, or null
     * @param rows creates the stream
     */
    record Request(long count, boolean densities, @Nullable Film film, Function<Sampler, Flux<Row>> rows) {
        /** A request for samples without a film. */
        Request(long count, Function<Sampler, Flux<Sample>> samples) {
            this(count, null, samples);
        }

        /** A request for samples, with an optional film of the first ones. */
        Request(long count, @Nullable Film film, Function<Sampler, Flux<Sample>> samples) {
            this(count, false, film, sampler -> samples.apply(sampler).map(sample -> new Row(sample, null)));
        }
    }

    /**
     * The contents of one row.
     *
     * @param sample the sample
     * @param density log-density of the input state, or null
     */
    record Row(Sample sample, @Nullable Density density) {}

    Delivery(Console console, RunOptions options) {
        this.console = console;
        this.options = options;
    }

    /** Computes and writes all samples. Returns the exit code. */
    int run(Target target, Request request) {
        Format format = options.output.format();
        Columns columns = RunColumns.of(options, target, format, request.densities());
        format.requireCount(columns, request.count());
        Path plotFile = options.plot;
        Plot plot = plotFile == null ? null : Plot.of(target.info().dimension(), target.picture());
        CertificateTable table = new CertificateTable(options.correctionReport());
        List<Drawing> all = new ArrayList<>();
        if (plotFile != null && plot != null) {
            all.add(new Drawing("--plot", plotFile, plot::image));
        }
        Film film = request.film();
        if (film != null) {
            all.add(film.drawing());
        }
        try (Drawings drawings = Drawings.open(console, all);
                Workers workers = options.workers()) {
            Sampler sampler = options.sampler(target, workers);
            String remark = options.remark(target);
            if (remark != null && !options.quiet) {
                console.err().println(remark);
            }
            compute(target, sampler, workers, request, format, columns, table, plot);
            if (table.failed() > 0 && table.failed() == request.count()) {
                // A picture without samples would look like a result.
                return report(table, request.count(), List.of());
            }
            if (film != null) {
                film.shoot(sampler, console, options.quiet);
            }
            drawings.write();
        }
        return report(table, request.count(), all);
    }

    private void compute(
            Target target,
            Sampler sampler,
            Workers workers,
            Request request,
            Format format,
            Columns columns,
            CertificateTable table,
            @Nullable Plot plot) {
        Flux<Row> rows = request.rows().apply(sampler);
        // Opened before the pilot run, which may take long.
        Destination.write(console, options.output.path(), (out, seen) -> {
            if (request.count() > 0 || options.savePlan != null) {
                plan(sampler, target);
            }
            try (RowWriter writer = format.writer().of(out, columns, request.count());
                    Progress progress = Progress.of(console.err(), request.count(), "samples", options.quiet)) {
                writer.begin();
                Pump.run(rows, workers.count(), row -> {
                    Sample sample = row.sample();
                    writer.write(OutputRow.of(sample, row.density()));
                    seen.flush();
                    table.add(sample);
                    if (plot != null && !sample.failed()) {
                        plot.add(sample.values());
                    }
                    progress.step();
                });
                writer.end();
            }
        });
    }

    /** Runs the pilot before the first sample if the solver needs one, prints its result, and saves the plan. */
    private void plan(Sampler sampler, Target target) {
        Path path = options.savePlan;
        try (Output file = Output.openIfGiven(console, "--save-plan", path)) {
            Plan plan = sampler.plan();
            if (plan.pilotCalls() > 0 && options.plan == null && !options.quiet) {
                console.err().println(plan);
            }
            if (file != null) {
                file.write(options.planBytes(plan, target));
                if (!options.quiet) {
                    Output.report(console, path);
                }
            }
        } catch (IllegalStateException e) {
            throw new RunError(MessageText.of(e), e);
        }
    }

    private int report(CertificateTable table, long count, List<Drawing> drawings) {
        if (!options.quiet) {
            table.print(console.err());
            Output.report(console, options.output.path());
            drawings.forEach(drawing -> Output.report(console, drawing.file()));
        }
        if (table.failed() > 0) {
            throw new RunError(
                    table.failed() + " of " + count + " samples failed, the first " + table.firstFailure(), null);
        }
        return 0;
    }
}
