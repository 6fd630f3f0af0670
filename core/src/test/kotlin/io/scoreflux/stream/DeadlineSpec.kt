package io.scoreflux.stream

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.bits
import io.scoreflux.error.Failure
import io.scoreflux.error.SampleFailedException
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.sampler
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import io.scoreflux.threeModes
import org.reactivestreams.Subscription
import reactor.core.Disposable
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.core.publisher.Sinks
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import reactor.test.scheduler.VirtualTimeScheduler
import java.time.Duration
import java.util.TreeMap
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

/** A subscriber with explicit demand that collects its signals. */
private class Taking(private val first: Long) : BaseSubscriber<Sample>() {
    val samples = ArrayList<Sample>()
    var completed = false

    override fun hookOnSubscribe(subscription: Subscription) {
        if (first > 0) request(first)
    }

    override fun hookOnNext(value: Sample) {
        samples.add(value)
    }

    override fun hookOnComplete() {
        completed = true
    }
}

private fun Flux<Sample>.taking(first: Long = Long.MAX_VALUE) = Taking(first).also(::subscribe)

private fun Sample.isLate() = failed() && certificate().failure()!!.kind() == Failure.Kind.DEADLINE

/** Runs on virtual time, and counts the waiting tasks. */
private class Counting(private val time: Scheduler) : Scheduler by time {
    val made = AtomicInteger()
    val waiting = AtomicInteger()

    override fun schedule(task: Runnable, delay: Long, unit: TimeUnit): Disposable {
        made.incrementAndGet()
        waiting.incrementAndGet()
        val inner = time.schedule({
            waiting.decrementAndGet()
            task.run()
        }, delay, unit)
        return object : Disposable {
            private var gone = false

            override fun isDisposed() = inner.isDisposed

            override fun dispose() {
                if (!gone && !inner.isDisposed) waiting.decrementAndGet()
                gone = true
                inner.dispose()
            }
        }
    }

    override fun now(unit: TimeUnit) = time.now(unit)
}

/** Deadlines hold for any behaviour of the model. Calls wait until the test completes them. Time is virtual. */
class DeadlineSpec : StringSpec({
    beforeSpec { StepVerifier.setDefaultTimeout(Duration.ofSeconds(60)) }

    val target = threeModes()
    val limit = Duration.ofSeconds(30)
    val almost = limit.minusNanos(1)

    fun SamplerBuilder.small() =
        noiseRange(20.0, 0.02).solver(FixedStep(Scheme.EULER, 6)).stages(3).concurrency(8).prefetch(2)

    val whole = Sampler.builder(target).small().build().samples(0, 40).collectList().block()!!

    fun virtually(test: (VirtualTimeScheduler) -> Unit) {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            test(time)
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    fun Gateway.sampler(configure: SamplerBuilder.() -> Unit = {}) =
        Sampler.builder(this).small().deadline(limit).apply(configure).build()

    "if a call never returns, the samples that wait for it fail at their deadline, and it is cancelled" {
        for (order in Order.entries) {
            virtually { time ->
                val desk = Desk(target)
                val all = Gateway.builder(desk).build().sampler { order(order) }.samples(0, 6).taking()
                val call = desk.pending.single()
                time.advanceTimeBy(almost)
                all.samples.shouldBeEmpty()
                call.cancelled shouldBe false
                time.advanceTimeBy(Duration.ofNanos(1))
                all.samples.map { it.index() }.sorted() shouldBe (0L until 6).toList()
                all.samples.forEach {
                    it.isLate() shouldBe true
                    val failure = it.certificate().failure()!!
                    failure.sigma() shouldBe 20.0
                    failure.message() shouldContain "has not returned yet"
                }
                all.completed shouldBe true
                call.cancelled shouldBe true
                desk.pending.shouldBeEmpty()
                // Late values have no effect.
                call.answer()
            }
        }
    }

    "a deadline under StepVerifier's virtual time, with a model that never returns" {
        StepVerifier
            .withVirtualTime {
                Gateway.builder(object : AsyncDenoiser {
                    override fun dimension() = 2

                    override fun denoise(rows: Rows) = Mono.never<DoubleArray>()
                }).build().sampler { radius(1.0) }.samples(0, 3).map { it.isLate() }
            }.expectSubscription()
            .expectNoEvent(almost)
            .thenAwait(Duration.ofNanos(1))
            .expectNext(true, true, true)
            .verifyComplete()
    }

    "deadlines in the middle of a trajectory, and in later stages" {
        for (answered in 0..5) {
            virtually { time ->
                val desk = Desk(target)
                val all = Gateway.builder(desk).build().sampler().samples(0, 4).taking()
                repeat(answered) { desk.pending.removeAt(0).answer() }
                time.advanceTimeBy(limit)
                all.samples.map { it.isLate() } shouldBe List(4) { true }
                all.samples.map { it.certificate().calls() } shouldBe List(4) { answered + 1L }
                all.completed shouldBe true
            }
        }
    }

    "each sample has its own deadline, and other samples of its call continue" {
        virtually { time ->
            val desk = Desk(target)
            val gateway = Gateway.builder(desk).build()
            val sampler = gateway.sampler()
            // The first sample has waited for 20 s when two others join it in a common call.
            val early = sampler.samples(0, 1).taking()
            val first = desk.pending.removeAt(0)
            time.advanceTimeBy(Duration.ofSeconds(20))
            val later = sampler.samples(1, 3).taking()
            first.answer()
            val common = desk.pending.single()
            common.rows.count() shouldBe 3
            time.advanceTimeBy(Duration.ofSeconds(10))
            early.samples.single().isLate() shouldBe true
            later.samples.shouldBeEmpty()
            // Two samples still wait for the call.
            common.cancelled shouldBe false
            desk.clear()
            later.samples.map { it.bits() } shouldBe whole.subList(1, 3).map { it.bits() }
            later.completed shouldBe true
        }
    }

    "expired rows that wait in the gateway are not sent" {
        virtually { time ->
            val desk = Desk(target)
            val gateway = Gateway.builder(desk).maxRows(2).build()
            val held = Sampler.builder(gateway).small().build().samples(20, 22).taking()
            val late = gateway.sampler().samples(0, 6).taking()
            val call = desk.pending.single()
            call.rows.count() shouldBe 2
            time.advanceTimeBy(limit)
            late.samples.map { it.isLate() } shouldBe List(6) { true }
            desk.calls shouldBe 1
            // The call of the other stream continues, and its next calls have only its own rows.
            desk.clear()
            held.samples.map { it.bits() } shouldBe whole.subList(20, 22).map { it.bits() }
            desk.calls shouldBe 6
            // The gateway serves new subscribers.
            val next = gateway.sampler().samples(0, 4).taking()
            desk.clear()
            next.samples.map { it.bits() } shouldBe whole.take(4).map { it.bits() }
        }
    }

    "a sample fails if one of several calls of a round never returns" {
        virtually { time ->
            val desk = Desk(target)
            val all = Gateway.builder(desk).maxRows(7).maxInFlight(3).build().sampler { solver(Parallel(1e-6)) }
                .samples(0, 2).taking()
            val stuck = desk.pending.removeAt(0)
            repeat(4) { if (desk.pending.isNotEmpty()) desk.pending.removeAt(0).answer() }
            time.advanceTimeBy(limit)
            all.samples.map { it.isLate() } shouldBe listOf(true, true)
            stuck.cancelled shouldBe true
            desk.pending.shouldBeEmpty()
        }
    }

    "late values do not change later samples of the gateway" {
        var late = 0
        for (seed in 0 until 20) {
            virtually { time ->
                val random = Random(seed)
                val desk = Desk(target)
                // With even seeds, a stream without a deadline shares the calls, which then continue.
                val patient = seed % 2 == 0
                val gateway = Gateway.builder(desk).maxRows(if (patient) 1 + random.nextInt(4) else 1)
                    .maxInFlight(1 + random.nextInt(3)).build()
                val streams = listOfNotNull(
                    gateway.sampler().samples(0, 12).taking(),
                    gateway.sampler { order(Order.AS_READY).deadline(Duration.ofSeconds(45)) }.samples(12, 24).taking(),
                    if (patient) {
                        Sampler.builder(gateway).small().concurrency(2).prefetch(0).build().samples(24, 40).taking()
                    } else {
                        null
                    },
                )
                val givenUp = ArrayList<Desk.Pending>()
                var turns = 0
                while (streams.any { !it.completed }) {
                    (turns++ < 10_000) shouldBe true
                    val before = desk.pending.toList()
                    if (desk.pending.isEmpty() || random.nextInt(8) == 0) time.advanceTimeBy(Duration.ofSeconds(7))
                    givenUp.addAll(before.filter { it.cancelled })
                    if (desk.pending.isNotEmpty()) desk.take(random).answer()
                    // Wrong values for cancelled calls.
                    givenUp.forEach { it.answer(DoubleArray(it.rows.count() * 2) { 1e9 }) }
                }
                late += givenUp.size
                val all = streams.flatMap { it.samples }
                all.map { it.index() }.sorted() shouldBe (0L until if (patient) 40 else 24).toList()
                if (patient) streams[2].samples.none { it.failed() } shouldBe true
                all.filter { !it.failed() }.forEach { it.bits() shouldBe whole[it.index().toInt()].bits() }
                all.filter { it.failed() }.forEach { it.isLate() shouldBe true }
            }
        }
        (late > 0) shouldBe true
    }

    "with a synchronous model on a scheduler, samples fail while it computes, and the call runs to its end" {
        virtually { time ->
            val tasks = ArrayDeque<Runnable>()
            val on = Schedulers.fromExecutor { tasks.addLast(it) }
            val gateway = Gateway.builder(target, on).build()
            val all = gateway.sampler().samples(0, 3).taking()
            time.advanceTimeBy(limit)
            all.samples.map { it.isLate() } shouldBe List(3) { true }
            all.completed shouldBe true
            // The next call starts after this one has ended, and is correct.
            val next = gateway.sampler().samples(0, 3).taking()
            while (tasks.isNotEmpty()) tasks.removeFirst().run()
            next.samples.map { it.bits() } shouldBe whole.take(3).map { it.bits() }
        }
    }

    "the clock and the timer stop without demand" {
        virtually { time ->
            val desk = Desk(target)
            val sink = Sinks.many().unicast().onBackpressureBuffer<Request>()
            val all = Gateway.builder(desk).build().sampler().samples(sink.asFlux()).taking(1)

            fun answer(calls: Int) = repeat(calls) { desk.pending.removeAt(0).answer() }
            sink.tryEmitNext(Request.of(0, 0))
            answer(6)
            all.samples.size shouldBe 1
            // The next sample is requested, and one is prefetched, which starts three calls later.
            all.request(1)
            sink.tryEmitNext(Request.of(0, 1))
            answer(3)
            sink.tryEmitNext(Request.of(0, 2))
            answer(2)
            time.advanceTimeBy(Duration.ofSeconds(10))
            answer(1)
            all.samples.size shouldBe 2
            // There is no demand. The third sample has used ten seconds, and the following days do not count.
            desk.pending.shouldBeEmpty()
            time.advanceTimeBy(Duration.ofDays(3))
            all.request(1)
            desk.pending.single().rows.count() shouldBe 1
            time.advanceTimeBy(Duration.ofSeconds(20).minusNanos(1))
            all.samples.size shouldBe 2
            time.advanceTimeBy(Duration.ofNanos(1))
            all.samples.map { it.isLate() } shouldBe listOf(false, false, true)
            desk.pending.shouldBeEmpty()
        }
    }

    "deadlines follow the fault policy" {
        virtually { time ->
            val desk = Desk(target)
            val gateway = Gateway.builder(desk).build()
            val skipped = ArrayList<Long>()
            val skipping = gateway.sampler { faults(FaultPolicy.skip { index, _ -> skipped.add(index) }) }
                .samples(0, 3).taking()
            var error: Throwable? = null
            gateway.sampler { faults(FaultPolicy.failStream()) }.samples(0, 3).subscribe({}, { error = it })
            time.advanceTimeBy(limit)
            skipping.completed shouldBe true
            skipping.samples.shouldBeEmpty()
            skipped shouldBe listOf(0L, 1L, 2L)
            error.shouldBeInstanceOf<SampleFailedException>().failure().kind() shouldBe Failure.Kind.DEADLINE
        }
    }

    "later requests have a later deadline" {
        virtually { time ->
            val desk = Desk(target)
            val sink = Sinks.many().unicast().onBackpressureBuffer<Request>()
            val all = Gateway.builder(desk).build().sampler().samples(sink.asFlux()).taking()
            sink.tryEmitNext(Request.of(0, 0))
            time.advanceTimeBy(Duration.ofSeconds(10))
            sink.tryEmitNext(Request.of(0, 1))
            time.advanceTimeBy(Duration.ofSeconds(20))
            all.samples.map { it.index() to it.isLate() } shouldBe listOf(0L to true)
            time.advanceTimeBy(Duration.ofSeconds(10))
            all.samples.map { it.index() to it.isLate() } shouldBe listOf(0L to true, 1L to true)
        }
    }

    "one timer per subscription, none without a deadline or with calls on the rail's thread, none left over" {
        virtually { time ->
            val counting = Counting(time)
            Schedulers.setFactory(object : Schedulers.Factory {
                override fun newParallel(parallelism: Int, threads: java.util.concurrent.ThreadFactory) = counting
            })
            try {
                val desk = Desk(target)

                // Fifty rounds, which one timer per round would exceed.
                fun stream(configure: SamplerBuilder.() -> Unit) =
                    Sampler.builder(Gateway.builder(desk).build()).small().solver(FixedStep(Scheme.EULER, 50))
                        .apply(configure).build().samples(0, 8)

                // Each attempt of a call has a time limit with a timer, which ends with the call.
                fun timers(configure: SamplerBuilder.() -> Unit): Pair<Int, Int> {
                    val before = counting.made.get()
                    val calls = desk.calls
                    val all = stream(configure).taking()
                    val waiting = counting.waiting.get()
                    desk.clear()
                    all.completed shouldBe true
                    counting.waiting.get() shouldBe 0
                    return counting.made.get() - before - (desk.calls - calls) to waiting - 1
                }
                timers {} shouldBe (0 to 0)
                timers { deadline(limit) } shouldBe (1 to 1)

                val before = counting.made.get()
                sampler(target) { small().deadline(limit) }.samples(0, 8).taking().completed shouldBe true
                counting.made.get() shouldBe before

                stream { deadline(limit) }.taking().cancel()
                counting.waiting.get() shouldBe 0
            } finally {
                Schedulers.resetFactory()
            }
        }
    }

    "a trajectory that a custom stage held fails at its own deadline, whichever others wait meanwhile" {
        // The stage holds sample 1 while the timer fires for sample 0, which starts at 0 s, and is set for the others.
        for (heldUntil in listOf(30_001L, 30_500L, 30_999L)) {
            for (others in listOf(listOf(2L), listOf(2L, 5L), listOf(4L, 6L, 11L))) {
                virtually { time ->
                    val desk = Desk(target)
                    val sink = Sinks.many().unicast().onBackpressureBuffer<Request>()
                    val lateAt = TreeMap<Long, Long>()
                    var held = false
                    val sampler = Gateway.builder(desk).maxInFlight(8).build().sampler {
                        stages(2).order(Order.AS_READY).afterStage(0) { flux ->
                            flux.flatMap {
                                if (it.failure() == null && !held) {
                                    held = true
                                    Mono.just(it).delayElement(Duration.ofMillis(heldUntil - 1_000))
                                } else {
                                    Mono.just(it)
                                }
                            }
                        }
                    }
                    val start = time.now(TimeUnit.NANOSECONDS)
                    sampler.samples(sink.asFlux()).subscribe {
                        it.isLate() shouldBe true
                        lateAt[it.index()] = time.now(TimeUnit.NANOSECONDS) - start
                    }
                    sink.tryEmitNext(Request.of(0, 0))
                    val stuck = desk.pending.removeAt(0)
                    time.advanceTimeBy(Duration.ofSeconds(1))
                    sink.tryEmitNext(Request.of(0, 1))
                    while (!held) desk.pending.removeAt(0).answer()
                    desk.pending.shouldBeEmpty()
                    var now = 1L
                    others.forEachIndexed { k, at ->
                        time.advanceTimeBy(Duration.ofSeconds(at - now))
                        now = at
                        sink.tryEmitNext(Request.of(0, k + 2L))
                    }
                    time.advanceTimeBy(Duration.ofSeconds(100))
                    stuck.cancelled shouldBe true
                    lateAt.toMap() shouldBe (listOf(0L, 1L) + others).withIndex()
                        .associate { (k, at) -> k.toLong() to limit.plusSeconds(at).toNanos() }
                }
            }
        }
    }

    "by default, an attempt of a call that never returns fails after an hour" {
        virtually { time ->
            val desk = Desk(target)
            val all = Sampler.builder(desk).small().build().samples(0, 3).taking()
            time.advanceTimeBy(Duration.ofHours(1).minusNanos(1))
            all.samples.shouldBeEmpty()
            time.advanceTimeBy(Duration.ofNanos(1))
            all.samples.forEach {
                val failure = it.certificate().failure()!!
                failure.kind() shouldBe Failure.Kind.TRANSPORT_ERROR
                failure.cause().shouldBeInstanceOf<TimeoutException>().message shouldContain "no response within PT1H"
            }
            all.completed shouldBe true
            // A longer limit is obeyed as well.
            val patient = Gateway.builder(Desk(target)).timeout(Duration.ofHours(5)).build()
            val waiting = Sampler.builder(patient).small().build().samples(0, 3).taking()
            time.advanceTimeBy(Duration.ofHours(4))
            waiting.samples.shouldBeEmpty()
            time.advanceTimeBy(Duration.ofHours(1))
            waiting.completed shouldBe true
        }
    }

    "samples that meet their deadline are bit-identical to those without one" {
        virtually { time ->
            val exact = sampler(target) { solver(Sliding(1e-5)) }.samples(0, 10).collectList().block()!!
            val desk = Desk(target)
            val all = Gateway.builder(desk).build().sampler { solver(Sliding(1e-5)) }.samples(0, 10).taking()
            var calls = 0
            desk.clear {
                if (++calls % 10 == 0) time.advanceTimeBy(Duration.ofSeconds(2))
                if (!it.cancelled) it.answer()
            }
            all.samples.size shouldBe 10
            all.samples.forEach { if (!it.isLate()) it.bits() shouldBe exact[it.index().toInt()].bits() }
            (all.samples.count { it.failed() } in 0..9) shouldBe true
        }
    }
})
