package io.scoreflux.model.remote

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.Sampler
import io.scoreflux.bits
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.at
import io.scoreflux.model.distance
import io.scoreflux.model.network.Parametrization
import io.scoreflux.model.network.TimeInput
import io.scoreflux.model.norm
import io.scoreflux.noise.DiscreteSchedule
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.sampler
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.ConditionTensor
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import io.scoreflux.threeModes
import reactor.core.publisher.Mono
import reactor.test.StepVerifier
import java.time.Duration
import java.util.Random
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.math.exp
import kotlin.math.ln

private val LIMIT: Duration = Duration.ofSeconds(30)

/** Returns D for one state. */
private fun InferenceDenoiser.at(
    sigma: Double,
    z: DoubleArray,
    condition: Condition? = null,
): DoubleArray {
    val rows = Rows(dimension(), 1)
    rows.append(z, 0, sigma)
    rows.condition(0, condition)
    return Mono.from(denoise(rows)).block(LIMIT)!!
}

/** Compares networks on a server with the closed form of their distribution. */
class InferenceDenoiserSpec : FreeSpec({
    val law = threeModes()

    "samples in doubles agree with the closed form, bit for bit, for any calls in flight and rows in a call" {
        val exact = sampler(law) { solver(Sliding(1e-7)) }.samples(0, 40).collectList().block(LIMIT)!!
        InferenceServer(law).use { server ->
            for ((slots, maxRows) in listOf(1 to 4096, 3 to 7)) {
                val denoiser = server.builder().moments(law.moments().get()).open()
                val gateway = Gateway.builder(denoiser).maxInFlight(slots).maxRows(maxRows).build()
                val remote = Sampler.builder(gateway).noiseRange(20.0, 0.02).solver(Sliding(1e-7)).build()
                    .samples(0, 40).collectList().block(LIMIT)!!
                remote.map { it.bits() } shouldBe exact.map { it.bits() }
                remote.map { it.certificate().calls() } shouldBe exact.map { it.certificate().calls() }
            }
        }
    }

    val schedules = listOf(
        NoiseSchedule.ve(),
        NoiseSchedule.vpLinear(0.1, 20.0),
        NoiseSchedule.vpCosine(),
        NoiseSchedule.flow(),
    )
    // Both have one or two more rounding errors than the closed form. In single precision the time is rounded too: in the worst schedule this
    // changes sigma by 1e-4 at the end where D hardly depends on it.
    for ((type, error) in mapOf("FP64" to 1e-12, "FP32" to 2e-5)) {
        for (schedule in schedules) {
            for (parametrization in Parametrization.entries - Parametrization.EDM) {
                "${parametrization.name.lowercase()} on ${schedule.name()} in $type" {
                    InferenceServer(law, parametrization, schedule, { schedule.sigma(it) }, type).use { server ->
                        val denoiser = server.builder().parametrization(parametrization).schedule(schedule)
                            .time("sigma", TimeInput.T).open()
                        denoiser.rounding() shouldBe if (type == "FP64") Math.scalb(1.0, -53) else Math.scalb(1.0, -24)
                        denoiser.maxSigma() shouldBe schedule.maxSigma()
                        val random = Random(1)
                        repeat(20) {
                            val s = exp(ln(0.02) + random.nextDouble() * ln(1e3))
                            val z = DoubleArray(2) { s * random.nextGaussian() + random.nextGaussian() }
                            distance(denoiser.at(s, z), law.at(s, *z)) shouldBeLessThan error * (1 + norm(z) / 10)
                        }
                    }
                }
            }
        }
    }

    "a time in single precision determines the rounding" {
        InferenceServer(law).use { server ->
            val time = """"sigma","datatype":"FP64""""
            check(time in server.description)
            server.description = server.description.replace(time, time.replace("FP64", "FP32"))
            server.builder().open().rounding() shouldBe Math.scalb(1.0, -24)
        }
    }

    "a call carries the tensors of its rows' conditions" {
        val inputs = """,{"name":"context","datatype":"FP32","shape":[-1,-1,2]},
            {"name":"mask","datatype":"INT64","shape":[-1,3]}"""
        InferenceServer(law, more = inputs).use { server ->
            val calls = ConcurrentLinkedQueue<Triple<List<Int>, List<Float>, List<Long>>>()
            server.answer = { call ->
                val (context, mask) = call.bytes("context") to call.bytes("mask")
                calls += Triple(
                    call.shape("context"),
                    List(6 * call.count) { context.getFloat() },
                    List(3 * call.count) { mask.getLong() },
                )
                call.right()
            }
            val empty = ConditionTensor.of(listOf(3, 2), 9f, 8f, 7f, 6f, 5f, 4f)
            val own = ConditionTensor.of(listOf(3, 2), 1f, 2f, 3f, 4f, 5f, 6f)
            val mask = ConditionTensor.of(listOf(3), 1f, 1f, 0f)
            val denoiser = server.builder().condition("context", empty).condition("mask").open()
            denoiser.isConditional shouldBe true
            val rows = Rows(2, 2)
            repeat(2) { rows.append(doubleArrayOf(0.3, -0.4), 0, 0.7) }
            rows.condition(0, Condition.of("mask", mask))
            rows.condition(1, Condition.of("mask", mask).withTensor("context", own))
            Mono.from(denoiser.denoise(rows)).block(LIMIT)!!.toList() shouldBe
                law.at(0.7, 0.3, -0.4).toList().let { it + it }
            calls.single() shouldBe Triple(
                listOf(2, 3, 2),
                listOf(9f, 8f, 7f, 6f, 5f, 4f, 1f, 2f, 3f, 4f, 5f, 6f),
                listOf(1L, 1L, 0L, 1L, 1L, 0L),
            )
            rows.append(doubleArrayOf(0.3, -0.4), 0, 0.7)
            StepVerifier.create(denoiser.denoise(rows)).verifyErrorMatches {
                it is IllegalArgumentException && "must contain 'mask'" in it.message!!
            }
            calls.size shouldBe 1
        }
    }

    "the time input has the configured quantity" {
        val schedule = NoiseSchedule.vpLinear(0.1, 20.0)
        val meanings = mapOf<TimeInput, (Double) -> Double>(
            TimeInput.SIGMA to { it },
            TimeInput.LOG_SIGMA to { exp(it) },
            TimeInput.TIMESTEP to { schedule.sigma(it / 1000) },
        )
        for ((means, level) in meanings) {
            InferenceServer(law, Parametrization.V, schedule, level).use { server ->
                val denoiser = server.builder().parametrization(Parametrization.V).schedule(schedule)
                    .time("sigma", means).open()
                distance(denoiser.at(0.7, doubleArrayOf(0.3, -0.4)), law.at(0.7, 0.3, -0.4)) shouldBeLessThan 1e-12
            }
        }
    }

    "one whole timestep per call: a batch takes an exchange for each level, and each row has its own value" {
        val schedule = DiscreteSchedule.linear(1e-4, 0.02, 1000)
        InferenceServer(law, Parametrization.V, schedule, { schedule.sigma(it) }).use { server ->
            val time = """"datatype":"FP64","shape":[-1]"""
            check(time in server.description)
            server.description = server.description.replace(time, """"datatype":"INT64","shape":[]""")
            val denoiser = server.builder().parametrization(Parametrization.V).schedule(schedule)
                .time("sigma", TimeInput.TIMESTEP).open()
            denoiser.evaluations(null) shouldBe 2
            val levels = listOf(700, 20, 700, 300, 301)
            val rows = Rows(2, 5)
            for (k in levels) rows.append(doubleArrayOf(0.3 * k / 100, -0.4), 0, schedule.sigma(k.toDouble()))
            val answers = Mono.from(denoiser.denoise(rows)).block(LIMIT)!!
            // The levels 20, 21, 300, 301, 302, 700 and 701.
            server.calls.get() shouldBe 7
            for ((row, k) in levels.withIndex()) {
                val z = doubleArrayOf(0.3 * k / 100, -0.4)
                val own = answers.copyOfRange(2 * row, 2 * row + 2)
                distance(own, law.at(schedule.sigma(k.toDouble()), *z)) shouldBeLessThan 1e-12
                own.toList() shouldBe denoiser.at(schedule.sigma(k.toDouble()), z).toList()
            }
            server.answer = { if (it.number % 2 == 0) it.drop() else it.right() }
            StepVerifier.create(denoiser.denoise(rows)).verifyError(InferenceTransportException::class.java)
        }
    }

    "labels and constants are sent once for each row if the batch is their first axis" {
        fun part(label: Int, weight: Double, std: Double, vararg mean: Double) =
            LabelledMixture.Labelled(label, GaussianMixture.Component(weight, mean, Covariance.isotropic(std)))
        val labelled = LabelledMixture.of(
            listOf(part(0, 0.5, 0.1, 1.0, 0.0), part(1, 0.3, 0.2, -0.5, 0.8), part(2, 0.2, 0.05, -0.5, -0.9)),
        )
        val more = """,{"name":"label","datatype":"INT64","shape":[-1,1]},{"name":"gain","datatype":"FP64","shape":[2]},
            {"name":"flags","datatype":"BOOL","shape":[-1,2]},{"name":"size","datatype":"INT32","shape":[-1]}"""
        InferenceServer(labelled, more = more, classes = 3).use { server ->
            val shapes = ConcurrentLinkedQueue<Any>()
            server.answer = { call ->
                shapes.add(listOf("label", "gain", "flags", "size").map(call::shape))
                val gain = call.bytes("gain")
                shapes.add(List(2) { gain.getDouble() })
                val flags = call.bytes("flags")
                shapes.add(List(flags.remaining()) { flags.get().toInt() })
                val size = call.bytes("size")
                shapes.add(List(size.remaining() / 4) { size.getInt() })
                shapes.add(call.labels())
                call.right()
            }
            val denoiser = server.builder().label("label", 3).input("gain", 0.5, -2.0).input("flags", 0.0, 1.0)
                .input("size", 7.0).open()
            denoiser.classes() shouldBe 3
            val rows = Rows(2, 2)
            repeat(2) { rows.append(doubleArrayOf(0.1, 0.2), 0, 0.5) }
            rows.condition(1, Condition(2))
            val answer = Mono.from(denoiser.denoise(rows)).block(LIMIT)!!
            answer.copyOfRange(0, 2) shouldBe law.at(0.5, 0.1, 0.2)
            answer.copyOfRange(2, 4) shouldBe
                GaussianMixture.builder(2).component(1.0, doubleArrayOf(-0.5, -0.9), 0.05).build()
                    .at(0.5, 0.1, 0.2)
            shapes.toList() shouldBe listOf(
                listOf(listOf(2, 1), listOf(2), listOf(2, 2), listOf(2)),
                listOf(0.5, -2.0),
                listOf(0, 1, 0, 1),
                listOf(7, 7),
                listOf(3L, 2L),
            )
        }
    }

    "shapes are those of the model, or given if its axes are dynamic" {
        InferenceServer(law, row = "1,2,1").use { server ->
            val denoiser = server.builder().open()
            denoiser.shape() shouldBe intArrayOf(1, 2, 1)
            denoiser.at(0.5, doubleArrayOf(0.1, 0.2)) shouldBe law.at(0.5, 0.1, 0.2)
        }
        InferenceServer(law, row = "-1").use { server ->
            val denoiser = server.builder().shape(2).open()
            denoiser.at(0.5, doubleArrayOf(0.1, 0.2)) shouldBe law.at(0.5, 0.1, 0.2)
        }
    }

    "headers are sent with every request" {
        InferenceServer(law).use { server ->
            val seen = ConcurrentLinkedQueue<String>()
            server.describe = {
                seen.add(it.requestHeaders.getFirst("Authorization"))
                it.reply(200, server.description.toByteArray())
            }
            server.answer = {
                seen.add(it.http.requestHeaders.getFirst("Authorization"))
                it.right()
            }
            val denoiser = server.builder().header("Authorization", "Bearer abc").open()
            denoiser.at(0.5, doubleArrayOf(0.1, 0.2))
            seen.toList() shouldBe listOf("Bearer abc", "Bearer abc")
        }
    }

    "nothing is sent before demand, and each subscriber has its own exchange" {
        InferenceServer(law).use { server ->
            val denoiser = server.builder().open()
            val rows = Rows(2, 1)
            rows.append(doubleArrayOf(0.1, 0.2), 0, 0.5)
            val answer = denoiser.denoise(rows)
            StepVerifier.create(answer, 0).expectSubscription().thenCancel().verify(LIMIT)
            server.calls.get() shouldBe 0
            repeat(2) { Mono.from(answer).block(LIMIT) shouldBe law.at(0.5, 0.1, 0.2) }
            server.calls.get() shouldBe 2
        }
    }

    "at most maxInFlight calls are in flight" {
        InferenceServer(law).use { server ->
            val both = CyclicBarrier(2)
            val flying = AtomicInteger()
            val most = ConcurrentLinkedQueue<Int>()
            server.answer = {
                most.add(flying.incrementAndGet())
                // The first two wait for each other.
                if (it.number <= 2) both.await(30, TimeUnit.SECONDS)
                flying.decrementAndGet()
                it.right()
            }
            val gateway = Gateway.builder(server.builder().open()).maxInFlight(2).maxRows(4).build()
            val samples = Sampler.builder(gateway).radius(1.0).noiseRange(20.0, 0.02).solver(Sliding(1e-3)).build()
                .samples(0, 16).collectList().block(LIMIT)!!
            samples.count { it.failed() } shouldBe 0
            most.max() shouldBe 2
            most.shouldContain(1)
        }
    }
})
