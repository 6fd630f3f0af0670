package io.scoreflux.service.security

import inference.OpenInferenceGrpc.ServerLiveRequest
import io.grpc.Grpc
import io.grpc.InsecureChannelCredentials
import io.grpc.Status
import io.grpc.StatusRuntimeException
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.service.PATH
import io.scoreflux.service.Running
import io.scoreflux.service.inference.grpcPort
import io.scoreflux.service.inference.stub
import io.scoreflux.service.twoModes

private const val TOKEN = "a-long-token-for-tests"

/** Who may use the service. */
class SecuritySpec : FreeSpec({
    val exact = twoModes()

    "beyond loopback the service does not start without a token, and says what to do" {
        for (setting in listOf(
            "server.address=0.0.0.0",
            "scoreflux.service.rsocket.address=0.0.0.0",
            "scoreflux.service.grpc.address=0.0.0.0",
        )) {
            withClue(setting) {
                val error = generateSequence(
                    runCatching { Running(exact, "--$setting").close() }.exceptionOrNull(),
                ) { it.cause }.filterIsInstance<OpenServiceException>().first()
                error.message shouldContain setting.substringBefore('=')
                val analysis = OpenServiceFailureAnalyzer().analyze(error)!!
                analysis.action shouldContain "scoreflux.service.token"
            }
        }
    }

    "a token that is too short is refused at the start" {
        val errors = generateSequence(
            runCatching { Running(exact, "--scoreflux.service.token=short").close() }.exceptionOrNull(),
        ) { it.cause }
        errors.any { it.message.orEmpty().contains("at least 16") } shouldBe true
    }

    "with a token: everything but the probes and the files of the page demands it" {
        Running(exact, "--scoreflux.service.token=$TOKEN", "--server.address=0.0.0.0").use { service ->
            for (path in listOf(
                PATH,
                "/v1/models",
                "/actuator/prometheus",
                "/actuator/health",
                "/v3/api-docs",
                "/swagger-ui.html",
                "/page/",
                "/page/nothing/main.js",
                "/nothing",
            )) {
                for (header in listOf(null, "Bearer wrong", "Bearer ", "Basic $TOKEN", "Bearer ${TOKEN}x", TOKEN)) {
                    val answer = service.call(
                        path,
                        null,
                        "GET",
                        *if (header == null) arrayOf() else arrayOf("Authorization", header),
                    )
                    withClue("$path $header: ${answer.body()}") {
                        answer.statusCode() shouldBe 401
                        answer.headers().firstValue("WWW-Authenticate").get() shouldContain "Bearer"
                        answer.headers().firstValue("Content-Type").get() shouldBe "application/problem+json"
                        answer.body() shouldContain "\"field\":\"Authorization\""
                    }
                }
            }
            service.call("$PATH?count=1", null, "GET", "Authorization", "Bearer $TOKEN").statusCode() shouldBe 200
            for (probe in listOf("/actuator/health/liveness", "/actuator/health/readiness")) {
                service.call(probe).statusCode() shouldBe 200
            }
            for (file in listOf("/", "/index.html", "/style.css", "/icon.svg", "/page/main.js")) {
                withClue(file) {
                    service.call(file).statusCode() shouldBe 200
                    service.call(file, null, "POST").statusCode() shouldBe 401
                }
            }
        }
    }

    "without a token: only names of the loopback address and those of the setting, also for WebSockets" {
        Running(exact, "--scoreflux.service.allowed-hosts=samples.example,box").use { service ->
            fun status(
                host: String,
                path: String,
                upgrade: String = "",
            ) = service.ask("GET $path HTTP/1.1\r\nHost: $host\r\n${upgrade}Connection: close\r\n\r\n")
            for (host in listOf("localhost", "LOCALHOST:1", "127.0.0.1:${service.port}", "[::1]:80", "box", "Box:9")) {
                withClue(host) { status(host, "/v1/models").first shouldBe 200 }
            }
            // A page whose name is bound to the loopback address is of the same origin as the service.
            val upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                "dGhlIHNhbXBsZSBub25jZQ==\r\n"
            for (host in listOf("evil.example", "evil.example:${service.port}", "localhost.evil.example", "10.0.0.1")) {
                for ((path, more) in listOf("/v1/models" to "", "/rsocket" to upgrade, "/v2" to "")) {
                    for (origin in listOf("", "Origin: http://$host\r\n")) {
                        val (status, head, body) = status(host, path, more + origin)
                        withClue("$host$path $origin: $head\n$body") {
                            status shouldBe 403
                            body shouldContain "Host must be localhost, 127.0.0.1, [::1] or among"
                            body shouldContain "scoreflux.service.allowed-hosts, was '$host'"
                        }
                    }
                }
            }
            for ((authority, code) in listOf("evil.example" to Status.Code.PERMISSION_DENIED, "box:1" to null)) {
                val channel = Grpc.newChannelBuilder(
                    "127.0.0.1:${service.grpcPort}",
                    InsecureChannelCredentials.create(),
                ).overrideAuthority(authority).build()
                try {
                    val error = runCatching { channel.stub().serverLive(ServerLiveRequest.getDefaultInstance()) }
                        .exceptionOrNull() as StatusRuntimeException?
                    error?.status?.code shouldBe code
                } finally {
                    channel.shutdownNow()
                }
            }
        }
        Running(exact, "--scoreflux.service.token=$TOKEN").use { service ->
            val head = "GET /v1/models HTTP/1.1\r\nHost: any.example\r\nAuthorization: Bearer $TOKEN\r\n"
            service.ask("${head}Connection: close\r\n\r\n").first shouldBe 200
        }
    }

    "a client that has its places in use: 429, while others are served" {
        Running(exact, "--scoreflux.service.max-streams-per-client=1").use { service ->
            service.events("$PATH?format=events&count=9&demand=1").use { events ->
                events.next("message")
                val refused = service.get("?count=1")
                refused.statusCode() shouldBe 429
                refused.headers().firstValue("Retry-After").get() shouldBe "1"
            }
        }
    }
})
