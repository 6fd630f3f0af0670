package io.scoreflux.service.rsocket;

import io.scoreflux.service.Limits;
import io.scoreflux.service.api.BodyErrors;
import io.scoreflux.service.api.ModelLookup;
import io.scoreflux.service.api.Parameters;
import io.scoreflux.service.api.RequestException;
import io.scoreflux.service.api.SampleQuery;
import io.scoreflux.service.api.SampleStreams;
import io.scoreflux.service.api.SampleView;
import io.scoreflux.spring.Model;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.handler.annotation.DestinationVariable;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;
import org.springframework.messaging.handler.annotation.MessageMapping;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.messaging.handler.invocation.MethodArgumentResolutionException;
import org.springframework.messaging.rsocket.RSocketRequester;
import org.springframework.stereotype.Controller;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Streams samples over RSocket. The payload of a request is a JSON object with the parameters of the HTTP API. A request for n samples
 * reaches the sampler as it is, and nothing is computed ahead.
 */
@Controller
class SamplesMessageController {
    private static final List<String> OF_STREAM = SampleQuery.names("count", "from");

    private final ModelLookup models;
    private final Limits limits;
    private final SampleStreams streams;

    SamplesMessageController(ModelLookup models, Limits limits, SampleStreams streams) {
        this.models = models;
        this.limits = limits;
        this.streams = streams;
    }

    /** The names of the models. */
    @MessageMapping("v1.models")
    Mono<List<String>> names() {
        return Mono.fromSupplier(
                () -> models.all().all().stream().map(Model::name).toList());
    }

    /** Samples of a model. */
    @MessageMapping("v1.models.{model}.samples")
    Flux<SampleView> samples(
            @DestinationVariable String model,
            @Payload(required = false) @Nullable Map<String, Object> payload,
            RSocketRequester connection) {
        Model asked = models.named(model);
        Parameters given = Parameters.ofObject(payload == null ? Map.of() : payload, OF_STREAM);
        SampleQuery query = SampleQuery.of(given, limits, asked);
        return streams.open(asked, query, client(connection))
                .completeSamples()
                .map(SampleView::of)
                .onErrorMap(RequestException.class, e -> new IllegalStateException(e.line()));
    }

    /** A connection counts as one client. */
    private static String client(RSocketRequester connection) {
        return "rsocket " + System.identityHashCode(connection);
    }

    /** The same for a payload that is no JSON object, or repeats a member. */
    @MessageExceptionHandler
    Mono<Void> refuse(MethodArgumentResolutionException e) {
        return refuse(BodyErrors.of(e));
    }

    /** An error frame with one line of text. */
    @MessageExceptionHandler
    Mono<Void> refuse(RequestException e) {
        return Mono.error(new IllegalArgumentException(e.line()));
    }
}
