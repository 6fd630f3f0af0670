package io.scoreflux.model.remote;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A call that was not answered for a reason that does not lie in its rows and may pass: no connection, one that broke, a time limit, or a
 * server that is busy (status 429, 502, 503 or 504). A gateway repeats such calls whole.
 */
public final class InferenceTransportException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    InferenceTransportException(String message, int status, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** The HTTP status, or 0 where there was none. */
    public int status() {
        return status;
    }
}
