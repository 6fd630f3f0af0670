package io.scoreflux.cli;

import io.scoreflux.files.input.InputFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Messages for a command that runs out of memory. {@link InputFile} has those for files. */
final class OutOfMemory {
    private static final String SAMPLES =
            "out of memory while computing samples; increase the heap with -Xmx, or lower --batch, --threads";

    private OutOfMemory() {}

    /** Says what the command was doing, and which options reduce its memory use. */
    static String describe(CommandLine program) {
        return switch (command(program)) {
            case "sample" -> SAMPLES + ", --stages, --budget or --particles";
            case "decode", "encode", "expect" -> SAMPLES + ", --stages or --budget";
            case "compare" ->
                "out of memory while comparing solvers; increase the heap with -Xmx, or lower --count, --batch or"
                        + " --threads";
            case "posterior" ->
                "out of memory while drawing from the posterior; increase the heap with -Xmx, or lower --chains,"
                        + " --batch or --threads";
            case "evaluate" ->
                "out of memory while comparing the rows; increase the heap with -Xmx, or use files with fewer rows";
            default -> "out of memory; increase the heap with -Xmx";
        };
    }

    private static String command(CommandLine program) {
        @Nullable ParseResult parsed = program.getParseResult();
        return parsed == null || !parsed.hasSubcommand()
                ? ""
                : parsed.subcommand().commandSpec().name();
    }
}
