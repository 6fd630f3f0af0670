package io.scoreflux.internal.stream;

import java.util.concurrent.RejectedExecutionException;

/** An exception for a user's scheduler that was disposed of or shut down. It fails streams; a full scheduler only fails samples. */
final class SchedulerGoneException extends RejectedExecutionException {
    private static final long serialVersionUID = 1;

    SchedulerGoneException(String message, Throwable cause) {
        super(message, cause);
    }

    SchedulerGoneException(String message) {
        super(message);
    }
}
