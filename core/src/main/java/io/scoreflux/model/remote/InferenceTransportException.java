package io.scoreflux.model.remote;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if a call fails for a temporary reason unrelated to its rows: no connection, a broken connection, a timeout, or a busy server (status
 * 429, 502, 503 or 504). A gateway repeats the whole call.
 */
public final class InferenceTransportException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    InferenceTransportException(String message, int status, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** Returns the HTTP status, or 0 if there was none. */
    public int status() {
        return status;
    }
}
