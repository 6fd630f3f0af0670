package io.scoreflux.files.text;

import org.jspecify.annotations.Nullable;

/** The failure of a run with valid arguments. The message is one line. */
public final class RunError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RunError(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
