package io.scoreflux.model.remote;

import io.scoreflux.model.ModelException;
import org.jspecify.annotations.Nullable;

/** A model on a server that cannot be used: it is refused when it is opened, or one of its calls was answered wrongly. */
public final class InferenceException extends ModelException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Kind {
        /** The server could not be asked what the model is; the cause says why. */
        UNREACHABLE,
        /** The server answered with a status that asking again does not change: no such model, no permission, a redirect, a fault. */
        REFUSED,
        /** The answer is not what the protocol says. */
        PROTOCOL,
        /** An input or output is missing, or one is there that nothing feeds. */
        NAMES,
        /** A tensor has a type that does not fit. */
        TYPE,
        /** A tensor has a shape that does not fit. */
        SHAPE,
        /** The answer is longer than it can be, or a call is. */
        TOO_LARGE
    }

    private final Kind kind;

    InferenceException(Kind kind, String message) {
        this(kind, message, null);
    }

    InferenceException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }
}
