package io.scoreflux.service.examples

import io.netty.buffer.ByteBufAllocator
import io.netty.buffer.ByteBufUtil
import io.rsocket.metadata.AuthMetadataCodec
import org.springframework.http.codec.json.JacksonJsonDecoder
import org.springframework.http.codec.json.JacksonJsonEncoder
import org.springframework.messaging.rsocket.RSocketRequester
import org.springframework.messaging.rsocket.retrieveFlux
import org.springframework.util.MimeType
import org.springframework.util.MimeTypeUtils
import reactor.core.publisher.Flux
import tools.jackson.databind.JsonNode

private val BEARER = MimeType.valueOf("message/x.rsocket.authentication.v0")

/** A connection to the service. The first frame contains the token. */
fun connect(
    host: String,
    port: Int,
    token: String,
): RSocketRequester = RSocketRequester.builder()
    .rsocketStrategies { it.encoder(JacksonJsonEncoder()).decoder(JacksonJsonDecoder()) }
    .dataMimeType(MimeTypeUtils.APPLICATION_JSON)
    .setupMetadata(
        ByteBufUtil.getBytes(AuthMetadataCodec.encodeBearerMetadata(ByteBufAllocator.DEFAULT, token.toCharArray())),
        BEARER,
    )
    .tcp(host, port)

/** A stream without end. The service computes as many samples as the subscriber requests, and no more. */
fun samples(requester: RSocketRequester): Flux<JsonNode> = requester
    .route("v1.models.ring8.samples")
    .data(mapOf("count" to "unlimited", "seed" to 7))
    .retrieveFlux()
