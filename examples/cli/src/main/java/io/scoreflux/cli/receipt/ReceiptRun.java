package io.scoreflux.cli.receipt;

import io.scoreflux.files.format.PlanTarget;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The run that produced samples.
 *
 * @param version version of the program
 * @param kernels implementation of the inner loops
 * @param target the target, with a hash of its content
 * @param arguments the options that determine the samples, as {@code --name=value}, in the order of their names
 * @param tolerance the tolerance of the solver, which the options state only if it is not the default; null if the solver has none
 * @param files hashes of the files that these options name, by the option with its file; the target is not among them
 * @param firstIndex index of the first sample
 * @param count number of samples
 * @param plan the plan of the sampler; null if the run has no samples
 * @param samples the file of the samples, or null if they are not in a file
 */
public record ReceiptRun(
        String version,
        String kernels,
        PlanTarget target,
        List<String> arguments,
        @Nullable Double tolerance,
        Map<String, String> files,
        long firstIndex,
        long count,
        @Nullable JsonNode plan,
        @Nullable Samples samples) {
    /**
     * The file of the samples.
     *
     * @param file its name, relative to the directory of the receipts
     * @param format the name of its format
     */
    public record Samples(String file, String format) {
        /** Requires the fields, which a file may lack. */
        public Samples {
            Objects.requireNonNull(file, "file");
            Objects.requireNonNull(format, "format");
        }
    }

    /** Requires the fields that a file may lack. */
    public ReceiptRun {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(kernels, "kernels");
        Objects.requireNonNull(target, "target");
        arguments = List.copyOf(Objects.requireNonNull(arguments, "arguments"));
        files = Map.copyOf(Objects.requireNonNull(files, "files"));
    }
}
