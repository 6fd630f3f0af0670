package io.scoreflux.cli.shard;

import io.scoreflux.Plan;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.PlanFile;
import io.scoreflux.files.format.PlanTarget;
import io.scoreflux.files.text.UserError;
import io.scoreflux.internal.Require;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a directory of part files holds. It is the same whichever shard writes it.
 *
 * @param version version of the program; another one may compute other last digits
 * @param kernel variant of the arithmetic; another one may compute other last digits
 * @param target the target, with a hash of its content
 * @param arguments the options that determine the samples, as {@code --name=value}, in the order of their names
 * @param files hashes of the files that these options name, by the option with its file; the target is not among them
 * @param plan the plan that all shards use
 * @param format name of the format of the parts
 * @param firstIndex index of the first sample
 * @param count number of samples
 * @param shards number of shards
 * @param partSize maximum number of samples in a part
 */
public record Manifest(
        String version,
        String kernel,
        PlanTarget target,
        List<String> arguments,
        Map<String, String> files,
        @Nullable JsonNode plan,
        String format,
        long firstIndex,
        long count,
        int shards,
        long partSize) {
    /** The only variant so far: Java without vector instructions. */
    public static final String PORTABLE = "portable";

    /** Requires all fields, which a file may lack. */
    public Manifest {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(kernel, "kernel");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(format, "format");
        Require.atLeast("firstIndex", firstIndex, 0);
        Require.atLeast("count", count, 0);
        if (count > Long.MAX_VALUE - firstIndex) {
            throw new InvalidArgumentException("count", "must be at most " + (Long.MAX_VALUE - firstIndex), count);
        }
        Require.atLeast("shards", shards, 1);
        Require.atLeast("partSize", partSize, 1);
        arguments = List.copyOf(arguments);
        files = Map.copyOf(files);
    }

    /** This manifest with a plan. */
    public Manifest with(Plan chosen) {
        return new Manifest(
                version,
                kernel,
                target,
                arguments,
                files,
                PlanFile.tree(chosen),
                format,
                firstIndex,
                count,
                shards,
                partSize);
    }

    /** The division of the range. */
    public Partition partition() {
        return new Partition(firstIndex, count, shards, partSize);
    }

    /** The format of the parts. */
    public Format fileFormat() {
        return Format.of(format, null);
    }

    /**
     * The plan.
     *
     * @param file the file of this manifest, for messages
     */
    public Plan plan(Path file) {
        if (plan == null) {
            throw new UserError(file + ": the field 'plan' is missing; name another directory");
        }
        return PlanFile.plan(plan, file.toString());
    }

    /**
     * Rejects a directory whose manifest differs from that of this run. The plan may differ, because that of the directory is used.
     *
     * @param found the manifest of the directory
     * @param file its file, for messages
     */
    public void requireSame(Manifest found, Path file) {
        requireProgram(file, "version", found.version, version);
        requireProgram(file, "kernel", found.kernel, kernel);
        if (target.dimension() != found.target.dimension() || !target.sha256().equals(found.target.sha256())) {
            throw different(
                    file,
                    "target",
                    found.target.toString(),
                    target + (target.name().equals(found.target.name()) ? " with other content" : ""));
        }
        List<String> own = withoutTarget(arguments);
        List<String> others = withoutTarget(found.arguments);
        if (!own.equals(others)) {
            throw new UserError(file + ": the directory belongs to another run: its options have "
                    + missing(others, own) + ", those of this run " + missing(own, others)
                    + " in their place; give the same options, or name another directory");
        }
        require(file, "content of the files", found.files, files);
        require(file, "format", found.format, format);
        require(file, "first index", found.firstIndex, firstIndex);
        require(file, "count", found.count, count);
        require(file, "number of shards", found.shards, shards);
        require(file, "part size", found.partSize, partSize);
    }

    /**
     * Rejects a manifest of another program.
     *
     * @param own the value of this program
     */
    public static void requireProgram(Path file, String field, String found, String own) {
        if (!found.equals(own)) {
            throw new UserError(file + ": the " + field + " must be " + own + ", that of this program, was " + found
                    + "; use the program that wrote the parts");
        }
    }

    /** The arguments except the name of the target, which may have another name on another machine. */
    private static List<String> withoutTarget(List<String> arguments) {
        return arguments.stream()
                .filter(one -> !one.startsWith(RunOptions.TARGET))
                .toList();
    }

    /** Those of the first arguments that the second ones lack. */
    private static String missing(List<String> first, List<String> second) {
        List<String> only = first.stream().filter(one -> !second.contains(one)).toList();
        return only.isEmpty() ? "none" : String.join(" ", only);
    }

    private static void require(Path file, String name, Object found, Object wanted) {
        if (!found.equals(wanted)) {
            throw different(file, name, String.valueOf(found), String.valueOf(wanted));
        }
    }

    private static UserError different(Path file, String name, String found, String wanted) {
        return new UserError(file + ": the directory belongs to another run: its " + name + " must be " + found
                + ", was " + wanted + "; give the same options, or name another directory");
    }
}
