package io.scoreflux.flink.job;

import io.scoreflux.cli.option.ArgumentErrors;
import io.scoreflux.cli.option.FileName;
import io.scoreflux.cli.option.HelpTexts;
import io.scoreflux.cli.option.Numbers;
import io.scoreflux.cli.option.OptionRules;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The arguments of the job: its own options, and those of the command line that describe the samples. */
@Command(
        name = "SampleJob",
        description = "Draws samples of a target into files, exactly once, and reports their statistics.",
        sortOptions = false)
final class SampleArguments {
    /** Outputs of the command line that a job does not have, or has in another form. */
    private static final Set<String> WITHOUT = Set.of("--out", "--format", "--plot", "--save-plan", "--quiet");

    private static final int HELP_WIDTH = 110;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description =
                    "Directory for the files, as a path or a URI of a file system that all task managers can write to."
                            + " A file appears when the checkpoint that completes it has ended. The report of the job is"
                            + " _report.json")
    String out = "";

    @Option(
            names = "--format",
            paramLabel = "NAME",
            defaultValue = "ndjson",
            description = "Format of the files: ${COMPLETION-CANDIDATES} (default: ndjson)")
    OutputFormat format = OutputFormat.ndjson;

    @Option(
            names = "--samples-per-directory",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "Files are in directories first-index=0, first-index=N, ..., by the index of their samples"
                    + " (default: 1000000)")
    long samplesPerDirectory;

    @Option(
            names = "--parallelism",
            paramLabel = "N",
            description = "Number of subtasks that compute samples (default: that of the cluster, at most --count)")
    @Nullable
    Integer parallelism;

    @Option(
            names = "--samples-per-split",
            paramLabel = "N",
            description =
                    "Number of samples that a subtask draws at a time (default: 64 to 1024, such that each subtask has"
                            + " about 16 splits; fewer if a subtask would have none)")
    @Nullable
    Long samplesPerSplit;

    @Option(
            names = "--read-ahead",
            paramLabel = "N",
            defaultValue = "256",
            description = "Maximum number of samples that a subtask computes ahead of its files (default: 256)")
    int readAhead;

    @Option(
            names = "--checkpoint-interval",
            paramLabel = "MS",
            description = "Milliseconds between checkpoints (default: that of the cluster, or 10000 if it has none)")
    @Nullable
    Long checkpointInterval;

    @Option(
            names = "--reference",
            paramLabel = "FILE",
            converter = FileName.class,
            description = "Samples of the true distribution; the report states the energy distance to them")
    @Nullable
    Path reference;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this help")
    boolean help;

    /** The options that describe the samples. */
    final RunOptions run = new RunOptions();

    /** The formats of files, by their names on the command line. */
    enum OutputFormat {
        ndjson,
        csv,
        parquet
    }

    private SampleArguments() {}

    private static CommandLine commandLine(SampleArguments arguments) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(arguments);
        for (OptionSpec option : CommandSpec.forAnnotatedObject(arguments.run).options()) {
            if (!WITHOUT.contains(option.longestName())) {
                spec.addOption(option);
            }
        }
        CommandLine parser = new CommandLine(spec)
                .setExpandAtFiles(false)
                .setResourceBundle(new HelpTexts())
                .setUsageHelpWidth(HELP_WIDTH);
        Numbers.register(parser);
        return parser;
    }

    /** The help text. */
    static String help() {
        return commandLine(new SampleArguments()).getUsageMessage();
    }

    /**
     * Parses arguments and checks them, without reading any file.
     *
     * @throws UserError if they are invalid
     */
    static SampleArguments parse(String... arguments) {
        SampleArguments parsed = new SampleArguments();
        try {
            commandLine(parsed).parseArgs(arguments);
        } catch (ParameterException e) {
            throw new UserError(ArgumentErrors.describe(e), e);
        }
        if (!parsed.help) {
            parsed.check();
        }
        return parsed;
    }

    private void check() {
        run.check();
        if (out.isBlank()) {
            throw new UserError("--out must name a directory");
        }
        OptionRules.atLeast("--count", count(), 1);
        OptionRules.atLeast("--samples-per-directory", samplesPerDirectory, 1);
        OptionRules.atLeast("--read-ahead", readAhead, 0);
        if (samplesPerSplit != null) {
            OptionRules.atLeast("--samples-per-split", samplesPerSplit, 1);
        }
        if (parallelism != null) {
            OptionRules.atLeast("--parallelism", parallelism, 1);
            long perSplit = samplesPerSplit == null ? 1 : samplesPerSplit;
            long splits = (count() - 1) / perSplit + 1;
            if (parallelism > splits) {
                throw new UserError("--parallelism must be at most the number of splits, " + splits + " of " + perSplit
                        + (perSplit == 1 ? " sample" : " samples") + " each, was " + parallelism + "; lower it"
                        + (perSplit == 1 ? "" : ", or lower --samples-per-split"));
            }
        }
        if (checkpointInterval != null) {
            OptionRules.atLeast("--checkpoint-interval", checkpointInterval, 10);
        }
    }

    /** The number of samples. */
    long count() {
        return run.countOr(RunOptions.DEFAULT_COUNT);
    }
}
