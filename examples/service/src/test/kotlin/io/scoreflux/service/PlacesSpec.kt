package io.scoreflux.service

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe
import io.scoreflux.Sampler
import io.scoreflux.solve.sliding.Sliding
import java.net.Socket
import java.util.concurrent.CompletableFuture

private const val PLACES = 4

/** Slots are released for any behaviour of a client. */
class PlacesSpec : FreeSpec({
    val exact = twoModes()

    /** How a client disconnects. */
    val departures = mapOf<String, (Socket) -> Unit>(
        "closes" to { it.close() },
        "resets" to {
            it.setSoLinger(true, 0)
            it.close()
        },
        "closes one half" to { it.shutdownOutput() },
    )

    val samples = "GET $PATH?count=10000 HTTP/1.1\r\nHost: localhost\r\n"
    val requests = mapOf(
        "lines" to "$samples\r\n",
        "one line" to "GET $PATH?count=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "events" to "${samples}Accept: $EVENTS\r\n\r\n",
        "resumed events" to "${samples}Accept: $EVENTS\r\nLast-Event-ID: 5\r\n\r\n",
        "HTTP/1.0" to "GET $PATH?count=10000 HTTP/1.0\r\n\r\n",
        "pipelined" to "$samples\r\n".repeat(5),
        "kept alive" to "GET $PATH?count=1 HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(5),
        "HEAD and OPTIONS" to
            "HEAD $PATH HTTP/1.1\r\nHost: localhost\r\n\r\nOPTIONS $PATH HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "refused" to "GET $PATH?count=x HTTP/1.1\r\nHost: localhost\r\n\r\n$samples\r\n",
        "a body that does not come" to "${samples}Content-Length: 100\r\n\r\nbody",
        "a body that is none" to "${samples}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "a body that is waited with" to "${samples}Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
    )

    for ((leaves, leave) in departures) {
        "the connection closes while the first sample is on its way, a client that $leaves: its slot is released" {
            val calls = Sampler
                .builder(exact)
                .noiseRange(FROM_SIGMA, TO_SIGMA)
                .solver(Sliding(1e-4))
                .build()
                .samples(0, 1)
                .blockLast()!!
                .certificate()
                .calls()
            for (accept in listOf(NDJSON, EVENTS)) {
                val desk = Desk(exact)
                val closed = CompletableFuture<Unit>()
                lateinit var service: Running
                // The channel is already closed; the service's handlers are notified after this returns.
                service = Running(desk, "--scoreflux.service.max-streams=1", connected = { channel ->
                    channel.closeFuture().addListener {
                        // The first connection; later ones close too.
                        if (closed.isDone) return@addListener
                        try {
                            desk.open()
                            await("the calls of the first sample") { desk.calls.get() >= calls }
                            service.awaitModel()
                            closed.complete(Unit)
                        } catch (e: Exception) {
                            closed.completeExceptionally(e)
                        }
                    }
                })
                service.use {
                    desk.hold()
                    service.send(
                        "GET $PATH?count=3 HTTP/1.1\r\nHost: localhost\r\nAccept: $accept\r\n\r\n",
                    ).use { client ->
                        desk.next()
                        leave(client)
                        closed.now()
                        service.awaitPlaces(1)
                    }
                }
            }
        }
    }

    "clients that disconnect right after their request, or after the first byte of the response" {
        val desk = Desk(exact)
        Running(desk, "--scoreflux.service.max-streams=$PLACES").use { service ->
            for ((name, request) in requests) {
                withClue(name) {
                    val left = List(60) { k ->
                        service.send(request, 1_024).also { client ->
                            if (k % 5 == 0) client.getInputStream().read()
                            departures.values.elementAt(k % 3)(client)
                        }
                    }
                    service.awaitPlaces(PLACES)
                    left.forEach { it.close() }
                }
            }
            withClue("nothing is computed for those who left") {
                service.awaitPlaces(PLACES)
                // The clients of awaitPlaces leave too, and may have been waiting with full buffers.
                await("the end of their streams") { service.streams() == 0 }
                await("the end of their work") {
                    val before = desk.rows.get()
                    val own = service.get("?count=1").objects().single()["calls"].asLong()
                    desk.rows.get() - before == own
                }
                repeat(20) {
                    val before = desk.rows.get()
                    val own = service.get("?count=1").objects().single()["calls"].asLong()
                    desk.rows.get() - before shouldBe own
                }
            }
        }
    }

    "consecutive requests on a connection: each holds a slot while it runs" {
        Running(exact, "--scoreflux.service.max-streams=1").use { service ->
            val many = 50
            val request = "GET $PATH?count=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            service.send(request.repeat(many)).use { client ->
                val answers = client.getInputStream().bufferedReader()
                val statuses = generateSequence { answers.readLine() }.filter { it.startsWith("HTTP/1.1 ") }
                statuses.take(many).toSet() shouldBe setOf("HTTP/1.1 200 OK")
            }
        }
    }

    "a HEAD request takes no slot" {
        val desk = Desk(exact)
        Running(desk, "--scoreflux.service.max-streams=1").use { service ->
            desk.hold()
            service.socket("?count=1", 1_024).use {
                desk.next()
                service.at("$PATH?count=10000", "HEAD").statusCode() shouldBe 200
                service.at("$PATH", "OPTIONS").statusCode() shouldBe 200
                service.get("?count=1").statusCode() shouldBe 503
                desk.open()
            }
        }
    }
})
