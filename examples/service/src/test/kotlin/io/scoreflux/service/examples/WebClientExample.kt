package io.scoreflux.service.examples

import org.springframework.http.MediaType
import org.springframework.web.reactive.function.client.WebClient
import org.springframework.web.reactive.function.client.WebClientRequestException
import org.springframework.web.reactive.function.client.WebClientResponseException
import org.springframework.web.reactive.function.client.bodyToFlux
import reactor.core.publisher.Flux
import reactor.util.retry.Retry
import tools.jackson.databind.JsonNode
import java.time.Duration
import java.util.concurrent.atomic.AtomicLong

/** The samples 0 to count - 1. If a response ends early, the next one continues it. */
fun samples(
    client: WebClient,
    count: Long,
): Flux<JsonNode> = Flux.defer {
    val next = AtomicLong()
    Flux.defer {
        client.get()
            .uri("/v1/models/ring8/samples?count={count}&from={from}", count - next.get(), next.get())
            .accept(MediaType.APPLICATION_NDJSON)
            .retrieve()
            .bodyToFlux<JsonNode>()
    }
        .filter { it.has("index") } // The last line is the end marker.
        .doOnNext { next.set(it["index"].asLong() + 1) }
        .retryWhen(Retry.backoff(20, Duration.ofMillis(100)).filter(::isTemporary).transientErrors(true))
        .repeat { next.get() < count }
}

private fun isTemporary(error: Throwable) = error is WebClientRequestException ||
    (error is WebClientResponseException && error.statusCode.value() in setOf(200, 429, 503))
