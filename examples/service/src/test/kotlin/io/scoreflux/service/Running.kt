package io.scoreflux.service

import ch.qos.logback.classic.Level
import ch.qos.logback.classic.spi.ILoggingEvent
import ch.qos.logback.core.read.ListAppender
import io.netty.buffer.UnpooledByteBufAllocator
import io.netty.channel.Channel
import io.netty.channel.ChannelOption
import io.scoreflux.Sampler
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.service.api.SampleStreams
import io.scoreflux.spring.Models
import io.scoreflux.state.Rows
import org.slf4j.Logger
import org.slf4j.LoggerFactory
import org.springframework.boot.builder.SpringApplicationBuilder
import org.springframework.boot.reactor.netty.NettyServerCustomizer
import org.springframework.boot.rsocket.context.RSocketServerInitializedEvent
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext
import org.springframework.context.ApplicationContextInitializer
import org.springframework.context.ApplicationListener
import org.springframework.context.support.GenericApplicationContext
import org.springframework.http.client.ReactorResourceFactory
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.io.InputStream
import java.net.ConnectException
import java.net.InetSocketAddress
import java.net.Socket
import java.net.SocketException
import java.net.SocketTimeoutException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicReference
import java.util.function.Supplier

private const val PACE_MILLIS = 10

/** A header that lets the client send a body in chunks, without its length. */
const val CHUNKED = "X-Chunked"

const val NDJSON = "application/x-ndjson"
const val EVENTS = "text/event-stream"

/** The samples of the model under test. */
const val PATH = "/v1/models/test/samples"

const val FROM_SIGMA = 20.0
const val TO_SIGMA = 0.01

private val SETTINGS = arrayOf(
    "--spring.profiles.active=test",
    "--server.port=0",
    "--scoreflux.service.rsocket.port=0",
    "--scoreflux.service.grpc.port=0",
)

/** The settings that the arguments do not change. */
private fun settings(arguments: Array<out String>) = SETTINGS.filter { setting ->
    arguments.none { it.substringBefore('=') == setting.substringBefore('=') }
}.toTypedArray()

private val OWN = arrayOf(
    "--scoreflux.models.test.bean=denoiser",
    "--scoreflux.models.test.from-sigma=$FROM_SIGMA",
    "--scoreflux.models.test.to-sigma=$TO_SIGMA",
)
private val RING = arrayOf("--scoreflux.models.test.target=classpath:models/ring8/ring8.json") +
    (0..7).map { "--scoreflux.models.test.conditions.mode-$it.label=$it" }

/**
 * The service on a free port, with its target or another; [connected] is called first with each connection, and [beans] adds beans to the
 * application.
 */
class Running(
    model: Denoiser?,
    vararg arguments: String,
    connected: (Channel) -> Unit = {},
    beans: (GenericApplicationContext) -> Unit = {},
) : AutoCloseable {
    /** Knows how much of what it gave has not come back. */
    val buffers = UnpooledByteBufAllocator(true)

    private val rsocket = AtomicReference<InetSocketAddress>()

    val context = SpringApplicationBuilder(Service::class.java)
        .initializers(
            ApplicationContextInitializer<GenericApplicationContext> { context ->
                context.registerBean(ReactorResourceFactory::class.java, Supplier { ownThreads() })
                context.registerBean(
                    "buffers",
                    NettyServerCustomizer::class.java,
                    Supplier { NettyServerCustomizer { it.childOption(ChannelOption.ALLOCATOR, buffers) } },
                )
                context.registerBean(
                    "connected",
                    NettyServerCustomizer::class.java,
                    Supplier { NettyServerCustomizer { it.doOnChannelInit { _, channel, _ -> connected(channel) } } },
                )
                context.addApplicationListener(
                    ApplicationListener<RSocketServerInitializedEvent> { rsocket.set(it.server.address()) },
                )
                model?.let { context.registerBean("denoiser", Denoiser::class.java, Supplier { it }) }
                beans(context)
            },
        ).run(
            *settings(arguments),
            *(
                if (model ==
                    null
                ) {
                    RING
                } else {
                    OWN
                }
            ),
            *arguments,
        ) as ReactiveWebServerApplicationContext

    private val http = HttpClient.newHttpClient()
    val port = context.webServer!!.port

    /** The port of RSocket over TCP. */
    val rsocketPort by lazy { rsocket.get().port }

    /** The number of streams that are served now. */
    fun streams(): Int = context.getBean(SampleStreams::class.java).running()

    fun start(
        query: String,
        accept: String = NDJSON,
        vararg headers: String,
    ): CompletableFuture<HttpResponse<String>> = http.sendAsync(
        HttpRequest
            .newBuilder(URI.create("http://127.0.0.1:$port$PATH$query"))
            .headers("Accept", accept, *headers)
            .timeout(Duration.ofSeconds(GUARD_SECONDS))
            .build(),
        BodyHandlers.ofString(),
    )

    fun get(
        query: String,
        accept: String = NDJSON,
        vararg headers: String,
    ): HttpResponse<String> = start(query, accept, *headers).now()

    /** The response to any request. */
    fun call(
        path: String,
        body: String? = null,
        method: String = if (body == null) "GET" else "POST",
        vararg headers: String,
    ): HttpResponse<String> = http
        .sendAsync(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:$port$path"))
                .header("Content-Type", "application/json")
                .apply { headers.toList().chunked(2).forEach { (name, value) -> setHeader(name, value) } }
                .method(
                    method,
                    when {
                        body == null -> HttpRequest.BodyPublishers.noBody()
                        CHUNKED in headers -> HttpRequest.BodyPublishers.ofInputStream { body.byteInputStream() }
                        else -> HttpRequest.BodyPublishers.ofString(body)
                    },
                ).timeout(Duration.ofSeconds(GUARD_SECONDS)).build(),
            BodyHandlers.ofString(),
        ).now()

    /** The events of a response, as they arrive: their names and data. */
    fun events(path: String): Events = Events(
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:$port$path")).header("Accept", EVENTS)
                .timeout(Duration.ofSeconds(GUARD_SECONDS)).build(),
            BodyHandlers.ofInputStream(),
        ).body(),
    )

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
    ): Socket =
        send(
            "GET $PATH$query HTTP/1.1\r\nHost: localhost\r\nAccept: $NDJSON\r\nConnection: close\r\n\r\n",
            receiveBuffer,
        )

    /** A client on a plain socket that has sent a text and does not read. */
    fun send(
        text: String,
        receiveBuffer: Int? = null,
    ): Socket = Socket().apply {
        receiveBuffer?.let { receiveBufferSize = it }
        soTimeout = GUARD_SECONDS.toInt() * 1_000
        connect(InetSocketAddress("127.0.0.1", this@Running.port))
        getOutputStream().write(text.toByteArray(Charsets.ISO_8859_1))
    }

    /** Status, head and body of the answer to a request for a path as it is. */
    fun raw(
        path: String,
        headers: String = "",
        method: String = "GET",
        version: String = "1.1",
    ): Triple<Int, String, String> =
        ask("$method $path HTTP/$version\r\nHost: 127.0.0.1\r\n${headers}Connection: close\r\n\r\n")

    /** The raw status, head and body of the response to a text, up to the end of the connection. */
    fun ask(text: String): Triple<Int, String, String> = send(text).use {
        val answer = it.getInputStream().readAllBytes().decodeToString()
        val (head, body) = answer.split("\r\n\r\n", limit = 2)
        Triple(head.split(" ")[1].toInt(), head, body)
    }

    /** Returns when so many concurrent clients are served, and one more is refused. */
    fun awaitPlaces(places: Int) = await("a free slot for each of $places clients") {
        val sockets = List(places) { socket("?count=10000", 1_024) }
        try {
            val served = sockets.all { it.status() == 200 }
            // The clients read nothing more, so that they keep their slots meanwhile.
            if (served) check(get("?count=1").statusCode() == 503) { "there are more than $places slots" }
            served
        } finally {
            sockets.forEach { it.close() }
            // Until the service notices this, they have their slots.
            await("the end of these clients' streams") { streams() == 0 }
        }
    }

    /** Returns when the model's thread is idle. */
    fun awaitModel() {
        val done = CompletableFuture<Unit>()
        val row = Rows(context.getBean(Models::class.java).named("test").info().dimension(), 1)
        row.append(DoubleArray(row.dimension()), 0, TO_SIGMA)
        context.getBean(Models::class.java).named("test").denoise(row).subscribe { done.complete(Unit) }
        done.now()
    }

    fun isListening(): Boolean = try {
        Socket("127.0.0.1", port).close()
        true
    } catch (_: ConnectException) {
        false
    }

    override fun close() = context.close()
}

/** Server-sent events that are read one by one. */
class Events(
    private val stream: InputStream,
) : AutoCloseable {
    private val lines = stream.bufferedReader()

    /** The next event, or null at the end of the response. */
    fun next(): Event? {
        val fields = mutableMapOf<String, String>()
        while (true) {
            val line = lines.readLine() ?: return null
            if (line.isEmpty() && fields.isNotEmpty()) {
                return Event(fields["event"] ?: "message", fields["id"], json.readTree(fields.getValue("data")))
            }
            if (line.isNotEmpty()) fields[line.substringBefore(':')] = line.substringAfter(':')
        }
    }

    /** The next event of a name. */
    fun next(name: String): Event = generateSequence { next() }.first { it.name == name }

    /** The events up to the end of the response. */
    fun rest(): List<Event> = generateSequence { next() }.toList()

    override fun close() = stream.close()
}

/** A server-sent event. */
data class Event(
    val name: String,
    val id: String?,
    val data: JsonNode,
)

/** Closing one service of a test must leave the others open. */
private fun ownThreads() = ReactorResourceFactory().apply {
    isUseGlobalResources = false
    setShutdownQuietPeriod(Duration.ZERO)
}

/** Returns when a condition holds; fails if it never does. */
fun await(
    what: String,
    holds: () -> Boolean,
) {
    val start = System.nanoTime()
    while (!holds()) {
        check(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(GUARD_SECONDS)) { "waited in vain for $what" }
        Thread.onSpinWait()
    }
}

/** What is logged at a warning's level or above meanwhile; a service must already run, because its start resets logging. */
fun logged(run: () -> Unit): List<String> {
    val root = LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) as ch.qos.logback.classic.Logger
    val events = ListAppender<ILoggingEvent>()
    events.start()
    root.addAppender(events)
    try {
        run()
    } finally {
        root.detachAppender(events)
    }
    return synchronized(events) { events.list.filter { it.level.isGreaterOrEqual(Level.WARN) } }
        .map { "${it.formattedMessage} ${it.throwableProxy?.className.orEmpty()}" }
}

/** Returns when the answer has begun, with its first byte read. */
fun Socket.awaitAnswer() = check(getInputStream().read() == 'H'.code) { "not an HTTP answer" }

/** The status of the response; only its first line is read. */
fun Socket.status(): Int {
    val line = StringBuilder()
    while (!line.endsWith("\n")) {
        val byte = getInputStream().read()
        check(byte >= 0) { "the connection ended after '$line'" }
        line.append(byte.toChar())
    }
    return line.split(" ")[1].toInt()
}

/** Sends a text repeatedly until the service closes the connection; returns the response before that. */
fun Socket.awaitClose(again: String = ""): String {
    val answer = StringBuilder()
    val start = System.nanoTime()
    soTimeout = PACE_MILLIS
    while (true) {
        check(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(GUARD_SECONDS)) { "open after '$answer'" }
        try {
            getOutputStream().write(again.toByteArray())
            val byte = getInputStream().read()
            if (byte < 0) return answer.toString()
            answer.append(byte.toChar())
        } catch (_: SocketTimeoutException) {
            continue
        } catch (_: SocketException) {
            return answer.toString()
        }
    }
}

fun <T> CompletableFuture<T>.now(): T = get(GUARD_SECONDS, TimeUnit.SECONDS)

private val json = JsonMapper()

/** The lines of a response, without its end. */
fun HttpResponse<String>.objects(): List<JsonNode> = body().samples().map { json.readTree(it) }

/** The lines of samples or problems. */
fun String.samples(): List<String> = lines().filter { it.isNotEmpty() && !it.startsWith("{\"end\":") }

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
