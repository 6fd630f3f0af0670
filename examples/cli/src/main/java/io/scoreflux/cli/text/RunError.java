package io.scoreflux.cli.text;

import org.jspecify.annotations.Nullable;

/** A run that failed through no fault of its arguments; ends the program with exit code 1. The message is one line. */
public final class RunError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RunError(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
