package io.scoreflux.model.network;

import io.scoreflux.model.ModelException;
import java.util.List;

/** The description of a model by its file or its server, before it is matched with the settings. */
public interface ModelDescription {

    /** Returns the name of the model in messages. */
    String model();

    /** Returns the inputs of the model. */
    List<TensorDescription> inputs();

    /** Returns the outputs of the model. */
    List<TensorDescription> outputs();

    /** Returns the name of an element type in messages. Defaults to {@link ElementType#toString}. */
    default String typeName(ElementType type) {
        return type.toString();
    }

    /**
     * Checks the size of the state before any memory is allocated. By default every size is accepted.
     *
     * @param state the input for the state
     * @param given whether the settings give the shape of the state
     */
    default void checkSize(Tensor state, boolean given) {}

    /** Returns the exception for a model that does not fit the settings. Defaults to a {@link ModelException}. */
    default ModelException failure(ModelException.Kind kind, String message) {
        return new ModelException(kind, message, null);
    }

    /**
     * Returns the exception for a model that does not fit the settings, with remedies. Defaults to {@link #failure(ModelException.Kind,
     * String)} with the remedies at the end of the message.
     *
     * @param complaint what does not fit
     * @param remedies what the caller can do, each a clause; settings in braces, as in {@link io.scoreflux.error.Violation}
     */
    default ModelException failure(ModelException.Kind kind, String complaint, List<String> remedies) {
        return failure(kind, String.valueOf(new ModelException(kind, complaint, remedies, null).getMessage()));
    }
}
