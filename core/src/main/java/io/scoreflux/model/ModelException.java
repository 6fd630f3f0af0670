package io.scoreflux.model;

import org.jspecify.annotations.Nullable;

/** Thrown if a trained network cannot be used or one of its calls fails. The message states what to do. */
public class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kind of failure. */
    public enum Kind {
        /** The file does not exist or cannot be loaded: it is truncated, is not a model, or has an operator set unknown to the runtime. */
        UNREADABLE,
        /** The description of the model could not be read from the server. The cause has the reason. */
        UNREACHABLE,
        /** The server responded with a status that a retry does not change: no such model, no permission, a redirect, or an error. */
        REFUSED,
        /** The response of the server does not follow the protocol. */
        PROTOCOL,
        /** An input or output is missing, or an input has no value. */
        NAMES,
        /** A tensor has the wrong type. */
        TYPE,
        /** A tensor has the wrong shape. */
        SHAPE,
        /** A row or a call exceeds the memory limit, or a response is longer than the model allows. */
        TOO_LARGE,
        /** The runtime failed to execute a call. */
        CALL
    }

    private final Kind kind;

    /**
     * Creates an exception.
     *
     * @param kind the kind of failure
     * @param message what failed and what to do; line breaks and control characters become spaces
     */
    public ModelException(Kind kind, String message, @Nullable Throwable cause) {
        super(message.strip().replaceAll("\\s*[\\p{Cntrl}\\u2028\\u2029]+\\s*", " "), cause);
        this.kind = kind;
    }

    /** Returns the kind of failure. */
    public final Kind kind() {
        return kind;
    }
}
