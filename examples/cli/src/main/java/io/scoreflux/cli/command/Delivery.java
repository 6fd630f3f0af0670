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
import io.scoreflux.cli.receipt.ReceiptWriter;
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
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Computes samples, writes them to a file or standard output, draws them, and prints the table of certificates. */
final class Delivery {
    static final String RECEIPTS = "--receipts";

    private final Console console;
    private final RunOptions options;

    /**
     * The samples to compute.
     *
     * @param count number of samples in the stream
     * @param densities whether the rows have log-densities
     * @param film of the first samples, or null
     * @param receipts file for the receipts of the samples, or null
     * @param rows creates the stream
     */
    record Request(
            long count,
            boolean densities,
            @Nullable Film film,
            @Nullable Path receipts,
            Function<Sampler, Flux<Row>> rows) {
        /** A request for samples without a film. */
        Request(long count, Function<Sampler, Flux<Sample>> samples) {
            this(count, null, null, samples);
        }

        /** A request for samples, with an optional film of the first ones and optional receipts. */
        Request(long count, @Nullable Film film, @Nullable Path receipts, Function<Sampler, Flux<Sample>> samples) {
            this(count, false, film, receipts, sampler -> samples.apply(sampler).map(sample -> new Row(sample, null)));
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
        Path receiptFile = request.receipts();
        try (Drawings drawings = Drawings.open(console, all);
                ReceiptWriter receipts =
                        receiptFile == null ? null : new ReceiptWriter(console, RECEIPTS, receiptFile);
                Workers workers = options.workers()) {
            Sampler sampler = options.sampler(target, workers);
            String remark = options.remark(target);
            if (remark != null && !options.quiet) {
                console.err().println(remark);
            }
            compute(target, sampler, workers, request, format, columns, table, plot, receipts);
            if (receipts != null) {
                receipts.complete();
            }
            if (table.failed() > 0 && table.failed() == request.count()) {
                // A picture without samples would look like a result.
                return report(table, request, List.of());
            }
            if (film != null) {
                film.shoot(sampler, console, options.quiet);
            }
            drawings.write();
        }
        return report(table, request, all);
    }

    private void compute(
            Target target,
            Sampler sampler,
            Workers workers,
            Request request,
            Format format,
            Columns columns,
            CertificateTable table,
            @Nullable Plot plot,
            @Nullable ReceiptWriter receipts) {
        Flux<Row> rows = request.rows().apply(sampler);
        // Opened before the pilot run, which may take long.
        Destination.write(console, options.output.path(), (out, seen) -> {
            Plan plan = request.count() > 0 || options.savePlan != null ? plan(sampler, target) : null;
            if (receipts != null) {
                RunReceipt.write(
                        receipts,
                        Objects.requireNonNull(request.receipts()),
                        options,
                        target,
                        request.count(),
                        plan,
                        format);
            }
            try (RowWriter writer = format.writer().of(out, columns, request.count());
                    Progress progress = Progress.of(console.err(), request.count(), "samples", options.quiet)) {
                writer.begin();
                Pump.run(rows, workers.count(), row -> {
                    Sample sample = row.sample();
                    writer.write(OutputRow.of(sample, row.density()));
                    seen.flush();
                    if (receipts != null) {
                        receipts.write(sample);
                    }
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
    private Plan plan(Sampler sampler, Target target) {
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
            return plan;
        } catch (IllegalStateException e) {
            throw new RunError(MessageText.of(e), e);
        }
    }

    private int report(CertificateTable table, Request request, List<Drawing> drawings) {
        if (!options.quiet) {
            table.print(console.err());
            Output.report(console, options.output.path());
            Output.report(console, request.receipts());
            drawings.forEach(drawing -> Output.report(console, drawing.file()));
        }
        if (table.failed() > 0) {
            throw new RunError(
                    table.failed() + " of " + request.count() + " samples failed, the first " + table.firstFailure(),
                    null);
        }
        return 0;
    }
}
