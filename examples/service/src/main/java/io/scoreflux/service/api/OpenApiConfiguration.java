package io.scoreflux.service.api;

import io.scoreflux.service.security.Access;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.BooleanSchema;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.NumberSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Describes the API. Handlers read their parameters as texts, so the names and types of the parameters are added here. */
@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {
    private static final String VERSION = "1";
    private static final String BEARER = "token";

    /** The name of the handlers' argument that stands for all parameters of the URL. */
    private static final String ALL = "parameters";

    private static final Map<String, List<String>> BY_PATH = Map.of(
            "/v1/models", List.of(),
            "/v1/models/{model}", List.of(),
            "/v1/images/generations", List.of(),
            "/v1/models/{model}/samples", SamplesController.OF_STREAM,
            "/v1/models/{model}/samples/{index}", SamplesController.OF_ONE,
            "/v1/models/{model}/samples/{index}/trace", SampleQuery.names(),
            "/v1/models/{model}/encode", EncodeController.PARAMETERS,
            "/v1/mixtures/samples", MixturesController.OF_STREAM,
            "/v1/streams/{id}/demand", DemandController.PARAMETERS);

    private static final Map<String, String> DESCRIPTIONS = new TreeMap<>(Map.ofEntries(
            Map.entry(
                    "budget",
                    "number of calls of the model for each sample, instead of a tolerance; 5 to 100 with the default"
                            + " solver"),
            Map.entry("condition", "name of a condition of the model"),
            Map.entry("count", "number of samples, or 'unlimited'; 16 by default"),
            Map.entry(
                    "demand",
                    "number of samples to compute at first, for events; POST /v1/streams/{id}/demand requests more"),
            Map.entry(
                    "format",
                    "ndjson, events, csv or png for streams, json or png for one sample; by Accept if missing"),
            Map.entry("from", "index of the first sample; 0 by default"),
            Map.entry("guidance", "guidance weight, from -100 to 100, with a condition or label; 1 by default"),
            Map.entry("label", "number of a class, from 0 on, instead of a condition"),
            Map.entry("n", "number of further samples to compute; 1 by default"),
            Map.entry("negative", "name of the negative condition, which guidance moves away from"),
            Map.entry("progress", "whether events report the progress of the stream; false by default"),
            Map.entry("seed", "seed of the random numbers, 64 bits; 0 by default"),
            Map.entry("solver", "name of the solver; that of the model by default"),
            Map.entry("tolerance", "intended error, relative to the radius of the data, in [1e-14, 1)")));

    @Bean
    OpenApiCustomizer description(Access access) {
        return api -> {
            api.info(new Info()
                    .title("scoreflux")
                    .version(VERSION)
                    .description(
                            "Streams samples of diffusion models. The seed and the index of a sample determine its value.")
                    .license(new License().name("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0")));
            BY_PATH.forEach(
                    (path, names) -> Objects.requireNonNull(api.getPaths().get(path), path)
                            .readOperations()
                            .forEach(operation -> describe(operation, names)));
            if (access.demandsToken()) {
                secure(api);
            }
        };
    }

    private static void describe(Operation operation, List<String> names) {
        operation.getParameters().removeIf(parameter -> parameter.getName().equals(ALL));
        names.forEach(name -> operation.addParametersItem(new Parameter()
                .name(name)
                .in("query")
                .required(false)
                .description(DESCRIPTIONS.get(name))
                .schema(schema(name))));
    }

    private static Schema<?> schema(String name) {
        return switch (name) {
            case "from", "seed" -> new IntegerSchema().format("int64");
            case "budget", "demand", "label", "n" -> new IntegerSchema();
            case "guidance", "tolerance" -> new NumberSchema();
            case "progress" -> new BooleanSchema();
            default -> new StringSchema();
        };
    }

    private static void secure(OpenAPI api) {
        if (api.getComponents() == null) {
            api.components(new Components());
        }
        api.getComponents()
                .addSecuritySchemes(
                        BEARER,
                        new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer"));
        api.addSecurityItem(new SecurityRequirement().addList(BEARER));
    }
}
