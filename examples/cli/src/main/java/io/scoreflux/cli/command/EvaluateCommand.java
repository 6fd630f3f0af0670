package io.scoreflux.cli.command;

import io.scoreflux.cli.option.FileName;
import io.scoreflux.cli.option.InputFiles;
import io.scoreflux.cli.option.OptionRules;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.error.Violation;
import io.scoreflux.evaluation.metrics.EnergyDistance;
import io.scoreflux.evaluation.metrics.Estimate;
import io.scoreflux.evaluation.metrics.PairedDistance;
import io.scoreflux.evaluation.metrics.SharedRows;
import io.scoreflux.evaluation.metrics.SlicedWasserstein;
import io.scoreflux.files.format.JsonOutput;
import io.scoreflux.files.format.RowSet;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.input.InputFile;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import java.util.List;
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
        footer = "%nThe extension of a file determines its format: ${bundle:read-endings}. Failed samples are left out"
                + " and counted. The result is one JSON object on standard output. Standard errors are"
                + " estimated by a jackknife over 20 groups of rows. If a file has more than "
                + EvaluateCommand.LIMIT + " rows, that many evenly spaced rows are used.%nThe two sets"
                + " must be independent, drawn with different seeds. For dependent sets, such as those of two"
                + " solvers with the same seed, the standard errors are meaningless; compare such sets row by"
                + " row with --paired. sharedRows is the number of rows of the samples that also occur in the"
                + " reference, with identical numbers. Independent sets may share a few rows if their numbers"
                + " are rounded. A warning appears if they share more rows than chance explains.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class EvaluateCommand implements Callable<Integer> {
    /** The energy distance takes the distances of all pairs of rows, so its cost grows with the square of this limit. */
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
            description = "Samples of the target distribution, independent of --samples: drawn with another seed")
    private Path reference = Path.of("");

    @Option(
            names = "--paired",
            description =
                    "Also compares row by row: root mean square and maximum distance between sample and reference")
    private boolean paired;

    @Option(names = "--radius", paramLabel = "R", description = "With --paired: unit of the distances (default: 1)")
    private @Nullable Double radius;

    @Option(names = "--quiet", description = "Suppresses remarks on standard error")
    private boolean quiet;

    public EvaluateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        OptionRules.positive("--radius", radius);
        if (radius != null && !paired) {
            throw new UserError("--radius requires --paired; give --paired, or leave out --radius");
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
            throw new UserError("--paired needs files with the same number of rows and no failed samples: "
                    + samples + " has "
                    + x.rows().size() + " rows and " + x.failed() + " failed, " + reference + " has "
                    + y.rows().size() + " rows and " + y.failed() + " failed");
        }
        double[][] usedX = thinned(x);
        double[][] usedY = thinned(y);
        SharedRows shared = SharedRows.of(usedX, usedY);
        print(x, y, usedX, usedY, shared);
        for (RowSet rows : isOneFile() ? List.of(x) : List.of(x, y)) {
            if (!quiet && rows.weighted()) {
                console.err()
                        .println("warning: " + rows.name()
                                + " has the weights of particles, which evaluate does not use: it"
                                + " compares the particles as if their weights were equal");
            }
        }
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
                : shared.count() + " of " + shared.total() + " rows of " + samples + " also occur in " + reference
                        + ", with identical numbers";
        return what
                + ": the two sets are not independent, and the standard errors are meaningless; draw the reference with"
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
        byte[] line = JsonOutput.line(json -> {
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
        });
        try (Output output = Output.open(console, "the result", null)) {
            output.write(line);
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
                    + ": the numbers are so large that distances overflow; divide both files by the same number");
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
                            + ", because the cost grows with the square of their number");
        }
        double[][] used = new double[LIMIT][];
        for (int i = 0; i < LIMIT; i++) {
            used[i] = rows.rows().get((int) ((long) i * n / LIMIT));
        }
        return used;
    }
}
