package io.scoreflux.model.remote;

import io.scoreflux.model.ModelException;
import org.jspecify.annotations.Nullable;

/** A model on a server that cannot be used: it is refused when it is opened, or one of its calls was answered wrongly. */
public final class InferenceException extends ModelException {
    private static final long serialVersionUID = 1L;

    InferenceException(Kind kind, String message) {
        this(kind, message, null);
    }

    InferenceException(Kind kind, String message, @Nullable Throwable cause) {
        super(kind, message, cause);
    }
}
