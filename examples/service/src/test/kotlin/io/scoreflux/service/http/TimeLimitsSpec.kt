package io.scoreflux.service.http

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.netty.buffer.ByteBuf
import io.netty.buffer.Unpooled
import io.netty.channel.ChannelOutboundBuffer
import io.netty.channel.embedded.EmbeddedChannel
import io.scoreflux.service.Desk
import io.scoreflux.service.EVENTS
import io.scoreflux.service.Limits
import io.scoreflux.service.NDJSON
import io.scoreflux.service.PATH
import io.scoreflux.service.Running
import io.scoreflux.service.awaitAnswer
import io.scoreflux.service.awaitClose
import io.scoreflux.service.now
import io.scoreflux.service.objects
import io.scoreflux.service.samples
import io.scoreflux.service.status
import io.scoreflux.service.twoModes
import java.io.ByteArrayOutputStream
import java.time.Duration
import java.util.concurrent.TimeUnit

private const val SHORT = "300ms"
private const val LONG = "1h"

/** Clients that keep the service waiting. */
class TimeLimitsSpec : FreeSpec({
    val exact = twoModes()

    fun limits(
        idle: String = LONG,
        request: String = LONG,
        write: String = LONG,
    ) = arrayOf(
        "--scoreflux.service.idle-timeout=$idle",
        "--scoreflux.service.request-timeout=$request",
        "--scoreflux.service.write-timeout=$write",
    )

    "a request head that never arrives, or one byte at a time: the connection is closed" {
        Running(exact, *limits(idle = SHORT)).use { service ->
            for ((sent, again) in listOf(
                "" to "",
                "" to "\r\n",
                "GET $PATH" to "",
                "GET /" to "a",
                "GET $PATH HTTP/1.1\r\n" to "",
                "GET $PATH HTTP/1.1\r\nHost: localhost\r\n" to "X: y\r\n",
            )) {
                withClue("'$sent' and '$again'") { service.send(sent).use { it.awaitClose(again) } shouldBe "" }
            }
        }
        // Long enough for a client on a busy machine to connect and to send its request.
        Running(exact, *limits(idle = "2s")).use { service ->
            val request = "GET $PATH?count=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            for ((sent, again) in listOf(request to "", request + "GET /" to "a")) {
                withClue("after an answer, '$again'") {
                    service.send(sent).use { it.awaitClose(again) } shouldStartWith "HTTP/1.1 200 OK"
                }
            }
        }
    }

    "many connections that send nothing: others are answered meanwhile, and all are closed" {
        Running(exact, *limits(idle = "2s")).use { service ->
            val silent = List(500) { service.send("") }
            service.get("?count=3").objects().size shouldBe 3
            silent.forEach { it.use { silent -> silent.awaitClose() shouldBe "" } }
        }
    }

    "a request body that never arrives, or one byte at a time: the connection is closed" {
        val desk = Desk(exact)
        Running(desk, *limits(request = SHORT), "--scoreflux.service.max-streams=1").use { service ->
            desk.hold()
            for ((declared, again) in listOf(
                "Content-Length: 1000000" to "",
                "Content-Length: 1000000" to "a",
                "Transfer-Encoding: chunked" to "1\r\na\r\n",
                "Content-Length: 1000000\r\nExpect: 100-continue" to "",
            )) {
                withClue("$declared, '$again'") {
                    for (method in listOf("GET", "POST")) {
                        service.send("$method $PATH?count=3 HTTP/1.1\r\nHost: localhost\r\n$declared\r\n\r\n").use {
                            it.awaitClose(again)
                        }
                    }
                }
            }
            desk.open()
            service.awaitPlaces(1)
        }
    }

    "a complete request body is ignored, and the samples are the same" {
        Running(exact).use { service ->
            val body = "x".repeat(100_000)
            for (framed in listOf(
                "Content-Length: 100000\r\n\r\n$body",
                "Transfer-Encoding: chunked\r\n\r\n186a0\r\n$body\r\n0\r\n\r\n",
            )) {
                val (status, head, lines) = service.ask("GET $PATH?count=3 HTTP/1.1\r\nHost: localhost\r\n$framed")
                status shouldBe 200
                head shouldContain "connection: close"
                Regex("\"index\":").findAll(lines).count() shouldBe 3
            }
        }
    }

    "a client that reads nothing: the connection is closed, and its slot is released" {
        for (accept in listOf(NDJSON, EVENTS)) {
            Running(exact, *limits(write = SHORT), "--scoreflux.service.max-streams=1").use { service ->
                service.send(
                    "GET $PATH?count=10000 HTTP/1.1\r\nHost: localhost\r\nAccept: $accept\r\n\r\n",
                    1_024,
                ).use { client ->
                    client.awaitAnswer()
                    service.awaitPlaces(1)
                    client.awaitClose()
                }
            }
        }
    }

    "a client that reads steadily but slowly: the whole response arrives, however long it takes" {
        Running(exact, *limits(write = "2s")).use { service ->
            service.socket("?count=10000", 1_024).use { client ->
                val input = client.getInputStream()
                val read = ByteArrayOutputStream()
                val start = System.nanoTime()
                // A round trip sets the pace: the window reopens after one or two of them, on a busy machine too far more
                // often than the limit.
                while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(6)) {
                    read.write(input.readNBytes(1_024))
                    service.get("?count=0").statusCode() shouldBe 200
                }
                read.write(input.readAllBytes())
                val text = read.toString()
                Regex("\"index\":").findAll(text).count() shouldBe 10_000
                text.endsWith("\r\n0\r\n\r\n") shouldBe true
            }
        }
        Running(exact).use { it.context.getBean(Limits::class.java).writeTimeout() shouldBe Duration.ofMinutes(2) }
    }

    "the write limit counts the time in which the system accepts no byte of waiting data" {
        /** A system that accepts so many bytes. */
        class SlowSystem : EmbeddedChannel(StalledWriteHandler(Duration.ofSeconds(80))) {
            var accepted = 0L

            override fun doWrite(waiting: ChannelOutboundBuffer) {
                while (accepted > 0 && waiting.current() != null) {
                    val bytes = minOf(accepted, (waiting.current() as ByteBuf).readableBytes().toLong())
                    accepted -= bytes
                    waiting.progress(bytes)
                    waiting.removeBytes(bytes)
                }
            }
        }
        val system = SlowSystem()
        system.freezeTime()

        fun offer(bytes: Int) = system.writeAndFlush(Unpooled.buffer(bytes).writeZero(bytes))

        fun accept(bytes: Long) {
            system.accepted = bytes
            system.flush()
        }

        fun pass(seconds: Int): Boolean {
            repeat(seconds) {
                system.advanceTimeBy(1, TimeUnit.SECONDS)
                system.runPendingTasks()
            }
            return system.isOpen
        }
        withClue("no data wait") { pass(1_000) shouldBe true }
        offer(10_000)
        withClue("data wait for less than the limit") { pass(79) shouldBe true }
        repeat(100) {
            accept(1)
            withClue("one byte each 79 seconds, $it") { pass(79) shouldBe true }
        }
        accept(10_000)
        withClue("no data wait again") { pass(1_000) shouldBe true }
        accept(0)
        offer(1)
        offer(1)
        pass(70) shouldBe true
        accept(1)
        pass(79) shouldBe true
        withClue("more data are no progress") {
            offer(1)
            // One byte was accepted 79 seconds ago, and a check is at most 10 seconds late.
            pass(11) shouldBe false
        }
    }

    "a response that takes longer than any limit is not cut off" {
        val desk = Desk(exact)
        // Long enough for a client on a busy machine to connect and to send its request.
        val limit = "2s"
        Running(desk, *limits(limit, limit, limit)).use { service ->
            desk.hold()
            val waiting = service.start("?count=3")
            desk.next()
            repeat(2) { service.send("").use { it.awaitClose() } }
            desk.open()
            waiting.now().objects().size shouldBe 3
        }
    }

    "invalid limits are rejected at startup, by name" {
        for (name in listOf("idle-timeout", "request-timeout", "write-timeout")) {
            val refused = shouldThrow<Exception> { Running(exact, "--scoreflux.service.$name=0s").close() }
            generateSequence<Throwable>(refused) { it.cause }.last().message!! shouldContain
                "scoreflux.service.$name must be greater than 0"
        }
    }
})
