package io.scoreflux.cli;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A regular file that appears under its name only when it is complete and on the disk: it is written beside it under another name and
 * renamed.
 *
 * <p>A file that is replaced leaves its permissions, and its owner and group where that is allowed, to the new one. Closed
 * without {@link #commit()}, or when the program is interrupted, nothing is left behind.
 */
final class AtomicFile implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    /** File systems take some 255 bytes: enough for this many characters of any script, and what is added to them. */
    private static final int LONGEST_SHOWN = 60;

    private final Path file;
    private final Path written;
    private final FileAccess access;
    private final FileOutputStream target;
    private final OutputStream out;
    private final Thread removal;
    /** What has the other name after the renaming is another's. */
    private volatile boolean committed;

    private AtomicFile(Path file, Path written, FileAccess access) throws IOException {
        this.file = file;
        this.written = written;
        this.access = access;
        // Unlike a channel it is not closed by the interruption of a thread that writes.
        this.target = new FileOutputStream(written.toFile());
        this.out = new BufferedOutputStream(target, BUFFER);
        this.removal = new Thread(this::remove, "scoreflux-remove-unfinished");
        Runtime.getRuntime().addShutdownHook(removal);
    }

    /**
     * Starts a file; nothing appears under its name yet.
     *
     * @param option the option that named it, for messages
     */
    static AtomicFile create(String option, Path path) {
        requireWritable(option, path);
        try {
            Path file = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
            requireName(file);
            FileAccess access = FileAccess.of(file);
            String name = file.getFileName().toString();
            Path beside = Files.createTempFile(
                    file.getParent(),
                    name.length() <= LONGEST_SHOWN ? "." + name + "." : ".scoreflux.",
                    ".part",
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

    /** Refuses a place where no file can be. */
    private static void requireWritable(String option, Path path) {
        if (Files.isSymbolicLink(path) && !Files.exists(path)) {
            throw new UserError(
                    option + ": " + path + " is a link that leads to no file; remove it, or name another file");
        }
        if (Files.isDirectory(path)) {
            throw new UserError(option + ": " + path + " is a directory; name a file in it");
        }
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            throw new UserError(
                    Files.exists(parent)
                            ? option + ": " + parent + " is no directory; name a file elsewhere"
                            : option + ": there is no directory " + parent + "; create it first");
        }
        if (Files.exists(path) && !Files.isWritable(path)) {
            throw new UserError(
                    option + ": cannot write " + path + ": it is write-protected; name another file, or allow it");
        }
    }

    /** The final name is needed only at the end, so what the file system has against it is found out here. */
    private static void requireName(Path file) throws IOException {
        try {
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            // It may be created.
        }
    }

    /** Where to write; buffered. */
    OutputStream out() {
        return out;
    }

    /** Gives the file its name, once its bytes are on the disk. */
    void commit() throws IOException {
        out.flush();
        access.give(written);
        target.getChannel().force(true);
        out.close();
        try {
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
        }
        committed = true;
    }

    /** Removes what was not committed. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            // What is thrown away need not be complete.
        }
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(removal);
        } catch (IllegalStateException e) {
            // The program is being interrupted, and the hook does the same.
        }
    }

    private void remove() {
        if (!committed) {
            try {
                Files.deleteIfExists(written);
            } catch (IOException e) {
                // Nothing better can be done with it.
            }
        }
    }
}
