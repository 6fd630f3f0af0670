package io.scoreflux.model.onnx;

import io.scoreflux.model.ModelException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Thrown if a model in an ONNX file cannot be used: it is rejected when it is opened, or one of its calls fails. */
public final class OnnxModelException extends ModelException {
    private static final long serialVersionUID = 1L;

    OnnxModelException(Kind kind, String message, @Nullable Throwable cause) {
        super(kind, message, cause);
    }

    OnnxModelException(Kind kind, String complaint, List<String> remedies, @Nullable Throwable cause) {
        super(kind, complaint, remedies, cause);
    }
}
