package io.scoreflux.service

import ch.qos.logback.classic.Level
import ch.qos.logback.classic.Logger
import ch.qos.logback.classic.spi.ILoggingEvent
import ch.qos.logback.core.AppenderBase
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldMatch
import io.kotest.matchers.string.shouldNotContain
import io.opentelemetry.api.common.AttributeKey
import io.opentelemetry.api.trace.SpanKind
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter
import io.opentelemetry.sdk.trace.SpanProcessor
import io.opentelemetry.sdk.trace.data.SpanData
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor
import io.opentelemetry.sdk.trace.export.SpanExporter
import io.scoreflux.model.Denoiser
import io.scoreflux.state.Rows
import org.slf4j.LoggerFactory
import org.springframework.web.server.WebFilter
import reactor.core.publisher.Mono
import reactor.core.scheduler.Schedulers
import tools.jackson.databind.json.JsonMapper
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.net.http.HttpResponse
import java.util.concurrent.CopyOnWriteArrayList
import java.util.function.Supplier

private const val TOKEN = "a-token-of-this-test"
private const val REQUESTS = "io.scoreflux.service.http"

/** What operators see: identifiers of requests in the log, spans, health and metrics. */
class OperationSpec : FreeSpec({
    val exact = twoModes()

    fun id(answer: HttpResponse<String>) = answer.headers().allValues("X-Request-Id").single()

    "each response has the identifier of its request: the client's, or a new one if that is not sane" {
        Running(exact).use { service ->
            for (path in listOf("$PATH?count=1", "$PATH?count=x", "/nothing", "/actuator/health/liveness")) {
                for (sane in listOf("a", "7f-A9", "x".repeat(64))) {
                    id(service.call(path, null, "GET", "X-Request-Id", sane)) shouldBe sane
                }
                val made = listOf("", "a b", "a_b", "x".repeat(65), "\${x}", "ä").map {
                    id(service.call(path, null, "GET", "X-Request-Id", it))
                } + List(3) { id(service.call(path)) }
                made.forEach { it shouldMatch Regex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}") }
                made.toSet().size shouldBe made.size
            }
        }
    }

    "the log lines of a request have its identifier, on any thread" {
        val failing = WebFilter { exchange, chain ->
            if (exchange.request.path.value() != "/fails") return@WebFilter chain.filter(exchange)
            Mono.error<Void>(IllegalStateException("as a test"))
                .delaySubscription(Mono.empty<Any>().publishOn(Schedulers.parallel()))
        }
        Running(
            exact,
            "--logging.level.$REQUESTS=info",
            beans = { it.registerBean("failing", WebFilter::class.java, Supplier { failing }) },
        ).use { service ->
            recorded(REQUESTS) { events ->
                service.call("$PATH?count=2", null, "GET", "X-Request-Id", "first")
                // A response arrives before its line is written.
                await("the line of the first request") { events.count { it.level == Level.INFO } == 1 }
                service.call("/fails", null, "GET", "X-Request-Id", "second").statusCode() shouldBe 500
                await("the lines of both requests") { events.count { it.level == Level.INFO } == 2 }
                events.map { event ->
                    val text = event.formattedMessage.replace(Regex("\\d+ ms"), "N ms")
                    "${event.mdcPropertyMap["requestId"]}: ${event.level} $text"
                } shouldContainExactly listOf(
                    "first: INFO GET $PATH 200 complete in N ms",
                    "second: ERROR GET /fails failed",
                    "second: INFO GET /fails 500 complete in N ms",
                )
            }
        }
    }

    "the console has lines of text, and JSON if the setting says so" {
        fun lines(vararg arguments: String): List<String> {
            val out = ByteArrayOutputStream()
            val before = System.out
            System.setOut(PrintStream(out, true))
            try {
                Running(exact, "--logging.level.$REQUESTS=info", *arguments).use { service ->
                    service.call("/nothing", null, "GET", "X-Request-Id", "abc")
                    await("the line of the request") { "GET /nothing 404" in out.toString() }
                }
            } finally {
                System.setOut(before)
                // Spring Boot leaves it for the next service of this virtual machine.
                System.clearProperty("CONSOLE_LOG_STRUCTURED_FORMAT")
            }
            return out.toString().lines().filter { it.isNotEmpty() }
        }
        val text = lines()
        text.first { "Netty started" in it } shouldMatch
            Regex("""\d\d:\d\d:\d\d\.\d{3} INFO  Netty started on port \d+ \(http\)""")
        text.single { "GET /nothing" in it } shouldContain "INFO  [abc] GET /nothing 404 complete in "
        val json = JsonMapper()
        val objects = lines("--logging.structured.format.console=ecs").map { json.readTree(it) }
        val line = objects.single { "GET /nothing 404" in it["message"].asString() }
        line["requestId"].asString() shouldBe "abc"
        line["log"]["level"].asString() shouldBe "INFO"
        line["service"]["name"].asString() shouldBe "scoreflux"
    }

    "a stream of samples is one span with its model, a child of the span of its request" {
        val exporter = InMemorySpanExporter.create()
        // Without an endpoint nothing is sent, but the headers of a trace are read.
        Running(
            exact,
            "--management.tracing.export.enabled=true",
            beans = {
                it.registerBean(SpanProcessor::class.java, Supplier { SimpleSpanProcessor.create(exporter) })
            },
        ).use { service ->
            for (accept in listOf(NDJSON, EVENTS)) {
                exporter.reset()
                val trace = "0af7651916cd43dd8448eb211c80319c"
                val parent = "b7ad6b7169203331"
                service.get("?count=20", accept, "traceparent", "00-$trace-$parent-01").statusCode() shouldBe 200
                lateinit var spans: List<SpanData>
                await("the spans of the stream and its request") {
                    spans = exporter.finishedSpanItems
                    spans.any { it.name == "scoreflux.stream" } && spans.any { it.kind == SpanKind.SERVER }
                }
                val server = spans.single { it.kind == SpanKind.SERVER }
                val stream = spans.single { it.name == "scoreflux.stream" }
                withClue(spans.joinToString("\n")) {
                    server.traceId shouldBe trace
                    server.parentSpanId shouldBe parent
                    stream.traceId shouldBe trace
                    stream.parentSpanId shouldBe server.spanId
                    stream.attributes[AttributeKey.stringKey("model")] shouldBe "test"
                }
            }
        }
    }

    "nothing is exported unless the settings say so" {
        fun exporters(vararg arguments: String) =
            Running(exact, *arguments).use { it.context.getBeanNamesForType(SpanExporter::class.java).size }
        exporters() shouldBe 0
        val endpoint = "--management.opentelemetry.tracing.export.otlp.endpoint=http://127.0.0.1:1/v1/traces"
        exporters(endpoint) shouldBe 0
        exporters(endpoint, "--management.tracing.export.enabled=true") shouldBe 1
    }

    "health, liveness and readiness over a socket; readiness includes the models" {
        Running(exact, "--scoreflux.service.token=$TOKEN").use { service ->
            val json = JsonMapper()
            val authorization = arrayOf("Authorization", "Bearer $TOKEN")
            for (path in listOf("/actuator/health", "/actuator/health/readiness")) {
                service.call(path, null, "GET", *authorization).let {
                    it.statusCode() shouldBe 200
                    val models = json.readTree(it.body())["components"]["scoreflux"]["components"]
                    models["test"]["status"].asString() shouldBe "UP"
                }
            }
            service.call("/actuator/health/liveness", null, "GET", *authorization).body() shouldNotContain "scoreflux"
            for (probe in listOf("/actuator/health/liveness", "/actuator/health/readiness")) {
                service.call(probe).let {
                    it.statusCode() shouldBe 200
                    json.readTree(it.body()) shouldBe json.readTree("{\"status\":\"UP\"}")
                }
            }
            service.call("/actuator/env", null, "GET", *authorization).statusCode() shouldBe 404
        }
        val broken = object : Denoiser {
            override fun dimension() = 2

            override fun denoise(
                asked: Rows,
                out: DoubleArray,
            ) = out.fill(Double.NaN)
        }
        Running(broken).use { service ->
            service.call("/actuator/health/readiness").statusCode() shouldBe 503
            service.call("/actuator/health/liveness").statusCode() shouldBe 200
        }
    }

    "Prometheus: the metrics of a model count what a stream computes" {
        Running(exact).use { service ->
            fun delivered() = service.call("/actuator/prometheus").let { answer ->
                answer.statusCode() shouldBe 200
                answer.body().lines().filter { it.startsWith("scoreflux_samples_total{") && "\"delivered\"" in it }
                    .filter { "\"test\"" in it }.sumOf { it.substringAfterLast(' ').toDouble() }
            }
            val before = delivered()
            service.get("?count=7").statusCode() shouldBe 200
            delivered() shouldBe before + 7
            val body = service.call("/actuator/prometheus").body()
            for (name in listOf(
                "scoreflux_gateway_rows_count",
                "scoreflux_gateway_latency_seconds_count",
                "scoreflux_stage_steps_total",
                "http_server_requests_seconds_count",
                "jvm_memory_used_bytes",
            )) {
                body shouldContain "$name{"
            }
        }
    }
})

/** What a logger receives meanwhile. */
private fun recorded(
    name: String,
    run: (List<ILoggingEvent>) -> Unit,
) {
    val logger = LoggerFactory.getLogger(name) as Logger
    val events = CopyOnWriteArrayList<ILoggingEvent>()
    val appender = object : AppenderBase<ILoggingEvent>() {
        override fun append(event: ILoggingEvent) {
            event.mdcPropertyMap
            events += event
        }
    }
    appender.context = logger.loggerContext
    appender.start()
    logger.addAppender(appender)
    try {
        run(events)
    } finally {
        logger.detachAppender(appender)
    }
}
