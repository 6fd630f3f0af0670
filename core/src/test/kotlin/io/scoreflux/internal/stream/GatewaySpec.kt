package io.scoreflux.internal.stream

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.Watched
import io.scoreflux.bits
import io.scoreflux.error.Failure
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.sampler
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import io.scoreflux.stream.Desk
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.GatewayBuilder
import io.scoreflux.stream.Order
import io.scoreflux.stream.StreamListener
import io.scoreflux.threeModes
import org.reactivestreams.Publisher
import org.reactivestreams.Subscription
import reactor.core.CoreSubscriber
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.publisher.Hooks
import reactor.core.publisher.Mono
import reactor.core.scheduler.Schedulers
import reactor.test.scheduler.VirtualTimeScheduler
import reactor.util.retry.Retry
import java.io.IOException
import java.io.UncheckedIOException
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

/** A subscriber that collects the samples. */
private class Collected : BaseSubscriber<Sample>() {
    val samples = ArrayList<Sample>()
    var error: Throwable? = null
    var completed = false

    override fun hookOnNext(value: Sample) {
        samples.add(value)
    }

    override fun hookOnError(throwable: Throwable) {
        error = throwable
    }

    override fun hookOnComplete() {
        completed = true
    }
}

private fun Flux<Sample>.collected() = Collected().also(::subscribe)

private fun SamplerBuilder.small() = noiseRange(20.0, 0.02).solver(Sliding(1e-5)).radius(1.0)

class GatewaySpec : FreeSpec({
    val target = threeModes()
    val exact = sampler(target) { small() }.samples(0, 60).collectList().block()!!.map { it.bits() }

    fun gateway(desk: Desk, configure: GatewayBuilder.() -> Unit = {}) = Gateway.builder(desk).apply(configure).build()

    fun sampler(gateway: Gateway, configure: SamplerBuilder.() -> Unit = {}) =
        Sampler.builder(gateway).small().apply(configure).build()

    "values in any order, in parts, for several subscribers: the same bits per index" {
        for (seed in 0 until 10) {
            val random = Random(seed)
            val desk = Desk(target)
            val shared = gateway(desk) { maxRows(1 + random.nextInt(20)).maxInFlight(1 + random.nextInt(4)) }
            val all = (0 until 3).map { k ->
                sampler(shared) { concurrency(1 + random.nextInt(30)).prefetch(k * 3) }.samples(k * 10L, 60).collected()
            }
            desk.clear(random)
            all.forEachIndexed { k, one ->
                one.completed shouldBe true
                one.samples.map { it.index() } shouldBe (k * 10L until 60L).toList()
                one.samples.map { it.bits() } shouldBe exact.drop(k * 10)
            }
        }
    }

    "the rows of one round in several calls that return in any order: the same bits" {
        val solver = Parallel(1e-6)
        val whole = sampler(target) { small().solver(solver) }.samples(0, 5).collectList().block()!!
        val desk = Desk(target)
        val all = sampler(gateway(desk) { maxRows(7).maxInFlight(3) }) { solver(solver) }.samples(0, 5).collected()
        desk.clear(Random(5))
        all.samples.map { it.bits() } shouldBe whole.map { it.bits() }
        (whole.minOf { it.certificate().calls() / it.certificate().rounds() } > 7) shouldBe true
    }

    "there are at most maxInFlight calls in flight, with at most maxRows rows each" {
        val desk = Desk(target)
        val all = sampler(gateway(desk) { maxRows(7).maxInFlight(3) }).samples(0, 60).collected()
        desk.clear()
        all.samples.size shouldBe 60
        desk.mostPending shouldBe 3
        desk.mostRows shouldBe 7
    }

    "demand reaches the model: one requested sample, one computed trajectory" {
        val desk = Desk(target)
        val one = Collected()
        val flux = sampler(gateway(desk)) { prefetch(0) }.samples()
        flux.subscribe(object : BaseSubscriber<Sample>() {
            override fun hookOnSubscribe(subscription: Subscription) = request(1)

            override fun hookOnNext(value: Sample) {
                one.samples.add(value)
            }
        })
        desk.clear()
        one.samples.single().certificate().calls() shouldBe desk.calls.toLong()
        desk.mostRows shouldBe 1
    }

    "32 subscribers with 8 samples each share calls: about as many as the slowest trajectory has rounds" {
        val desk = Desk(target)
        val shared = gateway(desk) { maxRows(256) }
        val all = (0 until 32).map { sampler(shared) { seed(it.toLong()) }.samples(0, 8).collected() }
        desk.clear()
        val rounds = all.maxOf { one -> one.samples.maxOf { it.certificate().rounds() } }
        desk.calls.toDouble() shouldBeLessThanOrEqual 1.25 * rounds
    }

    "subscribers take turns: a late small one does not wait for all rows of a large one" {
        val desk = Desk(target)
        val shared = gateway(desk) { maxRows(16) }
        val large = sampler(shared) { concurrency(256).seed(1) }.samples(0, 256).collected()
        val small = sampler(shared) { concurrency(4) }.samples(0, 4).collected()
        // The four trajectories of the small subscriber get four of the 16 rows of each call, so each call is one of
        // their rounds. One call was in flight before.
        val random = Random(1)
        while (!small.completed) desk.take(random).answer()
        desk.calls shouldBeLessThanOrEqual 3 + small.samples.maxOf { it.certificate().rounds() }.toInt()
        large.completed shouldBe false
        large.cancel()
    }

    "cancelling cancels a call if no other subscriber waits for it" {
        val desk = Desk(target)
        val shared = gateway(desk)
        val first = sampler(shared).samples(0, 5).collected()
        val second = sampler(shared).samples(0, 5).collected()
        desk.take(Random(1)).answer()
        // This call has rows of both subscribers.
        val call = desk.pending.single()
        first.cancel()
        call.cancelled shouldBe false
        second.cancel()
        call.cancelled shouldBe true
        desk.pending.shouldBeEmpty()
        val calls = desk.calls
        val third = sampler(shared).samples(0, 5).collected()
        desk.clear()
        third.samples.map { it.bits() } shouldBe exact.take(5)
        (desk.calls > calls) shouldBe true
    }

    "after thousands of cancellations at random moments, no call is left in flight" {
        val random = Random(7)
        val desk = Desk(target)
        val shared = gateway(desk) { maxRows(6).maxInFlight(2) }
        val sampler = sampler(shared) { concurrency(5).prefetch(2) }
        val running = ArrayList<Collected>()
        repeat(3_000) {
            running.add(sampler.samples(0, 1L + random.nextInt(8)).collected())
            repeat(random.nextInt(6)) { if (desk.pending.isNotEmpty()) desk.take(random).answer() }
            while (running.size > 3) running.removeAt(random.nextInt(running.size)).cancel()
            desk.pending.size shouldBeLessThanOrEqual 2
        }
        running.forEach { it.cancel() }
        desk.pending.shouldBeEmpty()
        val last = sampler.samples(0, 9).collected()
        desk.clear(random)
        last.samples.map { it.bits() } shouldBe exact.take(9)
    }

    "a call that throws or returns an array of the wrong length is divided, and only the bad rows fail" {
        for (wrongLength in listOf(false, true)) {
            val desk = Desk(target)
            val all = sampler(gateway(desk) { maxInFlight(2) }).samples(0, 30).collected()
            desk.clear { call ->
                val poisoned = (0 until call.rows.count()).any {
                    call.rows.sigma(it) < 0.5 && call.rows.values()[2 * it] > 0.9
                }
                when {
                    !poisoned -> call.answer()
                    wrongLength -> call.answer(call.exact().copyOf(2 * call.rows.count() - 1))
                    else -> call.fail(IllegalStateException("cannot answer here"))
                }
            }
            all.samples.map { it.index() } shouldBe (0L until 30L).toList()
            (all.samples.count { it.failed() } in 1..29) shouldBe true
            for ((sample, bits) in all.samples.zip(exact)) {
                if (sample.failed()) {
                    val failure = sample.certificate().failure()!!
                    failure.kind() shouldBe Failure.Kind.DENOISER_ERROR
                    (failure.sigma() < 0.5) shouldBe true
                    failure.message() shouldContain
                        if (wrongLength) "must have 1 rows of 2 numbers" else "cannot answer here"
                } else {
                    sample.bits() shouldBe bits
                }
            }
        }
    }

    "a call that completes without values fails its samples" {
        val desk = Desk(target)
        val all = sampler(gateway(desk)).samples(0, 3).collected()
        desk.clear { it.complete() }
        all.samples.map { it.certificate().failure()!!.message() }.toSet().single() shouldContain
            "must be emitted before completion"
    }

    "a call that fails in transport is not divided" {
        val desk = Desk(target)
        val all = sampler(gateway(desk)).samples(0, 30).collected()
        desk.clear { it.fail(IOException("connection reset")) }
        desk.calls shouldBe 1
        all.samples.size shouldBe 30
        for (sample in all.samples) {
            val failure = sample.certificate().failure()!!
            failure.kind() shouldBe Failure.Kind.TRANSPORT_ERROR
            failure.cause().shouldBeInstanceOf<IOException>()
            failure.message() shouldBe "sigma 20.0: the value of the denoiser must arrive, was java.io.IOException: " +
                "connection reset; check that the model can be reached, or set retries to repeat failed calls"
        }
    }

    "an error of the virtual machine ends only the streams that wait for the call" {
        val desk = Desk(target)
        val shared = gateway(desk) { maxRows(5).maxInFlight(2) }
        val first = sampler(shared) { concurrency(5) }.samples(0, 5).collected()
        val second = sampler(shared) { concurrency(5) }.samples(0, 5).collected()
        desk.pending.removeAt(0).fail(OutOfMemoryError("for the test"))
        first.error.shouldBeInstanceOf<OutOfMemoryError>()
        desk.clear()
        second.error.shouldBeNull()
        second.samples.map { it.bits() } shouldBe exact.take(5)
    }

    "a gateway continues after a denoiser throws in a call or on cancellation" {
        var mode = "answer"
        val rude = object : AsyncDenoiser {
            override fun dimension() = 2

            override fun moments() = target.moments()

            override fun denoise(rows: Rows): Publisher<DoubleArray> = when (mode) {
                "answer" -> Mono.just(DoubleArray(2 * rows.count()).also { target.denoise(rows, it) })
                "never" -> Mono.never<DoubleArray>().doOnCancel { error("rude") }
                "throw" -> throw IllegalArgumentException("rude")
                else -> throw OutOfMemoryError("rude")
            }
        }
        val shared = Gateway.builder(rude).build()

        fun five() = sampler(shared).samples(0, 5).collected()
        val dropped = ArrayList<Throwable>()
        Hooks.onErrorDropped { dropped.add(it) }
        try {
            mode = "never"
            five().cancel()
        } finally {
            Hooks.resetOnErrorDropped()
        }
        mode = "throw"
        five().samples.forEach { it.certificate().failure()!!.cause().shouldBeInstanceOf<IllegalArgumentException>() }
        mode = "die"
        five().error.shouldBeInstanceOf<OutOfMemoryError>()
        mode = "answer"
        five().samples.map { it.bits() } shouldBe exact.take(5)
    }

    "on virtual time" - {
        "a call with a transport error is repeated whole, with growing delays, and changes no sample" {
            val time = VirtualTimeScheduler.getOrSet()
            try {
                val desk = Desk(target)
                val all = sampler(gateway(desk) { retries(3, Duration.ofMillis(100)) }).samples(0, 10).collected()
                repeat(3) {
                    desk.pending.removeAt(0).fail(IOException("connection reset"))
                    desk.pending.shouldBeEmpty()
                    // The delay doubles each time and varies by half.
                    time.advanceTimeBy(Duration.ofMillis(49L shl it))
                    desk.pending.shouldBeEmpty()
                    time.advanceTimeBy(Duration.ofMillis(102L shl it))
                    desk.pending.size shouldBe 1
                }
                desk.clear()
                all.samples.map { it.bits() } shouldBe exact.take(10)
            } finally {
                VirtualTimeScheduler.reset()
            }
        }

        "an attempt that exceeds the time limit is cancelled, and its buffers are not reused" {
            val time = VirtualTimeScheduler.getOrSet()
            try {
                val desk = Desk(target)
                val all = sampler(
                    gateway(desk) { timeout(Duration.ofSeconds(2)).retries(1, Duration.ofMillis(10)) },
                ).samples(0, 10).collected()
                val late = desk.pending.single()
                time.advanceTimeBy(Duration.ofMillis(1_999))
                late.cancelled shouldBe false
                time.advanceTimeBy(Duration.ofMillis(20))
                late.cancelled shouldBe true
                // Values that still arrive are dropped.
                late.answer(DoubleArray(20) { 1e9 })
                desk.clear()
                all.samples.map { it.bits() } shouldBe exact.take(10)

                val never = sampler(gateway(desk) { timeout(Duration.ofSeconds(2)) }).samples(0, 4).collected()
                time.advanceTimeBy(Duration.ofSeconds(2))
                never.samples.size shouldBe 4
                never.samples.forEach { it.certificate().failure()!!.cause().shouldBeInstanceOf<TimeoutException>() }
            } finally {
                VirtualTimeScheduler.reset()
            }
        }
    }

    "a storm of faults: every index once, with the right values or a typed failure" {
        val random = Random(3)
        val desk = Desk(target)
        val shared = gateway(desk) { maxRows(12).maxInFlight(3) }
        val several = (0 until 3).map { k ->
            sampler(shared) {
                order(
                    if (k ==
                        0
                    ) {
                        Order.BY_INDEX
                    } else {
                        Order.AS_READY
                    },
                ).concurrency(20)
            }.samples(0, 60).collected()
        }
        desk.clear(random) { call ->
            when (random.nextInt(400)) {
                in 0..3 -> {
                    call.fail(IllegalStateException("storm"))
                }

                in 4..5 -> {
                    call.fail(IOException("storm"))
                }

                in 6..8 -> {
                    call.answer(DoubleArray(random.nextInt(9)))
                }

                in 9..10 -> {
                    call.complete()
                }

                in 11..13 -> {
                    call.answer(call.exact().also { it[random.nextInt(it.size)] = Double.NaN })
                }

                in 14..16 -> {
                    call.answer()
                    call.answer(DoubleArray(2 * call.rows.count()))
                }

                else -> {
                    call.answer()
                }
            }
        }
        for (one in several) {
            one.completed shouldBe true
            one.samples.map { it.index() } shouldContainExactlyInAnyOrder (0L until 60L).toList()
            for (sample in one.samples) {
                if (sample.failed()) {
                    sample.certificate().failure().shouldNotBeNull()
                } else {
                    sample.bits() shouldBe exact[sample.index().toInt()]
                }
            }
        }
        val failed = several.sumOf { one -> one.samples.count { it.failed() } }
        (failed in 10..170) shouldBe true
    }

    "a synchronous denoiser on a scheduler, shared by three subscribers: the same bits" {
        val scheduler = Schedulers.newParallel("denoiser", 2, true)
        try {
            val shared = Gateway.builder(target, scheduler).maxRows(9).maxInFlight(2).build()
            val all = Flux
                .range(0, 3)
                .flatMap { k -> sampler(shared) { concurrency(10 + k) }.samples(0, 60).collectList() }
                .collectList()
                .block()!!
            all.forEach { samples -> samples.map { it.bits() } shouldBe exact }
        } finally {
            scheduler.dispose()
        }
    }

    "a synchronous call with a transport error is repeated whole, but not after its subscriber has cancelled" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            var calls = 0
            val flaky = Watched(target) { if (calls++ % 2 == 0) throw UncheckedIOException(IOException("reset")) }
            val shared = Gateway.builder(flaky, Schedulers.single()).retries(1, Duration.ofMillis(100)).build()
            val all = sampler(shared).samples(0, 5).collected()
            while (!all.completed) time.advanceTimeBy(Duration.ofMillis(150))
            all.samples.map { it.bits() } shouldBe exact.take(5)

            calls = 0
            val gone = sampler(shared).samples(0, 5).collected()
            time.advanceTimeBy(Duration.ofMillis(1))
            calls shouldBe 1
            gone.cancel()
            time.advanceTimeBy(Duration.ofSeconds(1))
            calls shouldBe 1
            // The call is no longer in flight.
            val next = sampler(shared).samples(0, 5).collected()
            while (!next.completed) time.advanceTimeBy(Duration.ofMillis(150))
            next.samples.map { it.bits() } shouldBe exact.take(5)
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "a call that is abandoned between two attempts is no longer in flight" {
        // The only subscriber cancels, two subscribers cancel, or a deadline passes, after any number of attempts.
        for (how in listOf("cancel", "two cancel", "deadline")) {
            for (attempts in 1..3) {
                val time = VirtualTimeScheduler.getOrSet()
                try {
                    var broken = true
                    var calls = 0
                    val flaky = Watched(target) {
                        calls++
                        if (broken) throw UncheckedIOException(IOException("reset"))
                    }
                    val shared = Gateway.builder(flaky, Schedulers.single()).retries(10, Duration.ofHours(1)).build()
                    // Ten delays of 1, 2, 4, ... hours, each varied by half at random, take at least 511 hours.
                    val limit = Duration.ofHours(240)
                    val first = sampler(shared) { if (how == "deadline") deadline(limit) }.samples(0, 5).collected()
                    val second = if (how == "two cancel") sampler(shared).samples(0, 5).collected() else null
                    while (calls < attempts) time.advanceTimeBy(Duration.ofMinutes(1))
                    if (how == "deadline") {
                        // The delays become longer than the remaining time.
                        time.advanceTimeBy(limit)
                        first.samples.map { it.certificate().failure()!!.kind() } shouldBe
                            List(5) { Failure.Kind.DEADLINE }
                    } else {
                        first.cancel()
                        second?.cancel()
                    }
                    val before = calls
                    broken = false
                    val next = sampler(shared).samples(0, 5).collected()
                    repeat(200) { time.advanceTimeBy(Duration.ofNanos(1)) }
                    next.samples.map { it.bits() } shouldBe exact.take(5)
                    val needed = calls
                    (needed > before) shouldBe true
                    // The abandoned call is not repeated later.
                    time.advanceTimeBy(Duration.ofDays(3000))
                    calls shouldBe needed
                } finally {
                    VirtualTimeScheduler.reset()
                }
            }
        }
    }

    "a call is repeated after one of its subscribers has cancelled if another one still waits" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            var calls = 0
            val flaky = Watched(target) { if (++calls in 2..3) throw UncheckedIOException(IOException("reset")) }
            val shared = Gateway.builder(flaky, Schedulers.single()).retries(5, Duration.ofHours(1)).build()
            val one = sampler(shared).samples(0, 5).collected()
            val other = sampler(shared).samples(5, 10).collected()
            while (calls < 3) time.advanceTimeBy(Duration.ofMinutes(1))
            one.cancel()
            while (!other.completed) time.advanceTimeBy(Duration.ofMinutes(10))
            other.samples.map { it.bits() } shouldBe exact.subList(5, 10)
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "a throwable between an attempt and its repetition ends the call" {
        for (kind in listOf<() -> Throwable>({ OutOfMemoryError("no memory") }, { IllegalStateException("no") })) {
            val time = VirtualTimeScheduler.getOrSet()
            try {
                var broken = true
                val flaky = Watched(target) { if (broken) throw UncheckedIOException(IOException("reset")) }
                val retry = Retry.backoff(3, Duration.ofSeconds(1)).filter { throw kind() }
                val transport = SyncTransport(flaky::denoise, Schedulers.single(), retry)
                val shared = BatchGateway(flaky::dimension, flaky, transport, 10, 1, StreamListener.NONE)
                val failed = sampler(shared).samples(0, 5).collected()
                time.advanceTimeBy(Duration.ofMinutes(1))
                failed.completed shouldBe true
                failed.samples.map { it.failed() } shouldBe List(5) { true }
                broken = false
                val next = sampler(shared).samples(0, 5).collected()
                repeat(200) { time.advanceTimeBy(Duration.ofNanos(1)) }
                next.samples.map { it.bits() } shouldBe exact.take(5)
            } finally {
                VirtualTimeScheduler.reset()
            }
        }
    }

    "a wrong count of waiting rows does not keep a gateway busy" {
        val desk = Desk(target)
        val shared = gateway(desk)
        val first = sampler(shared).samples(0, 5).collected()
        val call = desk.pending.removeAt(0)
        val rows = BatchGateway::class.java.getDeclaredField("waitingRows").also { it.isAccessible = true }
        rows.setLong(shared, 1_000)
        val answers = Thread { call.answer() }.also { it.isDaemon = true }
        answers.start()
        answers.join(60_000)
        answers.isAlive shouldBe false
        desk.clear()
        first.samples.map { it.bits() } shouldBe exact.take(5)
        val next = sampler(shared).samples(0, 5).collected()
        desk.clear()
        next.samples.map { it.bits() } shouldBe exact.take(5)
        rows.getLong(shared) shouldBe 0
    }

    "a cancelled call on a scheduler does not affect later calls" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val shared = Gateway.builder(target, Schedulers.single()).build()
            repeat(5) {
                val gone = sampler(shared).samples(0, 5).collected()
                gone.cancel()
                time.advanceTimeBy(Duration.ofMillis(1))
                val next = sampler(shared).samples(0, 5).collected()
                while (!next.completed) time.advanceTimeBy(Duration.ofMillis(1))
                next.samples.map { it.bits() } shouldBe exact.take(5)
            }
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "a subscriber that throws does not keep the other subscribers of its call from their values" {
        val desk = Desk(target)
        val shared = gateway(desk)
        val throwing = object : CoreSubscriber<Sample> {
            override fun onSubscribe(s: Subscription) = s.request(Long.MAX_VALUE)

            override fun onNext(sample: Sample): Unit = error("out of order")

            override fun onError(e: Throwable) = Unit

            override fun onComplete() = Unit
        }
        val dropped = ArrayList<Throwable>()
        Hooks.onErrorDropped { dropped.add(it) }
        try {
            sampler(shared).samples(0, 5).subscribe(throwing)
            val other = sampler(shared).samples(0, 5).collected()
            desk.clear()
            other.samples.map { it.bits() } shouldBe exact.take(5)
            dropped.single().message shouldBe "out of order"
        } finally {
            Hooks.resetOnErrorDropped()
        }
    }

    "a model that computes on the calling thread serves the subscribers in turn" {
        val here = object : AsyncDenoiser {
            val entered = CountDownLatch(1)
            val bothAsk = CountDownLatch(1)

            override fun dimension() = 2

            override fun denoise(rows: Rows): Publisher<DoubleArray> = Mono.fromCallable {
                entered.countDown()
                // The other subscriber's queries wait before the first call ends.
                bothAsk.await(30, TimeUnit.SECONDS) shouldBe true
                DoubleArray(2 * rows.count()).also { target.denoise(rows, it) }
            }
        }
        val shared = Gateway.builder(here).build()
        val received = List(2) { AtomicInteger() }
        val seen = List(2) { AtomicInteger(-1) }
        val ended = CountDownLatch(2)
        val threads = List(2) { k ->
            Thread {
                sampler(shared).samples(0, 40)
                    .doOnNext { received[k].incrementAndGet() }
                    .doOnComplete { seen[k].set(received[1 - k].get()) }
                    .subscribe { }
                // The first thread computes for both. The second one submits its queries and returns at once.
                if (k == 1) here.bothAsk.countDown()
                ended.countDown()
            }
        }
        threads[0].start()
        here.entered.await(30, TimeUnit.SECONDS) shouldBe true
        threads[1].start()
        ended.await(60, TimeUnit.SECONDS) shouldBe true
        // When one subscriber had all samples, the other one had at least half.
        seen.forEach { it.get() shouldBeGreaterThanOrEqual 20 }
    }

    "onErrorContinue of a subscriber does not suppress the error of a call" {
        val desk = Desk(target)
        val all = Collected()
        sampler(gateway(desk)).samples(0, 5).onErrorContinue { _, _ -> }.subscribe(all)
        desk.clear { it.answer(DoubleArray(1)) }
        all.completed shouldBe true
        all.samples.map { it.failed() } shouldBe List(5) { true }
    }

    "a pilot waits for an asynchronous denoiser without blocking the requesting thread" {
        val scheduler = Schedulers.newParallel("denoiser", 1, true)
        try {
            val anonymous = Denoiser.rowwise(2) { z, sigma, out ->
                val row = Rows(2, 1)
                row.append(z, 0, sigma)
                target.denoise(row, out)
            }
            val shared = Gateway.builder(anonymous, scheduler).build()
            val expected = Sampler.builder(
                anonymous,
            ).noiseRange(20.0, 0.02).build().samples(0, 5).collectList().block()!!
            // Requested on the only thread of the denoiser.
            val samples = Sampler.builder(shared).noiseRange(20.0, 0.02).build().samples(0, 5)
                .subscribeOn(scheduler).collectList().block()!!
            samples.map { it.bits() } shouldBe expected.map { it.bits() }
        } finally {
            scheduler.dispose()
        }
    }

    "invalid settings are rejected with name and value" {
        val desk = Desk(target)
        val scheduler = Schedulers.newSingle("gone").also { it.dispose() }
        mapOf<String, () -> Unit>(
            "maxRows must be at least 1, was 0" to { Gateway.builder(desk).maxRows(0) },
            "maxInFlight must be at least 1, was -1" to { Gateway.builder(desk).maxInFlight(-1) },
            "timeout must be greater than 0, was PT-1S" to { Gateway.builder(desk).timeout(Duration.ofSeconds(-1)) },
            "retries must be at least 1, was 0" to { Gateway.builder(desk).retries(0, Duration.ofSeconds(1)) },
            "firstBackoff must be greater than 0, was PT0S" to { Gateway.builder(desk).retries(2, Duration.ZERO) },
            "timeout must be at most PT876000H, a hundred years, was PT2628000H; give a shorter time or leave it out" to
                { Gateway.builder(desk).timeout(Duration.ofDays(109_500)) },
            "firstBackoff must be at most PT876000H, a hundred years, was PT2628000H; " +
                "give a shorter time or leave it out" to
                { Gateway.builder(desk).retries(1, Duration.ofDays(109_500)) },
            "scheduler must be running, was disposed" to { Gateway.builder(target, scheduler) },
        ).forEach { (message, build) ->
            shouldThrow<IllegalArgumentException> { build() }.message shouldBe message
        }
        shouldThrow<IllegalStateException> {
            Gateway.builder(target, Schedulers.parallel()).timeout(Duration.ofSeconds(1))
        }
            .message shouldContain "timeout must not be given for synchronous denoisers"
        val remedy =
            "maxRows must be set on the gateway if there is one, was 3; give Sampler.builder a " +
                "Gateway.builder(denoiser).maxRows(3).build()"
        shouldThrow<IllegalStateException> { sampler(gateway(desk)) { maxRows(3) } }.message shouldBe remedy
        shouldThrow<IllegalStateException> { Sampler.builder(desk).small().maxRows(3).build() }.message shouldBe remedy
    }
})
