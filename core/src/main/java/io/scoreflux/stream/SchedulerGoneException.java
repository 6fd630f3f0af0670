package io.scoreflux.stream;

import java.util.concurrent.RejectedExecutionException;

/** A user's scheduler runs nothing any more: this ends streams, where a scheduler that is full fails samples. */
final class SchedulerGoneException extends RejectedExecutionException {
    private static final long serialVersionUID = 1;

    SchedulerGoneException(String message, Throwable cause) {
        super(message, cause);
    }

    SchedulerGoneException(String message) {
        super(message);
    }
}
