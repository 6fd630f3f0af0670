package io.scoreflux.model;

import org.jspecify.annotations.Nullable;

/** A trained network that cannot be used, or one of whose calls failed; its message says what to do. */
public abstract class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** For the packages of places where networks run. */
    protected ModelException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
