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

/**
 * The run that a directory of part files holds.
 *
 * @param directory the directory
 * @param manifest its manifest
 * @param options the options of the manifest
 * @param columns the columns of the parts
 */
record StoredRun(ShardDirectory directory, Manifest manifest, RunOptions options, Columns columns) {

    /** Receives the options of the manifest. */
    @Command(name = "sample")
    private static final class Holder {
        @Mixin
        private final RunOptions options = new RunOptions();
    }

    /**
     * Reads the manifest of a directory.
     *
     * @param elsewhere the name of the target here, or null if it is that of the manifest
     */
    static StoredRun of(Path path, @Nullable String elsewhere) {
        ShardDirectory directory = new ShardDirectory(path);
        Manifest manifest = directory.requireManifest();
        Path file = directory.manifestFile();
        Manifest.requireProgram(file, "version", manifest.version(), Version.number());
        Manifest.requireProgram(file, "kernel", manifest.kernel(), Manifest.PORTABLE);
        RunOptions options = parse(manifest, file, elsewhere);
        return new StoredRun(
                directory, manifest, options, RunColumns.of(options, manifest.target(), manifest.fileFormat(), false));
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
        return holder.options;
    }

    /** Opens the target, which the caller must close. Rejects files with another content than those of the run. */
    Target target() {
        Path file = directory.manifestFile();
        options.check();
        Target target;
        try {
            target = options.target();
        } catch (UserError e) {
            throw new UserError(
                    e.getMessage() + "; it is the target of " + file + ": if it has moved, name it with --target", e);
        }
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
            return target;
        } catch (RuntimeException e) {
            target.close();
            throw e;
        }
    }

    /** The parts of a shard. */
    List<Part> parts(int shard) {
        Format format = manifest.fileFormat();
        return manifest.partition().parts(shard, format);
    }

    /** How a part is wrong, or null. */
    @Nullable
    String fault(Part part, @Nullable PartSummary summary) {
        return summary == null
                ? directory.file(part) + " is missing, or its summary is missing or not readable"
                : directory.fault(part, summary);
    }
}
