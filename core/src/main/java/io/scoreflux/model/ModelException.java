package io.scoreflux.model;

import org.jspecify.annotations.Nullable;

/** A trained network that cannot be used, or one of whose calls failed; the message says what to do. */
public class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Kind {
        /** The file is not there or cannot be loaded: truncated, no model, an operator set that the runtime does not know. */
        UNREADABLE,
        /** The server could not be asked for the model's description; the cause says why. */
        UNREACHABLE,
        /** The server answered with a status that another attempt does not change: no such model, no permission, a redirect, a fault. */
        REFUSED,
        /** The server's answer does not follow the protocol. */
        PROTOCOL,
        /** An input or output is missing, or nothing feeds an input. */
        NAMES,
        /** A tensor has a type that does not fit. */
        TYPE,
        /** A tensor has a shape that does not fit. */
        SHAPE,
        /** A row or a call takes more memory than it may, or an answer is longer than it can be. */
        TOO_LARGE,
        /** The runtime could not carry out a call. */
        CALL
    }

    private final Kind kind;

    /**
     * A failure.
     *
     * @param message line breaks and control characters become spaces
     */
    public ModelException(Kind kind, String message, @Nullable Throwable cause) {
        super(message.strip().replaceAll("\\s*[\\p{Cntrl}\\u2028\\u2029]+\\s*", " "), cause);
        this.kind = kind;
    }

    /** What is wrong. */
    public final Kind kind() {
        return kind;
    }
}
