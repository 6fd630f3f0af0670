package io.scoreflux.service.api;

import io.scoreflux.service.Limits;
import java.util.List;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Lists and describes the models. */
@RestController
class ModelsController {
    private final ModelLookup models;
    private final Limits limits;

    ModelsController(ModelLookup models, Limits limits) {
        this.models = models;
        this.limits = limits;
    }

    /** All models. */
    record ModelList(List<ModelView> models) {}

    /** Lists the models, in the order of the configuration. */
    @GetMapping("/v1/models")
    ModelList list(@RequestParam MultiValueMap<String, String> parameters) {
        Parameters.requireNone(parameters);
        return new ModelList(models.all().all().stream()
                .map(model -> ModelView.of(model, limits))
                .toList());
    }

    /** Describes a model. */
    @GetMapping("/v1/models/{model}")
    ModelView describe(@PathVariable String model, @RequestParam MultiValueMap<String, String> parameters) {
        Parameters.requireNone(parameters);
        return ModelView.of(models.named(model), limits);
    }
}
