package io.scoreflux.service;

import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.stream.Gateway;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** Responds to requests for samples. */
@RestController
class SamplesController {
    static final String PATH = "/samples";
    private static final String LAST_EVENT_ID = "Last-Event-ID";

    private final Target target;
    private final Gateway gateway;
    private final Limits limits;
    private final StreamLimiter places;

    SamplesController(Target target, Gateway gateway, Limits limits, StreamLimiter places) {
        this.target = target;
        this.gateway = gateway;
        this.limits = limits;
        this.places = places;
    }

    /** Samples {@code from, from + 1, ...}, one line or one event each, as the client accepts. */
    @GetMapping(PATH)
    ResponseEntity<Flux<Object>> samples(
            @RequestParam MultiValueMap<String, String> parameters,
            @RequestHeader HttpHeaders headers,
            ServerHttpResponse response) {
        // Error responses have it too.
        response.getHeaders().setVary(List.of(HttpHeaders.ACCEPT, LAST_EVENT_ID));
        Format format = Format.of(headers);
        SampleQuery query = SampleQuery.of(parameters, limits.maxCount(), target);
        if (format == Format.NDJSON) {
            return answer(format, samples(query).cast(Object.class));
        }
        SampleQuery rest = query.after(headers.getOrEmpty(LAST_EVENT_ID));
        if (rest.count() == 0) {
            // Status 204 stops an EventSource, which otherwise reconnects after the end of every response.
            return ResponseEntity.noContent().build();
        }
        return answer(
                format,
                samples(rest)
                        .<Object>map(sample -> ServerSentEvent.builder(sample)
                                .id(Long.toString(sample.index()))
                                .build())
                        .concatWithValues(ServerSentEvent.builder(new End(query.count()))
                                .event("end")
                                .build()));
    }

    private static ResponseEntity<Flux<Object>> answer(Format format, Flux<Object> body) {
        return ResponseEntity.ok().contentType(format.type()).body(body);
    }

    private Flux<SampleView> samples(SampleQuery query) {
        SamplerBuilder builder = Sampler.builder(gateway);
        if (query.condition() != null) {
            builder.condition(query.condition());
        }
        Sampler sampler = builder.noiseRange(target.fromSigma(), target.toSigma())
                .solver(new Sliding(query.tolerance()))
                .seed(query.seed())
                // The web server itself requests at least 32 samples ahead of the client.
                .prefetch(0)
                .build();
        return places.hold(sampler.samples(query.from(), query.from() + query.count()))
                .map(SampleView::of);
    }

    /** The data of the last event: the number of samples of the whole response. */
    private record End(int count) {}
}
