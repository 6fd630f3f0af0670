package io.scoreflux.service.rsocket

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.netty.buffer.ByteBufAllocator
import io.netty.buffer.ByteBufUtil
import io.rsocket.metadata.AuthMetadataCodec
import io.rsocket.metadata.WellKnownMimeType
import io.scoreflux.Sampler
import io.scoreflux.service.Desk
import io.scoreflux.service.FROM_SIGMA
import io.scoreflux.service.Running
import io.scoreflux.service.TO_SIGMA
import io.scoreflux.service.await
import io.scoreflux.service.twoModes
import org.springframework.core.io.buffer.DefaultDataBufferFactory
import org.springframework.messaging.rsocket.RSocketRequester
import org.springframework.messaging.rsocket.RSocketStrategies
import org.springframework.messaging.rsocket.retrieveFlux
import org.springframework.util.MimeType
import org.springframework.util.MimeTypeUtils
import reactor.core.publisher.Flux
import reactor.test.StepVerifier
import tools.jackson.databind.JsonNode
import java.net.URI
import java.time.Duration

private val TIMEOUT: Duration = Duration.ofSeconds(60)

/** RSocket over TCP and WebSocket: the demand of a client reaches the model. */
class RSocketSpec : FreeSpec({
    val exact = twoModes()

    fun strategies(service: Running) = service.context.getBean(RSocketStrategies::class.java)

    fun tcp(
        service: Running,
        token: String? = null,
    ): RSocketRequester = RSocketRequester.builder().rsocketStrategies(strategies(service))
        .dataMimeType(MimeTypeUtils.APPLICATION_JSON)
        .also { if (token != null) it.setupMetadata(bearer(token), AUTHENTICATION) }
        .tcp("127.0.0.1", service.rsocketPort)

    fun webSocket(service: Running): RSocketRequester = RSocketRequester.builder()
        .rsocketStrategies(strategies(service)).dataMimeType(MimeTypeUtils.APPLICATION_JSON)
        .websocket(URI.create("ws://127.0.0.1:${service.port}/rsocket"))

    fun samples(
        requester: RSocketRequester,
        parameters: Map<String, Any> = mapOf(),
        model: String = "test",
    ): Flux<JsonNode> = requester.route("v1.models.$model.samples").data(parameters).retrieveFlux()

    for ((name, connect) in mapOf<String, (Running) -> RSocketRequester>(
        "TCP" to { tcp(it) },
        "WebSocket" to ::webSocket,
    )) {
        "$name: request(5) starts exactly 5 samples, request(3) three more, and cancel stops" {
            val desk = Desk(exact)
            Running(desk).use { service ->
                val requester = connect(service)
                StepVerifier.create(samples(requester, mapOf("count" to "unlimited", "seed" to 3)), 0)
                    .thenRequest(5).expectNextCount(5)
                    .then { service.awaitModel() }
                    .then { desk.started.get() shouldBe 5 }
                    .thenRequest(3).expectNextCount(3)
                    .then { service.awaitModel() }
                    .then { desk.started.get() shouldBe 8 }
                    .thenCancel().verify(TIMEOUT)
                await("the end of the stream") { service.streams() == 0 }
                val before = desk.calls.get()
                service.awaitModel()
                withClue("one more call by awaitModel itself") { desk.calls.get() shouldBe before + 1 }
                requester.dispose()
            }
        }
    }

    "the samples of the library, with the parameters of HTTP" {
        Running(exact).use { service ->
            val expected = Sampler.builder(exact).noiseRange(FROM_SIGMA, TO_SIGMA).seed(9).build().samples(4, 7)
                .collectList().block()!!
            val requester = tcp(service)
            val got = samples(requester, mapOf("count" to 3, "seed" to 9, "from" to 4)).collectList().block(TIMEOUT)!!
            got.map { it["index"].asLong() } shouldContainExactly listOf(4L, 5L, 6L)
            got.map { one -> one["values"].values().map { it.asDouble() } } shouldContainExactly
                expected.map { it.values().toList() }
            requester.route("v1.models").retrieveMono(JsonNode::class.java).block(TIMEOUT)!!
                .values().map { it.asString() } shouldContainExactly listOf("test")
            requester.dispose()
        }
    }

    "bad parameters: an error frame with name, rule and value, before any work" {
        val desk = Desk(exact)
        Running(desk).use { service ->
            val requester = tcp(service)
            for ((parameters, text) in listOf(
                mapOf("count" to -1) to "count must be at least 0",
                mapOf("count" to "many") to "or unlimited, was the text 'many'",
                mapOf("seed" to 1.5) to "seed must be a whole number of 64 bits, was '1.5'",
                mapOf("tolerance" to 2) to "tolerance must be in",
                mapOf("cuont" to 1) to "parameters must be among",
                mapOf("solver" to "slide") to "solver must be one of",
                mapOf("condition" to "7") to "condition must be absent",
                mapOf("count" to listOf(1)) to "or unlimited, was a list",
                mapOf("seed" to "1") to "seed must be a whole number of 64 bits, was the text '1'",
                mapOf("solver" to 1) to "solver must be a name, was the number 1",
            )) {
                StepVerifier.create(samples(requester, parameters)).expectErrorSatisfies {
                    it.message shouldContain text
                }.verify(TIMEOUT)
            }
            StepVerifier.create(samples(requester, model = "none")).expectErrorSatisfies {
                it.message shouldContain "model must be one of test, was 'none'"
            }.verify(TIMEOUT)
            for ((text, message) in mapOf(
                """{"count":1,"count":2}""" to "count must be given once, was given twice",
                "[1]" to "body must be an object, was a list",
                "{" to "body must be a JSON document",
            )) {
                // A text is sent as it is, and not as a text of JSON.
                val buffer = DefaultDataBufferFactory.sharedInstance.wrap(text.toByteArray())
                StepVerifier.create(requester.route("v1.models.test.samples").data(buffer).retrieveFlux<JsonNode>())
                    .expectErrorSatisfies { it.message shouldContain message }.verify(TIMEOUT)
            }
            StepVerifier.create(requester.route("v9").retrieveFlux<JsonNode>()).expectError().verify(TIMEOUT)
            desk.calls.get() shouldBe 0
            requester.dispose()
        }
    }

    "with a token: connections without it, or with another, are rejected" {
        val token = "a-long-token-for-tests"
        Running(exact, "--scoreflux.service.token=$token").use { service ->
            for (wrong in listOf(null, "another-token-for-tests", "")) {
                val requester = tcp(service, wrong)
                StepVerifier.create(samples(requester)).expectError().verify(TIMEOUT)
                requester.dispose()
            }
            val requester = tcp(service, token)
            samples(requester, mapOf("count" to 2)).collectList().block(TIMEOUT)!!.size shouldBe 2
            requester.dispose()
        }
    }

    "a client that requests nothing for too long: the stream ends with an error that says where to resume" {
        Running(exact, "--scoreflux.service.pause-timeout=200ms").use { service ->
            val requester = tcp(service)
            StepVerifier.create(samples(requester, mapOf("count" to "unlimited", "from" to 10)), 0)
                .thenRequest(2).expectNextCount(2)
                .expectErrorSatisfies { it.message shouldContain "resume with from 12" }
                .verify(TIMEOUT)
            service.streams() shouldBe 0
            requester.dispose()
        }
    }
})

private val AUTHENTICATION = MimeType.valueOf(WellKnownMimeType.MESSAGE_RSOCKET_AUTHENTICATION.string)

/** A token as bearer authentication, the form that RSocket defines. */
private fun bearer(token: String): ByteArray =
    ByteBufUtil.getBytes(AuthMetadataCodec.encodeBearerMetadata(ByteBufAllocator.DEFAULT, token.toCharArray()))
