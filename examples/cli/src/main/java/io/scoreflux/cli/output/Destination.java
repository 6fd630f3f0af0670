package io.scoreflux.cli.output;

import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The destination of results: the target of {@code --out}, or standard output. */
public final class Destination {
    private Destination() {}

    /** Writes the results. */
    @FunctionalInterface
    public interface Body {
        /**
         * Writes all results.
         *
         * @param seen must be flushed after each result, so that a reader of the output sees it at once and a closed pipe ends the run
         */
        void write(OutputStream out, Flushable seen) throws IOException;
    }

    /**
     * Opens the output, writes all results, and completes it.
     *
     * @param path the name of the output, or null for standard output
     * @throws RunError if it cannot be written
     */
    public static void write(Console console, @Nullable Path path, Body body) {
        try (Output output = Output.open(console, "--out", path)) {
            try {
                body.write(output.out(), output);
                output.commit();
            } catch (IOException e) {
                throw output.failure(e);
            }
        }
    }
}
