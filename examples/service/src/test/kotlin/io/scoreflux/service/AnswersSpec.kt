package io.scoreflux.service

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.element
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.pair
import io.kotest.property.checkAll
import io.scoreflux.Sampler
import io.scoreflux.cli.Main
import io.scoreflux.model.Denoiser
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.spring.Models
import io.scoreflux.state.Rows
import java.net.ConnectException
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.NetworkInterface
import java.net.Socket
import java.net.SocketException
import java.net.http.HttpResponse
import java.nio.file.Files
import kotlin.io.path.readText

private fun end(
    delivered: Int,
    next: Int,
) = """{"end":{"delivered":$delivered,"complete":true,"next":$next}}"""

class AnswersSpec : FreeSpec({
    val exact = twoModes()
    val desk = Desk(exact)
    val service = autoClose(Running(desk))

    fun expected(
        from: Long,
        to: Long,
        seed: Long,
        tolerance: Double,
    ) = Sampler
        .builder(exact)
        .noiseRange(FROM_SIGMA, TO_SIGMA)
        .solver(Sliding(tolerance))
        .seed(seed)
        .build()
        .samples(from, to)
        .collectList()
        .block()!!

    "NDJSON: a line for each of the sampler's samples, with the same bits" {
        val answer = service.get("?count=5&seed=-7&from=3&tolerance=1e-6")
        answer.statusCode() shouldBe 200
        answer.headers().firstValue("Content-Type").get() shouldBe NDJSON
        val samples = expected(3, 8, -7, 1e-6)
        answer.body().lines().size shouldBe 7
        answer.body().lines()[5] shouldBe end(5, 8)
        answer.objects().zip(samples).forEach { (line, sample) ->
            val certificate = sample.certificate()
            line.propertyNames().toList() shouldContainExactly
                listOf(
                    "index",
                    "values",
                    "status",
                    "calls",
                    "rounds",
                    "error",
                    "intervals",
                    "lowestDegree",
                    "highestDegree",
                )
            line["index"].asLong() shouldBe sample.index()
            line["values"].values().map { it.asDouble() } shouldContainExactly sample.values().toList()
            line["status"].asString() shouldBe "converged"
            line["calls"].asLong() shouldBe certificate.calls()
            line["rounds"].asLong() shouldBe certificate.rounds()
            line["error"].asDouble() shouldBe certificate.error().asDouble
            line["intervals"].asInt() shouldBe certificate.intervals()
            line["lowestDegree"].asInt() shouldBe certificate.lowestDegree()
            line["highestDegree"].asInt() shouldBe certificate.highestDegree()
        }
    }

    "what is not given: 16 samples from number 0 on, seed 0, tolerance 1e-4" {
        service.get("").body() shouldBe service.get("?count=16&seed=0&from=0&tolerance=1e-4").body()
        service.get("").objects().map { it["values"][0].asDouble() } shouldContainExactly
            expected(0, 16, 0, 1e-4).map { it.values()[0] }
    }

    "no samples: the end alone" {
        val answer = service.get("?count=0")
        answer.statusCode() shouldBe 200
        answer.body() shouldBe "${end(0, 0)}\n"
    }

    fun lines(query: String) = service.get(query).body().samples()

    fun events(
        from: Int,
        lines: List<String>,
    ) = lines.withIndex().joinToString("") { (k, line) -> "id:${from + k}\ndata:$line\n\n" } +
        "event:end\ndata:{\"delivered\":${lines.size},\"complete\":true,\"next\":${from + lines.size}}\n\n"

    "conditions by name: the samples of the target's condition, with guidance and a negative condition" {
        Running(null).use { ring ->
            val target = ring.context.getBean(Models::class.java).named("test")
            val (own, other) = target.conditions().getValue("mode-2") to target.conditions().getValue("mode-5")
            for ((query, condition) in listOf(
                "condition=mode-2" to own,
                "condition=mode-2&guidance=1.5" to own.withGuidance(1.5),
                "condition=mode-2&guidance=1.5&negative=mode-5" to own.withGuidance(1.5).withNegative(other),
            )) {
                val samples = Sampler.builder(
                    target.info() as Denoiser,
                ).noiseRange(target.fromSigma(), target.toSigma())
                    .condition(condition).build().samples(0, 4).collectList().block()!!
                val answer = ring.get("?count=4&$query").objects()
                answer.map { it["values"].values().map { v -> v.doubleValue() } } shouldBe
                    samples.map { it.values().toList() }
                answer.map { it["calls"].longValue() } shouldBe samples.map { it.certificate().calls() }
            }
            for ((query, line) in listOf(
                "condition=mode-9" to "condition must be one of mode-",
                "condition=mode-1&negative=" to "negative must be a name",
                "negative=mode-1" to "negative must be given with condition",
                "guidance=2" to "guidance must be given with condition",
                "condition=mode-1&guidance=x" to "guidance must be a number",
            )) {
                ring.get("?$query").let {
                    it.statusCode() shouldBe 400
                    it.body() shouldContain line
                }
            }
        }
        service.get("?condition=mode-1").body() shouldContain
            "condition must be absent, as the model has no conditions"
    }

    "server-sent events: the NDJSON lines as data, the samples' numbers as ids, and an end" {
        for (from in listOf(0, 7)) {
            val answer = service.get("?count=3&from=$from", EVENTS)
            answer.headers().firstValue("Content-Type").get() shouldContain EVENTS
            answer.body() shouldBe events(from, lines("?count=3&from=$from"))
        }
    }

    "server-sent events after a reconnect: those after the last one, and none after all were received" {
        val all = lines("?count=5&from=7")
        for (last in 7..10) {
            service.get("?count=5&from=7", EVENTS, "Last-Event-ID", "$last").body() shouldBe
                events(last + 1, all.drop(last - 6))
        }
        for (answer in listOf(
            service.get("?count=5&from=7", EVENTS, "Last-Event-ID", "11"),
            service.get("?count=0", EVENTS),
            service.get("?count=0", EVENTS, "Last-Event-ID", "3"),
        )) {
            answer.statusCode() shouldBe 204
            answer.body() shouldBe ""
        }
        val late = "?count=2&from=9223372036854775805"
        service.get(late, EVENTS, "Last-Event-ID", "9223372036854775806").statusCode() shouldBe 204
        service.get("?count=5&from=7", NDJSON, "Last-Event-ID", "9").body().samples() shouldBe all
    }

    "an invalid Last-Event-ID: one line with name, rule and value, before any work" {
        val before = desk.calls.get()
        for (last in listOf("6", "12", "-1", "x", "", "8.0", "0x8", "9".repeat(30), "\u0668")) {
            val head = "GET $PATH?count=5&from=7 HTTP/1.1\r\nHost: localhost\r\n"
            val text = "${head}Accept: $EVENTS\r\nLast-Event-ID: $last\r\n"
            for (again in listOf("", "Last-Event-ID: $last\r\n")) {
                service.ask("$text${again}Connection: close\r\n\r\n").let { (status, head, body) ->
                    withClue("$last: $body") {
                        status shouldBe 400
                        head shouldContain "application/problem+json"
                        body shouldContain
                            "Last-Event-ID must be the index of a sample of this response, 7 to 11, was '"
                    }
                }
            }
        }
        desk.calls.get() shouldBe before
    }

    "HTTP/1.0: the same bodies without chunks, and a connection that ends with them" {
        fun old(
            path: String,
            headers: String = "",
            method: String = "GET",
        ): Triple<Int, String, String> {
            val answer = service.ask("$method $path HTTP/1.0\r\n$headers\r\n")
            withClue(answer.second) {
                answer.second.lowercase() shouldNotContain "transfer-encoding"
                answer.second.lowercase() shouldContain "connection: close"
            }
            return answer
        }
        for (keep in listOf("", "Connection: keep-alive\r\n")) {
            old("$PATH?count=3", keep).third shouldBe service.get("?count=3").body()
            old("$PATH?count=0", keep).third shouldBe "${end(0, 0)}\n"
            old("$PATH?count=3", "Accept: $EVENTS\r\n$keep").third shouldBe service.get("?count=3", EVENTS).body()
            old("$PATH?count=3", keep, "HEAD").let { (status, _, body) -> "$status$body" shouldBe "200" }
            old("$PATH?count=0", "Accept: $EVENTS\r\n$keep").first shouldBe 204
            for ((status, answer) in listOf(
                400 to old("$PATH?count=x", keep),
                400 to old("$PATH?count=%zz", keep),
                404 to old("/more", keep),
                405 to old("$PATH", keep, "POST"),
                406 to old("$PATH", "Accept: image/gif\r\n$keep"),
                431 to old("$PATH", "X: ${"x".repeat(10_000)}\r\n$keep"),
            )) {
                answer.first shouldBe status
                answer.second shouldContain "application/problem+json"
                answer.third shouldContain "\"status\":$status"
            }
        }
    }

    "Accept: the format of the highest quality, NDJSON before events; neither, or unreadable, is 406" {
        for ((accept, format) in listOf(
            "" to NDJSON,
            "," to NDJSON,
            "*" to NDJSON,
            "*/*" to NDJSON,
            "text/*" to EVENTS,
            "application/*, text/*" to NDJSON,
            "$NDJSON;q=0.1, $EVENTS" to EVENTS,
            "$NDJSON;q=0, */*" to EVENTS,
            "$EVENTS;q=0, */*;q=0.1" to NDJSON,
            "$NDJSON;charset=utf-16" to NDJSON,
            "image/gif\r\nAccept: $EVENTS" to EVENTS,
            List(49) { "text/x$it" }.joinToString() + ", $EVENTS" to EVENTS,
            "foo" to null,
            ";" to null,
            "a/b/c" to null,
            "*/json" to null,
            "text/plain;a=\"b" to null,
            "\u00e4/\u00f6" to null,
            "$NDJSON;charset=klingon" to null,
            "$NDJSON, $EVENTS;charset=\"" to null,
            "$NDJSON;q=" to null,
            "$NDJSON;q=2" to null,
            "$NDJSON;q=-1" to null,
            "$NDJSON;q=NaN" to null,
            "$NDJSON;q=high" to null,
            "$NDJSON;q=0" to null,
            "*/*;q=0" to null,
            "image/gif" to null,
            "*/*;q=0.9, $NDJSON;q=0.1" to EVENTS,
            "*/*;q=0.1, $NDJSON;q=0.9" to NDJSON,
            "text/*;q=0.9, application/*;q=0.5, $EVENTS;q=0.1" to "text/csv",
            "$NDJSON;q=0.1, $NDJSON;profile=x;q=0.9, $EVENTS;q=0.5" to EVENTS,
            List(40) { "application/x$it" }.joinToString() to null,
        )) {
            val (status, head, body) = service.raw("$PATH?count=1", "Accept: $accept\r\n")
            withClue("${accept.take(60)}: $head\n$body") {
                status shouldBe if (format == null) 406 else 200
                head shouldContain "Content-Type: ${format ?: "application/problem+json"}"
                if (format ==
                    null
                ) {
                    body shouldContain "responses are $NDJSON or $EVENTS or text/csv; accept one of them"
                }
            }
        }
    }

    "Accept: a list that is too long is 406 too" {
        val (status, head, body) = service.raw("$PATH?count=1", "Accept: ${List(300) { NDJSON }.joinToString()}\r\n")
        status shouldBe 406
        head shouldContain "application/problem+json"
        body shouldContain "Accept must be a list of media types that is not too long"
    }

    "Accept: as RFC 9110, 12.5.1 has it, for any ranges" {
        val range = Arb.element("*/*", "text/*", "application/*", NDJSON, EVENTS, "text/html", "image/*")
        val quality = Arb.element("", ";q=0", ";q=0.1", ";q=0.5", ";q=0.9", ";q=1")
        checkAll(500, PropTestConfig(seed = 4), Arb.list(Arb.pair(range, quality), 1..6)) { ranges ->
            // The value of the most specific range; of equal ranges, the largest.
            fun quality(format: String) = listOf(format, format.substringBefore('/') + "/*", "*/*")
                .firstNotNullOfOrNull { name ->
                    ranges
                        .filter { it.first == name }
                        .maxOfOrNull { if (it.second == "") 1.0 else it.second.substringAfter('=').toDouble() }
                } ?: 0.0
            val answer = service.get("?count=0", ranges.joinToString { it.first + it.second })
            val (lines, events, table) = listOf(NDJSON, EVENTS, "text/csv").map { quality(it) }
            // Without samples, events are answered with status 204.
            answer.statusCode() shouldBe if (maxOf(lines, events, table) == 0.0) {
                406
            } else if (events > lines && events >= table) {
                204
            } else {
                200
            }
            answer.headers().allValues("Vary") shouldBe listOf("Accept, Last-Event-ID")
        }
    }

    "Vary: every response that depends on the header fields has it, once" {
        for ((query, headers) in listOf(
            "?count=1" to "",
            "?count=1" to "Accept: $EVENTS\r\n",
            "?count=0" to "Accept: $EVENTS\r\n",
            "?count=1" to "Accept: image/gif\r\n",
            "?count=x" to "",
            "?count=1" to "Accept: $EVENTS\r\nLast-Event-ID: 7\r\n",
        )) {
            for (method in listOf("GET", "HEAD")) {
                val (_, head, _) = service.raw("$PATH$query", headers, method)
                head.lines().filter { it.lowercase().startsWith("vary:") } shouldBe
                    listOf("Vary: Accept, Last-Event-ID")
            }
        }
    }

    "a head has Transfer-Encoding or Content-Length or neither, and each field once" {
        for (method in listOf("GET", "HEAD", "OPTIONS", "PUT", "TRACE")) {
            for (version in listOf("1.0", "1.1")) {
                for (path in listOf("", "?count=0", "?count=x", "?count=%zz", "%zz", "/more")) {
                    for (accept in listOf(NDJSON, EVENTS, "image/gif", ";")) {
                        val (status, head, body) =
                            service.raw("$PATH$path", "Accept: $accept\r\n", method, version)
                        val names = head.lines().drop(1).map { it.substringBefore(':').lowercase() }
                        withClue("$method $path $version $accept: $head") {
                            names.distinct() shouldBe names
                            val framing = names.filter { it in setOf("transfer-encoding", "content-length") }
                            framing.size.shouldBeInRange(0..1)
                            if (status == 204) framing shouldBe emptyList()
                            if (method == "HEAD") body shouldBe ""
                        }
                    }
                }
            }
        }
    }

    "Host: one and valid, or none in HTTP/1.0; otherwise status 400" {
        val named = autoClose(Running(desk, "--scoreflux.service.token=a-token-of-this-test"))
        val token = "Authorization: Bearer a-token-of-this-test\r\n"
        for ((hosts, version, status) in listOf(
            Triple(listOf("x"), "1.1", 200),
            Triple(listOf(""), "1.1", 200),
            Triple(listOf("x:80"), "1.1", 200),
            Triple(listOf("a_b%20c"), "1.1", 200),
            Triple(listOf("[::1]:80"), "1.1", 200),
            Triple(listOf(), "1.1", 400),
            Triple(listOf("x", "x"), "1.1", 400),
            Triple(listOf("x", "y"), "1.1", 400),
            Triple(listOf("", ""), "1.1", 400),
            Triple(listOf("x y"), "1.1", 400),
            Triple(listOf("x/y"), "1.1", 400),
            Triple(listOf("x@y"), "1.1", 400),
            Triple(listOf("http://x"), "1.1", 400),
            Triple(listOf("x:y"), "1.1", 400),
            Triple(listOf("[::1"), "1.1", 400),
            Triple(listOf("%zz"), "1.1", 400),
            Triple(listOf(), "1.0", 200),
            Triple(listOf("x"), "1.0", 200),
            Triple(listOf("x", "x"), "1.0", 400),
            Triple(listOf("x/y"), "1.0", 400),
        )) {
            val before = desk.calls.get()
            val fields = hosts.joinToString("") { "Host: $it\r\n" }
            val (answered, head, body) =
                named.ask("GET $PATH?count=1 HTTP/$version\r\n$fields${token}Connection: close\r\n\r\n")
            withClue("$hosts, HTTP/$version: $head\n$body") {
                answered shouldBe status
                if (status == 400) {
                    head.lowercase() shouldContain "content-type: application/problem+json"
                    body shouldContain "Host"
                    desk.calls.get() shouldBe before
                }
            }
        }
    }

    "a client that sends all before it reads: the response arrives" {
        val large = "x".repeat(10_000_000)
        val chunked = "Transfer-Encoding: chunked\r\n\r\n989680\r\n$large\r\n0\r\n\r\n"
        val head = "HTTP/1.1\r\nHost: localhost\r\n"
        for ((text, status) in listOf(
            "POST $PATH ${head}Content-Length: 10000000\r\n\r\n$large" to 413,
            "POST $PATH $head$chunked" to 405,
            "PUT /more $head$chunked" to 404,
            "POST $PATH?count=%zz $head$chunked" to 400,
            "GET $PATH?count=1 $head$chunked" to 200,
            "GET $PATH?count=1 HTTP/1.0\r\nContent-Length: 10000000\r\n\r\n$large" to 200,
            "GET $PATH?seed=$large $head\r\n" to 414,
            "GET $PATH ${head}X: $large\r\n\r\n" to 431,
            "BAD\r\n\r\n$large" to 400,
            "GET $PATH?count=1 ${head}Connection: close\r\n\r\n$large" to 200,
        )) {
            withClue(text.take(60)) { service.ask(text).first shouldBe status }
        }
    }

    "a client that sends more than is discarded: the connection ends" {
        val part = ByteArray(1 shl 20)
        service.send("POST $PATH HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\n\r\n").use { client ->
            shouldThrow<SocketException> { repeat(1_000) { client.getOutputStream().write(part) } }
        }
    }

    "a malformed request body: status 400 before the response has begun, else the whole response; nothing is logged" {
        val head = "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        val held = Desk(exact)
        Running(held, "--scoreflux.service.max-streams=1").use { one ->
            logged {
                held.hold()
                one.send("GET $PATH?count=3 $head\r\n").use { client ->
                    held.next()
                    client.getOutputStream().write("zz\r\n".toByteArray())
                    client.status() shouldBe 400
                }
                held.open()
                one.awaitPlaces(1)
                one.send("GET $PATH?count=1000 $head\r\n", 1_024).use { client ->
                    client.awaitAnswer()
                    client.getOutputStream().write("zz\r\n".toByteArray())
                    val lines = client.getInputStream().readAllBytes().decodeToString()
                    Regex("\"index\":").findAll(lines).count() shouldBe 1_000
                    lines.endsWith("\r\n0\r\n\r\n") shouldBe true
                }
            } shouldBe emptyList()
        }
        logged {
            for (request in listOf(
                "GET $PATH?count=1",
                "GET $PATH?count=300",
                "GET $PATH?count=x",
                "HEAD $PATH",
                "POST $PATH",
                "GET /more",
            )) {
                for (accept in listOf(NDJSON, EVENTS, "image/gif")) {
                    repeat(20) {
                        service.send("$request ${head}Accept: $accept\r\n\r\nzz\r\n").use { client ->
                            client.status()
                            client.getInputStream().readAllBytes()
                        }
                        service.send("$request ${head}Accept: $accept\r\n\r\n").use { client ->
                            client.getOutputStream().write("zz\r\n".toByteArray())
                            client.status()
                            client.getInputStream().readAllBytes()
                        }
                    }
                }
            }
            service.get("?count=1").statusCode() shouldBe 200
        } shouldBe emptyList()
    }

    "what the HTTP codec refuses is problem JSON too" {
        val odd = "GET $PATH?count=1 HTTP/1.1\r\nHost: localhost\r\n"
        for ((status, text) in listOf(
            400 to "BAD\r\n\r\n",
            400 to "GET $PATH\r\n\r\n",
            400 to "GET $PATH HTTP/x\r\n\r\n",
            400 to "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            400 to "${odd}Content-Length: x\r\n\r\n",
            400 to "${odd}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            400 to "${odd}X: a\u0001b\r\n\r\n",
            400 to "GET $PATH HTTP/1.1\r\nHost: a b:c\r\nConnection: close\r\n\r\n",
            414 to "GET $PATH?seed=${"9".repeat(5_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            431 to "${odd}Accept: ${"a/b,".repeat(3_000)}\r\n\r\n",
            431 to "$odd${(1..2_000).joinToString("") { "X$it: y\r\n" }}\r\n",
        )) {
            val (answered, head, body) = service.ask(text)
            withClue("${text.take(60)}: $head\n$body") {
                answered shouldBe status
                head.lowercase() shouldContain "content-type: application/problem+json"
                body shouldContain "\"status\":$status"
            }
        }
        service.ask(
            "HEAD $PATH?count=%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        ).let { (status, _, body) ->
            "$status$body" shouldBe "400"
        }
    }

    "NDJSON for the Accept header of browsers" {
        service.get("?count=1", "text/html,*/*;q=0.8").headers().firstValue("Content-Type").get() shouldBe NDJSON
    }

    "the built-in target: the command line's ring8, byte for byte" {
        val file = Files.createTempFile("ring8", ".ndjson")
        Main.main(arrayOf("sample", "--target", "ring8", "--count", "20", "--seed", "4", "--quiet", "--out", "$file"))
        Running(null).use { it.get("?count=20&seed=4").body() } shouldBe file.readText() + end(20, 20) + "\n"
    }

    "a failed sample: its reason and no values, and the others in their places" {
        val faulty = object : Denoiser by exact {
            override fun moments() = exact.moments()

            override fun denoise(
                asked: Rows,
                out: DoubleArray,
            ) {
                exact.denoise(asked, out)
                for (row in 0 until asked.count()) {
                    if (asked.sigma(row) < 1 &&
                        asked.values()[asked.offset(row)] < 0
                    ) {
                        out[asked.offset(row)] = Double.NaN
                    }
                }
            }
        }
        Running(faulty).use { one ->
            val samples = one.get("?count=20").objects()
            samples.map { it["index"].asLong() } shouldContainExactly (0L until 20L).toList()
            val (failed, others) = samples.partition { it["status"].asString() == "failed" }
            withClue("both modes have some of 20 samples") { failed.size.shouldBeInRange(1..19) }
            failed.forEach {
                it.has("values") shouldBe false
                it["reason"].asString() shouldContain "NaN"
            }
            others.forEach {
                it["values"].size() shouldBe 2
                it.has("reason") shouldBe false
            }
        }
    }

    "bad parameters: one line with name, rule and value, as problem JSON, before any work" {
        val before = desk.calls.get()
        for ((query, parts) in listOf(
            "count=-1" to listOf("count", "at least 0 and at most 10000", "was -1", "several requests"),
            "count=10001" to listOf("count", "at most 10000", "was 10001"),
            "count=ten" to listOf("count", "whole number", "'ten'", "default"),
            "count=" to listOf("count", "whole number", "''"),
            "count" to listOf("count", "whole number", "''"),
            "count=1&count=2" to listOf("count", "given once", "2 times"),
            "from=-1" to listOf("from", "at least 0", "was -1"),
            "from=9223372036854775807" to
                listOf("from", "at most 9223372036854775791 for count 16", "was 9223372036854775807"),
            "seed=1e3" to listOf("seed", "whole number", "'1e3'"),
            "tolerance=1" to listOf("tolerance", "in [1e-14, 1.0)", "was 1.0"),
            "tolerance=0" to listOf("tolerance", "in [1e-14, 1.0)", "was 0"),
            "tolerance=NaN" to listOf("tolerance", "a number", "'NaN'"),
            "tolerance=1e-4f" to listOf("tolerance", "a number", "'1e-4f'"),
            "tolerance=0x1p-8" to listOf("tolerance", "a number", "'0x1p-8'"),
            "tolerance=.5" to listOf("tolerance", "a number", "'.5'"),
            "tolerance=%201e-4" to listOf("tolerance", "a number", "' 1e-4'"),
            "count=%D9%A3" to listOf("count", "whole number", "'\u0663'"),
            "seed=%2B7" to listOf("seed", "whole number", "'+7'"),
            "tolerance=small" to listOf("tolerance", "a number", "'small'"),
            "cuont=3" to listOf("cuont", "budget, condition, count, demand"),
            "seed=" + "9".repeat(500) to listOf("seed", "9".repeat(40) + "..."),
        )) {
            for (accept in listOf(NDJSON, EVENTS)) {
                val answer = service.get("?$query", accept)
                withClue(query + ": " + answer.body()) {
                    answer.statusCode() shouldBe 400
                    answer.headers().firstValue("Content-Type").get() shouldBe "application/problem+json"
                    answer.body().lines().size shouldBe 1
                    val problem = answer.objects().single()
                    problem["status"].asInt() shouldBe 400
                    parts.forEach { problem["detail"].asString() shouldContain it }
                }
            }
        }
        desk.calls.get() shouldBe before
    }

    "what cannot be read or accepted, or is not there, is problem JSON too, without a stack trace" {
        fun problem(
            answer: HttpResponse<String>,
            status: Int,
            said: String,
        ) {
            withClue("$status: ${answer.headers().map()} ${answer.body()}") {
                answer.statusCode() shouldBe status
                answer.headers().firstValue("Content-Type").get() shouldBe "application/problem+json"
                answer.objects().single()["status"].asInt() shouldBe status
                answer.objects().single()["detail"].asString() shouldContain said
                answer.body() shouldNotContain "at org."
            }
        }
        val kinds = "responses are $NDJSON or $EVENTS or text/csv; accept one of them"
        problem(service.get("?count=1", "image/gif"), 406, kinds)
        for (accept in listOf("foo", "a/b/c", ";")) {
            problem(service.get("?count=1", accept), 406, kinds)
        }
        problem(service.at("/more"), 404, "there is no resource at this address; the models are at /v1/models")
        problem(service.at("$PATH", "POST"), 405, "the method must be GET or HEAD at this address, was POST")
        // Java's own client refuses to send it.
        for (path in listOf("$PATH?count=%zz", "$PATH%zz")) {
            service.raw(path).let { (status, head, body) ->
                withClue(head) {
                    status shouldBe 400
                    head shouldContain "application/problem+json"
                    body shouldContain "\"status\":400"
                    body shouldContain "percent"
                }
            }
        }
        service.get("?count=1").statusCode() shouldBe 200
    }

    "only the loopback address answers" {
        // A server bound to all addresses would answer at 127.0.0.2 too, where that address exists.
        val others = NetworkInterface
            .networkInterfaces()
            .toList()
            .flatMap { it.inetAddresses().toList() }
            .plus(InetAddress.getByName("127.0.0.2"))
            .minus(InetAddress.getByName("127.0.0.1"))
        for (address in others) {
            withClue("$address") {
                shouldThrow<ConnectException> { Socket().use { it.connect(InetSocketAddress(address, service.port)) } }
            }
        }
    }
})
