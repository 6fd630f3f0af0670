package io.scoreflux.cli.command;

import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.PlanTarget;
import io.scoreflux.files.targets.Target;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The columns of a run's samples. */
final class RunColumns {
    private RunColumns() {}

    /** The columns of samples, with a description of the run if the format holds one. */
    static Columns of(RunOptions options, Target target, Format format, boolean densities) {
        // The hash of the target may take long, because it reads all its files.
        return format.hasMetadata()
                ? of(options, options.name(target), format, densities)
                : Columns.ofSamples(target.info().dimension(), options.rejects(), densities);
    }

    /** The columns of the particles of a posterior, with a description of the run if the format holds one. */
    static Columns ofParticles(RunOptions options, Target target, Format format) {
        Columns columns = Columns.ofParticles(target.info().dimension());
        return format.hasMetadata() ? columns.withMetadata(metadata(options, options.name(target))) : columns;
    }

    /** Like {@link #of(RunOptions, Target, Format, boolean)}, without the target itself. */
    static Columns of(RunOptions options, PlanTarget target, Format format, boolean densities) {
        Columns columns = Columns.ofSamples(target.dimension(), options.rejects(), densities);
        return format.hasMetadata() ? columns.withMetadata(metadata(options, target)) : columns;
    }

    private static Map<String, String> metadata(RunOptions options, PlanTarget target) {
        Map<String, String> metadata = new TreeMap<>();
        metadata.put("scoreflux.version", Version.number());
        metadata.put("scoreflux.target", target.name());
        metadata.put("scoreflux.target.sha256", target.sha256());
        // The path of the target differs between machines; its name and its hash do not.
        metadata.put(
                "scoreflux.options",
                options.arguments().stream()
                        .filter(option -> !option.startsWith(RunOptions.TARGET))
                        .collect(Collectors.joining("\n")));
        return metadata;
    }
}
