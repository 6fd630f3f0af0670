package io.scoreflux.cli;

import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where results go: the file of {@code --out}, which appears only when complete, or standard output. */
final class Destination {
    private Destination() {}

    /** Writes the results. */
    @FunctionalInterface
    interface Body {
        /**
         * Writes all of them.
         *
         * @param seen to be flushed after each result, so that who reads along sees it when it is there, and a closed pipe ends the run
         */
        void write(OutputStream out, Flushable seen) throws IOException;
    }

    /**
     * Opens the place, has all results written, and completes it.
     *
     * @param path of the file, or null for standard output
     * @throws RunError if it cannot be written
     */
    static void write(Console console, @Nullable Path path, Body body) {
        try (AtomicFile file = path == null ? null : AtomicFile.create("--out", path)) {
            OutputStream out = file == null ? console.out() : file.out();
            Flushable seen = file == null ? out : () -> {};
            body.write(out, seen);
            out.flush();
            if (file != null) {
                file.commit();
            }
        } catch (IOException e) {
            throw new RunError(
                    "cannot write " + (path == null ? "to standard output" : path.toString()) + ": "
                            + UserError.reason(e),
                    e);
        }
    }
}
