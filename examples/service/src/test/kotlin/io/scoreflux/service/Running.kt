package io.scoreflux.service

import io.netty.buffer.UnpooledByteBufAllocator
import io.netty.channel.ChannelOption
import io.scoreflux.Sampler
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.state.Rows
import org.springframework.boot.builder.SpringApplicationBuilder
import org.springframework.boot.reactor.netty.NettyServerCustomizer
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext
import org.springframework.context.ApplicationContextInitializer
import org.springframework.context.support.GenericApplicationContext
import org.springframework.http.client.ReactorResourceFactory
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.net.ConnectException
import java.net.InetSocketAddress
import java.net.Socket
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import java.util.function.Supplier

const val NDJSON = "application/x-ndjson"
const val EVENTS = "text/event-stream"
const val FROM_SIGMA = 20.0
const val TO_SIGMA = 0.01

/** The service at a port of its own, with its built-in target or another. */
class Running(
    model: Denoiser?,
    vararg arguments: String,
) : AutoCloseable {
    /** Knows how much of what it gave has not come back. */
    val buffers = UnpooledByteBufAllocator(true)

    private val context = SpringApplicationBuilder(Service::class.java)
        .initializers(
            ApplicationContextInitializer<GenericApplicationContext> { context ->
                context.registerBean(ReactorResourceFactory::class.java, Supplier { ownThreads() })
                context.registerBean(
                    "buffers",
                    NettyServerCustomizer::class.java,
                    Supplier { NettyServerCustomizer { it.childOption(ChannelOption.ALLOCATOR, buffers) } },
                )
                model?.let {
                    context.registerBean("target", Target::class.java, Supplier { Target(it, FROM_SIGMA, TO_SIGMA) })
                }
            },
        ).run("--server.port=0", *arguments) as ReactiveWebServerApplicationContext

    private val http = HttpClient.newHttpClient()
    val port = context.webServer!!.port

    fun start(
        query: String,
        accept: String = NDJSON,
    ): CompletableFuture<HttpResponse<String>> = http.sendAsync(
        HttpRequest
            .newBuilder(URI.create("http://127.0.0.1:$port/samples$query"))
            .header("Accept", accept)
            .timeout(Duration.ofSeconds(GUARD_SECONDS))
            .build(),
        BodyHandlers.ofString(),
    )

    fun get(
        query: String,
        accept: String = NDJSON,
    ): HttpResponse<String> = start(query, accept).now()

    /** The answer to a request for another path or by another method. */
    fun at(
        path: String,
        method: String = "GET",
    ): HttpResponse<String> = http
        .sendAsync(
            HttpRequest
                .newBuilder(URI.create("http://127.0.0.1:$port$path"))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(Duration.ofSeconds(GUARD_SECONDS))
                .build(),
            BodyHandlers.ofString(),
        ).now()

    /** A client on a bare socket that has asked and reads nothing by itself. */
    fun socket(
        query: String,
        receiveBuffer: Int,
    ): Socket = Socket().apply {
        receiveBufferSize = receiveBuffer
        soTimeout = GUARD_SECONDS.toInt() * 1_000
        connect(InetSocketAddress("127.0.0.1", this@Running.port))
        val request = "GET /samples$query HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: $NDJSON\r\nConnection: close\r\n\r\n"
        getOutputStream().write(request.toByteArray())
    }

    /** Status, head and body of the answer to a request for a path as it is. */
    fun raw(path: String): Triple<Int, String, String> = Socket("127.0.0.1", port).use {
        it.soTimeout = GUARD_SECONDS.toInt() * 1_000
        val request = "GET $path HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        it.getOutputStream().write(request.toByteArray())
        val answer = it.getInputStream().readAllBytes().decodeToString()
        val (head, body) = answer.split("\r\n\r\n", limit = 2)
        Triple(head.split(" ")[1].toInt(), head, body)
    }

    fun isListening(): Boolean = try {
        Socket("127.0.0.1", port).close()
        true
    } catch (_: ConnectException) {
        false
    }

    override fun close() = context.close()
}

/** Closing one service of a test must leave the others open. */
private fun ownThreads() = ReactorResourceFactory().apply {
    isUseGlobalResources = false
    setShutdownQuietPeriod(Duration.ZERO)
}

/** Returns when the answer has begun, with its first byte read. */
fun Socket.awaitAnswer() = check(getInputStream().read() == 'H'.code) { "not an HTTP answer" }

fun <T> CompletableFuture<T>.now(): T = get(GUARD_SECONDS, TimeUnit.SECONDS)

private val json = JsonMapper()

fun HttpResponse<String>.objects(): List<JsonNode> = body().lines().filter { it.isNotEmpty() }.map { json.readTree(it) }

fun twoModes(): GaussianMixture = GaussianMixture
    .builder(2)
    .component(0.7, doubleArrayOf(1.0, 0.0), 0.1)
    .component(0.3, doubleArrayOf(-1.0, 0.5), 0.2)
    .build()

/** The first query of a seed's sample 0. */
fun firstQuery(
    model: Denoiser,
    seed: Long,
): Query {
    val queries = ArrayList<Query>()
    val recorder = object : Denoiser {
        override fun dimension() = model.dimension()

        override fun moments() = model.moments()

        override fun denoise(
            asked: Rows,
            out: DoubleArray,
        ) {
            queries += asked.query(0)
            model.denoise(asked, out)
        }
    }
    Sampler.builder(recorder).noiseRange(FROM_SIGMA, TO_SIGMA).seed(seed).build().samples(0, 1).blockLast()
    return queries.first()
}
