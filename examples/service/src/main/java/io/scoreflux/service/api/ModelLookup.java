package io.scoreflux.service.api;

import io.scoreflux.spring.Model;
import io.scoreflux.spring.Models;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Finds models for requests. */
@Component
public class ModelLookup {
    private final Models models;

    ModelLookup(Models models) {
        this.models = models;
    }

    /** Returns all models. */
    public Models all() {
        return models;
    }

    /**
     * Returns the model with a name.
     *
     * @throws RequestException with status 404 if there is none
     */
    public Model named(String name) {
        return models.find(name)
                .orElseThrow(() -> RequestException.of(
                        HttpStatus.NOT_FOUND,
                        "model",
                        "model must be one of "
                                + models.all().stream().map(Model::name).collect(Collectors.joining(", ")) + ", was '"
                                + Parameters.echo(name) + "'"));
    }
}
