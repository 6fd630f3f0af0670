package io.scoreflux.cli;

import io.scoreflux.cli.input.InputFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Messages for a command that runs out of memory; for files see {@link InputFile}. */
final class OutOfMemory {
    private OutOfMemory() {}

    /** The activity of the command, and the options that reduce its memory. */
    static String describe(CommandLine program) {
        return switch (command(program)) {
            case "sample", "decode", "encode" ->
                "out of memory while computing samples; give Java more with -Xmx, or lower --batch, --threads,"
                        + " --stages or --budget";
            case "compare" ->
                "out of memory while comparing solvers; give Java more with -Xmx, or lower --count, --batch or"
                        + " --threads";
            case "posterior" ->
                "out of memory while drawing; give Java more with -Xmx, or lower --chains, --batch or --threads";
            case "evaluate" ->
                "out of memory while comparing the rows; give Java more with -Xmx, or give files with fewer rows";
            default -> "out of memory; give Java more with -Xmx";
        };
    }

    private static String command(CommandLine program) {
        @Nullable ParseResult parsed = program.getParseResult();
        return parsed == null || !parsed.hasSubcommand()
                ? ""
                : parsed.subcommand().commandSpec().name();
    }
}
