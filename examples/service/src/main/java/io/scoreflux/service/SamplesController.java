package io.scoreflux.service;

import io.scoreflux.Sampler;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.stream.Gateway;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** Answers requests for samples. */
@RestController
class SamplesController {
    static final String PATH = "/samples";

    private final Target target;
    private final Gateway gateway;
    private final Limits limits;
    private final Places places;

    SamplesController(Target target, Gateway gateway, Limits limits, Places places) {
        this.target = target;
        this.gateway = gateway;
        this.limits = limits;
        this.places = places;
    }

    /** Samples {@code from, from + 1, ...}: a line each, or an event each, as the client accepts. */
    @GetMapping(PATH)
    ResponseEntity<Flux<SampleView>> samples(
            @RequestParam MultiValueMap<String, String> parameters, @RequestHeader HttpHeaders headers) {
        Format format = Format.of(headers);
        SampleQuery query = SampleQuery.of(parameters, limits.maxCount());
        return ResponseEntity.ok().contentType(format.type).body(samples(query));
    }

    private Flux<SampleView> samples(SampleQuery query) {
        Sampler sampler = Sampler.builder(gateway)
                .noiseRange(target.fromSigma(), target.toSigma())
                .solver(new Sliding(query.tolerance()))
                .seed(query.seed())
                // The web server asks ahead of the client already, for 32 samples and more.
                .readAhead(0)
                .build();
        return places.hold(sampler.samples(query.from(), query.from() + query.count()))
                .map(SampleView::of);
    }
}
