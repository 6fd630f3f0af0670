package io.scoreflux.service.inference;

import io.scoreflux.service.api.RequestException;
import io.scoreflux.spring.Model;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** The Open Inference Protocol, version 2, over HTTP. */
@RestController
class InferenceController {
    private static final String MODEL = "/v2/models/{model}";
    private static final String MODEL_VERSION = MODEL + "/versions/{version}";

    private final Inference inference;
    private final InferenceSettings settings;

    InferenceController(Inference inference, InferenceSettings settings) {
        this.inference = inference;
        this.settings = settings;
    }

    /** The server. */
    @GetMapping("/v2")
    ResponseEntity<Map<String, Object>> server() {
        Map<String, Object> server = new LinkedHashMap<>();
        server.put("name", Inference.NAME);
        server.put("version", Inference.serverVersion());
        server.put("extensions", List.of("binary_tensor_data"));
        return json(HttpStatus.OK, server);
    }

    /** Whether the service runs. */
    @GetMapping("/v2/health/live")
    ResponseEntity<Map<String, Object>> live() {
        return health("live", inference.isLive(), Map.of());
    }

    /** Whether the service accepts requests. */
    @GetMapping("/v2/health/ready")
    ResponseEntity<Map<String, Object>> ready() {
        return health("ready", inference.isReady(), Map.of());
    }

    /** Whether a model accepts requests. */
    @GetMapping({MODEL + "/ready", MODEL_VERSION + "/ready"})
    ResponseEntity<Map<String, Object>> ready(
            @PathVariable String model, @PathVariable(required = false) @Nullable String version) {
        Model found = inference.model(model, version(version));
        return health("ready", inference.isReady(), Map.of("name", found.name()));
    }

    /** The tensors of a model. */
    @GetMapping({MODEL, MODEL_VERSION})
    ResponseEntity<Map<String, Object>> model(
            @PathVariable String model, @PathVariable(required = false) @Nullable String version) {
        Model found = inference.model(model, version(version));
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("name", found.name());
        metadata.put("versions", List.of(Inference.VERSION));
        metadata.put("platform", Inference.PLATFORM);
        metadata.put("inputs", ModelTensor.inputs(found.info()));
        metadata.put("outputs", List.of(ModelTensor.output(found.info())));
        return json(HttpStatus.OK, metadata);
    }

    /** Values of a model. */
    @PostMapping({MODEL + "/infer", MODEL_VERSION + "/infer"})
    Mono<ResponseEntity<byte[]>> infer(
            @PathVariable String model,
            @PathVariable(required = false) @Nullable String version,
            ServerHttpRequest http) {
        // The model is checked before the body is read.
        Model found = inference.model(model, version(version));
        return body(http).flatMap(body -> {
            HttpCodec.Decoded decoded = HttpCodec.decode(
                    found.name(), version(version), body, http.getHeaders().getFirst(HttpCodec.HEADER_LENGTH));
            return inference
                    .infer(decoded.request())
                    .map(denoised -> HttpCodec.encode(denoised, decoded.id(), decoded.binary()));
        });
    }

    private Mono<byte[]> body(ServerHttpRequest http) {
        return DataBufferUtils.join(http.getBody(), settings.maxBytes())
                .map(InferenceController::bytes)
                .defaultIfEmpty(new byte[0])
                .onErrorMap(
                        DataBufferLimitException.class,
                        error -> RequestException.of(
                                HttpStatus.CONTENT_TOO_LARGE,
                                "body",
                                "body must have at most " + settings.maxBytes()
                                        + " bytes; send fewer rows in a request, or binary data"));
    }

    private static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    private static String version(@Nullable String version) {
        return version == null ? "" : version;
    }

    private static ResponseEntity<Map<String, Object>> health(String what, boolean holds, Map<String, Object> more) {
        Map<String, Object> health = new LinkedHashMap<>(more);
        health.put(what, holds);
        return json(holds ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE, health);
    }

    private static ResponseEntity<Map<String, Object>> json(HttpStatus status, Map<String, Object> body) {
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .body(body);
    }
}
