package io.scoreflux.grpc

import com.google.protobuf.ByteString
import inference.OpenInferenceGrpc.ModelInferResponse
import io.grpc.Status
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.error.Failure
import io.scoreflux.model.ModelException
import io.scoreflux.model.ModelException.Kind
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.GatewayBuilder
import reactor.core.publisher.Mono
import java.time.Duration

/** The initial state of the sample whose calls the server answers wrongly. */
private const val MARK = 5.0

class GrpcFailuresSpec : FreeSpec({
    val law = threeModes()
    val states =
        arrayOf(doubleArrayOf(1.0, 7.0), doubleArrayOf(-9.0, 2.0), doubleArrayOf(MARK, 3.0), doubleArrayOf(4.0, 4.0))

    fun Sampler.decoded(): List<Sample> = decode(states).collectList().block(LIMIT)!!

    fun decoded(
        denoiser: GrpcDenoiser,
        configure: GatewayBuilder.() -> Unit = {},
    ): List<Sample> = Sampler.builder(Gateway.builder(denoiser).apply(configure).build())
        .radius(1.0).noiseRange(20.0, 0.02).solver(FixedStep(Scheme.EULER, 3)).build().decoded()

    fun Sample.failure(): Failure = certificate().failure().shouldNotBeNull()
    val exact = Sampler.builder(law).noiseRange(20.0, 0.02).solver(FixedStep(Scheme.EULER, 3)).build().decoded()
        .map { it.values().toList() }

    "a model that does not fit is rejected when it is opened" - {
        data class Case(
            val name: String,
            val server: (GrpcServer) -> Unit,
            val kind: Kind,
            val part: String,
            val builder: GrpcDenoiserBuilder.() -> Unit = {},
        )

        fun status(
            status: Status,
            words: String = "",
        ): (GrpcServer) -> Unit =
            { server -> server.describe = { it.onError(status.withDescription(words).asRuntimeException()) } }
        val cases = listOf(
            Case("no state", { it.inputs = it.inputs.drop(1) }, Kind.NAMES, "no input 'x'; the model has"),
            Case("no output", { it.outputs = emptyList() }, Kind.NAMES, "no output 'y'"),
            Case("an input without value", {
                it.inputs += tensor("mask", "FP32", -1)
            }, Kind.NAMES, "nothing feeds the input 'mask' FP32[-1]"),
            Case("a state of integers", {
                it.inputs = listOf(tensor("x", "INT8", -1, 2), it.inputs[1])
            }, Kind.TYPE, "is INT8[-1, 2]"),
            Case("a fixed batch", {
                it.inputs = listOf(tensor("x", "FP64", 1, 2), it.inputs[1])
            }, Kind.SHAPE, "dynamic first axis"),
            Case("another output", {
                it.outputs = listOf(tensor("y", "FP64", -1, 3))
            }, Kind.SHAPE, "the state's shape [n, 2]"),
            Case("a state of exabytes", {
                it.inputs = listOf(tensor("x", "FP64", -1, 2_000_000_000, 2_000_000_000), it.inputs[1])
            }, Kind.TOO_LARGE, "at most 2 GB"),
            Case("a state of 200 million numbers", {
                it.inputs = listOf(tensor("x", "FP64", -1, 200_000_000), it.inputs[1])
            }, Kind.TOO_LARGE, "at most 16777216 numbers"),
            Case("a row that exceeds a message", {
                it.inputs = listOf(tensor("x", "FP64", -1, 1000), it.inputs[1])
                it.outputs = listOf(tensor("y", "FP64", -1, 1000))
            }, Kind.TOO_LARGE, "set a greater maxMessageBytes", { maxMessageBytes(4096) }),
            Case("an endless description", { server ->
                server.inputs += List(40_000) { tensor("another input", "FP64", -1) }
            }, Kind.TOO_LARGE, "a message is too long"),
            Case("no such model", status(Status.NOT_FOUND, "no model m"), Kind.REFUSED, "NOT_FOUND: no model m; check"),
            Case("no permission", status(Status.UNAUTHENTICATED), Kind.REFUSED, "UNAUTHENTICATED; set the token"),
            Case("another service", status(Status.UNIMPLEMENTED), Kind.REFUSED, "Open Inference Protocol server"),
            Case("a fault", status(Status.INTERNAL, "out of\nmemory"), Kind.REFUSED, "INTERNAL: out of memory"),
            Case("a busy server", status(Status.UNAVAILABLE, "loading"), Kind.UNREACHABLE, "loading"),
            Case(
                "no answer in time",
                { it.describe = {} },
                Kind.UNREACHABLE,
                "no answer within 0.3 s",
                { timeout(Duration.ofMillis(300)) },
            ),
        )
        for (case in cases) {
            case.name {
                GrpcServer(law).use { server ->
                    case.server(server)
                    val refused = shouldThrow<ModelException> { server.builder().apply(case.builder).open() }
                    withClue(refused.message) {
                        refused.kind() shouldBe case.kind
                        refused.message!! shouldContain case.part
                        refused.message!! shouldContain "${server.address}: model m"
                        refused.message!!.lines().size shouldBe 1
                    }
                }
            }
        }
        "a closed port" {
            val address = GrpcServer(law).use { it.address }
            val refused = shouldThrow<ModelException> { GrpcDenoiser.builder(address, "m").open() }
            refused.kind() shouldBe Kind.UNREACHABLE
            refused.cause.shouldBeInstanceOf<GrpcTransportException>().code() shouldBe Status.Code.UNAVAILABLE
        }
    }

    "a wrong answer fails only the samples of its rows" - {
        fun GrpcServer.Call.response() = ModelInferResponse.newBuilder()
        val lies = mapOf<String, Triple<Kind, String, (GrpcServer.Call) -> Unit>>(
            "a refusal" to
                Triple(Kind.REFUSED, "INVALID_ARGUMENT: no such number") {
                    it.fail(Status.INVALID_ARGUMENT, "no such number")
                },
            "a fault" to Triple(Kind.REFUSED, "UNKNOWN: ouch") { it.fail(Status.UNKNOWN, "ouch") },
            "too long for the server" to
                Triple(Kind.TOO_LARGE, "a message is too long") {
                    it.fail(Status.RESOURCE_EXHAUSTED, "Received message larger than max (9 vs. 4)")
                },
            "no output" to Triple(Kind.PROTOCOL, "must contain the output 'y'") { it.send(it.response()) },
            "another output" to
                Triple(Kind.PROTOCOL, "must contain the output 'y'") {
                    it.raw(it.predictions(), it.output(name = "z"))
                },
            "another type" to Triple(Kind.SHAPE, "is FP32") { it.raw(it.predictions(), it.output("FP32")) },
            "another shape" to
                Triple(Kind.SHAPE, "as its description says") {
                    it.raw(it.predictions(), it.output(shape = listOf(2L)))
                },
            "another number of bytes" to
                Triple(Kind.PROTOCOL, "bytes of raw contents, has 8") { it.raw(DoubleArray(1), it.output()) },
            "raw contents for one of two outputs" to
                Triple(Kind.PROTOCOL, "must have raw contents for each of its 2 outputs, has 1") {
                    it.send(
                        it.response().addOutputs(it.output(name = "z")).addOutputs(it.output())
                            .addRawOutputContents(ByteString.EMPTY),
                    )
                },
            "no contents" to
                Triple(Kind.PROTOCOL, "numbers as raw contents or as fp64_contents, has 0") {
                    it.send(it.response().addOutputs(it.output()))
                },
            "a flood" to
                Triple(Kind.TOO_LARGE, "a message is too long") { it.raw(DoubleArray(1 shl 14), it.output()) },
        )
        for ((name, lie) in lies) {
            name {
                val (kind, part, tell) = lie
                GrpcServer(law).use { server ->
                    server.answer = { if (MARK in it.numbers("x").toList()) tell(it) else it.right() }
                    val samples = server.builder().open().use { decoded(it) { retries(3, Duration.ofMillis(1)) } }
                    val failure = samples[2].failure()
                    withClue(failure.message()) {
                        failure.kind() shouldBe Failure.Kind.DENOISER_ERROR
                        failure.cause().shouldBeInstanceOf<ModelException>().kind() shouldBe kind
                        failure.message() shouldContain part
                    }
                    for (k in listOf(0, 1, 3)) samples[k].values().toList() shouldBe exact[k]
                    server.calls.get() shouldBeLessThan 12
                }
            }
        }
        "NaN" {
            GrpcServer(law).use { server ->
                server.answer = {
                    val numbers = it.predictions()
                    val at = it.numbers("x").toList().indexOf(MARK)
                    if (at >= 0) numbers[at] = Double.NaN
                    it.raw(numbers, it.output())
                }
                val samples = server.builder().open().use { decoded(it) }
                samples[2].failure().kind() shouldBe Failure.Kind.NON_FINITE_ANSWER
                for (k in listOf(0, 1, 3)) samples[k].values().toList() shouldBe exact[k]
            }
        }
    }

    "transient faults are retried and do not change the samples" - {
        val statuses =
            listOf(
                Status.UNAVAILABLE,
                Status.DEADLINE_EXCEEDED,
                Status.RESOURCE_EXHAUSTED,
                Status.ABORTED,
                Status.CANCELLED,
            )
        for (status in statuses) {
            "status ${status.code}" {
                GrpcServer(law).use { server ->
                    server.builder().open().use { denoiser ->
                        server.answer = { if (it.number <= 2) it.fail(status, "busy") else it.right() }
                        decoded(denoiser) { retries(2, Duration.ofMillis(1)) }.map { it.values().toList() } shouldBe
                            exact
                        server.calls.get() shouldBe 5

                        server.answer = { it.fail(status, "busy") }
                        for (sample in decoded(denoiser)) {
                            sample.failure().kind() shouldBe Failure.Kind.TRANSPORT_ERROR
                            sample.failure().cause().shouldBeInstanceOf<GrpcTransportException>().code() shouldBe
                                status.code
                        }
                    }
                }
            }
        }
        "a server that stops during a call, and another on its port" {
            val first = GrpcServer(law)
            first.builder().open().use { denoiser ->
                lateinit var second: GrpcServer
                first.answer = {
                    first.close()
                    second = GrpcServer(law, port = first.listening)
                }
                decoded(denoiser) { retries(8, Duration.ofMillis(5)) }.map { it.values().toList() } shouldBe exact
                second.calls.get() shouldBeGreaterThan 0
                second.close()
                for (sample in decoded(denoiser)) sample.failure().kind() shouldBe Failure.Kind.TRANSPORT_ERROR
            }
        }
    }

    "a call that exceeds the timeout is cancelled" {
        GrpcServer(law).use { server ->
            server.builder().timeout(Duration.ofMillis(500)).open().use { denoiser ->
                server.answer = {}
                val failure = decoded(denoiser)[0].failure()
                failure.kind() shouldBe Failure.Kind.TRANSPORT_ERROR
                failure.message() shouldContain "no answer within 0.5 s; set a longer timeout"
            }
        }
    }

    "credentials in answers of a server do not appear in messages" - {
        for (status in listOf(Status.UNAUTHENTICATED, Status.UNAVAILABLE, Status.RESOURCE_EXHAUSTED)) {
            "in status ${status.code}" {
                GrpcServer(law).use { server ->
                    val echo = "denied ".repeat(26) + "Bearer secret-token"
                    server.describe = { it.onError(status.withDescription(echo).asRuntimeException()) }
                    val refused = shouldThrow<ModelException> { server.builder().token("secret-token").open() }
                    val told = generateSequence<Throwable>(refused) { it.cause }.joinToString { it.message.orEmpty() }
                    told shouldNotContain "secret"
                    told shouldContain "left out, as it repeats a header"
                }
            }
        }
        "in a description or an answer" {
            GrpcServer(law).use { server ->
                val denoiser = server.builder().token("secret-token").open()
                server.answer = { it.raw(it.predictions(), it.output("secret-token")) }
                server.outputs = listOf(tensor("secret-token", "FP64", -1, 2))
                val asked = listOf<() -> Any?>(
                    { server.builder().token("secret-token").open() },
                    { Mono.from(denoiser.denoise(rows(1))).block(LIMIT) },
                )
                for (ask in asked) {
                    val told = shouldThrow<ModelException> { ask() }.message!!
                    told shouldContain "left out, as it repeats a header"
                    told shouldNotContain "secret"
                }
                denoiser.close()
            }
        }
    }
})
