package io.scoreflux.stream

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeSorted
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.SamplerBuilder
import io.scoreflux.Watched
import io.scoreflux.bits
import io.scoreflux.internal.stream.Rails
import io.scoreflux.sampler
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.threeModes
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.core.publisher.Sinks
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import java.lang.reflect.Proxy
import java.util.Collections
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** Counts the workers of a scheduler. */
private class Counted(private val inner: Scheduler) : Scheduler by inner {
    val made = AtomicInteger()
    val disposed = AtomicInteger()

    override fun createWorker(): Scheduler.Worker {
        made.incrementAndGet()
        val worker = inner.createWorker()
        return object : Scheduler.Worker by worker {
            override fun dispose() {
                disposed.incrementAndGet()
                worker.dispose()
            }
        }
    }
}

/** Custom stages between the stages of the sampler. */
class StageSpec : StringSpec({
    val target = threeModes()

    fun SamplerBuilder.small() = solver(Sliding(1e-5)).stages(3).concurrency(8).prefetch(2)

    fun Flux<Sample>.all() = collectList().block()!!
    val whole = sampler(target) { small() }.samples(0, 60).all()
    // The samples that the filter of the tests below keeps: no trajectory crosses x = 0 in the last stage.
    val kept = whole.filter { it.values()[0] > 0 }
    val right = Stage { flux -> flux.filter { it.z()[0] > 0 } }

    "a custom stage sees every trajectory once, at the end of the stage, and changes nothing" {
        val seen = ArrayList<Pair<Long, Double>>()
        val sampler = sampler(target) {
            small().afterStage(0) { flux -> flux.doOnNext { seen.add(it.index() to it.sigma()) } }
        }
        sampler.samples(0, 60).all().map { it.bits() } shouldBe whole.map { it.bits() }
        seen shouldContainExactlyInAnyOrder (0L until 60L).map { it to sampler.plan().end(0) }
    }

    // After every stage, with one rail and with two, in both orders.
    "observe sees all trajectories, filter keeps some, publishOn changes the thread; no bit changes" {
        val scheduler = Schedulers.newSingle("hand-off", true)
        val lane = Schedulers.newParallel("lane", 2, true)
        try {
            for (place in 0..2) {
                for (lanes in 1..2) {
                    for (order in Order.entries) {
                        withClue("after $place, in $lanes rails, $order") {
                            fun delivered(vararg stages: Stage) = sampler(target) {
                                small().order(order)
                                stages.forEach { afterStage(place, it) }
                                if (lanes > 1) parallelism(lanes, lane)
                            }.samples(0, 60).all().sortedBy { it.index() }

                            val seen = Collections.synchronizedList(ArrayList<Long>())
                            val all = delivered(Stage.observe { seen.add(it.index()) })
                            all.map { it.bits() } shouldBe whole.map { it.bits() }
                            seen shouldContainExactlyInAnyOrder (0L until 60L).toList()

                            val third = delivered(Stage.filter { it.index() % 3 == 0L })
                            third.map { it.bits() } shouldBe whole.filter { it.index() % 3 == 0L }.map { it.bits() }

                            val threads = Collections.synchronizedSet(HashSet<String>())
                            val handed = delivered(
                                Stage.publishOn(scheduler),
                                Stage.observe { threads.add(Thread.currentThread().name) },
                            )
                            handed.map { it.bits() } shouldBe whole.map { it.bits() }
                            threads.single() shouldStartWith "hand-off"
                        }
                    }
                }
            }
        } finally {
            scheduler.dispose()
            lane.dispose()
        }
    }

    "an action or a condition that throws fails the stream" {
        for (stage in listOf(
            Stage.observe { check(it.index() < 7) { "no more than seven" } },
            Stage.filter {
                check(it.index() < 7) { "no more than seven" }
                true
            },
        )) {
            StepVerifier
                .create(sampler(target) { small().afterStage(1, stage) }.samples().then())
                .verifyErrorMessage("no more than seven")
        }
    }

    "a filter leaves samples out, and the others arrive in order with the same bits" {
        (kept.size in 15..45) shouldBe true
        val delivered = sampler(target) { small().afterStage(2, right) }.samples(0, 60).all()
        delivered.map { it.index() } shouldBe kept.map { it.index() }
        delivered.map { it.bits() } shouldBe kept.map { it.bits() }
    }

    "a filter and delivery as ready: the same samples" {
        val delivered = sampler(target) { small().afterStage(2, right).order(Order.AS_READY) }.samples(0, 60).all()
        delivered.map { it.index() } shouldContainExactlyInAnyOrder kept.map { it.index() }
    }

    "a filter that keeps few trajectories, with small demand: order and demand hold" {
        val few = Stage { flux -> flux.filter { it.index() % 97 == 0L } }
        val started = Watched(target)
        StepVerifier
            .create(sampler(started) { small().afterStage(0, few) }.samples().map { it.index() }, 0)
            .thenRequest(1)
            .expectNext(0)
            .thenRequest(3)
            .expectNext(97, 194, 291)
            .thenCancel()
            .verify()
    }

    "a stream whose samples are all left out completes empty" {
        val none = Stage { flux -> flux.filter { false } }
        StepVerifier.create(sampler(target) { small().afterStage(1, none) }.samples(0, 30)).verifyComplete()
    }

    "a filter requests a replacement for each sample that it leaves out, and no more" {
        var started = 0
        val counting = Stage { flux -> flux.doOnNext { started++ }.filter { it.index() >= 4 } }
        val subscriber = object : BaseSubscriber<Sample>() {
            override fun hookOnSubscribe(subscription: Subscription) = request(1)
        }
        sampler(target) { small().prefetch(0).afterStage(0, counting) }.samples().subscribe(subscriber)
        // Samples 0 to 3 are left out one after the other, each one is replaced, and 4 is delivered.
        started shouldBe 5
    }

    "publishOn moves the stages after it to another thread, and samples are the same" {
        val scheduler = Schedulers.newSingle("hand-off", true)
        try {
            val threads = Collections.synchronizedSet(HashSet<String>())
            val sampler = sampler(target) {
                small()
                    .afterStage(0) { it.publishOn(scheduler, 1) }
                    .afterStage(0) { flux -> flux.doOnNext { threads.add(Thread.currentThread().name) } }
            }
            sampler.samples(0, 60).all().map { it.bits() } shouldBe whole.map { it.bits() }
            threads.single() shouldStartWith "hand-off"
        } finally {
            scheduler.dispose()
        }
    }

    "several custom stages after the same stage run in the order of addition" {
        val order = ArrayList<String>()
        sampler(target) {
            small()
                .afterStage(1) { flux -> flux.doOnNext { order.add("first ${it.index()}") } }
                .afterStage(1) { flux -> flux.doOnNext { order.add("second ${it.index()}") } }
        }.samples(0, 1).all()
        order shouldBe listOf("first 0", "second 0")
    }

    "a stage that takes some trajectories and completes ends the stream after them" {
        val delivered = sampler(target) { small().afterStage(1) { it.take(5) }.order(Order.AS_READY) }.samples().all()
        delivered.size shouldBe 5
    }

    "a stage that takes some trajectories ends the work on the others, with one rail and with several" {
        val scheduler = Schedulers.newParallel("lane", 2, true)
        try {
            for (lanes in 1..2) {
                val sampler = sampler(target) {
                    small().afterStage(1) { it.take(5) }.order(Order.AS_READY)
                    if (lanes > 1) parallelism(lanes, scheduler)
                }
                // Each rail has its own instance of the stage.
                sampler.samples().all().size shouldBe 5 * lanes
                // After the stream has ended, each rail discards its trajectories before it disposes of its worker.
                val progress = generateSequence { sampler.progress() }.take(100_000_000).first {
                    it.inFlight().sum() ==
                        0L
                }
                progress.delivered() shouldBe 5L * lanes
            }
        } finally {
            scheduler.dispose()
        }
    }

    "a stage that fails fails the stream" {
        val failing = Stage { flux -> flux.doOnNext { check(it.index() < 7) { "no more than seven" } } }
        StepVerifier
            .create(sampler(target) { small().afterStage(1, failing) }.samples().then())
            .verifyErrorMessage("no more than seven")
    }

    // Stages that request more than their subscriber: 256 at once, without bound, and in parts of a batch.
    val greedy = mapOf<String, (Flux<Trajectory>) -> Flux<Trajectory>>(
        "publishOn" to { it.publishOn(Schedulers.immediate()) },
        "onBackpressureBuffer" to { it.onBackpressureBuffer() },
        "flatMap" to { flux -> flux.flatMap { Flux.just(it) } },
    )
    for ((name, stage) in greedy) {
        "$name between stages starts no more than the demand allows" {
            for (place in 0..2) {
                var started = 0
                val subscriber = object : BaseSubscriber<Sample>() {
                    var received = 0

                    override fun hookOnSubscribe(subscription: Subscription) = Unit

                    override fun hookOnNext(value: Sample) {
                        received++
                    }
                }
                sampler(target) {
                    solver(FixedStep(Scheme.EULER, 6)).stages(3).concurrency(8).prefetch(2).afterStage(place, stage)
                    afterStage(0) { flux -> flux.doOnNext { started++ } }
                }.samples().subscribe(subscriber)
                started shouldBe 0
                subscriber.request(1)
                started shouldBe 1
                subscriber.request(2)
                started shouldBe 4
                subscriber.request(30)
                subscriber.received shouldBe 33
                started shouldBe 35
            }
        }
    }

    "a stage that collects trajectories gets as many as it needs, within the concurrency" {
        for (order in Order.entries) {
            var started = 0
            val subscriber = object : BaseSubscriber<Sample>() {
                var received = 0

                override fun hookOnSubscribe(subscription: Subscription) = Unit

                override fun hookOnNext(value: Sample) {
                    received++
                }
            }
            sampler(target) {
                small()
                    .prefetch(0)
                    .order(order)
                    .afterStage(0) { flux -> flux.doOnNext { started++ } }
                    .afterStage(1) { flux -> flux.buffer(6).flatMapIterable { it } }
            }.samples().subscribe(subscriber)
            subscriber.request(1)
            subscriber.received shouldBe 1
            started shouldBe 6
        }
        val collecting = sampler(target) { small().afterStage(1) { flux -> flux.buffer(8).flatMapIterable { it } } }
        collecting.samples(0, 60).all().map { it.bits() } shouldBe whole.map { it.bits() }
    }

    "a stage that collects trajectories, with requests from another thread" {
        val publisher = Schedulers.newSingle("publisher", true)
        val scheduler = Schedulers.newParallel("lane", 2, true)
        try {
            for (lanes in 1..2) {
                for (readAhead in listOf(0, 2)) {
                    val requests = Flux.range(0, 40).map { Request.of(0, it.toLong()) }
                    val delivered = sampler(target) {
                        small().prefetch(readAhead).afterStage(0) { it.buffer(4).flatMapIterable({ all -> all }, 1) }
                        if (lanes > 1) parallelism(lanes, scheduler)
                    }.samples(requests.publishOn(publisher)).limitRate(1).take(30).all()
                    delivered.map { it.bits() } shouldBe whole.take(30).map { it.bits() }
                }
            }
        } finally {
            publisher.dispose()
            scheduler.dispose()
        }
    }

    "delivery waits for the next trajectory in a slow stage, with twice the concurrency behind it" {
        val gate = Sinks.empty<Trajectory>()
        var started = 0
        val received = ArrayList<Long>()
        val slow = Stage { flux ->
            flux.flatMap {
                if (it.index() ==
                    0L
                ) {
                    gate.asMono().thenReturn(it)
                } else {
                    Mono.just(it)
                }
            }
        }
        val subscriber = object : BaseSubscriber<Sample>() {
            override fun hookOnNext(value: Sample) {
                received.add(value.index())
                if (received.size == 100) cancel()
            }
        }
        sampler(target) { small().afterStage(0) { flux -> flux.doOnNext { started++ } }.afterStage(1, slow) }
            .samples().subscribe(subscriber)
        received.size shouldBe 0
        started shouldBe 16
        gate.tryEmitEmpty()
        received shouldBe (0L until 100L).toList()
    }

    "a stage that passes trajectories to a slow thread receives as many as the concurrency, and no more" {
        val slow = Schedulers.newSingle("slow", true)
        try {
            val go = Semaphore(0)
            val started = AtomicInteger()
            val arrived = CountDownLatch(1)
            sampler(target) {
                small()
                    .prefetch(0)
                    .afterStage(0) { flux -> flux.doOnNext { started.incrementAndGet() } }
                    .afterStage(0) { flux ->
                        flux.publishOn(slow).doOnNext { go.acquire() }
                    }
            }.samples().doOnNext { arrived.countDown() }.subscribe(
                object : BaseSubscriber<Sample>() {
                    override fun hookOnSubscribe(subscription: Subscription) = request(1)
                },
            )
            // All of them had started when the request returned. The slow thread holds the first one.
            started.get() shouldBe 8
            go.release()
            arrived.await(30, TimeUnit.SECONDS) shouldBe true
            go.release(100)
        } finally {
            slow.dispose()
        }
    }

    "a stage that collects more than the concurrency stalls with as many as the concurrency" {
        var started = 0
        val subscriber = object : BaseSubscriber<Sample>() {
            override fun hookOnNext(value: Sample) = error("there is nothing to deliver")
        }
        sampler(target) {
            small()
                .afterStage(0) { flux -> flux.doOnNext { started++ } }
                .afterStage(1) { flux -> flux.buffer(9).flatMapIterable { it } }
        }.samples().subscribe(subscriber)
        started shouldBe 8
    }

    "with rails, a stage that collects trajectories gets as many as it needs" {
        val scheduler = Schedulers.newParallel("lane", 2, true)
        try {
            repeat(20) {
                val collecting = sampler(target) {
                    small().parallelism(2, scheduler).afterStage(1) { flux -> flux.buffer(4).flatMapIterable { it } }
                }
                collecting.samples(0, 60).all().map { it.bits() } shouldBe whole.map { it.bits() }
                // Each rail has its own stage. Together the stages may hold six, and the concurrency is eight.
                collecting.samples().take(30).all().map { it.bits() } shouldBe whole.take(30).map { it.bits() }
            }
        } finally {
            scheduler.dispose()
        }
    }

    "a stage that subscribes again to the stages before it ends the stream" {
        val again = listOf<(Flux<Trajectory>) -> Flux<Trajectory>>(
            { it.repeat() },
            { flux -> flux.doOnNext { check(it.index() != 3L) }.retry() },
        )
        val scheduler = Schedulers.newParallel("lane", 2, true)
        try {
            for (stage in again) {
                for (lanes in 1..2) {
                    val stream = sampler(target) {
                        small().afterStage(1, stage).order(Order.AS_READY)
                        if (lanes > 1) parallelism(lanes, scheduler)
                    }.samples(0, 10)
                    StepVerifier.create(stream.then()).verifyErrorSatisfies {
                        it.shouldBeInstanceOf<IllegalStateException>().message shouldContain "subscribed again"
                    }
                }
            }
        } finally {
            scheduler.dispose()
        }
    }

    "a stage that ends one rail leaves no gap in the order of the others" {
        val scheduler = Schedulers.newParallel("lane", 2, true)
        try {
            repeat(20) {
                var lane = 0
                val first = Stage { flux -> if (lane++ == 0) flux.take(3) else flux }
                val delivered = sampler(target) {
                    small().parallelism(2, scheduler).afterStage(1, first)
                }.samples(0, 60).all()
                delivered.map { it.index() }.shouldBeSorted()
                delivered.map { it.bits() } shouldBe delivered.map { whole[it.index().toInt()].bits() }
                // The trajectories in the first rail when it ended are left out. The concurrency bounds their number.
                (delivered.size in 52..60) shouldBe true
            }
        } finally {
            scheduler.dispose()
        }
    }

    "a stage that throws when it is applied fails the stream, and leaves no worker behind" {
        val scheduler = Counted(Schedulers.newParallel("lane", 2, true))
        try {
            val failing = Stage { error("not this one") }
            for (lanes in 1..2) {
                val stream = sampler(target) {
                    small().afterStage(1, failing)
                    if (lanes > 1) parallelism(lanes, scheduler)
                }.samples(0, 10)
                StepVerifier.create(stream).verifyErrorMessage("not this one")
            }
            scheduler.made.get() shouldBe 2
            scheduler.disposed.get() shouldBe 2
        } finally {
            scheduler.dispose()
        }
    }

    "a stage that drops a trajectory silently causes an error, and not a stalled stream" {
        val losing = Stage { flux -> flux.flatMap({ if (it.index() == 3L) Flux.empty() else Flux.just(it) }, 1, 1) }
        StepVerifier
            .create(
                sampler(target) { solver(FixedStep(Scheme.EULER, 3)).stages(3).concurrency(64).afterStage(1, losing) }
                    .samples().map { it.index() },
            )
            .expectNext(0, 1, 2)
            .verifyErrorSatisfies {
                it.shouldBeInstanceOf<IllegalStateException>().message shouldContain "pass on each trajectory once"
            }
        // At the end of the stream, a missing trajectory is known to be lost.
        sampler(target) { small().afterStage(1, losing) }.samples(0, 10).all().map { it.index() } shouldBe
            (0L until 10L).filter { it != 3L }
    }

    "operators that leave out odd indices, and how many discards they report" {
        fun even(t: Trajectory) = t.index() % 2 == 0L

        fun refuseOdd(t: Trajectory) = check(even(t))
        listOf<Triple<String, Int, Stage>>(
            Triple("filter", 5, Stage { flux -> flux.filter(::even) }),
            Triple("distinct", 5, Stage { flux -> flux.distinct { it.index() / 2 } }),
            Triple(
                "filter that throws, before onErrorContinue",
                5,
                Stage { flux ->
                    flux.filter {
                        refuseOdd(it)
                        true
                    }.onErrorContinue { _, _ -> }
                },
            ),
            Triple("handle", 0, Stage { flux -> flux.handle { t, sink -> if (even(t)) sink.next(t) } }),
            Triple("mapNotNull", 0, Stage { flux -> flux.mapNotNull { t -> t.takeIf(::even) } }),
            Triple(
                "concatMap",
                0,
                Stage { flux ->
                    flux.concatMap({ if (even(it)) Flux.just(it) else Flux.empty() }, 0)
                },
            ),
            Triple(
                "map that throws, before onErrorContinue",
                0,
                Stage { flux -> flux.map { t -> t.also(::refuseOdd) }.onErrorContinue { _, _ -> } },
            ),
            Triple(
                "doOnNext that throws, before onErrorContinue",
                0,
                Stage { flux -> flux.doOnNext(::refuseOdd).onErrorContinue { _, _ -> } },
            ),
        ).forEach { (name, told, stage) ->
            withClue(name) {
                var discarded = 0
                sampler(target) { solver(FixedStep(Scheme.EULER, 3)).stages(3).concurrency(8).afterStage(1, stage) }
                    .samples(0, 10)
                    .doOnDiscard(Trajectory::class.java) { discarded++ }
                    .all().map { it.index() } shouldBe listOf<Long>(0, 2, 4, 6, 8)
                discarded shouldBe told
            }
        }
        // filterWhen also discards what it passes on. The arrival counts.
        sampler(target) { small().afterStage(1) { flux -> flux.filterWhen { Mono.just(even(it)) } } }
            .samples(0, 10)
            .all().map { it.index() } shouldBe listOf<Long>(0, 2, 4, 6, 8)
    }

    "a stage that repeats a trajectory causes an error" {
        val repeating = Stage { flux -> flux.concatMap({ Flux.just(it, it) }, 0) }
        for (order in Order.entries) {
            StepVerifier
                .create(sampler(target) { small().order(order).afterStage(2, repeating) }.samples(0, 10).then())
                .verifyErrorSatisfies { it.message shouldContain "twice" }
        }
    }

    "with rails, each one has its own stage: order and samples are the same" {
        val scheduler = Schedulers.newParallel("lane", 3, true)
        try {
            repeat(5) {
                val delivered = sampler(target) {
                    small().afterStage(2, right).parallelism(3, scheduler)
                }.samples(0, 60).all()
                delivered.map { it.index() }.shouldBeSorted()
                delivered.map { it.bits() } shouldBe kept.map { it.bits() }
            }
        } finally {
            scheduler.dispose()
        }
    }

    "a cancelled stream passes its trajectories to the discard hook" {
        var discarded = 0
        sampler(target) { small().afterStage(1, right) }
            .samples()
            .doOnDiscard(Trajectory::class.java) { discarded++ }
            .take(5)
            .all()
            .size shouldBe 5
        // The hook of the user receives them as well.
        (discarded > 0) shouldBe true
        discarded shouldBeLessThanOrEqual 60
    }

    "the error for a stage that returns null names the stage" {
        // Java permits null; the compiler of Kotlin does not.
        val none = Proxy.newProxyInstance(Stage::class.java.classLoader, arrayOf(Stage::class.java)) { _, _, _ -> null }
            as Stage
        StepVerifier.create(sampler(target) { small().afterStage(1, none) }.samples(0, 10)).verifyErrorMessage(
            "afterStage must return a flux, was null after stage 1; return its argument, or return a flux made from it",
        )
    }

    "a custom stage after a stage that the plan does not have is rejected with its index" {
        shouldThrow<IllegalStateException> { sampler(target) { small().afterStage(3, right) } }.message shouldBe
            "afterStage must be below 3, the number of stages, because stages are counted from 0, was 3; use a lower " +
            "number, or " +
            "raise stages"
        shouldThrow<IllegalArgumentException> { sampler(target) { small().afterStage(-1, right) } }.message shouldBe
            "afterStage must be at least 0, was -1"
    }
})
