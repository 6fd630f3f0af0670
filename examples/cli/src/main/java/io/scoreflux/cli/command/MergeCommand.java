package io.scoreflux.cli.command;

import io.scoreflux.cli.option.FileName;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Destination;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.cli.shard.Part;
import io.scoreflux.cli.shard.PartSummary;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.RowWriter;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the parts of a directory as one file. */
@Command(
        name = "merge",
        description = "Writes the parts in a directory that 'sample --shard' wrote as one file. The file is identical,"
                + " byte for byte, to the output of 'sample' without --shard. The exit code is 1 if a part is missing"
                + " or damaged, or if a sample failed.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class MergeCommand implements Callable<Integer> {
    private static final String REMEDY = "; run its shard again; 'verify' lists all faults";

    private final Console console;

    @Parameters(paramLabel = "DIR", description = "The directory, with the parts of all shards")
    private Path path = Path.of("");

    @Option(
            names = "--out",
            paramLabel = "FILE",
            converter = FileName.class,
            description = "File for the samples, in the format of the parts. The file appears only when it is complete."
                    + " Without --out, or with -, the samples go to standard output")
    private @Nullable Path out;

    @Option(names = "--quiet", description = "Suppresses progress")
    private boolean quiet;

    private long failed;

    public MergeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        StoredRun run = StoredRun.of(path, null);
        Format format = run.manifest().fileFormat();
        Format ending = out == null ? null : Format.ofEnding(out);
        if (ending != null && !ending.equals(format)) {
            throw new UserError("--out " + out + " contradicts the format " + format + " of the parts in " + path
                    + "; name a file that ends in ." + format);
        }
        requireSpared(run);
        List<Part> parts = new ArrayList<>();
        for (int shard = 0; shard < run.manifest().shards(); shard++) {
            parts.addAll(run.parts(shard));
        }
        for (Part part : parts) {
            if (run.directory().summary(part) == null) {
                throw new RunError(run.fault(part, null) + REMEDY, null);
            }
        }
        List<String> unknownParts = run.directory().unknownParts(parts);
        if (!unknownParts.isEmpty()) {
            throw new RunError(path.resolve(unknownParts.get(0)) + " is not a part of this run; remove it", null);
        }
        Destination.write(console, out, (stream, seen) -> write(run, parts, stream, seen));
        if (!quiet) {
            Output.report(console, out);
        }
        if (failed > 0) {
            throw new RunError(failed + " of " + run.manifest().count() + " samples failed", null);
        }
        return 0;
    }

    /** Rejects an output in the directory, and one that is an input of the run. */
    private void requireSpared(StoredRun run) {
        OutputTarget place = OutputTarget.of(out);
        Path parent = place.isStandard() ? null : place.path().getParent();
        if (parent != null && run.directory().isSame(parent)) {
            throw new UserError(
                    "--out must name a file outside of the directory of the parts, was " + out + "; name another file");
        }
        run.recorded().options().requireSpared("--out", out);
    }

    private void write(StoredRun run, List<Part> parts, OutputStream stream, Flushable seen) throws IOException {
        long count = run.manifest().count();
        try (RowWriter writer = run.manifest().fileFormat().writer().of(stream, run.columns(), count);
                Progress progress = Progress.of(console.err(), count, "samples", quiet)) {
            writer.begin();
            for (Part part : parts) {
                PartSummary summary = run.directory().summary(part);
                String fault = run.fault(part, summary);
                if (summary == null || fault != null) {
                    throw new RunError(fault + REMEDY, null);
                }
                part.format().rows().read(run.directory().file(part), run.columns(), row -> {
                    writer.write(row);
                    progress.step();
                });
                failed += summary.failed();
                seen.flush();
            }
            writer.end();
        }
    }
}
