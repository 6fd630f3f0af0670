package io.scoreflux.files.input;

import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Reads files. Error messages name a file that does not fit into memory, and the file that refers to it. */
public final class InputFile {
    private static final long MEGABYTE = 1_000_000;

    private InputFile() {}

    /** Reads a file that an option names. */
    public static <T> T read(Path file, Supplier<T> read) {
        try {
            return read.get();
        } catch (OutOfMemoryError e) {
            throw new RunError(
                    "out of memory while reading " + file + size(file)
                            + "; increase the heap with -Xmx, or use a smaller file",
                    e);
        }
    }

    /**
     * Reads a file that another file refers to.
     *
     * @param by the file that refers to it
     */
    public static <T> T readReferenced(Path by, Path file, Supplier<T> read) {
        try {
            return read(file, read);
        } catch (UserError e) {
            throw new UserError(by + ": " + e.getMessage(), e);
        } catch (RunError e) {
            throw new RunError(by + ": " + e.getMessage(), e);
        }
    }

    private static String size(Path file) {
        try {
            long megabytes = Files.size(file) / MEGABYTE;
            return megabytes == 0 ? "" : ", which has " + megabytes + " MB";
        } catch (IOException e) {
            return "";
        }
    }
}
