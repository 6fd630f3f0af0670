package io.scoreflux.service.examples

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import org.springframework.http.MediaType
import org.springframework.web.reactive.function.client.WebClient
import org.springframework.web.reactive.function.client.bodyToFlow
import tools.jackson.databind.JsonNode

/** The first samples on the right half of the plane. The service stops its work when the last one has arrived. */
fun samplesOnTheRight(
    client: WebClient,
    count: Int,
): Flow<List<Double>> = client.get()
    .uri("/v1/models/ring8/samples?count=unlimited")
    .accept(MediaType.APPLICATION_NDJSON)
    .retrieve()
    .bodyToFlow<JsonNode>()
    .filter { it["status"]?.asString() == "converged" }
    .map { sample -> sample["values"].values().map { it.asDouble() } }
    .filter { it[0] > 0 }
    .take(count)
