package io.scoreflux.service.api

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.Sampler
import io.scoreflux.model.GaussianMixture
import io.scoreflux.service.Desk
import io.scoreflux.service.EVENTS
import io.scoreflux.service.FROM_SIGMA
import io.scoreflux.service.PATH
import io.scoreflux.service.Running
import io.scoreflux.service.TO_SIGMA
import io.scoreflux.service.await
import io.scoreflux.service.awaitAnswer
import io.scoreflux.service.logged
import io.scoreflux.service.objects
import io.scoreflux.service.samples
import io.scoreflux.service.twoModes
import io.scoreflux.solve.sliding.Sliding
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.util.concurrent.ExecutionException
import javax.imageio.ImageIO

private val json = JsonMapper()

/** Streams with demand and progress, their ends, and the other forms of samples. */
class StreamsSpec : FreeSpec({
    val exact = twoModes()
    val service = autoClose(Running(exact))

    fun JsonNode.numbers() = values().map { it.asDouble() }

    "demand: exactly the stated number of samples is computed, and more on request" {
        val desk = Desk(exact)
        Running(desk).use { own ->
            own.events("$PATH?format=events&count=20&demand=5").use { events ->
                val id = events.next("stream").data["id"].asString()
                repeat(5) { events.next("message").id shouldBe "$it" }
                own.awaitModel()
                withClue("trajectories") { desk.started.get() shouldBe 5 }
                own.call("/v1/streams/$id/demand?n=3", "").statusCode() shouldBe 204
                repeat(3) { events.next("message").id shouldBe "${it + 5}" }
                own.awaitModel()
                desk.started.get() shouldBe 8
                own.call("/v1/streams/$id/demand?n=1000", "").statusCode() shouldBe 204
                val rest = events.rest()
                rest.map { it.id } shouldContainExactly (8..19).map { "$it" } + null
                rest.last().data.toString() shouldBe """{"delivered":20,"complete":true,"next":20}"""
                await("the end of the stream") { own.streams() == 0 }
                own.call("/v1/streams/$id/demand", "").statusCode() shouldBe 404
            }
        }
    }

    "demand: the samples are those of a stream without it" {
        val plain = service.get("?count=6&seed=5&from=2").objects()
        service.events("$PATH?format=events&count=6&seed=5&from=2&demand=100").use { events ->
            events.rest().filter { it.name == "message" }.map { it.data } shouldContainExactly plain
        }
    }

    "progress: the calls of all samples in the end, and trajectories in no stage" {
        val all = service.get("?count=30&seed=1").objects()
        service.events("$PATH?format=events&count=30&seed=1&progress=true").use { events ->
            val got = events.rest()
            got.first().name shouldBe "stream"
            val boundaries = got.first().data["boundaries"].numbers()
            boundaries.first() shouldBe FROM_SIGMA
            boundaries.last() shouldBe TO_SIGMA
            got.filter { it.name == "message" }.map { it.data } shouldContainExactly all
            got.last().name shouldBe "end"
            val last = got.last { it.name == "progress" }.data
            last["calls"].asLong() shouldBe all.sumOf { it["calls"].asLong() }
            last["delivered"].asLong() shouldBe 30
            last["stages"].values().map { it["trajectories"].asInt() } shouldContainExactly
                List(boundaries.size - 1) { 0 }
            withClue("each stage shows the noise level of its last trajectory") {
                last["stages"].values().drop(1).forEachIndexed { k, stage ->
                    (stage["sigma"].asDouble() <= boundaries[k + 1]) shouldBe true
                }
            }
        }
    }

    "an unlimited stream ends when the client leaves" {
        service.events("$PATH?format=events&count=unlimited").use { events ->
            repeat(100) { events.next("message").id shouldBe "$it" }
        }
        await("the end of the stream") { service.streams() == 0 }
    }

    "a stream that ends early says so, and resumes where it ended, with the same samples" {
        val expected = service.get("?count=40").objects()
        Running(exact, "--scoreflux.service.pause-timeout=200ms").use { own ->
            own.events("$PATH?format=events&count=40&demand=7").use { events ->
                val got = events.rest()
                val end = got.last().data
                end["complete"].asBoolean() shouldBe false
                end["reason"].asString() shouldContain "the client has requested nothing for 200 ms"
                end["next"].asLong() shouldBe 7
                // At a service whose streams have longer to be read.
                val more = service.get("?count=40&format=events", EVENTS, "Last-Event-ID", "6").body()
                more.lines().filter { it.startsWith("data:{\"index\"") }.map { json.readTree(it.drop(5)) } shouldBe
                    expected.drop(7)
            }
        }
        Running(exact, "--scoreflux.service.max-duration=300ms").use { own ->
            val lines = own.get("?count=unlimited").body().lines().filter { it.isNotEmpty() }
            val end = json.readTree(lines.last())["end"]
            end["complete"].asBoolean() shouldBe false
            end["reason"].asString() shouldContain "maximum duration of 300 ms"
            end["delivered"].asInt() shouldBe lines.size - 1
            lines.dropLast(1).take(40).map { json.readTree(it) } shouldBe expected.take(lines.size - 1)
        }
    }

    "the service stops: running streams end with their markers" {
        val own = Running(exact)
        val events = own.events("$PATH?format=events&count=1000&demand=4")
        repeat(4) { events.next("message") }
        own.close()
        val end = events.rest().last()
        end.name shouldBe "end"
        end.data["reason"].asString() shouldContain "shutting down"
        end.data["next"].asLong() shouldBe 4
    }

    "the service stops: CSV breaks off after whole samples, and one line of the log says so" {
        val desk = Desk(exact)
        val own = Running(desk)
        val socket = own.send("GET $PATH?count=unlimited&format=csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
        socket.use { client ->
            // Until a sample has arrived.
            val start = StringBuilder()
            while ("\n0,converged" !in start) {
                val next = client.getInputStream().read()
                check(next >= 0) { "the answer ended: $start" }
                start.append(next.toChar())
            }
            val errors = logged { own.close() }
            val body = start.toString() + client.getInputStream().readAllBytes().decodeToString()
            withClue(body.takeLast(300)) {
                body.endsWith("\r\n0\r\n\r\n") shouldBe false
                body shouldContain "index,status"
            }
            withClue(errors) {
                errors.size shouldBe 1
                errors.single() shouldStartWith "GET $PATH broke off: the service is shutting down; resume with from "
                errors.single().trim().lines().size shouldBe 1
                errors.single() shouldNotContain "Exception"
            }
        }
    }

    "a client that leaves while the model is called: that call is the last one" {
        for (format in listOf("ndjson", "events", "csv")) {
            val desk = Desk(exact)
            Running(desk).use { own ->
                desk.hold()
                val path = "$PATH?count=unlimited&format=$format"
                val client = own.send("GET $path HTTP/1.1\r\nHost: localhost\r\n\r\n")
                desk.next()
                desk.step(40)
                client.close()
                await("the end of the stream") { own.streams() == 0 }
                val before = desk.calls.get()
                desk.open()
                own.awaitModel()
                withClue("$format: one more call by awaitModel itself") { desk.calls.get() shouldBe before + 1 }
            }
        }
    }

    "CSV: the samples as on the command line" {
        val lines = service.get("?count=3&format=csv").body().lines()
        lines.first() shouldBe "index,status,calls,error,x0,x1,reason"
        val samples = service.get("?count=3").objects()
        lines.drop(1).dropLast(1).map { it.split(",") }.zip(samples) { cells, sample ->
            cells[0].toLong() shouldBe sample["index"].asLong()
            cells.last() shouldBe ""
            cells.drop(4).dropLast(1).map { it.toDouble() } shouldBe sample["values"].numbers()
        }
        service.get("?count=3", "text/csv").body().lines() shouldBe lines
    }

    "one sample again, by seed and index, and its trace at the boundaries of the stages" {
        val sample = service.get("?count=1&from=17&seed=8&tolerance=1e-6").objects().single()
        json.readTree(service.call("$PATH/17?seed=8&tolerance=1e-6").body()) shouldBe sample
        val trace = json.readTree(service.call("$PATH/17/trace?seed=8&tolerance=1e-6").body())
        trace["sample"]["values"] shouldBe sample["values"]
        val points = trace["points"].values().toList()
        points.first()["sigma"].asDouble() shouldBe FROM_SIGMA
        points.last()["sigma"].asDouble() shouldBe TO_SIGMA
        points.last()["z"] shouldBe sample["values"]
        points.size shouldBe 5
    }

    "encoding: the inverse of decoding" {
        val states = service.get("?count=3&tolerance=1e-8").objects().map { it["values"] }
        val encoded = service.call("/v1/models/test/encode?tolerance=1e-8", """{"states":$states}""").objects()
        val sampler = Sampler.builder(exact).noiseRange(FROM_SIGMA, TO_SIGMA).solver(Sliding(1e-8)).build()
        val back = sampler.decode(encoded.map { it["values"].numbers().toDoubleArray() }.toTypedArray())
            .collectList().block()!!
        // The data have radius 1; both directions are solved to 1e-8 of it at their ends, with some amplification.
        back.zip(states) { sample, state ->
            sample.values().zip(state.numbers().toDoubleArray()) { a, b -> a shouldBe (b plusOrMinus 1e-5) }
        }
    }

    "an uploaded mixture: the samples of the library for the same mixture" {
        val body = """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[2,-1],"std":0.5},
            {"weight":3,"mean":[0,0],"std":[0.1,0.2]}]}"""
        val got = service.call("/v1/mixtures/samples?count=4&seed=3", body).objects()
        got.map { it["status"].asString() } shouldContainExactly List(4) { "converged" }
        service.call("/v1/mixtures/samples?count=4&seed=3", body).objects() shouldBe got
        val one = """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[5],"std":0.01}]}"""
        val narrow = GaussianMixture.builder(1).component(1.0, doubleArrayOf(5.0), 0.01).build()
        service.call("/v1/mixtures/samples?count=50", one).objects().forEach {
            // Ten standard deviations.
            it["values"][0].asDouble() shouldBe (narrow.moments().get().mean()[0] plusOrMinus 0.1)
        }
    }

    "a response without an end marker fails if its stream ends early" {
        Running(exact, "--scoreflux.service.max-duration=200ms").use { own ->
            shouldThrow<ExecutionException> { own.get("?count=unlimited&format=csv") }
        }
        val desk = Desk(exact)
        Running(desk, "--scoreflux.service.max-duration=200ms").use { own ->
            desk.hold()
            val answer = own.call("$PATH/3")
            answer.statusCode() shouldBe 503
            answer.body() shouldContain "maximum duration"
            desk.open()
        }
    }

    "a service without free places refuses events with demand too, before any event" {
        Running(exact, "--scoreflux.service.max-streams=1").use { own ->
            own.events("$PATH?format=events&count=9&demand=1").use { events ->
                events.next("message")
                own.get("?count=9&format=events&demand=1&progress=true", EVENTS).statusCode() shouldBe 503
            }
        }
    }

    "demand is limited by what is outstanding" {
        Running(exact, "--scoreflux.service.max-count=50").use { own ->
            own.events("$PATH?format=events&count=unlimited&demand=1").use { events ->
                val id = events.next("stream").data["id"].asString()
                events.next("message")
                var refused = own.call("/v1/streams/$id/demand?n=50", "")
                await("a refusal") {
                    refused = own.call("/v1/streams/$id/demand?n=50", "")
                    refused.statusCode() == 400
                }
                refused.body() shouldContain "outstanding"
            }
        }
    }

    "the pilot of a budget uses the condition" {
        Running(null).use { own ->
            val model = own.context.getBean(io.scoreflux.spring.Models::class.java).named("test")
            val condition = model.conditions().getValue("mode-2")
            val expected = model.builder().solver(io.scoreflux.solve.budget.Budget(8)).condition(condition).build()
                .samples(0, 3).collectList().block()!!
            own.get("?count=3&budget=8&condition=mode-2").objects().map { it["values"].numbers() } shouldBe
                expected.map { it.values().toList() }
        }
    }

    "uploaded mixtures with a budget: each has its own pilot" {
        fun upload(mean: Int) = service.call(
            "/v1/mixtures/samples?count=20&budget=10",
            """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[$mean],"std":0.1}]}""",
        ).objects().map { it["values"][0].asDouble() }
        upload(5).forEach { it shouldBe (5.0 plusOrMinus 1.0) }
        upload(-500).forEach { it shouldBe (-500.0 plusOrMinus 1.0) }
    }

    "a budget of calls: the pilot runs once, and the samples have as many calls" {
        val desk = Desk(exact)
        Running(desk).use { own ->
            val first = own.get("?count=5&budget=12").objects()
            first.map { it["calls"].asInt() } shouldContainExactly List(5) { 12 }
            own.awaitModel()
            val before = desk.rows.get()
            before shouldBeGreaterThan 60
            own.get("?count=5&budget=12").objects() shouldBe first
            own.awaitModel()
            withClue("the rows of five samples, and of awaitModel") { desk.rows.get() - before shouldBe 61 }
            own.get("?count=5&solver=dpmpp-3m&budget=15").objects().map { it["calls"].asInt() } shouldContainExactly
                List(5) { 15 }
        }
    }

    "a model of images: PNG files of one sample and of a sheet; conditions by name and by label" {
        Running(
            null,
            "--scoreflux.models.digits.target=classpath:models/digits/digits.json",
            "--scoreflux.models.digits.image.height=28",
            "--scoreflux.models.digits.image.width=28",
            "--scoreflux.models.digits.image.paper=-1",
            "--scoreflux.models.digits.image.ink=1",
            "--scoreflux.models.digits.fixed-rows=4",
        ).use { own ->
            val digits = "/v1/models/digits/samples"

            fun image(path: String) = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:${own.port}$path")).build(),
                BodyHandlers.ofInputStream(),
            ).body().use { ImageIO.read(it) }
            val fast = "tolerance=1e-2&condition=7"
            val one = image("$digits/3?format=png&$fast")
            one.width to one.height shouldBe (28 to 28)
            val sheet = image("$digits?format=png&count=6&$fast")
            (sheet.width > 3 * 28 && sheet.height > 2 * 28) shouldBe true
            val named = own.call("$digits/3?$fast").body()
            own.call("$digits/3?tolerance=1e-2&label=7").body() shouldBe named
            withClue("in a batch with others the sample has the same bits") {
                own.call("$digits?from=0&count=5&$fast").body().samples()[3] shouldBe named
            }
            own.call("/v1/models").body() shouldContain "\"image\":{\"height\":28"
        }
    }

    "the models: their properties" {
        val list = json.readTree(service.call("/v1/models").body())["models"]
        list.size() shouldBe 1
        val model = json.readTree(service.call("/v1/models/test").body())
        list[0] shouldBe model
        model["dimension"].asInt() shouldBe 2
        model["radius"].asDouble() shouldBe (exact.moments().get().radius() plusOrMinus 1e-15)
        model["tolerance"].asDouble() shouldBe 1e-4
        service.call("/v3/api-docs").body() shouldStartWith "{\"openapi\""
    }
})
