package io.scoreflux.cli.command;

import io.scoreflux.cli.shard.Manifest;
import io.scoreflux.cli.shard.Part;
import io.scoreflux.cli.shard.PartSummary;
import io.scoreflux.cli.shard.ShardDirectory;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The run that a directory of part files holds.
 *
 * @param directory the directory
 * @param manifest its manifest
 * @param recorded the run that the manifest records
 * @param columns the columns of the parts
 */
record StoredRun(ShardDirectory directory, Manifest manifest, RecordedRun recorded, Columns columns) {

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
        RecordedRun recorded =
                RecordedRun.of(file, manifest.target(), manifest.arguments(), manifest.files(), elsewhere);
        return new StoredRun(
                directory,
                manifest,
                recorded,
                RunColumns.of(recorded.options(), manifest.target(), manifest.fileFormat(), false));
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
