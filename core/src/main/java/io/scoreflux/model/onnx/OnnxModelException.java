package io.scoreflux.model.onnx;

import io.scoreflux.model.ModelException;
import org.jspecify.annotations.Nullable;

/** A model that cannot be used: it is refused when it is opened, or one of its calls failed. */
public final class OnnxModelException extends ModelException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Kind {
        /** The file is not there or ONNX Runtime cannot load it: truncated, no model, an operator set that it does not know. */
        UNREADABLE,
        /** An input or output is missing, or one is there that nothing feeds. */
        NAMES,
        /** A tensor has a type that does not fit. */
        TYPE,
        /** A tensor has a shape that does not fit. */
        SHAPE,
        /** One row takes more memory than a call may. */
        TOO_LARGE,
        /** ONNX Runtime could not carry out a call. */
        CALL
    }

    private final Kind kind;

    OnnxModelException(Kind kind, String message) {
        this(kind, message, null);
    }

    /** Of several lines, as ONNX Runtime writes them, one is made. */
    OnnxModelException(Kind kind, String message, @Nullable Throwable cause) {
        super(message.strip().replaceAll("\\s*\\R\\s*", " "), cause);
        this.kind = kind;
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }
}
