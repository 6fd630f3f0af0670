package io.scoreflux.grpc

import inference.OpenInferenceGrpc.ModelInferRequest
import io.grpc.Grpc
import io.grpc.InsecureChannelCredentials
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.network.TimeInput
import io.scoreflux.noise.DiscreteSchedule
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.stream.Gateway
import reactor.core.publisher.Mono
import reactor.test.StepVerifier
import java.net.URI
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import kotlin.math.abs

class GrpcDenoiserSpec : FreeSpec({
    val law = threeModes()

    fun GrpcDenoiser.values(count: Int): List<Double> = denoise(rows(count)).block(LIMIT)!!.toList()

    "FP64 keeps all bits, in raw and in typed contents" {
        GrpcServer(law).use { server ->
            server.builder().open().use { denoiser ->
                denoiser.dimension() shouldBe 2
                denoiser.rounding() shouldBe Math.scalb(1.0, -53)
                denoiser.values(5) shouldBe law.values(rows(5))
                server.answer = { it.typed() }
                denoiser.values(5) shouldBe law.values(rows(5))
            }
        }
    }

    "FP32 is rounded, in raw and in typed contents" {
        GrpcServer(law, "FP32").use { server ->
            server.builder().open().use { denoiser ->
                val raw = denoiser.values(5)
                server.answer = { it.typed() }
                denoiser.values(5) shouldBe raw
                law.values(rows(5)).zip(raw).forEach { (a, b) -> abs(a - b) shouldBeLessThan 1e-5 }
            }
        }
    }

    "samples over a gateway are those of the local model, bit for bit" {
        fun Sampler.bits() = samples(0, 20).collectList().block(LIMIT)!!.map(Sample::values).map { it.toList() }
        val local = Sampler.builder(law).noiseRange(20.0, 0.02).solver(Sliding(1e-4)).build().bits()
        GrpcServer(law).use { server ->
            server.builder().moments(law.moments().get()).open().use { denoiser ->
                val gateway = Gateway.builder(denoiser).maxInFlight(4).maxRows(8).build()
                Sampler.builder(gateway).noiseRange(20.0, 0.02).solver(Sliding(1e-4)).build().bits() shouldBe local
            }
        }
    }

    "a request has the names, types and shapes of the description, and labels and constants for each row" {
        fun part(
            label: Int,
            vararg mean: Double,
        ) = LabelledMixture.Labelled(label, GaussianMixture.Component(0.5, mean, Covariance.isotropic(0.2)))
        val labelled = LabelledMixture.of(listOf(part(0, 1.0, 0.0), part(1, -0.5, 0.8)))
        GrpcServer(labelled).use { server ->
            server.inputs +=
                listOf(tensor("label", "INT64", -1), tensor("gain", "FP32", 2), tensor("size", "INT64", -1))
            server.classes = 2
            val seen = ConcurrentLinkedQueue<ModelInferRequest>()
            val numbers = ConcurrentLinkedQueue<List<Double>>()
            server.answer = { call ->
                seen.add(call.request)
                for (name in listOf("label", "gain", "size")) numbers.add(call.numbers(name).toList())
                call.right()
            }
            server.builder().version("3").label("label", 2).input("gain", 0.5, -2.0).input("size", 7.0).open().use {
                val rows = rows(2).apply { condition(1, Condition(1)) }
                it.denoise(rows).block(LIMIT)!!.toList() shouldBe labelled.values(rows)
            }
            val request = seen.single()
            request.modelName shouldBe "m"
            request.modelVersion shouldBe "3"
            request.inputsList.associate { it.name to it.datatype + it.shapeList } shouldBe mapOf(
                "x" to "FP64[2, 2]",
                "sigma" to "FP64[2]",
                "label" to "INT64[2]",
                "gain" to "FP32[2]",
                "size" to "INT64[2]",
            )
            numbers.toList() shouldBe listOf(listOf(2.0, 1.0), listOf(0.5, -2.0), listOf(7.0, 7.0))
        }
    }

    "a batch that exceeds the maximum size of a message takes several calls" {
        val sizes = ConcurrentLinkedQueue<Int>()
        GrpcServer(law) { maxInboundMessageSize(2048) }.use { server ->
            server.answer = {
                sizes.add(it.request.serializedSize)
                it.right()
            }
            server.builder().maxMessageBytes(2048).open().use { it.values(500) shouldBe law.values(rows(500)) }
            sizes.max() shouldBeLessThanOrEqual 2048
            (sizes.max() > 1500) shouldBe true
            shouldThrow<IllegalArgumentException> { server.builder().maxMessageBytes(1) }
        }
    }

    "one whole timestep for each call: a batch takes a call for each level, one after the other" {
        val schedule = DiscreteSchedule.linear(1e-4, 0.02, 1000)
        GrpcServer(law, level = { schedule.sigma(it) }).use { server ->
            server.inputs = listOf(server.inputs[0], tensor("sigma", "INT64", 1))
            server.answer = { call ->
                call.request.getInputs(1).shapeList shouldBe listOf(1L)
                call.raw(DoubleArray(2 * call.count) { call.number.toDouble() }, call.output())
            }
            val denoiser = server.builder().schedule(schedule).time("sigma", TimeInput.TIMESTEP).open()
            val rows = io.scoreflux.state.Rows(2, 3)
            for (k in listOf(700, 20, 700)) rows.append(doubleArrayOf(0.1, 0.2), 0, schedule.sigma(k.toDouble()))
            val answer = denoiser.use { it.denoise(rows).block(LIMIT)!! }
            // The levels 20, 21, 700 and 701, ascending.
            server.calls.get() shouldBe 4
            for ((row, call) in listOf(3.0, 1.0, 3.0).withIndex()) abs(answer[2 * row] - call) shouldBeLessThan 1e-9
        }
    }

    "the token is sent with every call" {
        GrpcServer(law).use { server ->
            server.builder().token("abc").open().use { it.values(1) }
            server.headers.toList() shouldBe listOf("Bearer abc", "Bearer abc")
        }
    }

    "nothing is sent before subscription, and each subscriber has its own call" {
        GrpcServer(law).use { server ->
            server.builder().open().use { denoiser ->
                val answer = denoiser.denoise(rows(1))
                server.calls.get() shouldBe 0
                repeat(2) { answer.block(LIMIT)!!.toList() shouldBe law.values(rows(1)) }
                server.calls.get() shouldBe 2
            }
        }
    }

    "cancelling reaches the call on the server" {
        GrpcServer(law).use { server ->
            val arrived = CountDownLatch(1)
            val cancelled = CountDownLatch(1)
            server.answer = {
                it.observer.setOnCancelHandler(cancelled::countDown)
                arrived.countDown()
            }
            server.builder().open().use { denoiser ->
                val waiting = denoiser.denoise(rows(1)).subscribe()
                arrived.reached()
                waiting.dispose()
                cancelled.reached()
            }
        }
    }

    "a condition that the network does not accept is rejected before any call" {
        GrpcServer(law).use { server ->
            server.builder().open().use { denoiser ->
                val rows = rows(1).apply { condition(0, Condition(1)) }
                StepVerifier.create(denoiser.denoise(rows)).verifyError(IllegalArgumentException::class.java)
                server.calls.get() shouldBe 0
            }
        }
    }

    "a channel of the caller stays open" {
        GrpcServer(law).use { server ->
            val channel = Grpc.newChannelBuilder(
                "127.0.0.1:${server.listening}",
                InsecureChannelCredentials.create(),
            ).build()
            repeat(2) {
                GrpcDenoiser.builder(channel, "m").open().use { it.values(2) shouldBe law.values(rows(2)) }
            }
            channel.isShutdown shouldBe false
            channel.shutdownNow()
        }
    }

    "a closed denoiser refuses calls" {
        GrpcServer(law).use { server ->
            val denoiser = server.builder().open().apply { close() }
            val error = shouldThrow<Exception> { Mono.from(denoiser.denoise(rows(1))).block(LIMIT) }
            error.message!! shouldContain "shutdown"
        }
    }

    "invalid settings" {
        val addresses = listOf(
            "http://127.0.0.1:80",
            "grpc://127.0.0.1",
            "//127.0.0.1:80",
            "grpc://127.0.0.1:80/v2",
            "grpc://u:secret@a:1",
            "grpc://a:1?secret",
        )
        for (address in addresses) {
            val refused = shouldThrow<IllegalArgumentException> { GrpcDenoiser.builder(URI(address), "m") }
            refused.message!! shouldContain "server must"
            refused.message!! shouldNotContain "secret"
        }
        shouldThrow<IllegalArgumentException> { GrpcDenoiser.builder(URI("grpc://a:1"), " ") }
        val builder = GrpcDenoiser.builder(URI("grpc://a:1"), "m")
        for (name in listOf("a b", "grpc-timeout", "key-bin", "")) {
            shouldThrow<IllegalArgumentException> { builder.header(name, "secret") }.message!! shouldNotContain "secret"
        }
        shouldThrow<IllegalArgumentException> { builder.token("secret\n") }.message!! shouldNotContain "secret"
    }
})
