package io.scoreflux.files.text;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An invalid argument or input. The message is one line: what, where, what to do. */
public final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserError(String message) {
        super(message);
    }

    public UserError(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The error for a file that cannot be read. */
    public static UserError unreadable(Path file, IOException cause) {
        return new UserError(
                "cannot read " + file + ": "
                        + (Files.isDirectory(file) ? "it is a directory; name a file" : reason(cause)),
                cause);
    }

    /** Parses the name of a file. */
    public static Path path(String where, String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new UserError(where + " is not the name of a file: " + e.getMessage(), e);
        }
    }

    /** The reason of a file error, without the name of the file. The message of some exceptions is only that name. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "a file of that name exists";
        }
        if (e instanceof NotDirectoryException) {
            return "not a directory";
        }
        if (e instanceof DirectoryNotEmptyException) {
            return "a directory of that name is not empty";
        }
        if (e instanceof FileSystemLoopException) {
            return "the links form a loop";
        }
        if (e instanceof EOFException) {
            return "the file ends too early";
        }
        String reason = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
        return reason == null ? "reading or writing failed" : reason;
    }
}
