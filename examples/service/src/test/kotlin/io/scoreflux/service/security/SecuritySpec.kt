package io.scoreflux.service.security

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.service.PATH
import io.scoreflux.service.Running
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
