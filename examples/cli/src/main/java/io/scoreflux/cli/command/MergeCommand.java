package io.scoreflux.cli.command;

import io.scoreflux.cli.option.FileName;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Destination;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.cli.shard.Part;
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
        description = "Writes the parts in the directory of 'sample --shard' as one file, with the bytes that 'sample'"
                + " without --shard writes.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class MergeCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "DIR", description = "The directory, with all its parts")
    private Path path = Path.of("");

    @Option(
            names = "--out",
            paramLabel = "FILE",
            converter = FileName.class,
            description = "File for the samples, in the format of the parts; it appears only when it is complete."
                    + " Without --out, or with -, they go to standard output")
    private @Nullable Path out;

    @Option(
            names = "--target",
            paramLabel = "T",
            description = "The target of the samples, if its file is elsewhere than in the run that wrote them")
    private @Nullable String target;

    @Option(names = "--quiet", description = "Suppresses progress")
    private boolean quiet;

    public MergeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (StoredRun run = StoredRun.open(path, target)) {
            Format format = run.manifest().fileFormat();
            Format ending = out == null ? null : Format.ofEnding(out);
            if (ending != null && !ending.equals(format)) {
                throw new UserError("--out " + out + " contradicts the format " + format + " of the parts in " + path
                        + "; name a file that ends in ." + format);
            }
            List<Part> parts = new ArrayList<>();
            for (int shard = 0; shard < run.manifest().shards(); shard++) {
                parts.addAll(run.parts(shard));
            }
            requireSpared(run, parts);
            Destination.write(console, out, (stream, seen) -> write(run, parts, stream, seen));
        }
        if (!quiet) {
            Output.report(console, out);
        }
        return 0;
    }

    private void requireSpared(StoredRun run, List<Part> parts) {
        OutputTarget place = OutputTarget.of(out);
        if (parts.stream().anyMatch(part -> place.isIn(run.directory().file(part)))
                || place.isIn(run.directory().manifestFile())) {
            throw new UserError("--out " + out + " would overwrite a file of the directory; name another file");
        }
    }

    private void write(StoredRun run, List<Part> parts, OutputStream stream, Flushable seen) throws IOException {
        long count = run.manifest().count();
        try (RowWriter writer = run.manifest().fileFormat().writer().of(stream, run.columns(), count);
                Progress progress = Progress.of(console.err(), count, "samples", quiet)) {
            writer.begin();
            for (Part part : parts) {
                String complaint = run.complaint(part, run.directory().summary(part));
                if (complaint != null) {
                    throw new RunError(complaint + "; run its shard again, and look with 'verify'", null);
                }
                part.format().rows().read(run.directory().file(part), run.columns(), row -> {
                    writer.write(row);
                    progress.step();
                });
                seen.flush();
            }
            writer.end();
        }
    }
}
