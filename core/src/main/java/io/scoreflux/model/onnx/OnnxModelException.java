package io.scoreflux.model.onnx;

import io.scoreflux.model.ModelException;
import org.jspecify.annotations.Nullable;

/** A model in an ONNX file that cannot be used: it is refused when it is opened, or one of its calls failed. */
public final class OnnxModelException extends ModelException {
    private static final long serialVersionUID = 1L;

    OnnxModelException(Kind kind, String message, @Nullable Throwable cause) {
        super(kind, message, cause);
    }
}
