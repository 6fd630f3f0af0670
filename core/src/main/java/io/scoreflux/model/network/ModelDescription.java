package io.scoreflux.model.network;

import io.scoreflux.model.ModelException;
import java.util.List;

/** A model as its format or its server describes it, before it is matched with the settings. */
public interface ModelDescription {

    /** The model's name in messages. */
    String model();

    /** Its inputs. */
    List<TensorDescription> inputs();

    /** Its outputs. */
    List<TensorDescription> outputs();

    /** The name of an element type in messages. Defaults to {@link ElementType#toString}. */
    default String typeName(ElementType type) {
        return type.toString();
    }

    /**
     * Checks the size of the state, before any memory is allocated. By default every size is accepted.
     *
     * @param given whether the settings give the state's shape
     */
    default void checkSize(Tensor state, boolean given) {}

    /** The exception for a model that does not fit the settings. Defaults to a {@link ModelException}. */
    default ModelException failure(ModelException.Kind kind, String message) {
        return new ModelException(kind, message, null);
    }
}
