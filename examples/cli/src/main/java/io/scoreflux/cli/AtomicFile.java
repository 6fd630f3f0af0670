package io.scoreflux.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that appears under its name only when it is whole: it is written beside it under another name and moved.
 *
 * <p>Closed without {@link #commit()}, or when the program is interrupted, it leaves nothing behind. What is no regular
 * file, such as a pipe or a device, is written directly.
 */
final class AtomicFile implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final Path written;
    private final OutputStream out;
    private final Thread removal;

    private AtomicFile(Path file, Path written, OutputStream out) {
        this.file = file;
        this.written = written;
        this.out = new BufferedOutputStream(out, BUFFER);
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
            Path file = Files.exists(path) ? path.toRealPath() : path;
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                return new AtomicFile(file, file, Files.newOutputStream(file, StandardOpenOption.WRITE));
            }
            for (int attempt = 0; ; attempt++) {
                Path beside = file.resolveSibling(
                        "." + file.getFileName() + "." + ProcessHandle.current().pid() + "-" + attempt + ".part");
                try {
                    OutputStream out =
                            Files.newOutputStream(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    return new AtomicFile(file, beside, out);
                } catch (FileAlreadyExistsException e) {
                    // Left by a killed program that had our number, or another file of ours: take the next name.
                }
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
            throw new UserError(option + ": there is no directory " + parent + "; create it first");
        }
    }

    /** Where to write; buffered. */
    OutputStream out() {
        return out;
    }

    /** Gives the file its name. */
    void commit() throws IOException {
        out.close();
        if (!written.equals(file)) {
            try {
                Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
            }
        }
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
        if (!written.equals(file)) {
            try {
                Files.deleteIfExists(written);
            } catch (IOException e) {
                // Nothing better can be done with it.
            }
        }
    }
}
