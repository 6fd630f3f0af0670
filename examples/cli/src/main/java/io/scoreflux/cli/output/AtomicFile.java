package io.scoreflux.cli.output;

import io.scoreflux.files.text.UserError;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A regular file that appears under its name only when it is complete and on the disk. It is written under a temporary name in the same
 * directory, and then renamed.
 *
 * <p>The new file takes the permissions of the file that it replaces, and its owner and group if that is allowed. The temporary file is
 * deleted on {@link #close()} without {@link #commit()}, and when the program is interrupted. A program that is killed leaves it. The lock of
 * a temporary file shows that its writer lives.
 */
public final class AtomicFile implements AutoCloseable {
    /** The end of a temporary name, which begins with a dot. */
    public static final String SUFFIX = ".part";

    private static final int BUFFER = 1 << 16;
    /** A younger file may belong to a process that has not yet locked it, or on a file system whose locks are those of one machine. */
    private static final Duration ABANDONED = Duration.ofHours(1);

    /** File systems allow about 255 bytes in a name. That is enough for this many characters of any script, with prefix and suffix. */
    private static final int LONGEST_SHOWN = 60;

    private final Path file;
    private final Path written;
    private final FileAccess access;
    private final FileOutputStream target;
    private final OutputStream out;
    private final Thread removal;
    /** After the renaming, a file with the temporary name belongs to another process. */
    private volatile boolean committed;

    private AtomicFile(Path file, Path written, FileAccess access) throws IOException {
        this.file = file;
        this.written = written;
        this.access = access;
        // Unlike a channel, a stream is not closed when the writing thread is interrupted.
        this.target = new FileOutputStream(written.toFile());
        this.out = new BufferedOutputStream(target, BUFFER);
        lock(target.getChannel());
        this.removal = new Thread(this::remove, "scoreflux-remove-unfinished");
        Runtime.getRuntime().addShutdownHook(removal);
    }

    /**
     * Creates the temporary file.
     *
     * @param option the option that names the file, for messages
     * @param path the given name, for messages
     * @param file the file after resolution of links
     */
    public static AtomicFile create(String option, Path path, Path file) {
        requireWritable(option, path);
        try {
            requireName(file);
            FileAccess access = FileAccess.of(file);
            String name = file.getFileName().toString();
            Path beside = Files.createTempFile(
                    file.getParent(),
                    name.length() <= LONGEST_SHOWN ? "." + name + "." : ".scoreflux.",
                    SUFFIX,
                    access.initial());
            try {
                return new AtomicFile(file, beside, access);
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(beside);
                throw e;
            }
        } catch (IOException e) {
            throw new UserError(
                    option + ": cannot write " + path + ": " + UserError.reason(e) + "; name another file", e);
        }
    }

    /** Locks a file until it is closed. */
    private static @Nullable FileLock lock(FileChannel file) {
        try {
            return file.tryLock();
        } catch (IOException | OverlappingFileLockException e) {
            // The file system has no locks, or this process holds the lock.
            return null;
        }
    }

    /**
     * Removes the temporary files of a directory whose writers were killed, if the file system has locks.
     *
     * @param names the starts of the names of the files that were to be written
     */
    public static void removeAbandoned(Path directory, List<String> names) {
        Instant before = Instant.now().minus(ABANDONED);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, ".*" + SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString().substring(1);
                if (names.stream().anyMatch(name::startsWith)
                        && Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                    removeUnlessLocked(file);
                }
            }
        } catch (IOException e) {
            // They do no harm.
        }
    }

    private static void removeUnlessLocked(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (lock != null) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Rejects a path that cannot be written. */
    private static void requireWritable(String option, Path path) {
        if (Files.isSymbolicLink(path) && !Files.exists(path)) {
            throw new UserError(option + ": " + path + " is a broken symbolic link; remove it, or name another file");
        }
        if (Files.isDirectory(path)) {
            throw new UserError(option + ": " + path + " is a directory; name a file in it");
        }
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            throw new UserError(
                    Files.exists(parent)
                            ? option + ": " + parent + " is not a directory; name a file elsewhere"
                            : option + ": there is no directory " + parent + "; create it first");
        }
        if (Files.exists(path) && !Files.isWritable(path)) {
            throw new UserError(option + ": cannot write " + path
                    + ": it is write-protected; name another file, or make it writable");
        }
    }

    /** Checks that the file system accepts the final name, which is otherwise used only at the end. */
    private static void requireName(Path file) throws IOException {
        try {
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            // The name is free.
        }
    }

    /** The stream to write to, which is buffered. */
    public OutputStream out() {
        return out;
    }

    /** The number of bytes that were written. */
    public long size() throws IOException {
        out.flush();
        return target.getChannel().position();
    }

    /** Writes the bytes to the disk and gives the file its name. */
    public void commit() throws IOException {
        force();
        if (isOpenFileMovable()) {
            // The lock protects the temporary file until it has its name.
            rename();
            out.close();
            forceDirectory();
        } else {
            out.close();
            rename();
        }
        committed = true;
    }

    /**
     * Like {@link #commit}, but does not replace a file.
     *
     * @throws FileAlreadyExistsException if there is a file of that name
     */
    public void commitNew() throws IOException {
        force();
        try {
            // Unlike renaming, linking fails if the name is taken.
            Files.createLink(file, written);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            // The file system has no links.
            Files.write(file, Files.readAllBytes(written), StandardOpenOption.CREATE_NEW, StandardOpenOption.DSYNC);
        }
        forceDirectory();
    }

    private void force() throws IOException {
        out.flush();
        access.give(written);
        target.getChannel().force(true);
    }

    private void rename() throws IOException {
        try {
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private boolean isOpenFileMovable() {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** Writes the name to the disk, where a directory can be opened. */
    private void forceDirectory() {
        Path directory = file.getParent();
        if (directory != null && isOpenFileMovable()) {
            try (FileChannel channel = FileChannel.open(directory)) {
                channel.force(true);
            } catch (IOException e) {
                // The name is visible, but a power failure may lose it.
            }
        }
    }

    /** Removes the temporary file unless it was committed. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            // An abandoned file need not be complete.
        }
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(removal);
        } catch (IllegalStateException e) {
            // The virtual machine is shutting down, and the hook removes the file.
        }
    }

    private void remove() {
        if (!committed) {
            try {
                Files.deleteIfExists(written);
            } catch (IOException e) {
                // The temporary file stays.
            }
        }
    }
}
