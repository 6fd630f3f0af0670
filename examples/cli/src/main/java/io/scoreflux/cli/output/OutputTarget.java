package io.scoreflux.cli.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The target that the name of an output denotes.
 *
 * @param kind how the target is written
 * @param path the file to open or replace; symbolic links are resolved
 */
public record OutputTarget(Kind kind, Path path) {
    /** The name of standard output. */
    public static final Path STANDARD = Path.of("-");

    /** The limit of Linux. A longer chain of links counts as a loop. */
    private static final int MOST_LINKS = 40;

    private static final int OUTPUT = 1;
    private static final int ERROR = 2;

    /** O_ACCMODE, O_RDONLY and O_APPEND of Linux. */
    private static final int ACCESS_MODE = 3;

    private static final int READ_ONLY = 0;
    private static final int APPEND = 02000;
    private static final String FLAGS = "flags:";

    /** How a target is written. */
    public enum Kind {
        /** The standard output of this process. It is never opened again, because that would lose its position. */
        STANDARD_OUTPUT,
        /** The standard error of this process. */
        STANDARD_ERROR,
        /** A pipe, a device or an open file descriptor, which is written directly. */
        DIRECT,
        /** A regular or new file, which is written under a temporary name and then renamed. */
        FILE
    }

    /** The target of a name; standard output for null. */
    public static OutputTarget of(@Nullable Path name) {
        if (name == null || name.equals(STANDARD)) {
            return new OutputTarget(Kind.STANDARD_OUTPUT, Path.of("/dev/stdout"));
        }
        try {
            return find(name.toAbsolutePath());
        } catch (IOException e) {
            // Opening it reports the error.
            return new OutputTarget(Kind.FILE, name.toAbsolutePath().normalize());
        }
    }

    private static OutputTarget find(Path name) throws IOException {
        Path at = name;
        for (int links = 0; links < MOST_LINKS; links++) {
            Path folder = at.getParent();
            if (folder == null || at.getFileName().toString().equals("..")) {
                break;
            }
            at = folder.toRealPath().resolve(at.getFileName());
            if (isDescriptor(at)) {
                // Descriptors are not followed, because the text of a link to a pipe or a deleted file is not a path.
                return new OutputTarget(kindOfDescriptor(at), at);
            }
            if (!Files.isSymbolicLink(at)) {
                break;
            }
            at = at.resolveSibling(Files.readSymbolicLink(at));
        }
        boolean special = Files.exists(at) && !Files.isRegularFile(at);
        return new OutputTarget(special ? Kind.DIRECT : Kind.FILE, at);
    }

    private static Kind kindOfDescriptor(Path at) throws IOException {
        int number = isOwn(at) ? Integer.parseInt(at.getFileName().toString()) : -1;
        return switch (number) {
            case OUTPUT -> Kind.STANDARD_OUTPUT;
            case ERROR -> Kind.STANDARD_ERROR;
            default -> Kind.DIRECT;
        };
    }

    /** Whether this is an entry of /proc/PID/fd, of /proc/PID/task/TID/fd, or of /dev/fd if that is not a link. */
    private static boolean isDescriptor(Path at) {
        return at.toString().matches("(/proc/\\d+(/task/\\d+)?|/dev)/fd/\\d{1,9}");
    }

    private static boolean isOwn(Path descriptor) throws IOException {
        return descriptor.startsWith("/dev")
                || descriptor.startsWith(Path.of("/proc/self").toRealPath());
    }

    /** Whether this is a descriptor that is known to be read-only. */
    boolean isReadOnly() {
        OptionalInt flags = flags();
        return flags.isPresent() && (flags.getAsInt() & ACCESS_MODE) == READ_ONLY;
    }

    /**
     * Whether this is a descriptor of a regular file that is known to be open without append mode. Other writers through the descriptor
     * would overwrite what is written here, because opening it again does not move their position.
     */
    boolean isPositioned() {
        OptionalInt flags = flags();
        return flags.isPresent() && (flags.getAsInt() & APPEND) == 0 && Files.isRegularFile(path);
    }

    /** The flags with which a descriptor was opened, on Linux; empty on other systems. */
    private OptionalInt flags() {
        // On other systems, opening an entry of /dev/fd duplicates the descriptor and shares its position.
        if (!isDescriptor(path) || path.startsWith("/dev")) {
            return OptionalInt.empty();
        }
        Path info = path.resolve("../../fdinfo").normalize().resolve(path.getFileName());
        try {
            return Files.readAllLines(info).stream()
                    .filter(line -> line.startsWith(FLAGS))
                    .mapToInt(line ->
                            Integer.parseInt(line.substring(FLAGS.length()).strip(), 8))
                    .findFirst();
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }

    /** Whether both are the same file or stream. */
    public boolean isSame(OutputTarget other) {
        if (kind == other.kind && (isStandard() || path.equals(other.path))) {
            return true;
        }
        boolean open = kind != Kind.FILE || other.kind != Kind.FILE;
        return open && isSameRegularFile(path, other.path);
    }

    /** Whether writing to this target would change a file. */
    public boolean isIn(Path file) {
        return isStandard() ? isSameRegularFile(path, file) : isSameFile(path, file);
    }

    /** Whether this is the standard output or error of this process. */
    public boolean isStandard() {
        return kind == Kind.STANDARD_OUTPUT || kind == Kind.STANDARD_ERROR;
    }

    private static boolean isSameRegularFile(Path one, Path other) {
        return Files.isRegularFile(one) && isSameFile(one, other);
    }

    private static boolean isSameFile(Path one, Path other) {
        try {
            return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
        } catch (IOException e) {
            // Opening it reports the error.
            return false;
        }
    }
}
