package io.scoreflux.grpc;

import io.grpc.Status;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if a call fails for a temporary reason unrelated to its rows: no connection, a broken connection, a timeout, or a busy server (status
 * UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED or CANCELLED). A gateway repeats the whole call.
 */
public final class GrpcTransportException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Status.Code code;

    GrpcTransportException(String message, Status.Code code, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** Returns the status of the call. */
    public Status.Code code() {
        return code;
    }
}
