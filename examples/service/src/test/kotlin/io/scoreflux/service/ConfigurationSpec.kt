package io.scoreflux.service

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.net.InetAddress
import java.net.ServerSocket

/** Configurations that are not possible: the start fails with Spring Boot's description of the failure, and without a stack trace. */
class ConfigurationSpec : FreeSpec({
    fun started(vararg arguments: String): String {
        val out = ByteArrayOutputStream()
        val before = System.out
        System.setOut(PrintStream(out, true))
        try {
            runCatching { Running(twoModes(), *arguments).close() }.exceptionOrNull() shouldNotBe null
        } finally {
            System.setOut(before)
        }
        return out.toString()
    }

    fun refused(
        setting: String,
        vararg parts: String,
    ) = started("--$setting").let { output ->
        withClue("$setting: $output") {
            output shouldContain "APPLICATION FAILED TO START"
            parts.forEach { output shouldContain it }
            for (leak in listOf("\tat ", "WARN", "io.scoreflux.")) output shouldNotContain leak
        }
    }

    for ((setting, parts) in mapOf(
        "scoreflux.service.max-count=-1" to listOf("scoreflux.service.max-count must be at least 1, was -1"),
        "scoreflux.service.max-streams=0" to listOf("scoreflux.service.max-streams must be at least 1, was 0"),
        "scoreflux.service.max-count=abc" to listOf("Property: scoreflux.service.max-count", "Value: \"abc\""),
        "scoreflux.service.max-body=lots" to listOf("Property: scoreflux.service.max-body", "Value: \"lots\""),
        "scoreflux.service.max-body=3B" to listOf("scoreflux.service.max-body must be from 1KB to 2GB - 1, was 3B"),
        "scoreflux.service.max-duration=soon" to listOf("Property: scoreflux.service.max-duration", "\"soon\""),
        "scoreflux.service.token=short" to
            listOf("scoreflux.service.token must have at least 16", "has 5", "Create one with: openssl rand"),
        "scoreflux.service.allowed-hosts=http://x" to
            listOf("scoreflux.service.allowed-hosts must be names of hosts", "was http://x", "Give only the names"),
        "scoreflux.service.max-cuont=3" to
            listOf("scoreflux.service.max-cuont must be a setting of the service", "'scoreflux.service.max-count'"),
        "scoreflux.service.inference.max-body=9999GB" to
            listOf("scoreflux.service.inference.max-body must be from 1KB to less than 2GB"),
        "scoreflux.service.grpc.port=abc" to listOf("Property: scoreflux.service.grpc.port", "Value: \"abc\""),
        "scoreflux.service.grpc.port=99999" to
            listOf("scoreflux.service.grpc.port must be at least 0 and at most 65535, was 99999"),
        "scoreflux.service.rsocket.port=-1" to
            listOf("scoreflux.service.rsocket.port must be at least 0 and at most 65535, was -1"),
        "server.http2.enabled=true" to listOf("server.http2.enabled must be false", "Remove it"),
        "scoreflux.models.test.toleranec=3" to
            listOf("scoreflux.models.test.toleranec must be a setting of a model (did you mean 'tolerance'?)"),
        "scoreflux.models.test.concurrency=0" to listOf("scoreflux.models.test.concurrency must be at least 1"),
        "scoreflux.models.test.stages=many" to listOf("Property: scoreflux.models.test.stages", "Value: \"many\""),
        "scoreflux.models.test.solver=slide" to listOf("scoreflux.models.test.solver must be one of sliding"),
        "scoreflux.models.other.target=/none.json" to listOf("scoreflux.models.other.target", "/none.json"),
        "scoreflux.models.other.bean=nothing" to listOf("scoreflux.models.other.bean", "nothing"),
    )) {
        setting { refused(setting, *parts.toTypedArray()) }
    }

    "a setting that the model's target does not have, by the name of the property" {
        started("--scoreflux.models.other.target=ring8", "--scoreflux.models.other.fixed-rows=4").let {
            it shouldContain "scoreflux.models.other.fixed-rows is for networks"
            it shouldNotContain "--fixed-rows"
        }
    }

    "a port that another program has, by the name of its setting" {
        ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")).use { taken ->
            for (setting in listOf("server.port", "scoreflux.service.rsocket.port", "scoreflux.service.grpc.port")) {
                refused("$setting=${taken.localPort}", "${taken.localPort}")
                if (setting.startsWith("scoreflux.")) {
                    refused("$setting=${taken.localPort}", "$setting must be a free port of 127.0.0.1")
                }
            }
        }
    }
})
