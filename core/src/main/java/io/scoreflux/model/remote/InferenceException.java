package io.scoreflux.model.remote;

import io.scoreflux.model.ModelException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Thrown if a model on a server cannot be used: it is rejected when it is opened, or a call is refused or has an incorrect response. */
public final class InferenceException extends ModelException {
    private static final long serialVersionUID = 1L;

    InferenceException(Kind kind, String message) {
        this(kind, message, null);
    }

    InferenceException(Kind kind, String message, @Nullable Throwable cause) {
        super(kind, message, cause);
    }

    InferenceException(Kind kind, String complaint, List<String> remedies, @Nullable Throwable cause) {
        super(kind, complaint, remedies, cause);
    }
}
