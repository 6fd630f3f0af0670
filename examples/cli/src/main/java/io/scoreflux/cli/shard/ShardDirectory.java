package io.scoreflux.cli.shard;

import io.scoreflux.cli.output.AtomicFile;
import io.scoreflux.error.HasViolation;
import io.scoreflux.files.input.JsonErrors;
import io.scoreflux.files.input.Sha256;
import io.scoreflux.files.input.TextReader;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A directory of part files with one manifest. Each file appears under its name only when it is complete, so several processes can write to
 * the directory, even the same part: both write the same bytes.
 */
public final class ShardDirectory {
    private static final String MANIFEST = "manifest.json";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Path path;
    /** The hash of the manifest, which does not change; null until it is read. */
    private @Nullable String run;

    public ShardDirectory(Path path) {
        this.path = path;
    }

    /** The directory. */
    public Path path() {
        return path;
    }

    /** Whether this is the same directory. */
    public boolean isSame(Path other) {
        try {
            return Files.exists(other) && Files.isSameFile(path, other);
        } catch (IOException e) {
            // Opening it reports the error.
            return false;
        }
    }

    /** The file of a part. */
    public Path file(Part part) {
        return path.resolve(part.fileName());
    }

    /** The file of the manifest. */
    public Path manifestFile() {
        return path.resolve(MANIFEST);
    }

    /** The manifest, or null if there is none. */
    public @Nullable Manifest manifest() {
        Path file = manifestFile();
        return Files.exists(file) ? read(file, Manifest.class, "a manifest of 'sample --shard'") : null;
    }

    /** The hash of the manifest, which all parts of the run carry. */
    String run() {
        String known = run;
        if (known == null) {
            known = Sha256.of(manifestFile());
            run = known;
        }
        return known;
    }

    /** The manifest of a directory that must have one. */
    public Manifest requireManifest() {
        if (!Files.isDirectory(path)) {
            throw new UserError(path + " is not a directory; name one that 'sample --shard' has written");
        }
        Manifest manifest = manifest();
        if (manifest == null) {
            throw new UserError(
                    path + ": there is no " + MANIFEST + "; name a directory that 'sample --shard' has written");
        }
        return manifest;
    }

    /** Creates the directory unless it exists. Rejects one that has files but no manifest. */
    public void create() {
        try {
            Files.createDirectory(path);
        } catch (FileAlreadyExistsException e) {
            requireUnused();
        } catch (NoSuchFileException e) {
            throw new UserError(
                    "--out: there is no directory " + path.toAbsolutePath().getParent() + "; create it first", e);
        } catch (IOException e) {
            throw new UserError(
                    "--out: cannot create " + path + ": " + UserError.reason(e) + "; name another directory", e);
        }
    }

    private void requireUnused() {
        if (!Files.isDirectory(path)) {
            throw new UserError(
                    "--out must be a directory with --shard, was the file " + path + "; name a new or empty directory");
        }
        if (!Files.isWritable(path)) {
            throw new UserError("--out: cannot write to " + path + "; name another directory, or make it writable");
        }
        // A process that is killed leaves files whose names begin with a dot.
        List<String> names =
                names().stream().filter(name -> !name.startsWith(".")).toList();
        if (!names.isEmpty() && !names.contains(MANIFEST)) {
            throw new UserError("--out must be a new directory, an empty one, or one with the " + MANIFEST
                    + " of this run, but " + path + " has the file " + names.get(0) + "; name another directory");
        }
    }

    /** Writes the manifest unless another process has. Returns that of the directory. */
    public Manifest create(Manifest manifest) {
        Path file = manifestFile();
        try (AtomicFile written = AtomicFile.create("--out", file, file)) {
            written.out().write(JSON.writeValueAsBytes(manifest));
            written.commitNew();
        } catch (FileAlreadyExistsException e) {
            // Another process was first.
            return requireManifest();
        } catch (IOException e) {
            throw new RunError("cannot write " + file + ": " + UserError.reason(e), e);
        }
        return requireManifest();
    }

    /** Whether a part is complete: it has its size and its checksum, and no sample of it failed. */
    public boolean isComplete(Part part) {
        PartSummary known = summary(part);
        return known != null && known.failed() == 0 && fault(part, known) == null;
    }

    /** The summary of a part, or null if the part or the summary is missing or if the summary cannot be read. */
    public @Nullable PartSummary summary(Part part) {
        Path summary = path.resolve(part.summaryName());
        if (!Files.exists(summary) || !Files.exists(file(part))) {
            return null;
        }
        try {
            return read(summary, PartSummary.class, "a summary of a part");
        } catch (UserError e) {
            return null;
        }
    }

    /** How a part differs from its summary, or null. */
    public @Nullable String fault(Part part, PartSummary known) {
        Path file = file(part);
        try {
            if (!known.run().equals(run())) {
                return file + " belongs to another run than " + manifestFile();
            }
            if (!known.file().equals(part.fileName())) {
                return path.resolve(part.summaryName()) + " is the summary of " + known.file() + ", not of "
                        + part.fileName();
            }
            if (known.samples() != part.count()) {
                return file + " must have " + part.count() + " samples, has " + known.samples();
            }
            long bytes = Files.size(file);
            if (bytes != known.bytes()) {
                return file + " must have " + known.bytes() + " bytes, has " + bytes;
            }
            String hash = Sha256.of(file);
            return hash.equals(known.sha256())
                    ? null
                    : file + " must have the SHA-256 hash " + known.sha256() + ", has " + hash;
        } catch (IOException e) {
            return UserError.unreadable(file, e).getMessage();
        } catch (UserError e) {
            return e.getMessage();
        }
    }

    /** Writes the summary of a part. The part itself must appear afterwards. */
    void write(Part part, PartSummary summary) throws IOException {
        Path file = path.resolve(part.summaryName());
        try (AtomicFile written = AtomicFile.create("--out", file, file)) {
            written.out().write(JSON.writeValueAsBytes(summary));
            written.commit();
        }
    }

    /** The names of part files that belong to none of these parts. */
    public List<String> unknownParts(List<Part> parts) {
        Set<String> known = parts.stream().map(Part::fileName).collect(Collectors.toCollection(HashSet::new));
        return names().stream()
                .filter(name -> name.startsWith(Part.PREFIX) && !known.contains(name))
                .toList();
    }

    private List<String> names() {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw UserError.unreadable(path, e);
        }
    }

    /** Removes the unfinished files of processes that were killed. */
    public void removeAbandoned() {
        AtomicFile.removeAbandoned(path, List.of(Part.PREFIX, Part.SUMMARY, MANIFEST));
    }

    private static <T> T read(Path file, Class<T> type, String what) {
        String text = TextReader.read(file);
        try {
            T value = JSON.readValue(text, type);
            if (value == null) {
                throw new UserError(file + " is not " + what + ": it has no value; name another directory");
            }
            return value;
        } catch (StreamReadException e) {
            throw JsonErrors.invalidFile(file.toString(), e);
        } catch (JacksonException e) {
            String field = e.getPath().stream()
                    .map(JacksonException.Reference::getPropertyName)
                    .collect(Collectors.joining("."));
            String why = e.getCause() instanceof HasViolation rule
                    ? rule.violation().message()
                    : text.isBlank()
                            ? "it is empty"
                            : "the field '" + field + "' is missing, unknown or of the wrong kind";
            throw new UserError(file + " is not " + what + ": " + why + "; name another directory", e);
        }
    }
}
