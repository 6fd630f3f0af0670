package io.scoreflux.service

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.longs.shouldBeInRange
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.CompletableFuture

private const val RECEIVE_BUFFER = 16 * 1024
private const val MANY = 3_000
private const val PATIENT = "--scoreflux.service.write-timeout=1h"

/** Several clients at once, clients that leave, and clients that stop reading. */
class ClientsSpec : FreeSpec({
    val exact = twoModes()

    /** Rows that the model was asked for while one more client was served, less those of that client's own sample. */
    fun Running.othersRows(
        desk: Desk,
        seed: Int,
    ): Long {
        val before = desk.rows.get()
        val own = get("?count=1&seed=$seed").objects().single()["calls"].asLong()
        return desk.rows.get() - before - own
    }

    /** Serves other clients, how many is returned, until the model is asked for nothing else while 20 of them are served. */
    fun Running.probesUntilQuiet(desk: Desk): Int {
        var probes = 0
        var quiet = 0
        await("an idle model") {
            quiet = if (othersRows(desk, probes++) == 0L) quiet + 1 else 0
            quiet == 20
        }
        return probes
    }

    "two clients share calls, and nothing is computed for nobody" {
        val desk = Desk(exact)
        Running(desk).use { service ->
            desk.hold()
            val first = service.start("?count=300")
            desk.next()
            val second = service.start("?count=1&seed=9")
            val start = firstQuery(exact, 9)
            // The second client's query waits for the call that is held. A round trip gives its request time to arrive.
            var call = emptyList<Query>()
            await("the second client's query") {
                service.get("?count=0")
                desk.release()
                call = desk.next()
                start in call
            }
            (call.size > 1) shouldBe true
            desk.open()
            val samples = first.now().objects() + second.now().objects()
            samples.size shouldBe 301
            desk.rows.get() shouldBe samples.sumOf { it["calls"].asLong() }
        }
    }

    "a client more than there are places: 503, when to ask again, one line; then a place is free again" {
        val desk = Desk(exact)
        Running(desk, "--scoreflux.service.max-streams=1").use { service ->
            desk.hold()
            val served = service.start("?count=3")
            desk.next()
            for (accept in listOf(NDJSON, EVENTS)) {
                val refused = service.get("?count=3", accept)
                refused.statusCode() shouldBe 503
                refused.headers().firstValue("Retry-After").get() shouldBe "1"
                refused.headers().firstValue("Content-Type").get() shouldBe "application/problem+json"
                refused.body().lines().size shouldBe 1
                refused.objects().single()["detail"].asString() shouldContain "at most 1"
            }
            withClue("what is wrong in itself is refused as such") {
                service.get("?count=-1").statusCode() shouldBe 400
            }
            desk.open()
            served.now().objects().size shouldBe 3
            service.get("?count=3").statusCode() shouldBe 200
        }
    }

    "a client that leaves: no call after the one in flight" {
        val desk = Desk(exact)
        Running(desk, "--scoreflux.service.max-streams=1").use { service ->
            desk.hold()
            val client = service.socket("?count=1000", RECEIVE_BUFFER)
            desk.next()
            // A sample takes about 40 calls: the first ones have been delivered, and the buffers have room for more.
            desk.step(200)
            client.awaitAnswer()
            client.close()
            // Its place is free when the service knows. Nothing is asked of the model meanwhile: a call is held.
            await("a free slot") { service.get("?count=0").statusCode() != 503 }
            desk.open()
            repeat(20) { service.othersRows(desk, it) shouldBe 0 }
        }
    }

    "a client that reads nothing more: calls stop when the buffers are full, and go on when it reads on" {
        val desk = Desk(exact)
        Running(desk, PATIENT).use { service ->
            service.socket("?count=$MANY", RECEIVE_BUFFER).use { client ->
                client.awaitAnswer()
                val probes = service.probesUntilQuiet(desk)
                // The system's buffers hold 64 KiB at the service and 32 KiB at the client (Linux doubles what is asked
                // for), lines have at least 150 bytes: 655 of them; and the web server's queues hold about 100.
                (desk.started.get() - probes).shouldBeInRange(1L..800L)
                val lines = client.getInputStream().readAllBytes().decodeToString()
                Regex("\"index\":").findAll(lines).count() shouldBe MANY
                desk.started.get() shouldBe MANY + probes
            }
        }
    }

    "a client that leaves with its answer waiting: no buffer is left behind" {
        val desk = Desk(exact)
        val service = Running(desk, PATIENT)
        service.socket("?count=$MANY", RECEIVE_BUFFER).use { client ->
            client.awaitAnswer()
            service.probesUntilQuiet(desk)
        }
        service.close()
        await("the return of all buffers") {
            service.buffers.metric().usedDirectMemory() == 0L && service.buffers.metric().usedHeapMemory() == 0L
        }
    }

    "the service stops: a running stream ends with its end marker, although the model is busy" {
        val desk = Desk(exact)
        val service = Running(desk, "--spring.lifecycle.timeout-per-shutdown-phase=${GUARD_SECONDS}s")
        desk.hold()
        val client = service.start("?count=5")
        desk.next()
        val closing = CompletableFuture.runAsync { service.close() }
        client.now().body() shouldBe "{\"end\":{\"delivered\":0,\"complete\":false,\"next\":0," +
            "\"reason\":\"the service is shutting down\"}}\n"
        desk.open()
        closing.now()
    }
})
