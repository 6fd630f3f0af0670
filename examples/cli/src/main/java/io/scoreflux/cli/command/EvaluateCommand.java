package io.scoreflux.cli.command;

import io.scoreflux.cli.format.RowSet;
import io.scoreflux.cli.format.SampleFile;
import io.scoreflux.cli.input.InputFile;
import io.scoreflux.cli.input.Json;
import io.scoreflux.cli.option.FileName;
import io.scoreflux.cli.option.InputFiles;
import io.scoreflux.cli.option.OptionRules;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.cli.text.UserError;
import io.scoreflux.error.Violation;
import io.scoreflux.evaluation.metrics.EnergyDistance;
import io.scoreflux.evaluation.metrics.Estimate;
import io.scoreflux.evaluation.metrics.PairedDistance;
import io.scoreflux.evaluation.metrics.SharedRows;
import io.scoreflux.evaluation.metrics.SlicedWasserstein;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** Compares samples with a reference. */
@Command(
        name = "evaluate",
        description =
                "Measures how far samples are from a reference: energy distance and sliced Wasserstein-2 distance.",
        footer =
                "%nFiles are ${bundle:read-endings}, by their names; failed samples are left out and counted. One JSON%n"
                        + "object goes to standard output. Standard errors are by the jackknife over 20 groups of rows. Of files%n"
                        + "with more than " + EvaluateCommand.LIMIT + " rows, so many are used, evenly spaced.%n"
                        + "The two sets must be independent, with other seeds: of coupled sets, such as two solvers run with the%n"
                        + "same seed, the standard errors are meaningless; compare those row by row, with --paired. sharedRows counts%n"
                        + "rows of the samples that are also in the reference, number by number. Independent sets share a few if their%n"
                        + "numbers are rounded; a warning tells if they share more than chance explains.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class EvaluateCommand implements Callable<Integer> {
    /** The energy distance takes the distances of all pairs of rows of both files: twice this squared. */
    static final int LIMIT = 20_000;

    private final Console console;

    @Option(
            names = "--samples",
            required = true,
            paramLabel = "FILE",
            converter = FileName.class,
            description = "The samples")
    private Path samples = Path.of("");

    @Option(
            names = "--reference",
            required = true,
            paramLabel = "FILE",
            converter = FileName.class,
            description = "Samples of the law they should have, independent of the others: made with another seed")
    private Path reference = Path.of("");

    @Option(
            names = "--paired",
            description =
                    "Also compare row by row: root mean square and largest distance of a sample from its reference")
    private boolean paired;

    @Option(
            names = "--radius",
            paramLabel = "R",
            description = "--paired: give the distances relative to this (default: 1)")
    private @Nullable Double radius;

    @Option(names = "--quiet", description = "No remarks on standard error")
    private boolean quiet;

    public EvaluateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        OptionRules.positive("--radius", radius);
        if (radius != null && !paired) {
            throw new UserError("--radius applies to --paired only; give --paired, or leave --radius out");
        }
        new InputFiles()
                .add("--samples", samples)
                .add("--reference", reference)
                .spare("the result", OutputTarget.STANDARD);
        RowSet x = atLeastTwo(InputFile.read(samples, () -> SampleFile.read(samples)));
        RowSet y = atLeastTwo(InputFile.read(reference, () -> SampleFile.read(reference)));
        if (x.dimension() != y.dimension()) {
            throw new UserError(samples + ": the samples have dimension " + x.dimension() + ", but " + reference
                    + " has " + y.dimension());
        }
        if (paired
                && (x.failed() > 0
                        || y.failed() > 0
                        || x.rows().size() != y.rows().size())) {
            throw new UserError("--paired needs the same rows on both sides and none failed: " + samples + " has "
                    + x.rows().size() + " and " + x.failed() + " failed, " + reference + " has "
                    + y.rows().size() + " and " + y.failed() + " failed");
        }
        double[][] usedX = thinned(x);
        double[][] usedY = thinned(y);
        SharedRows shared = SharedRows.of(usedX, usedY);
        print(x, y, usedX, usedY, shared);
        if (!quiet && (isOneFile() || shared.indicatesDependence())) {
            console.err().println("warning: " + dependence(shared));
        }
        return 0;
    }

    private boolean isOneFile() {
        return samples.equals(reference) || OutputTarget.of(samples).isIn(reference);
    }

    private String dependence(SharedRows shared) {
        String what = isOneFile()
                ? samples + " is compared with itself"
                : shared.count() + " of " + shared.total() + " rows of " + samples + " are also in " + reference
                        + ", number by number";
        return what
                + ": the two sets are not independent, and the standard errors mean nothing; make the reference with"
                + " another seed" + (paired ? "" : ", or compare row by row, with --paired");
    }

    private void print(RowSet x, RowSet y, double[][] usedX, double[][] usedY, SharedRows shared) {
        Estimate energy = finite(EnergyDistance.between(usedX, usedY));
        Estimate wasserstein = finite(SlicedWasserstein.between(usedX, usedY));
        PairedDistance distance = paired ? PairedDistance.between(x.toArray(), y.toArray()) : null;
        if (distance != null) {
            requireFinite(distance.rootMeanSquare());
            requireFinite(distance.largest());
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator json = Json.generator(line)) {
            json.writeStartObject();
            json.writeNumberProperty("samples", x.rows().size());
            json.writeNumberProperty("samplesFailed", x.failed());
            json.writeNumberProperty("samplesUsed", usedX.length);
            json.writeNumberProperty("reference", y.rows().size());
            json.writeNumberProperty("referenceFailed", y.failed());
            json.writeNumberProperty("referenceUsed", usedY.length);
            json.writeNumberProperty("dimension", x.dimension());
            json.writeNumberProperty("sharedRows", shared.count());
            write(json, "energyDistance", energy);
            write(json, "slicedWasserstein", wasserstein);
            if (distance != null) {
                json.writeNumberProperty("pairedRootMeanSquare", relative(distance.rootMeanSquare()));
                json.writeNumberProperty("pairedLargest", relative(distance.largest()));
            }
            json.writeEndObject();
        }
        line.write('\n');
        try (Output output = Output.open(console, "the result", null)) {
            output.write(line.toByteArray());
        }
    }

    private Estimate finite(Estimate estimate) {
        requireFinite(estimate.value());
        estimate.standardError().ifPresent(this::requireFinite);
        return estimate;
    }

    private void requireFinite(double distance) {
        if (!Double.isFinite(distance)) {
            throw new UserError(samples + " and " + reference
                    + ": the numbers are too large to compare, distances overflow; divide both by one number");
        }
    }

    private double relative(double distance) {
        double unit = radius == null ? 1 : radius;
        if (!Double.isFinite(distance / unit)) {
            throw new UserError("--radius " + Violation.text(unit) + " is too small for the distance "
                    + Violation.text(distance) + "; give a larger one");
        }
        return distance / unit;
    }

    private static void write(JsonGenerator json, String name, Estimate estimate) {
        json.writeNumberProperty(name, estimate.value());
        if (estimate.standardError().isPresent()) {
            json.writeNumberProperty(
                    name + "StandardError", estimate.standardError().getAsDouble());
        } else {
            json.writeNullProperty(name + "StandardError");
        }
    }

    private static RowSet atLeastTwo(RowSet rows) {
        if (rows.rows().size() < 2) {
            throw new UserError(rows.name() + ": a comparison needs at least 2 samples that did not fail, the file has "
                    + rows.rows().size());
        }
        return rows;
    }

    private double[][] thinned(RowSet rows) {
        int n = rows.rows().size();
        if (n <= LIMIT) {
            return rows.toArray();
        }
        if (!quiet) {
            console.err()
                    .println(rows.name() + ": using " + LIMIT + " evenly spaced rows of " + n
                            + ", as the cost grows with their square");
        }
        double[][] used = new double[LIMIT][];
        for (int i = 0; i < LIMIT; i++) {
            used[i] = rows.rows().get((int) ((long) i * n / LIMIT));
        }
        return used;
    }
}
