package io.scoreflux.cli.command;

import io.scoreflux.cli.option.ArgumentErrors;
import io.scoreflux.cli.option.Numbers;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.cli.shard.Manifest;
import io.scoreflux.cli.shard.Part;
import io.scoreflux.cli.shard.PartSummary;
import io.scoreflux.cli.shard.ShardDirectory;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

/** The run that a directory of part files holds, with the options of its manifest. */
final class StoredRun implements AutoCloseable {
    private final ShardDirectory directory;
    private final Manifest manifest;
    private final RunOptions options;
    private final Target target;
    private final Columns columns;

    /** Receives the options of the manifest. */
    @Command(name = "sample")
    private static final class Holder {
        @Mixin
        private final RunOptions options = new RunOptions();
    }

    private StoredRun(ShardDirectory directory, Manifest manifest, RunOptions options, Target target, Columns columns) {
        this.directory = directory;
        this.manifest = manifest;
        this.options = options;
        this.target = target;
        this.columns = columns;
    }

    /**
     * Opens the run of a directory.
     *
     * @param elsewhere the name of the target here, or null if it is that of the manifest
     */
    static StoredRun open(Path path, @Nullable String elsewhere) {
        ShardDirectory directory = new ShardDirectory(path);
        Manifest manifest = directory.requireManifest();
        Path file = directory.manifestFile();
        if (!manifest.version().equals(Version.number())) {
            throw new UserError(file + ": the version must be " + Version.number() + ", was " + manifest.version()
                    + "; use the program of that version");
        }
        RunOptions options = parse(manifest, file, elsewhere);
        Target target = options.target();
        try {
            if (!options.name(target).sha256().equals(manifest.target().sha256())) {
                throw new UserError("the target must have the SHA-256 hash "
                        + manifest.target().sha256() + " of " + file + ", " + options.target
                        + " has another content; name the target of that run with --target");
            }
            if (!options.hashes().equals(manifest.files())) {
                throw new UserError(file + ": the files of the options have another content than in that run: "
                        + String.join(", ", manifest.files().keySet()) + "; restore them");
            }
            return new StoredRun(
                    directory, manifest, options, target, RunColumns.of(options, target, manifest.fileFormat(), false));
        } catch (RuntimeException e) {
            target.close();
            throw e;
        }
    }

    private static RunOptions parse(Manifest manifest, Path file, @Nullable String elsewhere) {
        List<String> arguments = new ArrayList<>(manifest.arguments());
        if (elsewhere != null) {
            arguments.removeIf(argument -> argument.startsWith(RunOptions.TARGET));
            arguments.add(RunOptions.TARGET + elsewhere);
        }
        Holder holder = new Holder();
        CommandLine parser = new CommandLine(holder);
        Numbers.register(parser);
        try {
            parser.parseArgs(arguments.toArray(new String[0]));
        } catch (ParameterException e) {
            throw new UserError(file + ": 'arguments': " + ArgumentErrors.describe(e), e);
        }
        holder.options.check();
        return holder.options;
    }

    ShardDirectory directory() {
        return directory;
    }

    Manifest manifest() {
        return manifest;
    }

    RunOptions options() {
        return options;
    }

    Target target() {
        return target;
    }

    Columns columns() {
        return columns;
    }

    /** The parts of a shard. */
    List<Part> parts(int shard) {
        Format format = manifest.fileFormat();
        return manifest.partition().parts(shard, format);
    }

    /** How a part is wrong, or null. Without a summary it is missing. */
    @Nullable
    String complaint(Part part, @Nullable PartSummary summary) {
        return summary == null ? directory.file(part) + " is missing" : directory.complaint(part, summary);
    }

    @Override
    public void close() {
        target.close();
    }
}
