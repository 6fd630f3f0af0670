package io.scoreflux.cli.output;

import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import java.io.BufferedOutputStream;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * One output of a run. A regular file appears under its name when it is complete. Standard output, pipes, devices and open descriptors are
 * written directly, in append mode, and never truncated.
 */
public final class Output implements AutoCloseable, Flushable {
    private static final int BUFFER = 1 << 16;

    private final String shown;
    private final OutputStream out;
    private final @Nullable AtomicFile file;
    private final boolean own;

    private Output(String shown, OutputStream out, @Nullable AtomicFile file, boolean own) {
        this.shown = shown;
        this.out = out;
        this.file = file;
        this.own = own;
    }

    /**
     * Opens an output, and rejects it if it cannot be written.
     *
     * @param option the option that names the output, for messages
     * @param path the name of the output, or null for standard output
     */
    public static Output open(Console console, String option, @Nullable Path path) {
        OutputTarget place = OutputTarget.of(path);
        return switch (place.kind()) {
            case STANDARD_OUTPUT -> new Output("to standard output", console.out(), null, false);
            case STANDARD_ERROR -> new Output("to standard error", new Checked(console.err()), null, false);
            case DIRECT -> new Output(String.valueOf(path), direct(option, path, place), null, true);
            case FILE -> {
                AtomicFile file = AtomicFile.create(option, path == null ? place.path() : path, place.path());
                yield new Output(String.valueOf(path), file.out(), file, true);
            }
        };
    }

    /** Like {@link #open}, or null without a path. */
    public static @Nullable Output openIfGiven(Console console, String option, @Nullable Path path) {
        return path == null ? null : open(console, option, path);
    }

    private static OutputStream direct(String option, @Nullable Path path, OutputTarget place) {
        if (Files.isDirectory(place.path())) {
            throw new UserError(option + ": " + path + " is a directory; name a file in it");
        }
        if (!Files.exists(place.path())) {
            throw new UserError(option + ": " + path + " is not open; open it in the shell, as in "
                    + place.path().getFileName() + "> FILE, or name a file");
        }
        if (place.isReadOnly()) {
            throw new UserError(option + ": " + path + " is not open for writing; name another file");
        }
        if (place.isPositioned()) {
            throw new UserError(option + ": " + path + " leads to a file that is not open for appending, so other"
                    + " writers would overwrite the results; open it in the shell with "
                    + place.path().getFileName() + ">> FILE, or name a file");
        }
        try {
            // If the descriptor is a file, other processes may have written to it.
            return new BufferedOutputStream(
                    Files.newOutputStream(place.path(), StandardOpenOption.WRITE, StandardOpenOption.APPEND), BUFFER);
        } catch (IOException e) {
            throw new UserError(
                    option + ": cannot write " + path + ": " + UserError.reason(e) + "; name another file", e);
        }
    }

    /** The stream to write to, which is buffered. */
    OutputStream out() {
        return out;
    }

    /** Flushes a direct output, which may have a reader. A file has no readers before it is complete. */
    @Override
    public void flush() throws IOException {
        if (file == null) {
            out.flush();
        }
    }

    /** Completes the output. */
    void commit() throws IOException {
        if (file != null) {
            file.commit();
        } else if (own) {
            out.close();
        } else {
            out.flush();
        }
    }

    /**
     * Writes the content and completes the output.
     *
     * @throws RunError if it cannot be written
     */
    public void write(byte[] content) {
        append(content);
        complete();
    }

    /**
     * Writes a part of the content.
     *
     * @throws RunError if it cannot be written
     */
    public void append(byte[] content) {
        try {
            out.write(content);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Completes the output, after all of its parts.
     *
     * @throws RunError if it cannot be written
     */
    public void complete() {
        try {
            commit();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** The error for results that cannot be written. */
    RunError failure(IOException e) {
        return new RunError("cannot write " + shown + ": " + UserError.reason(e), e);
    }

    /** Closes the output. Removes an incomplete file. */
    @Override
    public void close() {
        if (file != null) {
            file.close();
        } else if (own) {
            try {
                out.close();
            } catch (IOException e) {
                // The output was committed, or the run has already failed.
            }
        }
    }

    /** Reports on standard error that a file was written, unless the output was a standard stream. */
    public static void report(Console console, @Nullable Path path) {
        if (path != null && !OutputTarget.of(path).isStandard()) {
            console.err().println("wrote " + path);
        }
    }

    /** A print stream that throws an exception on an error. */
    private static final class Checked extends OutputStream {
        private final PrintStream to;

        Checked(PrintStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            to.write(b);
            check();
        }

        @Override
        public void write(byte[] b, int off, int len) throws IOException {
            to.write(b, off, len);
            check();
        }

        @Override
        public void flush() throws IOException {
            check();
        }

        private void check() throws IOException {
            if (to.checkError()) {
                throw new IOException("it is closed or full");
            }
        }
    }
}
