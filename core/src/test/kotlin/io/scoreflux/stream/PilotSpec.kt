package io.scoreflux.stream

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.bits
import io.scoreflux.internal.stream.JoinedMono
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.solve.budget.Budget
import io.scoreflux.state.Rows
import io.scoreflux.threeModes
import org.reactivestreams.Publisher
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.core.publisher.MonoSink
import reactor.core.scheduler.Schedulers
import java.util.concurrent.Callable
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.Executors
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicReference

/** A denoiser without moments, so that samples need a pilot. */
private class Anonymous(private val inner: Denoiser, private val before: (Int) -> Unit = {}) : Denoiser {
    val calls = AtomicInteger()

    override fun dimension(): Int = inner.dimension()

    override fun denoise(rows: Rows, out: DoubleArray) {
        before(calls.incrementAndGet())
        inner.denoise(rows, out)
    }
}

/** A denoiser that never returns, and records calls and cancellations. */
private class Silent : AsyncDenoiser {
    val asked = Semaphore(0)
    val cancelled = CountDownLatch(1)
    val calls = AtomicInteger()

    override fun dimension(): Int = 2

    override fun denoise(rows: Rows): Publisher<DoubleArray> = Mono.create { sink ->
        calls.incrementAndGet()
        sink.onCancel { cancelled.countDown() }
        asked.release()
    }
}

private class Held : BaseSubscriber<Sample>() {
    @Volatile
    var error: Throwable? = null

    override fun hookOnSubscribe(subscription: Subscription) = Unit

    override fun hookOnError(throwable: Throwable) {
        error = throwable
    }

    /** The base class does not pass on invalid requests. */
    fun requestRaw(n: Long) = upstream().request(n)
}

/** Samplers that need a pilot, with many threads and requests. */
class PilotSpec : StringSpec({
    val target = threeModes()

    fun Flux<Sample>.all() = collectList().block()!!

    fun sampler(denoiser: Denoiser) = Sampler.builder(denoiser).noiseRange(20.0, 0.02).build()

    fun sampler(gateway: Gateway) = Sampler.builder(gateway).noiseRange(20.0, 0.02).build()
    val exact = sampler(Anonymous(target)).samples(0, 4).all().map { it.bits() }
    val pilotRows = sampler(Anonymous(target)).plan().pilotCalls()

    "the first twenty subscribers of a gateway on two threads share one pilot" {
        val elastic = Schedulers.newBoundedElastic(2, 1_000, "denoiser", 60, true)
        try {
            val sampler = sampler(Gateway.builder(Anonymous(target), elastic).build())
            val all = Flux.range(0, 20).flatMap({ sampler.samples(0, 4).collectList() }, 20).collectList().block()!!
            all.forEach { samples -> samples.map { it.bits() } shouldBe exact }
            sampler.plan().pilotCalls() shouldBe pilotRows
        } finally {
            elastic.dispose()
        }
    }

    "a sampler that is used on the only thread of its gateway does not block" {
        val single = Schedulers.newSingle("denoiser", true)
        try {
            val shared = Gateway.builder(Anonymous(target), single).build()
            val samples = Mono.defer { sampler(shared).samples(0, 4).collectList() }.subscribeOn(single).block()!!
            samples.map { it.bits() } shouldBe exact
        } finally {
            single.dispose()
        }
    }

    "a pilot is logged once per sampler with its reason and a remedy, and nothing is logged without a pilot" {
        val lines = logged("info") {
            val sampler = sampler(Anonymous(target))
            repeat(3) { sampler.samples(0, 2).all() }
        }
        lines.single() shouldContain "a pilot of 32 trajectories runs because the radius of the data is unknown"
        lines.single() shouldContain "give radius(...) or a denoiser with moments"
        lines.single() shouldContain "give a saved plan(). prepare() runs the pilot earlier"
        // A failed pilot is repeated, and not logged again.
        val failing = logged("info") {
            var ready = false
            val sampler = sampler(Anonymous(target) { check(ready) { "not yet" } })
            repeat(2) { sampler.samples(0, 2).onErrorComplete().all().shouldBeEmpty() }
            ready = true
            sampler.samples(0, 2).all().map { it.bits() } shouldBe exact.take(2)
        }
        failing.size shouldBe 1
        logged("info") {
            Sampler.builder(target).noiseRange(20.0, 0.02).solver(Budget(12)).build().samples(0, 2).all()
        }.single() shouldContain "because the solver ${Budget(12).name()} needs it to place its steps"
        logged("info") {
            // A caller of plan() expects the pilot.
            sampler(Anonymous(target)).let { sampler ->
                sampler.plan()
                sampler.samples(0, 2).all()
            }
            sampler(Anonymous(target)).prepare().block()
            Sampler.builder(target).noiseRange(20.0, 0.02).build().samples(0, 2).all()
            Sampler.builder(Anonymous(target)).noiseRange(20.0, 0.02).radius(1.0).build().samples(0, 2).all()
        }.shouldBeEmpty()
    }

    "threads that request at the same time wait for one pilot" {
        val denoiser = Anonymous(target)
        val sampler = sampler(denoiser)
        val threads = Schedulers.newParallel("asking", 4, true)
        try {
            val all = Flux.range(0, 4)
                .flatMap({ sampler.samples(0, 4).collectList().subscribeOn(threads) }, 4)
                .collectList().block()!!
            all.forEach { samples -> samples.map { it.bits() } shouldBe exact }
        } finally {
            threads.dispose()
        }
        val alone = Anonymous(target).also { sampler(it).plan() }.calls.get()
        val each = Anonymous(target).also { sampler(it).samples(0, 4).all() }.calls.get() - alone
        denoiser.calls.get() shouldBe alone + 4 * each
    }

    "a pilot is cancelled when the last waiting subscriber cancels" {
        val silent = Silent()
        val sampler = sampler(Gateway.builder(silent).build())
        val first = Held().also(sampler.samples()::subscribe)
        val second = Held().also(sampler.samples()::subscribe)
        first.request(1)
        second.request(1)
        silent.asked.tryAcquire(30, TimeUnit.SECONDS) shouldBe true
        first.cancel()
        silent.cancelled.count shouldBe 1
        second.cancel()
        silent.cancelled.await(30, TimeUnit.SECONDS) shouldBe true
        silent.calls.get() shouldBe 1
        // The next subscriber starts another pilot.
        val third = Held().also(sampler.samples()::subscribe)
        third.request(1)
        silent.asked.tryAcquire(30, TimeUnit.SECONDS) shouldBe true
        third.cancel()
    }

    "on the requesting thread, a pilot ends after the call in which its subscriber cancels" {
        val held = Held()
        val denoiser = Anonymous(target) { if (it == 3) held.cancel() }
        sampler(denoiser).samples().subscribe(held)
        held.request(1)
        denoiser.calls.get() shouldBe 3
        held.error.shouldBeNull()
    }

    "a subscriber that cancels several times counts once, before and after the value" {
        for (others in 0..3) {
            for (cancels in 1..4) {
                for (early in listOf(true, false)) {
                    val sinks = ArrayList<MonoSink<Int>>()
                    var cancelled = 0
                    val joined = JoinedMono(
                        Mono.create<Int> {
                            sinks.add(it)
                            it.onCancel { cancelled++ }
                        },
                    )
                    val values = ArrayList<Int>()
                    val subscription = AtomicReference<Subscription>()
                    joined.doOnSubscribe { subscription.set(it) }.subscribe { values.add(0) }
                    repeat(others) { k -> joined.subscribe { values.add(k + 1) } }
                    val first = sinks.single()
                    if (!early) first.success(7)
                    repeat(cancels) { subscription.get().cancel() }
                    cancelled shouldBe if (early && others == 0) 1 else 0
                    if (early) first.success(7)
                    values shouldBe ((if (early) 1 else 0)..others).toList()
                    // The run has ended, so the next subscriber starts another.
                    joined.subscribe { values.add(-1) }
                    sinks.size shouldBe 2
                    sinks.last().success(8)
                    values.last() shouldBe -1
                }
            }
        }
    }

    "a run that computes while it is subscribed to ends when its last subscriber cancels" {
        val subscription = AtomicReference<Subscription>()
        var steps = 0
        // Each step is a part of the computation. The subscriber cancels during the third.
        val source = Flux.range(0, 100)
            .doOnNext {
                steps++
                if (it == 2) subscription.get().cancel()
            }
            .last()
        JoinedMono(source).doOnSubscribe { subscription.set(it) }.subscribe()
        steps shouldBe 3
    }

    "a subscriber that arrives while the last one cancels is served" {
        val both = Executors.newFixedThreadPool(2)
        try {
            repeat(2_000) {
                val started = CompletableFuture<MonoSink<Int>>()
                val joined = JoinedMono(Mono.create<Int> { sink -> if (!started.complete(sink)) sink.success(2) })
                val first = joined.subscribe()
                val start = CyclicBarrier(2)
                val leaving = both.submit {
                    start.await()
                    first.dispose()
                }
                val coming = both.submit(
                    Callable {
                        start.await()
                        joined.toFuture()
                    },
                )
                leaving.get()
                val answer = coming.get()
                // It has joined the first run, or has another run, which returns at once.
                started.get().success(1)
                (answer.get(30, TimeUnit.SECONDS) in 1..2) shouldBe true
            }
        } finally {
            both.shutdown()
        }
    }

    "with rails, a pilot has a separate thread and does not block the requesting thread" {
        val scheduler = Schedulers.newParallel("lane", 2, true)
        try {
            val free = CountDownLatch(1)
            val denoiser = Anonymous(target) { free.await(30, TimeUnit.SECONDS) shouldBe true }
            val sampler = Sampler.builder(denoiser).noiseRange(20.0, 0.02).parallelism(2, scheduler).build()
            val samples = sampler.samples(0, 4).collectList().toFuture()
            free.countDown()
            samples.get(30, TimeUnit.SECONDS)!!.map { it.bits() } shouldBe exact
        } finally {
            scheduler.dispose()
        }
    }

    "an invalid request is rejected before the pilot and during it" {
        val silent = Silent()
        for (during in listOf(false, true)) {
            val held = Held().also(sampler(Gateway.builder(silent).build()).samples()::subscribe)
            if (during) {
                held.request(1)
                silent.asked.tryAcquire(30, TimeUnit.SECONDS) shouldBe true
            }
            held.requestRaw(-1)
            held.error.shouldBeInstanceOf<IllegalArgumentException>().message shouldContain "rule 3.9"
        }
        silent.cancelled.await(30, TimeUnit.SECONDS) shouldBe true
        silent.calls.get() shouldBe 1
    }

    "the result of a failed pilot is not kept" {
        val denoiser = Anonymous(target) { check(it != 1) { "not yet" } }
        val sampler = sampler(denoiser)
        // A row that throws alone fails its trajectory: the first call is divided until each of its 32 rows is alone.
        val other = Anonymous(target) { check(it > 100) { "not yet" } }
        val single = Schedulers.newSingle("denoiser", true)
        try {
            for (failing in listOf(sampler(other), sampler(Gateway.builder(other, single).build()))) {
                other.calls.set(0)
                shouldThrow<IllegalStateException> { failing.prepare().block() }.message shouldContain "not yet"
                other.calls.set(1_000)
                failing.prepare().block()!!.pilotCalls() shouldBe pilotRows
            }
        } finally {
            single.dispose()
        }
        sampler.prepare().block() shouldBe sampler.plan()
    }

    "plan() fails on a non-blocking thread if it would wait for other threads" {
        val shared = Gateway.builder(Anonymous(target), Schedulers.boundedElastic()).build()
        val refused = Mono.fromCallable { sampler(shared).plan() }.subscribeOn(Schedulers.parallel())
        shouldThrow<IllegalStateException> { refused.block() }.message shouldContain "block"
        // A synchronous denoiser computes on the calling thread, as it does for samples.
        Mono.fromCallable { sampler(Anonymous(target)).plan() }.subscribeOn(Schedulers.parallel()).block()!!
            .pilotCalls() shouldBe pilotRows
    }
})
