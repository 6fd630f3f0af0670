package io.scoreflux.spring;

import io.scoreflux.error.InvalidArgumentException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The models of the application by name, in the order of the configuration. */
public final class Models {
    private final Map<String, Model> byName = new LinkedHashMap<>();

    Models(Collection<Model> models) {
        models.forEach(model -> byName.put(model.name(), model));
    }

    /** Returns all models. */
    public Collection<Model> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /** Returns the model with a name. */
    public Optional<Model> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /**
     * Returns the model with a name.
     *
     * @throws InvalidArgumentException if there is none
     */
    public Model named(String name) {
        return find(name)
                .orElseThrow(() -> new InvalidArgumentException(
                        "model",
                        byName.isEmpty()
                                ? "must be configured under scoreflux.models"
                                : "must be one of " + String.join(", ", byName.keySet()),
                        name));
    }
}
