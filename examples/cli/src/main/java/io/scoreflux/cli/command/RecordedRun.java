package io.scoreflux.cli.command;

import io.scoreflux.Plan;
import io.scoreflux.Sampler;
import io.scoreflux.cli.option.ArgumentErrors;
import io.scoreflux.cli.option.Numbers;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.files.format.PlanTarget;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

/**
 * A run of 'sample' that a file records, so that its samples can be computed again.
 *
 * @param file the file, for messages
 * @param target the target of the run
 * @param files hashes of the files that the options name
 * @param options the options of the run
 */
record RecordedRun(Path file, PlanTarget target, Map<String, String> files, RunOptions options) {

    /** Receives the options. */
    @Command(name = "sample")
    private static final class Holder {
        @Mixin
        private final RunOptions options = new RunOptions();
    }

    /**
     * Reads the options of a run.
     *
     * @param arguments the options as the file records them
     * @param elsewhere the name of the target here, or null if it is that of the file
     */
    static RecordedRun of(
            Path file,
            PlanTarget target,
            List<String> arguments,
            Map<String, String> files,
            @Nullable String elsewhere) {
        List<String> all = new ArrayList<>(arguments);
        if (elsewhere != null) {
            all.removeIf(argument -> argument.startsWith(RunOptions.TARGET));
            all.add(RunOptions.TARGET + elsewhere);
        }
        Holder holder = new Holder();
        CommandLine parser = new CommandLine(holder);
        Numbers.register(parser);
        // An argument of a file is never the name of another file of arguments.
        parser.setExpandAtFiles(false);
        try {
            parser.parseArgs(all.toArray(new String[0]));
        } catch (ParameterException e) {
            throw new UserError(file + ": 'arguments': " + ArgumentErrors.describe(e), e);
        }
        return new RecordedRun(file, target, files, holder.options);
    }

    /** Opens the target, which the caller must close. Rejects files with another content than those of the run. */
    Target open() {
        options.check();
        Target opened;
        try {
            opened = options.target();
        } catch (UserError e) {
            throw new UserError(
                    e.getMessage() + "; it is the target of " + file + ": if it has moved, name it with --target", e);
        }
        try {
            if (!options.name(opened).sha256().equals(target.sha256())) {
                throw new UserError("the target must have the SHA-256 hash " + target.sha256() + " of " + file + ", "
                        + options.target + " has another content; name the target of that run with --target");
            }
            if (!options.hashes().equals(files)) {
                throw new UserError(file + ": the files of the options have another content than in that run: "
                        + String.join(", ", files.keySet()) + "; restore them");
            }
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** Builds the sampler of the run. */
    Sampler sampler(Target opened, Workers workers, Plan plan) {
        return options.sampler(opened, workers, plan, file.toString());
    }
}
