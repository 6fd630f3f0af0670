package io.scoreflux.cli.option;

import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.files.format.Format;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the main output: its format and its file. {@link HelpTexts} supplies the names of the formats. */
public final class OutputOptions {
    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = "${bundle:formats} (default: by the extension of --out: ${bundle:endings}; otherwise ndjson)")
    @Nullable
    public String format;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            converter = FileName.class,
            description =
                    "File for the results; it appears only when it is complete. Without --out, or with -, results go"
                            + " to standard output")
    @Nullable
    public Path out;

    /** The format of the output. */
    public Format format() {
        return Format.of(format, out);
    }

    /**
     * Checks that the main output and another one differ.
     *
     * @param results what the main output holds, for messages
     */
    void requireDifferent(String results, String option, @Nullable Path other) {
        OptionRules.different(name(results), path(), option, other);
    }

    /** Checks that the main output is not one of these inputs. */
    InputFiles requireSpared(String results, InputFiles inputs) {
        return inputs.spare(name(results), path());
    }

    private String name(String results) {
        return out == null ? results : "--out";
    }

    private Path path() {
        return out == null ? OutputTarget.STANDARD : out;
    }
}
