package io.scoreflux.service.images;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.scoreflux.Sample;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.service.api.Clients;
import io.scoreflux.service.api.ModelLookup;
import io.scoreflux.service.api.Parameters;
import io.scoreflux.service.api.RequestException;
import io.scoreflux.service.api.SampleQuery;
import io.scoreflux.service.api.SampleStreams;
import io.scoreflux.service.http.Problem;
import io.scoreflux.spring.Model;
import io.scoreflux.spring.SampleImages;
import io.scoreflux.stream.Stage;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.concurrent.Queues;

/**
 * Generates images in the shape of OpenAI's image API, so that its clients work unchanged. The prompt is the name of a condition of the
 * model, or empty. {@code seed}, {@code guidance} and {@code tolerance} are additions: without a seed, each response has new images, and
 * every image names its seed and index.
 */
@RestController
class ImagesController {
    private static final Logger LOG = LoggerFactory.getLogger(ImagesController.class);
    private static final int MOST_IMAGES = 100;
    private static final int MOST_PARTIAL = 3;
    private static final long MOST_PIXELS = 1 << 24;

    /** Leaves 53 bits, which numbers of JavaScript hold exactly. */
    private static final int JSON_INTEGER_SHIFT = 11;

    /** The parameters. The last six belong to other image models; clients send them, and they have no effect. */
    private static final List<String> PARAMETERS = List.of(
            "model",
            "prompt",
            "n",
            "size",
            "response_format",
            "output_format",
            "stream",
            "partial_images",
            "seed",
            "guidance",
            "tolerance",
            "budget",
            "background",
            "moderation",
            "output_compression",
            "quality",
            "style",
            "user");

    private final ModelLookup models;
    private final SampleStreams streams;
    private final SecureRandom seeds = new SecureRandom();

    ImagesController(ModelLookup models, SampleStreams streams) {
        this.models = models;
        this.streams = streams;
    }

    /** Images as OpenAI's clients expect them. */
    record Images(
            long created, @JsonProperty("output_format") String outputFormat, String size, List<Generated> data) {}

    /**
     * One image.
     *
     * @param b64Json a PNG file in base 64, or null
     * @param url the same as a data URL, or null
     * @param seed the seed of the sample
     * @param index the index of the sample
     */
    @JsonInclude(Include.NON_NULL)
    record Generated(
            @JsonProperty("b64_json") @Nullable String b64Json,
            @Nullable String url,
            long seed,
            long index) {}

    /** Generates images, in one document or as server-sent events. */
    @PostMapping(path = "/v1/images/generations", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<?>> generate(
            @RequestParam MultiValueMap<String, String> parameters,
            @RequestBody Mono<Map<String, Object>> body,
            ServerHttpRequest request) {
        Parameters.requireNone(parameters);
        return body.flatMap(given -> generate(given, Clients.of(request)));
    }

    private Mono<ResponseEntity<?>> generate(Map<String, Object> body, String client) {
        Parameters given = Parameters.ofObject(body, PARAMETERS);
        Model model = model(given);
        Picture picture = Objects.requireNonNull(model.picture());
        long n = given.whole("n", 1);
        if (n < 1 || n > MOST_IMAGES) {
            throw RequestException.invalid("n", "n must be at least 1 and at most " + MOST_IMAGES + ", was " + n);
        }
        Size size = Size.of(given.text("size", Size.AUTO), picture);
        if (n * size.width() * size.height() > MOST_PIXELS) {
            throw RequestException.invalid(
                    "n",
                    "n images of size " + size + " must have at most " + MOST_PIXELS + " pixels together, n was " + n);
        }
        boolean asUrl = oneOf(given, "response_format", "b64_json", "url").equals("url");
        oneOf(given, "output_format", "png");
        boolean stream = given.flag("stream", false);
        if (stream && n != 1) {
            throw RequestException.invalid("n", "n must be 1 for a stream, was " + n);
        }
        long partialImages = given.whole("partial_images", 0);
        if (partialImages < 0 || partialImages > MOST_PARTIAL) {
            throw RequestException.invalid(
                    "partial_images",
                    "partial_images must be at least 0 and at most " + MOST_PARTIAL + ", was " + partialImages);
        }
        SampleQuery query = query(given, model, n);
        if (stream) {
            return Mono.just(ResponseEntity.ok()
                    .contentType(MediaType.TEXT_EVENT_STREAM)
                    .body(events(model, query, size, (int) partialImages, client)));
        }
        return streams.open(model, query, client)
                .completeSamples()
                // Not on the thread of the model.
                .publishOn(Schedulers.boundedElastic(), 1)
                .map(sample -> generated(picture, sample, query.seed(), size, asUrl))
                .collectList()
                .map(images -> ResponseEntity.ok(new Images(now(), "png", size.toString(), images)));
    }

    private Model model(Parameters given) {
        List<Model> drawing = models.all().all().stream()
                .filter(model -> model.picture() != null)
                .toList();
        if (drawing.isEmpty()) {
            throw RequestException.of(
                    HttpStatus.NOT_FOUND,
                    "model",
                    "no model has samples that are images; configure one, or use /v1/models for other samples");
        }
        String name = given.text("model", drawing.get(0).name());
        return drawing.stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow(() -> RequestException.of(
                        models.all().find(name).isPresent() ? HttpStatus.BAD_REQUEST : HttpStatus.NOT_FOUND,
                        "model",
                        "model must be one of "
                                + drawing.stream().map(Model::name).collect(Collectors.joining(", "))
                                + ", whose samples are images, was '" + Parameters.echo(name)
                                + "'; leave it out for the first of them"));
    }

    private SampleQuery query(Parameters given, Model model, long n) {
        Map<String, Object> own = new LinkedHashMap<>();
        own.put("count", n);
        own.put("seed", given.has("seed") ? given.whole("seed", 0) : seeds.nextLong() >>> JSON_INTEGER_SHIFT);
        for (String name : List.of("guidance", "tolerance", "budget")) {
            if (given.has(name)) {
                own.put(name, Objects.requireNonNull(given.value(name)));
            }
        }
        if (!given.isEmpty("prompt")) {
            own.put("condition", given.text("prompt", ""));
        }
        try {
            return SampleQuery.of(Parameters.ofObject(own, SampleQuery.names("count")), MOST_IMAGES, model);
        } catch (RequestException e) {
            throw "condition".equals(e.field())
                    ? RequestException.invalid("prompt", e.line().replaceFirst("^condition", "prompt"))
                    : e;
        }
    }

    /** The image, after partial images: the states of the sample at the ends of some stages, which still have noise. */
    private Flux<ServerSentEvent<Object>> events(
            Model model, SampleQuery query, Size size, int partialImages, String client) {
        Picture picture = Objects.requireNonNull(model.picture());
        Sinks.Many<Partial> partial = Sinks.many().unicast().onBackpressureBuffer();
        Map<Integer, Stage> stages = new HashMap<>();
        for (int k = 0; k < partialImages; k++) {
            int number = k;
            int stage = model.stages() * (k + 1) / (partialImages + 1) - 1;
            if (stage >= 0 && stage < model.stages() - 1) {
                stages.put(
                        stage,
                        Stage.observe(trajectory ->
                                partial.tryEmitNext(new Partial(trajectory.index(), trajectory.z(), number))));
            }
        }
        Flux<ServerSentEvent<Object>> completed = streams.open(model, query, client, stages)
                .completeSamples()
                .publishOn(Schedulers.boundedElastic(), 1)
                .map(sample -> event("completed", picture, sample.values(), size, query.seed(), sample.index(), null))
                .doOnTerminate(partial::tryEmitComplete);
        Flux<ServerSentEvent<Object>> partials = partial.asFlux()
                .publishOn(Schedulers.boundedElastic(), 1)
                .map(one -> event("partial_image", picture, one.z(), size, query.seed(), one.index(), one.number()));
        return withError(Flux.mergeSequentialDelayError(Queues.XS_BUFFER_SIZE, partials, completed));
    }

    /**
     * After the first event, an error is an event too, as OpenAI's clients expect it. Before that, the response has the status of the error.
     */
    private static Flux<ServerSentEvent<Object>> withError(Flux<ServerSentEvent<Object>> events) {
        return Flux.defer(() -> {
            AtomicBoolean begun = new AtomicBoolean();
            return events.doOnNext(event -> begun.set(true)).onErrorResume(error -> {
                if (!begun.get()) {
                    return Flux.error(error);
                }
                Problem problem = Problem.of(error);
                if (problem.unexpected()) {
                    LOG.error("A stream of images failed", error);
                } else {
                    LOG.warn("A stream of images ended early: {}", problem.detail());
                }
                Map<String, Object> event = new LinkedHashMap<>();
                event.put("type", "error");
                event.put("error", problem.openAiError());
                return Flux.just(
                        ServerSentEvent.<Object>builder(event).event("error").build());
            });
        });
    }

    /** A state at the end of a stage. */
    @SuppressWarnings("ArrayRecordComponent") // Drawn once, never compared.
    private record Partial(long index, double[] z, int number) {}

    private static ServerSentEvent<Object> event(
            String kind,
            Picture picture,
            double[] values,
            Size size,
            long seed,
            long index,
            @Nullable Integer partialIndex) {
        String type = "image_generation." + kind;
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("type", type);
        event.put("b64_json", base64(picture, values, size));
        event.put("created_at", now());
        event.put("size", size.toString());
        event.put("quality", "auto");
        event.put("background", "opaque");
        event.put("output_format", "png");
        if (partialIndex != null) {
            event.put("partial_image_index", partialIndex);
        }
        event.put("seed", seed);
        event.put("index", index);
        return ServerSentEvent.<Object>builder(event).event(type).build();
    }

    private static String base64(Picture picture, double[] values, Size size) {
        return Base64.getEncoder().encodeToString(SampleImages.png(picture, values, size.width(), size.height()));
    }

    private static Generated generated(Picture picture, Sample sample, long seed, Size size, boolean asUrl) {
        String text = base64(picture, sample.values(), size);
        return new Generated(asUrl ? null : text, asUrl ? "data:image/png;base64," + text : null, seed, sample.index());
    }

    private static String oneOf(Parameters given, String name, String... allowed) {
        String value = given.text(name, allowed[0]);
        if (!List.of(allowed).contains(value)) {
            throw RequestException.invalid(
                    name, name + " must be " + String.join(" or ", allowed) + ", was '" + Parameters.echo(value) + "'");
        }
        return value;
    }

    private static long now() {
        return Instant.now().getEpochSecond();
    }

    /** A size in pixels. */
    private record Size(int width, int height) {
        static final String AUTO = "auto";

        static Size of(String text, Picture picture) {
            if (text.equals(AUTO)) {
                return new Size(picture.width(), picture.height());
            }
            List<Integer> sides = new ArrayList<>();
            if (text.matches("[1-9][0-9]{0,3}x[1-9][0-9]{0,3}")) {
                for (String side : text.split("x", -1)) {
                    sides.add(Integer.parseInt(side));
                }
            }
            if (sides.isEmpty() || sides.stream().anyMatch(side -> side > SampleImages.MAX_SIDE)) {
                throw RequestException.invalid(
                        "size",
                        "size must be auto or WIDTHxHEIGHT with sides from 1 to " + SampleImages.MAX_SIDE + ", was '"
                                + Parameters.echo(text) + "'");
            }
            return new Size(sides.get(0), sides.get(1));
        }

        @Override
        public String toString() {
            return width + "x" + height;
        }
    }
}
