package io.scoreflux.service

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.shouldBe
import java.io.ByteArrayOutputStream
import java.net.InetSocketAddress
import java.net.Socket
import java.net.SocketException
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

private const val COUNT = 2_000
private const val HALF = 300
private const val RECEIVE_BUFFER = 16 * 1024
private const val SAMPLES = "/v1/models/ring8/samples?seed=5"

/** The service as a process: a new one continues the streams of one that has ended, with the same bytes. */
class RestartSpec : FreeSpec({
    "SIGTERM: both streams end with their markers; SIGKILL: they break off; a new process continues both" {
        var service = ServiceProcess()
        try {
            for (signal in listOf("SIGTERM", "SIGKILL")) {
                // Windows has no SIGTERM.
                if (signal == "SIGTERM" && !service.canTerminate()) continue
                val lines = Client(service.port, "$SAMPLES&count=$COUNT", NDJSON, "\n")
                val events = Client(service.port, "$SAMPLES&count=$COUNT", EVENTS, "\n\n")
                val gotLines = List(HALF) { lines.next()!! }.toMutableList()
                val gotEvents = List(HALF) { events.next()!! }.toMutableList()
                if (signal == "SIGTERM") service.terminate() else service.kill()
                gotLines += lines.rest()
                gotEvents += events.rest()
                if (signal == "SIGTERM") {
                    val marker = { delivered: Int ->
                        """{"delivered":$delivered,"complete":false,"next":$delivered,""" +
                            """"reason":"the service is shutting down"}"""
                    }
                    gotLines.removeLast() shouldBe """{"end":${marker(gotLines.size)}}""" + "\n"
                    gotEvents.removeLast() shouldBe "event:end\ndata:${marker(gotEvents.size)}\n\n"
                }
                service.awaitEnd()
                service = ServiceProcess()
                withClue(signal) {
                    for (got in listOf(gotLines, gotEvents)) got.size.shouldBeInRange(HALF until COUNT)
                    val all = Client(service.port, "$SAMPLES&count=$COUNT", NDJSON, "\n").rest().dropLast(1)
                    all.forEachIndexed { index, line -> line.startsWith("{\"index\":$index,") shouldBe true }
                    val rest = Client(
                        service.port,
                        "$SAMPLES&count=${COUNT - gotLines.size}&from=${gotLines.size}",
                        NDJSON,
                        "\n",
                    ).rest()
                    rest.last() shouldBe
                        """{"end":{"delivered":${COUNT - gotLines.size},"complete":true,"next":$COUNT}}""" + "\n"
                    gotLines + rest.dropLast(1) shouldContainExactly all
                    val restOfEvents = Client(
                        service.port,
                        "$SAMPLES&count=$COUNT",
                        EVENTS,
                        "\n\n",
                        "Last-Event-ID: ${gotEvents.size - 1}\r\n",
                    ).rest()
                    gotEvents + restOfEvents.dropLast(1) shouldContainExactly
                        all.mapIndexed { index, line -> "id:$index\ndata:$line\n" }
                }
            }
        } finally {
            service.kill()
        }
    }
})

/** The service on free ports, with one model. */
private class ServiceProcess {
    private val process = ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        "io.scoreflux.service.Service",
        "--spring.profiles.active=test",
        "--server.port=0",
        "--scoreflux.service.rsocket.port=0",
        "--scoreflux.service.grpc.port=0",
        "--scoreflux.models.ring8.target=ring8",
        // Much longer than an end takes, for busy machines.
        "--spring.lifecycle.timeout-per-shutdown-phase=${GUARD_SECONDS}s",
    ).redirectErrorStream(true).start()

    val port: Int

    init {
        val found = CompletableFuture<Int>()
        val log = StringBuffer()
        thread(isDaemon = true) {
            process.inputStream.bufferedReader().forEachLine { line ->
                log.appendLine(line)
                Regex("""Netty started on port (\d+) \(http\)""").find(line)
                    ?.let { found.complete(it.groupValues[1].toInt()) }
            }
            found.completeExceptionally(IllegalStateException("the service ended before it started:\n$log"))
        }
        port = found.now()
    }

    fun canTerminate() = process.supportsNormalTermination()

    /** SIGTERM. [Process.destroy] would also close the pipe of the output. */
    fun terminate() = check(process.toHandle().destroy())

    /** SIGKILL. */
    fun kill() {
        process.toHandle().destroyForcibly()
    }

    fun awaitEnd() = check(process.waitFor(GUARD_SECONDS, TimeUnit.SECONDS)) { "the process did not end" }
}

/** Reads a response bit by bit over HTTP/1.0, so that its body is not in chunks. */
private class Client(
    port: Int,
    path: String,
    accept: String,
    private val separator: String,
    headers: String = "",
) {
    private val socket = Socket().apply {
        receiveBufferSize = RECEIVE_BUFFER
        soTimeout = GUARD_SECONDS.toInt() * 1_000
        connect(InetSocketAddress("127.0.0.1", port))
        getOutputStream().write("GET $path HTTP/1.0\r\nAccept: $accept\r\n$headers\r\n".toByteArray())
    }
    private val input = socket.getInputStream().buffered()

    init {
        val head = checkNotNull(until("\r\n\r\n"))
        check(head.startsWith("HTTP/1.1 200 ")) { head }
    }

    /** The next complete sample or end marker, or null at the end of the connection. */
    fun next(): String? = until(separator)

    fun rest(): List<String> = generateSequence { next() }.toList()

    private fun until(end: String): String? {
        val bytes = ByteArrayOutputStream()
        while (true) {
            val byte = try {
                input.read()
            } catch (_: SocketException) {
                // A reset.
                -1
            }
            if (byte < 0) return null.also { socket.close() }
            bytes.write(byte)
            if (byte == '\n'.code && bytes.toString().endsWith(end)) return bytes.toString()
        }
    }
}
