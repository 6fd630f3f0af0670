package io.scoreflux.stream

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.maps.shouldContainKeys
import io.kotest.matchers.shouldBe
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.bits
import io.scoreflux.error.Failure
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.sampler
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows
import io.scoreflux.threeModes
import org.reactivestreams.Publisher
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Hooks
import reactor.core.publisher.Mono
import reactor.test.scheduler.VirtualTimeScheduler
import java.io.IOException
import java.time.Duration
import java.util.concurrent.TimeoutException
import kotlin.random.Random

/** 3,000 samples; `-Dscoreflux.storm.samples=100000` for a hundred thousand. */
private val SAMPLES = System.getProperty("scoreflux.storm.samples", "3000").toLong()

/** A denoiser for which one call in five fails, in one of ten ways. */
private class Stormy(private val random: Random) : AsyncDenoiser {
    private val inner = threeModes()
    val faults = HashMap<String, Int>()

    override fun dimension() = 2

    override fun moments() = inner.moments()

    private fun note(name: String) {
        faults.merge(name, 1, Int::plus)
    }

    override fun denoise(rows: Rows): Publisher<DoubleArray> {
        fun answer() = DoubleArray(2 * rows.count()).also { inner.denoise(rows, it) }

        fun after(millis: Long) = Mono.delay(Duration.ofMillis(millis)).map { answer() }
        if (random.nextInt(5) != 0) return after(random.nextLong(10))
        return when (random.nextInt(10)) {
            0 -> {
                note("throws")
                throw IllegalStateException("storm")
            }

            1 -> {
                Mono.error<DoubleArray>(IllegalStateException("storm")).also { note("fails") }
            }

            2 -> {
                Mono.error<DoubleArray>(IOException("storm")).also { note("transport") }
            }

            3 -> {
                after(1).map { it.also { it[random.nextInt(it.size)] = Double.NaN } }.also { note("not finite") }
            }

            4 -> {
                after(1).map { it.copyOf(random.nextInt(3 * it.size)) }.also { note("wrong shape") }
            }

            5 -> {
                Mono.empty<DoubleArray>().also { note("nothing") }
            }

            // A publisher that violates its contract: it emits two arrays, the second of which is wrong.
            6 -> {
                Publisher<DoubleArray> { subscriber ->
                    note("twice")
                    reactor.core.publisher.Flux.just(answer(), answer().also { it.fill(1e9) }).subscribe(subscriber)
                }
            }

            7 -> {
                after(900).also { note("slow") }
            }

            8 -> {
                after(1_100).also { note("late") }
            }

            else -> {
                Mono.never<DoubleArray>().also { note("never") }
            }
        }
    }
}

class StormSpec : StringSpec({
    "a storm: every index once, in order, with the right values or a typed failure" {
        val solver = FixedStep(Scheme.UNIPC, 6)
        val exact = sampler(threeModes()) { solver(solver).stages(3) }.samples(0, SAMPLES)
            .map { it.bits() }.collectList().block()!!
        val time = VirtualTimeScheduler.getOrSet()
        Hooks.onErrorDropped {}
        try {
            val denoiser = Stormy(Random(11))
            val gateway = Gateway.builder(denoiser).maxRows(40).maxInFlight(4)
                .timeout(Duration.ofSeconds(1)).retries(1, Duration.ofMillis(50)).build()
            val streams = Order.entries.map { order ->
                object : BaseSubscriber<Sample>() {
                    val indices = ArrayList<Long>()
                    val failures = HashMap<Any, Int>()
                    var wrong = 0
                    var completed = false

                    override fun hookOnNext(value: Sample) {
                        indices.add(value.index())
                        val failure = value.certificate().failure()
                        if (failure != null) {
                            failures.merge(failure.cause()?.javaClass ?: failure.kind(), 1, Int::plus)
                        } else if (value.bits() != exact[value.index().toInt()]) {
                            wrong++
                        }
                    }

                    override fun hookOnComplete() {
                        completed = true
                    }
                }.also {
                    Sampler.builder(
                        gateway,
                    ).noiseRange(20.0, 0.02).solver(solver).stages(3).order(order).concurrency(100)
                        .build().samples(0, SAMPLES).subscribe(it)
                }
            }
            // Every call ends within a second and a retry, so only a lost call can exceed this limit.
            var seconds = 0L
            while (streams.any { !it.completed } && seconds++ < 10 * SAMPLES) time.advanceTimeBy(Duration.ofSeconds(1))
            for (stream in streams) {
                stream.completed shouldBe true
                stream.wrong shouldBe 0
                stream.indices.sorted() shouldBe (0 until SAMPLES).toList()
                stream.failures.shouldContainKeys(Failure.Kind.NON_FINITE_ANSWER)
                (stream.failures.values.sum() in 1 until SAMPLES / 2) shouldBe true
            }
            streams[0].indices shouldBe (0 until SAMPLES).toList()
            // Transport failures: an error, and values that arrive too late or never, twice in a row.
            streams.flatMap { it.failures.keys }.toSet().shouldContainKeysOf(
                IOException::class.java,
                TimeoutException::class.java,
            )
            denoiser.faults.size shouldBe 10
            println("storm: $SAMPLES samples twice, faults ${denoiser.faults}, failures ${streams.map { it.failures }}")
        } finally {
            Hooks.resetOnErrorDropped()
            VirtualTimeScheduler.reset()
        }
    }
})

private fun Set<Any>.shouldContainKeysOf(vararg keys: Any) = keys.filter { it !in this } shouldBe emptyList()
