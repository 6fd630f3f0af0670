package io.scoreflux.model.remote

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.bits
import io.scoreflux.error.Failure
import io.scoreflux.model.Covariance
import io.scoreflux.model.ModelException.Kind
import io.scoreflux.model.Moments
import io.scoreflux.model.network.TimeInput
import io.scoreflux.sampler
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.GatewayBuilder
import io.scoreflux.threeModes
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Mono
import reactor.test.scheduler.VirtualTimeScheduler
import java.io.IOException
import java.net.URI
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicReference

private val LIMIT: Duration = Duration.ofSeconds(30)

/** The initial state of the sample whose calls the server answers wrongly. */
private const val MARK = 5.0

private fun CountDownLatch.reached() {
    check(await(30, TimeUnit.SECONDS)) { "it did not happen" }
}

/** Writes less than the maximum length of an answer to a closed connection. The second write or a later one must fail. */
private fun InferenceServer.Call.writeToClosed(closed: CountDownLatch) {
    try {
        repeat(10_000) {
            http.responseBody.write(' '.code)
            http.responseBody.flush()
        }
    } catch (_: IOException) {
        closed.countDown()
    }
}

/** Writes until the other side closes the connection. */
private fun InferenceServer.Call.flood() {
    runCatching { while (true) http.responseBody.write(ByteArray(1 shl 16)) }
}

class InferenceFailuresSpec : FreeSpec({
    val law = threeModes()
    val solver = FixedStep(Scheme.EULER, 3)
    val states =
        arrayOf(doubleArrayOf(1.0, 7.0), doubleArrayOf(-9.0, 2.0), doubleArrayOf(MARK, 3.0), doubleArrayOf(4.0, 4.0))
    val exact = sampler(law) { solver(solver) }.decode(states).collectList().block(LIMIT)!!.map { it.bits() }

    fun decoded(
        denoiser: InferenceDenoiser,
        configure: GatewayBuilder.() -> Unit = {},
    ): List<Sample> = Sampler.builder(Gateway.builder(denoiser).apply(configure).build())
        .radius(1.0).noiseRange(20.0, 0.02).solver(solver).build()
        .decode(states).collectList().block(LIMIT)!!

    fun Sample.failure(): Failure = certificate().failure().shouldNotBeNull()

    "a model that does not fit is rejected when it is opened" - {
        fun described(vararg changes: Pair<String, String>): (InferenceServer) -> Unit = { server ->
            for ((from, to) in changes) {
                check(from in server.description)
                server.description = server.description.replace(from, to)
            }
        }

        fun answered(
            status: Int,
            body: String,
            vararg headers: Pair<String, String>,
        ): (InferenceServer) -> Unit = { server ->
            server.describe = {
                headers.forEach { (name, value) -> it.responseHeaders.add(name, value) }
                it.reply(status, body.toByteArray())
            }
        }
        val sigma = """"sigma","datatype":"FP64","shape":[-1]"""
        val x = """"x","datatype":"FP64","shape":[-1,2]"""
        val y = """"y","datatype":"FP64","shape":[-1,2]"""

        data class Case(
            val name: String,
            val server: (InferenceServer) -> Unit,
            val kind: Kind,
            val part: String,
            val builder: InferenceDenoiserBuilder.() -> Unit = {},
        )
        val cases = listOf(
            Case("no state", described("\"x\"" to "\"x_t\""), Kind.NAMES, "no input 'x'; the model has"),
            Case("no time", {}, Kind.NAMES, "no input 't'; the model has 'x' FP64[-1, 2], 'sigma' FP64[-1]", {
                time("t", TimeInput.T)
            }),
            Case("no output", {}, Kind.NAMES, "no output 'denoised'", { output("denoised") }),
            Case(
                "an input that nothing feeds",
                described("\"inputs\":[" to """"inputs":[{"name":"mask","datatype":"FP64","shape":[-1,2]},"""),
                Kind.NAMES,
                "nothing feeds the input 'mask' FP64[-1, 2]",
            ),
            Case("a state of integers", described(x to x.replace("FP64", "INT8")), Kind.TYPE, "is INT8[-1, 2]"),
            Case("a time of integers", described(sigma to sigma.replace("FP64", "INT64")), Kind.TYPE, "FP16 or BF16"),
            Case("an answer of bytes", described(y to y.replace("FP64", "UINT8")), Kind.TYPE, "is UINT8[-1, 2]"),
            Case("a fixed batch", described(x to x.replace("-1", "1")), Kind.SHAPE, "dynamic first axis"),
            Case("dynamic axes", described(x to x.replace("2]", "-1]")), Kind.SHAPE, "give one sample's shape"),
            Case("another shape", {}, Kind.SHAPE, "does not fit the shape [n, 3]", { shape(3) }),
            Case("another answer", described(y to y.replace("2]", "3]")), Kind.SHAPE, "the state's shape [n, 2]"),
            Case("two times a row", described(sigma to sigma.replace("-1]", "-1,2]")), Kind.SHAPE, "number per row"),
            Case(
                "a state of exabytes",
                described(x to x.replace("2]", "2000000000,2000000000]")),
                Kind.TOO_LARGE,
                "at most 2 GB",
            ),
            Case(
                "a state of 200 million numbers that nobody expects",
                described(x to x.replace("2]", "200000000]"), y to y.replace("2]", "200000000]")),
                Kind.TOO_LARGE,
                "at most 16777216 numbers in a row unless a shape is given",
            ),
            Case(
                "a state of 200 million numbers where two are expected",
                described(x to x.replace("2]", "200000000]"), y to y.replace("2]", "200000000]")),
                Kind.SHAPE,
                "does not fit the shape [n, 2]",
                { shape(2) },
            ),
            Case("no JSON", answered(200, "<html>hello</html>"), Kind.PROTOCOL, "must be JSON"),
            Case("JSON of something else", answered(200, "[1]"), Kind.PROTOCOL, "must be a JSON object"),
            Case("no inputs", answered(200, "{}"), Kind.PROTOCOL, "'inputs' must be a list"),
            Case("a shape of words", described("[-1]" to "[\"n\"]"), Kind.PROTOCOL, "must be a list of whole numbers"),
            Case("an endless description", {
                it.describe = { http ->
                    http.sendResponseHeaders(200, 0)
                    runCatching { while (true) http.responseBody.write(ByteArray(1 shl 16) { ' '.code.toByte() }) }
                }
            }, Kind.TOO_LARGE, "at most 1048576 bytes"),
            Case(
                "no such model",
                answered(404, """{"error":"no model"}"""),
                Kind.REFUSED,
                "404: {\"error\":\"no model\"}",
            ),
            Case("no permission", answered(401, ""), Kind.REFUSED, "status 401; set the header"),
            Case(
                "a redirect",
                answered(302, "", "Location" to "http://elsewhere.example/"),
                Kind.REFUSED,
                "redirects to http://elsewhere.example/, which is not followed",
            ),
            Case("a busy server", answered(503, "loading"), Kind.UNREACHABLE, "status 503: loading"),
            Case("a dropped connection", {
                it.describe = { http ->
                    http.close()
                }
            }, Kind.UNREACHABLE, "check that the server"),
            Case("no answer in time", { server ->
                val never = CountDownLatch(1)
                server.describe = { never.await() }
            }, Kind.UNREACHABLE, "no answer within 0.05 s", { timeout(Duration.ofMillis(50)) }),
        )
        for (case in cases) {
            case.name {
                InferenceServer(law).use { server ->
                    case.server(server)
                    val refused = shouldThrow<InferenceException> { server.builder().apply(case.builder).open() }
                    withClue(refused.message) {
                        refused.kind() shouldBe case.kind
                        refused.message!! shouldContain case.part
                        refused.message!! shouldContain "model m"
                        refused.message!!.lines().size shouldBe 1
                        refused.message!!.length shouldBeLessThan 700
                    }
                }
            }
        }
        "a closed port" {
            val address = InferenceServer(law).use { it.address }
            val refused = shouldThrow<InferenceException> { InferenceDenoiser.builder(address, "m").open() }
            refused.kind() shouldBe Kind.UNREACHABLE
            refused.cause.shouldBeInstanceOf<InferenceTransportException>()
        }
        "inputs with the same name, before any request to the server" {
            val rules = mapOf<String, InferenceDenoiserBuilder.() -> Unit>(
                "time must have another name in the model than state, was 'x'" to { time("x", TimeInput.SIGMA) },
                "inputs must have another name in the model than time, was 'sigma'" to { input("sigma", 1.0) },
            )
            InferenceServer(law).use { server ->
                server.describe = { error("it was asked") }
                for ((rule, settings) in rules) {
                    shouldThrow<IllegalArgumentException> { server.builder().apply(settings).open() }.message shouldBe
                        "$rule; use the names of the model"
                }
            }
        }
        "invalid settings" {
            shouldThrow<IllegalArgumentException> { InferenceDenoiser.builder(URI("file:///m"), "m") }
            shouldThrow<IllegalArgumentException> { InferenceDenoiser.builder(URI("http://a"), "..") }
            shouldThrow<IllegalArgumentException> { InferenceDenoiser.builder(URI("http://u:secret@a/"), "m") }
                .message!! shouldNotContain "secret"
            val builder = InferenceDenoiser.builder(URI("http://a"), "m")
            shouldThrow<IllegalArgumentException> { builder.header("Authorization", "secret\n") }
                .message!! shouldNotContain "secret"
            shouldThrow<IllegalArgumentException> { builder.header("Content-Length", "3") }
            InferenceServer(law).use { server ->
                shouldThrow<IllegalArgumentException> {
                    server.builder().moments(Moments(DoubleArray(3), Covariance.isotropic(1.0))).open()
                }
            }
        }
    }

    "credentials in answers of a server do not appear in messages" - {
        // As long as tokens with many claims.
        val token = "q7Rt+Wx81/eK=".repeat(300)
        val escaped = token.replace("/", "\\/").replace("+", "\\u002B")
        val echoes = mapOf(
            "as they came" to "denied: Authorization=Bearer $token, Key=secret-key.",
            "without their scheme" to "no such token: $token",
            "escaped in JSON" to """{"Authorization":"Bearer $escaped","Key":"secret\u002dkey"}""",
            "in an address" to "/login?token=" + token.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D"),
            "cut where the message ends" to "denied ".repeat(26) + token,
            "cut where reading ends" to " ".repeat(4090) + token,
            "cut inside of an escape" to " ".repeat(4087) + escaped,
        )
        for ((name, echo) in echoes) {
            for (status in listOf(302, 401, 500, 503)) {
                "$name, with status $status" {
                    InferenceServer(law).use { server ->
                        server.describe = {
                            it.responseHeaders.add("Location", "http://elsewhere.example/?key=secret-key")
                            it.reply(status, echo.toByteArray())
                        }
                        val refused = shouldThrow<InferenceException> {
                            server.builder().header("Authorization", "Bearer $token").header("Key", "secret-key").open()
                        }
                        val told = generateSequence<Throwable>(refused) {
                            it.cause
                        }.joinToString { it.message.orEmpty() }
                        told shouldContain "status $status"
                        for (part in listOf("q7Rt", "Wx81", "secret")) told shouldNotContain part
                        told shouldContain "left out, as it repeats a header"
                    }
                }
            }
        }
        "in an invalid description or an invalid answer" {
            InferenceServer(law).use { server ->
                fun opened() = server.builder().header("Key", "secret-key").open()
                val denoiser = opened()
                server.answer = { it.send("[\"secret-key\"]".toByteArray().let { body -> body to body.size }) }
                server.describe = { it.reply(200, "[\"secret-key\"]".toByteArray()) }
                val rows = Rows(2, 1)
                rows.append(doubleArrayOf(0.1, 0.2), 0, 0.5)
                val asked = listOf<() -> Any?>({ opened() }, { Mono.from(denoiser.denoise(rows)).block(LIMIT) })
                for (ask in asked) {
                    val told = shouldThrow<InferenceException> { ask() }
                    told.kind() shouldBe Kind.PROTOCOL
                    told.message!! shouldContain "left out, as it repeats a header"
                    told.message!! shouldNotContain "secret"
                }
            }
        }
    }

    "a wrong answer fails only the samples of its rows" - {
        data class Lie(
            val name: String,
            val kind: Kind,
            val part: String,
            val tell: (InferenceServer.Call) -> Unit,
        )

        fun body(
            json: String,
            more: Int = 0,
        ) = json.toByteArray().let { it.copyOf(it.size + more) to it.size }
        val lies = listOf(
            Lie("a fault of the server", Kind.REFUSED, "status 500: out of memory") {
                it.http.reply(500, "out of\nmemory".toByteArray())
            },
            Lie("a refusal", Kind.REFUSED, "status 400") { it.http.reply(400, ByteArray(0)) },
            Lie("a redirect", Kind.REFUSED, "not followed") {
                it.http.responseHeaders.add("Location", "/v2/models/m/infer")
                it.http.reply(307, ByteArray(0))
            },
            Lie("no length of the JSON", Kind.PROTOCOL, "was missing") { it.send(it.body(), null) },
            Lie("a length of the JSON beyond the body", Kind.PROTOCOL, "was 100000") { it.send(it.body(), "100000") },
            Lie("a length of the JSON that is too short", Kind.PROTOCOL, "must be JSON") { it.send(it.body(), "20") },
            Lie("no JSON", Kind.PROTOCOL, "must be JSON") { it.send(body("{\"outputs\":", 64)) },
            Lie("JSON without outputs", Kind.PROTOCOL, "'outputs' must be a list") { it.send(body("{}")) },
            Lie("another output", Kind.PROTOCOL, "must contain the output 'y'") { it.send(it.body(name = "z")) },
            Lie("fewer bytes than it says", Kind.PROTOCOL, "must fill the body") {
                it.send(it.body().let { (bytes, json) -> bytes.copyOf(bytes.size - 8) to json })
            },
            Lie("more bytes than it says", Kind.PROTOCOL, "must fill the body") {
                it.send(it.body().let { (bytes, json) -> bytes.copyOf(bytes.size + 8) to json })
            },
            Lie("another size than the shape's", Kind.PROTOCOL, "bytes of binary data, has") {
                it.send(it.body(DoubleArray(2 * it.count + 1)))
            },
            Lie("a negative size", Kind.PROTOCOL, "must be a whole number of bytes") { it.send(it.body(size = -8)) },
            Lie("another shape", Kind.SHAPE, "as its description says") {
                it.send(it.body(shape = listOf(it.count, 1, 2)))
            },
            Lie("another type", Kind.SHAPE, "is FP32") { it.send(it.body(datatype = "FP32")) },
            Lie("numbers in the JSON", Kind.PROTOCOL, "bytes of binary data, has 0") {
                it.send(body("""{"outputs":[{"name":"y","datatype":"FP64","shape":[${it.count},2],"data":[1]}]}"""))
            },
            Lie("an announced flood", Kind.TOO_LARGE, "1000000000 bytes are announced") {
                it.http.sendResponseHeaders(200, 1_000_000_000)
                it.flood()
            },
            Lie("an endless flood", Kind.TOO_LARGE, "more bytes follow") {
                it.http.sendResponseHeaders(200, 0)
                it.flood()
            },
        )
        for (lie in lies) {
            lie.name {
                InferenceServer(law).use { server ->
                    val denoiser = server.builder().open()
                    server.answer = { if (MARK in it.reals("x").toList()) lie.tell(it) else it.right() }
                    val samples = decoded(denoiser) { retries(3, Duration.ofMillis(1)) }
                    val failure = samples[2].failure()
                    withClue(failure.message()) {
                        failure.kind() shouldBe Failure.Kind.DENOISER_ERROR
                        failure.cause().shouldBeInstanceOf<InferenceException>().kind() shouldBe lie.kind
                        failure.message() shouldContain lie.part
                    }
                    for (k in listOf(0, 1, 3)) samples[k].bits() shouldBe exact[k]
                    // The call with all four rows, its halves, the halves of one of these, and then two calls with three rows, which may be divided.
                    server.calls.get() shouldBeLessThan 12
                }
            }
        }
        "NaN" {
            InferenceServer(law).use { server ->
                val denoiser = server.builder().open()
                server.answer = {
                    val numbers = it.predictions()
                    val at = it.reals("x").toList().indexOf(MARK)
                    if (at >= 0) numbers[at] = Double.NaN
                    it.send(it.body(numbers))
                }
                val samples = decoded(denoiser)
                samples[2].failure().kind() shouldBe Failure.Kind.NON_FINITE_ANSWER
                for (k in listOf(0, 1, 3)) samples[k].bits() shouldBe exact[k]
                server.calls.get() shouldBe 3
            }
        }
    }

    "transient faults are retried and do not change the samples" - {
        val faults = mapOf<String, (InferenceServer.Call) -> Unit>(
            "a dropped connection" to { it.drop() },
            "half an answer" to {
                val (bytes, json) = it.body()
                it.http.responseHeaders.add("Inference-Header-Content-Length", "$json")
                it.http.sendResponseHeaders(200, bytes.size.toLong())
                it.http.responseBody.write(bytes, 0, bytes.size / 2)
                it.http.responseBody.flush()
            },
        ) + listOf(429, 502, 503, 504).associate { status ->
            "status $status" to { call: InferenceServer.Call -> call.http.reply(status, "busy".toByteArray()) }
        }
        for ((name, fault) in faults) {
            name {
                InferenceServer(law).use { server ->
                    val denoiser = server.builder().open()
                    server.answer = { if (it.number <= 2) fault(it) else it.right() }
                    decoded(denoiser) { retries(2, Duration.ofMillis(1)) }.map { it.bits() } shouldBe exact
                    server.calls.get() shouldBe 5

                    server.calls.set(0)
                    server.answer = fault
                    for (sample in decoded(denoiser)) {
                        sample.failure().kind() shouldBe Failure.Kind.TRANSPORT_ERROR
                        sample.failure().cause().shouldBeInstanceOf<InferenceTransportException>()
                    }
                    server.calls.get() shouldBe 1
                }
            }
        }
        "a server that has stopped" {
            val denoiser = InferenceServer(law).use { it.builder().open() }
            for (sample in decoded(denoiser)) {
                sample.failure().kind() shouldBe Failure.Kind.TRANSPORT_ERROR
                sample.failure().cause().shouldBeInstanceOf<InferenceTransportException>().status() shouldBe 0
            }
        }
    }

    "an exchange that exceeds the timeout is aborted, before or during the answer" {
        for (begun in listOf(false, true)) {
            InferenceServer(law).use { server ->
                val denoiser = server.builder().timeout(Duration.ofMillis(300)).open()
                val told = CountDownLatch(1)
                val closed = CountDownLatch(1)
                server.answer = {
                    if (begun) {
                        it.http.sendResponseHeaders(200, 0)
                        it.http.responseBody.write(it.body().first, 0, 10)
                        it.http.responseBody.flush()
                    }
                    told.reached()
                    if (!begun) it.http.sendResponseHeaders(200, 0)
                    it.writeToClosed(closed)
                }
                val samples = decoded(denoiser)
                told.countDown()
                for (sample in samples) {
                    sample.failure().kind() shouldBe Failure.Kind.TRANSPORT_ERROR
                    sample.failure().message() shouldContain "no answer within 0.3 s"
                }
                closed.reached()
            }
        }
    }

    "cancelling a call closes the connection to the server" {
        InferenceServer(law).use { server ->
            val denoiser = server.builder().open()
            val asked = CountDownLatch(1)
            val cancelled = CountDownLatch(1)
            val closed = CountDownLatch(1)
            server.answer = {
                asked.countDown()
                cancelled.reached()
                it.http.sendResponseHeaders(200, 0)
                it.writeToClosed(closed)
            }
            val rows = Rows(2, 1)
            rows.append(doubleArrayOf(0.1, 0.2), 0, 0.5)
            val signals = ConcurrentLinkedQueue<Any>()
            val subscription = AtomicReference<Subscription>()
            denoiser.denoise(rows).subscribe(object : BaseSubscriber<DoubleArray>() {
                override fun hookOnSubscribe(it: Subscription) {
                    subscription.set(it)
                    it.request(1)
                }

                override fun hookOnNext(value: DoubleArray) {
                    signals.add(value)
                }

                override fun hookOnError(throwable: Throwable) {
                    signals.add(throwable)
                }
            })
            asked.reached()
            subscription.get().cancel()
            cancelled.countDown()
            closed.reached()
            signals.toList() shouldBe emptyList()
        }
    }

    "on virtual time" - {
        "the timeout of the gateway ends the exchange" {
            InferenceServer(law).use { server ->
                val denoiser = server.builder().open()
                val time = VirtualTimeScheduler.getOrSet()
                try {
                    val asked = CountDownLatch(1)
                    val cancelled = CountDownLatch(1)
                    val closed = CountDownLatch(1)
                    server.answer = {
                        asked.countDown()
                        cancelled.reached()
                        it.http.sendResponseHeaders(200, 0)
                        it.writeToClosed(closed)
                    }
                    val gateway = Gateway.builder(denoiser).timeout(Duration.ofSeconds(20)).build()
                    val samples = Sampler.builder(gateway).radius(1.0).noiseRange(20.0, 0.02).solver(solver).build()
                        .decode(states).collectList().toFuture()
                    asked.reached()
                    time.advanceTimeBy(Duration.ofSeconds(19))
                    samples.isDone shouldBe false
                    time.advanceTimeBy(Duration.ofSeconds(1))
                    cancelled.countDown()
                    closed.reached()
                    for (sample in samples.get(30, TimeUnit.SECONDS)!!) {
                        sample.failure().kind() shouldBe Failure.Kind.TRANSPORT_ERROR
                        sample.failure().cause().shouldBeInstanceOf<TimeoutException>()
                    }
                } finally {
                    VirtualTimeScheduler.reset()
                }
            }
        }
    }

    "a label outside the classes is not sent to the server" {
        InferenceServer(law).use { server ->
            server.description = server.description.replace(
                "\"inputs\":[",
                """"inputs":[{"name":"label","datatype":"INT32","shape":[-1]},""",
            )
            val denoiser = server.builder().label("label", 3).open()
            val rows = Rows(2, 1)
            rows.append(doubleArrayOf(0.1, 0.2), 0, 0.5)
            rows.condition(0, Condition(3))
            shouldThrow<IllegalArgumentException> { Mono.from(denoiser.denoise(rows)).block(LIMIT) }
            server.calls.get() shouldBe 0
        }
    }
})
