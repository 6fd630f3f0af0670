package io.scoreflux.service.api;

import io.scoreflux.service.Limits;
import io.scoreflux.spring.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Encodes data: from the smallest noise level to the largest. */
@RestController
class EncodeController {
    static final List<String> PARAMETERS = List.of("budget", "condition", "label", "solver", "tolerance");

    private final ModelLookup models;
    private final Limits limits;
    private final SampleStreams streams;

    EncodeController(ModelLookup models, Limits limits, SampleStreams streams) {
        this.models = models;
        this.limits = limits;
        this.streams = streams;
    }

    /**
     * The states to encode.
     *
     * @param states rows of numbers
     */
    @SuppressWarnings("ArrayRecordComponent") // Read once, never compared.
    record States(double @Nullable [][] states) {}

    /** Encodes states; the result is like that of samples. */
    @PostMapping(path = "/v1/models/{model}/encode", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<Flux<Object>>> encode(
            @PathVariable String model,
            @RequestParam MultiValueMap<String, String> parameters,
            @RequestBody Mono<States> body,
            ServerHttpRequest request) {
        Model asked = models.named(model);
        Parameters given = new Parameters(parameters, PARAMETERS);
        return body.map(states -> {
            double[][] rows = rows(states.states(), asked.info().dimension());
            SampleQuery query = SampleQuery.ofRows(given, rows.length, asked);
            SampleStream stream = streams.encode(asked, query, rows, Clients.of(request));
            return ResponseEntity.ok().contentType(MediaType.APPLICATION_NDJSON).body(SamplesController.lines(stream));
        });
    }

    private double[][] rows(double @Nullable [][] states, int dimension) {
        if (states == null || states.length == 0) {
            throw RequestException.invalid("states", "states must be a list of at least one list of numbers");
        }
        if (states.length > limits.maxCount()) {
            throw RequestException.invalid(
                    "states", "states must have at most " + limits.maxCount() + " rows, has " + states.length);
        }
        for (int k = 0; k < states.length; k++) {
            if (states[k] == null || states[k].length != dimension) {
                throw RequestException.invalid(
                        "states[" + k + "]",
                        "states[" + k + "] must have " + dimension + " numbers, has "
                                + (states[k] == null ? 0 : states[k].length));
            }
        }
        return states;
    }
}
