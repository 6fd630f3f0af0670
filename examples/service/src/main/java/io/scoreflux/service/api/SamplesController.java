package io.scoreflux.service.api;

import io.scoreflux.Sample;
import io.scoreflux.Trace;
import io.scoreflux.service.Limits;
import io.scoreflux.spring.Model;
import io.scoreflux.spring.SampleImages;
import java.util.List;
import java.util.Objects;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Responds to requests for samples of a model. */
@RestController
class SamplesController {
    static final String LAST_EVENT_ID = "Last-Event-ID";
    /** The number of failed samples of a picture. */
    static final String FAILED_SAMPLES = "Scoreflux-Failed-Samples";

    static final List<String> OF_STREAM = SampleQuery.names("count", "from", Format.PARAMETER, "demand", "progress");
    private static final Format[] ROWS = {Format.NDJSON, Format.EVENTS, Format.CSV};
    private static final Format[] ROWS_OR_IMAGES = {Format.NDJSON, Format.EVENTS, Format.CSV, Format.PNG};
    private static final Format[] DOCUMENT = {Format.JSON};
    private static final Format[] DOCUMENT_OR_IMAGE = {Format.JSON, Format.PNG};

    static final List<String> OF_ONE = SampleQuery.names(Format.PARAMETER);

    private final ModelLookup models;
    private final Limits limits;
    private final SampleStreams streams;
    private final SampleEvents events;

    SamplesController(ModelLookup models, Limits limits, SampleStreams streams, SampleEvents events) {
        this.models = models;
        this.limits = limits;
        this.streams = streams;
        this.events = events;
    }

    /** Samples {@code from, from + 1, ...}. */
    @GetMapping("/v1/models/{model}/samples")
    Mono<ResponseEntity<?>> samples(
            @PathVariable String model,
            @RequestParam MultiValueMap<String, String> parameters,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        vary(response);
        Model asked = models.named(model);
        Parameters given = new Parameters(parameters, OF_STREAM);
        Format format = Format.of(given, request.getHeaders(), asked.picture() == null ? ROWS : ROWS_OR_IMAGES);
        SampleQuery query = SampleQuery.of(given, limits, asked);
        if (format != Format.EVENTS) {
            SampleEvents.requireNone(given);
        }
        return stream(asked, query, format, given, request);
    }

    /** The response to a query for several samples. */
    Mono<ResponseEntity<?>> stream(
            Model model, SampleQuery query, Format format, Parameters given, ServerHttpRequest request) {
        String client = Clients.of(request);
        return switch (format) {
            case EVENTS ->
                Mono.just(events.response(
                        model, query.after(request.getHeaders().getOrEmpty(LAST_EVENT_ID)), given, client));
            case CSV ->
                stream(
                        format,
                        CsvLines.of(
                                streams.open(model, query, client), model.info().dimension()));
            case PNG ->
                ImageSheet.of(model, query, streams, client)
                        .map(sheet -> ResponseEntity.ok()
                                .contentType(format.type())
                                .header(FAILED_SAMPLES, Long.toString(sheet.failed()))
                                .body(sheet.png()));
            default -> stream(format, lines(streams.open(model, query, client)));
        };
    }

    /** The samples, and the end. */
    static Flux<Object> lines(SampleStream stream) {
        return stream.samples()
                .<Object>map(SampleView::of)
                .concatWith(Mono.fromSupplier(() -> new EndLine(stream.end())));
    }

    /** The last line of a stream. */
    record EndLine(End end) {}

    /** One sample again. */
    @GetMapping("/v1/models/{model}/samples/{index}")
    Mono<ResponseEntity<?>> sample(
            @PathVariable String model,
            @PathVariable String index,
            @RequestParam MultiValueMap<String, String> parameters,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        vary(response);
        Model asked = models.named(model);
        Parameters given = new Parameters(parameters, OF_ONE);
        Format format = Format.of(given, request.getHeaders(), asked.picture() == null ? DOCUMENT : DOCUMENT_OR_IMAGE);
        SampleQuery query = SampleQuery.of(given, index(index), asked);
        Mono<Sample> sample = streams.open(asked, query, Clients.of(request))
                .completeSamples()
                .publishOn(Schedulers.boundedElastic(), 1)
                .next();
        return sample.map(one -> document(format, format == Format.PNG ? png(asked, one) : SampleView.of(one)));
    }

    private static byte[] png(Model model, Sample sample) {
        // A failed sample has no values, and throws its failure.
        return SampleImages.png(Objects.requireNonNull(model.picture()), sample.values());
    }

    /** One sample with its states at the boundaries of the stages. */
    @GetMapping("/v1/models/{model}/samples/{index}/trace")
    Mono<TraceView> trace(
            @PathVariable String model,
            @PathVariable String index,
            @RequestParam MultiValueMap<String, String> parameters,
            ServerHttpRequest request) {
        Model asked = models.named(model);
        SampleQuery query = SampleQuery.of(new Parameters(parameters, SampleQuery.names()), index(index), asked);
        return streams.trace(asked, query, Clients.of(request)).map(TraceView::of);
    }

    /** A sample and the points of its trajectory. */
    record TraceView(SampleView sample, List<PointView> points) {
        static TraceView of(Trace trace) {
            return new TraceView(
                    SampleView.of(trace.sample()),
                    trace.points().stream()
                            .map(point -> new PointView(point.sigma(), point.z(), point.denoised()))
                            .toList());
        }
    }

    /**
     * A point of a trajectory.
     *
     * @param sigma the noise level
     * @param z the state
     * @param denoised the value of the denoiser there
     */
    @SuppressWarnings("ArrayRecordComponent") // Written, never compared.
    record PointView(double sigma, double[] z, double[] denoised) {}

    private static long index(String text) {
        Long index = Parameters.wholeOrNull(text);
        if (index == null) {
            throw RequestException.invalid(
                    "index", "index must be a whole number, was '" + Parameters.echo(text) + "'");
        }
        return index;
    }

    private static void vary(ServerHttpResponse response) {
        // Error responses have it too.
        response.getHeaders().setVary(List.of(HttpHeaders.ACCEPT, LAST_EVENT_ID));
    }

    private static Mono<ResponseEntity<?>> stream(Format format, Flux<?> body) {
        return Mono.just(ResponseEntity.ok().contentType(format.type()).body(body));
    }

    private static ResponseEntity<?> document(Format format, Object body) {
        return ResponseEntity.ok().contentType(format.type()).body(body);
    }
}
