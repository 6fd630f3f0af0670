package io.scoreflux.service.api;

import io.scoreflux.service.Limits;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Receives the demand of clients that state it. HTTP itself carries bytes, not a number of samples. */
@RestController
class DemandController {
    static final List<String> PARAMETERS = List.of("n");

    private final Map<String, SampleStream> streams = new ConcurrentHashMap<>();
    private final int most;

    DemandController(Limits limits) {
        most = limits.maxCount();
    }

    /** The same events, during which the client can request samples of the stream. */
    <T> Flux<T> register(String id, SampleStream stream, Flux<T> events) {
        return Flux.using(
                () -> {
                    streams.put(id, stream);
                    return id;
                },
                registered -> events,
                streams::remove);
    }

    /** A new identifier, which other clients cannot guess. */
    static String newId() {
        return UUID.randomUUID().toString();
    }

    /** Requests {@code n} further samples of a stream. */
    @PostMapping("/v1/streams/{id}/demand")
    Mono<ResponseEntity<Void>> demand(
            @PathVariable String id,
            @RequestParam MultiValueMap<String, String> parameters,
            ServerHttpRequest request) {
        // An ignored body would hide that its numbers are not those of the address.
        return request.getBody()
                .<Void>handle((buffer, sink) -> {
                    boolean isEmpty = buffer.readableByteCount() == 0;
                    DataBufferUtils.release(buffer);
                    if (!isEmpty) {
                        // At the first bytes, because the body may be of any length.
                        sink.error(RequestException.invalid(
                                "body", "body must be absent; send n as a parameter of the address, such as ?n=5"));
                    }
                })
                .then(Mono.fromSupplier(() -> demand(id, parameters)));
    }

    private ResponseEntity<Void> demand(String id, MultiValueMap<String, String> parameters) {
        long n = new Parameters(parameters, PARAMETERS).whole("n", 1);
        if (n < 1 || n > most) {
            throw RequestException.invalid("n", "n must be at least 1 and at most " + most + ", was " + n);
        }
        SampleStream stream = streams.get(id);
        if (stream == null) {
            throw RequestException.of(
                    HttpStatus.NOT_FOUND,
                    "id",
                    "there is no stream of this id; it has ended: resume it from its last index");
        }
        long outstanding = stream.outstanding();
        if (outstanding + n > most) {
            throw RequestException.invalid(
                    "n",
                    "n must be at most " + Math.max(0, most - outstanding) + ", as " + outstanding
                            + " samples are outstanding, was " + n + "; read them first");
        }
        stream.request(n);
        return ResponseEntity.noContent().build();
    }
}
