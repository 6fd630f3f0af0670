package io.scoreflux.stream

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.micrometer.context.ContextRegistry
import io.micrometer.core.instrument.simple.SimpleMeterRegistry
import io.scoreflux.Progress
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.Watched
import io.scoreflux.bits
import io.scoreflux.error.Failure
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.sampler
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import io.scoreflux.stream.micrometer.MicrometerListener
import io.scoreflux.threeModes
import org.reactivestreams.Publisher
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.test.scheduler.VirtualTimeScheduler
import reactor.util.context.Context
import java.io.IOException
import java.time.Duration
import java.util.concurrent.TimeUnit
import kotlin.random.Random

/** Meters, progress, context, deadlines. */
class ObservationSpec : StringSpec({
    val target = threeModes()

    fun SamplerBuilder.small() = solver(Sliding(1e-5)).stages(3).concurrency(8).prefetch(2)

    fun Flux<Sample>.all() = collectList().block()!!

    "the counts of the meters agree with the certificates" {
        val registry = SimpleMeterRegistry()
        val samples = sampler(target) { small().listener(MicrometerListener(registry, "sampler", "small")) }
            .samples(0, 40).all()

        fun meter(name: String) = registry.get(name).tag("sampler", "small")
        val steps = (0 until 3).sumOf { meter("scoreflux.stage.steps").tag("stage", "$it").counter().count() }
        steps shouldBe samples.sumOf { it.certificate().intervals() }.toDouble()
        (0 until 3).forEach {
            meter("scoreflux.stage.active").tag("stage", "$it").gauge().value() shouldBe 0.0
            val degree = meter("scoreflux.stage.degree").tag("stage", "$it").summary()
            degree.count() shouldBe 40
            degree.max() shouldBeLessThanOrEqual samples.maxOf { it.certificate().highestDegree() }.toDouble()
            // Accepted steps meet their tolerance. The start has other residuals, but ends before the first stage does.
            val residual = meter("scoreflux.stage.residual").tag("stage", "$it").summary()
            residual.count() shouldBe 40
            residual.max().shouldBeBetween(0.0, 100.0, 0.0)
        }
        // Each call that is not an accepted step belongs to a rejected step, a slope, or the start.
        val rejected = (0 until 3).sumOf { meter("scoreflux.stage.rejected").tag("stage", "$it").counter().count() }
        rejected.shouldBeBetween(1.0, samples.sumOf { it.certificate().calls() } - steps, 0.0)
        meter("scoreflux.samples").tag("status", "converged").counter().count() shouldBe 40.0
        meter("scoreflux.samples").tag("status", "failed").counter().count() shouldBe 0.0
        val rows = meter("scoreflux.gateway.rows").summary()
        rows.totalAmount() shouldBe samples.sumOf { it.certificate().calls() }.toDouble()
        rows.max() shouldBeLessThanOrEqual 8.0
        meter("scoreflux.gateway.latency").tag("outcome", "success").timer().count() shouldBe rows.count()
        meter("scoreflux.gateway.wait").timer().count() shouldBe rows.count()
    }

    "a cancelled stream leaves no trajectory behind in the gauges" {
        val registry = SimpleMeterRegistry()
        val sampler = sampler(target) { small().listener(MicrometerListener(registry)) }
        sampler.samples().take(5).all()
        (0 until 3).forEach {
            registry.get("scoreflux.stage.active").tag("stage", "$it").gauge().value() shouldBe 0.0
        }
        sampler.progress().inFlight() shouldBe listOf(0L, 0L, 0L)
    }

    "samples that the fault policy skips are counted separately from delivered ones" {
        val halfDead = Denoiser.rowwise(2) { z, _, out -> if (z[0] < 0) out.fill(Double.NaN) }
        for (policy in listOf(FaultPolicy.deliver(), FaultPolicy.skip { _, _ -> }, FaultPolicy.failStream())) {
            val registry = SimpleMeterRegistry()
            val sampler = sampler(halfDead) {
                small().radius(1.0).prefetch(0).faults(policy).listener(MicrometerListener(registry))
            }

            fun count(status: String, outcome: String) =
                registry.get("scoreflux.samples").tag("status", status).tag("outcome", outcome).counter().count()
            val samples = ArrayList<Sample>()
            sampler.samples(0, 20).onErrorComplete().subscribe { samples.add(it) }
            count("failed", "delivered") shouldBe samples.count { it.failed() }
            count("converged", "delivered") + count("unconverged", "delivered") shouldBe samples.count { !it.failed() }
            count("failed", "skipped") shouldBe if (policy == FaultPolicy.failStream()) 0 else 20 - samples.size
            // Traces have no fault policy.
            val traced = sampler.traces(0, 20).collectList().block()!!.count { it.sample().failed() }
            count("failed", "delivered") shouldBe samples.count { it.failed() } + traced
        }
    }

    "the counts and gauges of two listeners with the same tags on one registry add up" {
        val registry = SimpleMeterRegistry()
        val desk = Desk(target)
        val gateway = Gateway.builder(desk).build()

        fun subscribe(count: Long) = Sampler.builder(gateway).noiseRange(20.0, 0.02).small()
            .listener(MicrometerListener(registry)).build()
            .samples(0, count)
            .subscribe()
        subscribe(3)
        subscribe(5)
        val active = registry.get("scoreflux.stage.active").tag("stage", "0").gauge()
        active.value() shouldBe 8.0
        desk.clear()
        active.value() shouldBe 0.0
        registry.get("scoreflux.samples").tag("status", "converged").counter().count() shouldBe 8.0
    }

    "progress counts started, finished, failed and delivered trajectories, and those in flight" {
        val halfDead = Denoiser.rowwise(2) { z, sigma, out ->
            val row = Rows(2, 1)
            row.append(z, 0, sigma)
            target.denoise(row, out)
            if (sigma < 0.1 && z[0] < 0) out.fill(Double.NaN)
        }
        val sampler = sampler(halfDead) { small().radius(1.0).prefetch(0) }
        sampler.progress() shouldBe Progress(0, emptyList(), 0, 0, 0, 0)
        val samples = sampler.samples(0, 30).all()
        val end = sampler.progress()
        end.started() shouldBe 30
        end.finished() shouldBe 30
        end.failed() shouldBe samples.count { it.failed() }.toLong()
        end.delivered() shouldBe 30
        end.calls() shouldBe samples.sumOf { it.certificate().calls() }
        end.inFlight() shouldBe listOf(0L, 0L, 0L)
        // A custom stage reads the progress while the stream runs.
        var between = end
        lateinit var looking: Sampler
        looking = sampler(target) {
            small().prefetch(0).concurrency(4).afterStage(0) { flux ->
                flux.doOnNext { if (it.index() == 3L) between = looking.progress() }
            }
        }
        looking.samples(0, 4).all()
        between.started() shouldBe 4
        (between.inFlight().sum() <= 4) shouldBe true
    }

    "an asynchronous denoiser sees its subscriber's context" {
        val seen = ArrayList<String>()
        var knowsMoments = true
        val listening = object : AsyncDenoiser {
            override fun dimension() = 2

            override fun moments() = target.moments().filter { knowsMoments }

            override fun denoise(rows: Rows): Publisher<DoubleArray> = Mono.deferContextual { context ->
                seen.add("${context.getOrDefault("user", "nobody")} ${context.getOrDefault("tenant", "none")}")
                Mono.just(DoubleArray(2 * rows.count()).also { target.denoise(rows, it) })
            }
        }
        val sampler = Sampler.builder(listening).noiseRange(20.0, 0.02).small().build()
        sampler.samples(0, 3).contextWrite { it.put("user", "ada") }.all()
        seen.toSet() shouldBe setOf("ada none")
        // This also holds for the calls of a pilot, which runs for the first subscriber that requests.
        seen.clear()
        knowsMoments = false
        Sampler.builder(listening).noiseRange(20.0, 0.02).small().build()
            .samples(0, 3).contextWrite { it.put("user", "bob") }.all()
        seen.toSet() shouldBe setOf("bob none")
    }

    "a call for several subscribers sees only the entries that their contexts have in common" {
        val desk = Desk(target)
        val seen = ArrayList<Map<String, String>>()
        val contextual = object : AsyncDenoiser by desk {
            override fun moments() = target.moments()

            override fun denoise(rows: Rows): Publisher<DoubleArray> = Mono.deferContextual { context ->
                seen.add(listOf("user", "tenant").associateWith { context.getOrDefault(it, "-")!! })
                Mono.from(desk.denoise(rows))
            }
        }
        val gateway = Gateway.builder(contextual).build()

        fun subscribe(user: String) = Sampler.builder(gateway).noiseRange(20.0, 0.02).small().build()
            .samples(0, 3)
            .contextWrite { it.put("user", user).put("tenant", "t") }
            .subscribe()
        subscribe("ada")
        subscribe("bob")
        desk.clear()
        // The first call was sent before bob subscribed.
        seen.first() shouldBe mapOf("user" to "ada", "tenant" to "t")
        (mapOf("user" to "-", "tenant" to "t") in seen) shouldBe true
        seen.map { it["tenant"] }.toSet() shouldBe setOf("t")
    }

    "the contexts of a call's subscribers are compared once each, and not at all if they are the same object" {
        var looks = 0

        class Counting(private val entries: Context) : Context by entries {
            override fun <T : Any> getOrDefault(key: Any, other: T?): T? {
                if (key == "tenant") looks++
                return entries.getOrDefault(key, other)
            }
        }
        val desk = Desk(target)
        val gateway = Gateway.builder(desk).build()

        fun calls(contexts: List<Context>): Int {
            val before = desk.calls
            contexts.forEach { context ->
                Sampler.builder(gateway).noiseRange(20.0, 0.02).small().build().samples(0, 8)
                    .contextWrite { context }
                    .subscribe()
            }
            desk.clear()
            return desk.calls - before
        }
        val one = Counting(Context.of("tenant", "t"))
        calls(listOf(one, one, one))
        looks shouldBe 0
        // Each subscriber has eight rows, in turn. Two contexts are compared with the first one.
        val several = calls((0 until 3).map { Counting(Context.of("tenant", "t", "user", "$it")) })
        (looks in 1..2 * several) shouldBe true
    }

    "a synchronous denoiser sees the thread-locals of the context that have accessors" {
        val local = ThreadLocal<String>()
        val registry = ContextRegistry.getInstance()
        registry.registerThreadLocalAccessor("scoreflux.test", local)
        try {
            val seen = HashSet<String?>()
            val watched = Watched(target) { seen.add(local.get()) }
            sampler(watched) { small() }.samples(0, 2).contextWrite { it.put("scoreflux.test", "ada") }.all()
            seen shouldBe setOf<String?>("ada")
            local.get() shouldBe null
        } finally {
            registry.removeThreadLocalAccessor("scoreflux.test")
        }
    }

    "a deadline fails the samples that take longer, and changes no others" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val whole = sampler(target) { small() }.samples(0, 40).all()
            // Each call takes a millisecond, so samples with more rounds than the limit are late.
            val slow = Watched(target) { time.advanceTimeBy(Duration.ofMillis(1)) }
            val limit = whole.map { it.certificate().rounds() }.sorted()[20]
            val sampler = sampler(slow) {
                small().concurrency(1).prefetch(0).deadline(Duration.ofMillis(limit - 1))
            }
            val samples = sampler.samples(0, 40).all()
            for ((sample, good) in samples.zip(whole)) {
                sample.failed() shouldBe (good.certificate().rounds() > limit)
                if (sample.failed()) {
                    sample.certificate().failure()!!.kind() shouldBe Failure.Kind.DEADLINE
                    sample.certificate().calls() shouldBe limit
                } else {
                    sample.bits() shouldBe good.bits()
                }
            }
            samples.count { it.failed() } shouldBe whole.count { it.certificate().rounds() > limit }
            (samples.count { it.failed() } in 1..20) shouldBe true
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "the time between requests does not count towards deadlines" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val slow = Watched(target) { time.advanceTimeBy(Duration.ofMillis(1)) }
            val subscriber = object : BaseSubscriber<Sample>() {
                val samples = ArrayList<Sample>()

                override fun hookOnSubscribe(subscription: Subscription) = Unit

                override fun hookOnNext(value: Sample) {
                    samples.add(value)
                }
            }
            sampler(slow) { small().deadline(Duration.ofMillis(500)) }.samples(0, 6).subscribe(subscriber)
            repeat(6) {
                subscriber.request(1)
                // Prefetched trajectories wait for an hour.
                time.advanceTimeBy(Duration.ofHours(1))
            }
            subscriber.samples.map { it.failed() } shouldBe List(6) { false }
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "failures and retries of calls are counted" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val registry = SimpleMeterRegistry()
            val desk = Desk(target)
            val gateway = Gateway.builder(desk).retries(1, Duration.ofMillis(10))
                .listener(MicrometerListener(registry)).build()
            Sampler.builder(gateway).noiseRange(20.0, 0.02).small().build().samples(0, 1).subscribe()
            desk.pending.single().fail(IOException("once"))
            desk.pending.removeAt(0)
            time.advanceTimeBy(Duration.ofMillis(20))
            desk.pending.single().fail(IOException("twice"))
            registry.get("scoreflux.gateway.retries").counter().count() shouldBe 1.0
            val failure = registry.get("scoreflux.gateway.latency").tag("outcome", "failure").timer()
            failure.count() shouldBe 1
            // At least half of the delay, and less than one and a half times the delay.
            failure.totalTime(TimeUnit.MILLISECONDS).shouldBeBetween(5.0, 20.0, 0.0)
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "the wait that a gateway reports is the time from a query to its call" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val waits = ArrayList<Long>()
            val desk = Desk(target)
            val gateway = Gateway.builder(desk).maxRows(4).listener(object : StreamListener {
                override fun called(rows: Int, waited: Long) {
                    waits.add(waited)
                }
            }).build()
            Sampler.builder(gateway).noiseRange(20.0, 0.02).small().build().samples(0, 8).subscribe()
            // Of eight rows, four are sent at once, and four when the first call has returned.
            waits.single() shouldBe 0L
            time.advanceTimeBy(Duration.ofMillis(7))
            desk.take(Random(1)).answer()
            waits[1].toDouble() shouldBeGreaterThan 6.99e6
            desk.clear()
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "the meters count rejected steps: Picard rejects windows across a kink" {
        val registry = SimpleMeterRegistry()
        val kinked = Denoiser.rowwise(1) { z, sigma, out -> out[0] = if (sigma > 1) 0.0 else z[0] * (1 - sigma) * 0.5 }
        sampler(kinked) { solver(Picard(1e-6)).radius(1.0).stages(1).listener(MicrometerListener(registry)) }
            .samples(0, 3).all()
        registry.get("scoreflux.stage.rejected").tag("stage", "0").counter().count() shouldBeGreaterThan 0.0
    }

    "a deadline of zero, or above a hundred years, is rejected" {
        shouldThrow<IllegalArgumentException> { sampler(target) { deadline(Duration.ZERO) } }.message shouldBe
            "deadline must be greater than 0, was PT0S"
        shouldThrow<IllegalArgumentException> { sampler(target) { deadline(Duration.ofDays(36_501)) } }
            .message shouldBe
            "deadline must be at most PT876000H, a hundred years, was PT876024H; give a shorter time or leave it out"
        // The longest permitted deadline does not overflow when it is added to the clock.
        sampler(target) { small().deadline(Duration.ofDays(36_500)) }.samples(0, 2).all().map { it.failed() } shouldBe
            listOf(false, false)
    }
})
