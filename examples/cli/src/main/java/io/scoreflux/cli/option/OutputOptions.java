package io.scoreflux.cli.option;

import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.text.UserError;
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
            converter = OutputName.Converter.class,
            description =
                    "File for the results; it appears only when it is complete. Without --out, or with -, results go"
                            + " to standard output. With --shard: directory of part files")
    @Nullable
    public OutputName out;

    /** The file or directory, or null for standard output. */
    public @Nullable Path path() {
        return out == null ? null : out.path();
    }

    /** The format of the output. */
    public Format format() {
        return Format.of(format, path());
    }

    /** Whether the output is standard output. */
    public boolean isStandard() {
        return OutputTarget.of(path()).isStandard();
    }

    /** Rejects the name of a directory. */
    public void requireFile() {
        if (out != null && out.isDirectory()) {
            throw new UserError("--out must name a file, not a directory, was " + out.path() + "/");
        }
    }

    /**
     * Checks that the main output and another one differ.
     *
     * @param results what the main output holds, for messages
     */
    void requireDifferent(String results, String option, @Nullable Path other) {
        OptionRules.different(name(results), target(), option, other);
    }

    /** Checks that the main output is not one of these inputs. */
    InputFiles requireSpared(String results, InputFiles inputs) {
        return inputs.spare(name(results), target());
    }

    private String name(String results) {
        return out == null ? results : "--out";
    }

    private Path target() {
        return out == null ? OutputTarget.STANDARD : out.path();
    }
}
