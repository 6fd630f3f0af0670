package io.scoreflux.stream

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.Sample
import io.scoreflux.SamplerBuilder
import io.scoreflux.Watched
import io.scoreflux.bits
import io.scoreflux.internal.stream.Rails
import io.scoreflux.sampler
import io.scoreflux.solve.Machine
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Solver
import io.scoreflux.solve.SolverState
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.threeModes
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.publisher.Hooks
import reactor.core.scheduler.Schedulers
import reactor.test.scheduler.VirtualTimeScheduler
import java.time.Duration
import java.util.Collections
import java.util.concurrent.CountDownLatch
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

/** Several rails on several threads. */
class ParallelismSpec : StringSpec({
    val target = threeModes()
    val scheduler = Schedulers.newParallel("lane", 4, true)
    afterSpec { scheduler.dispose() }

    fun SamplerBuilder.small() = solver(Sliding(1e-5)).concurrency(12).prefetch(3)

    fun Flux<Sample>.all() = collectList().block()!!
    val whole = sampler(target) { small() }.samples(0, 100).all().map { it.bits() to it.certificate() }

    for (lanes in listOf(1, 2, 4)) {
        "$lanes rails: the same samples in the same order" {
            for (order in Order.entries) {
                val all = sampler(target) { small().order(order).parallelism(lanes, scheduler) }.samples(0, 100).all()
                all.map { it.index() } shouldContainExactlyInAnyOrder (0L until 100L).toList()
                if (order == Order.BY_INDEX) all.map { it.index() } shouldBe (0L until 100L).toList()
                all.sortedBy { it.index() }.map { it.bits() to it.certificate() } shouldBe whole
            }
        }
    }

    "the denoiser is called on the scheduler's threads, by both rails at the same time" {
        val threads = Collections.synchronizedSet(HashSet<String>())
        val both = CountDownLatch(2)
        val meeting = Watched(target) {
            if (threads.add(Thread.currentThread().name)) {
                // This call continues only if the other rail is in a call as well.
                both.countDown()
                both.await(30, TimeUnit.SECONDS) shouldBe true
            }
        }
        sampler(meeting) { small().parallelism(2, scheduler) }.samples(0, 20).all().size shouldBe 20
        threads.forEach { it shouldStartWith "lane" }
        threads.size shouldBe 2
    }

    "demand bounds the number of trajectories in all rails, and none starts before demand" {
        for ((request, started) in listOf(1 to 4, 5 to 8, 9 to 12)) {
            val count = AtomicInteger()
            val quiet = CountDownLatch(request)
            val subscriber = object : BaseSubscriber<Sample>() {
                override fun hookOnSubscribe(subscription: Subscription) = Unit

                override fun hookOnNext(value: Sample) = quiet.countDown()
            }
            sampler(target) {
                small().parallelism(3, scheduler).listener(object : StreamListener {
                    override fun entered(stage: Int, trajectory: io.scoreflux.solve.Trajectory) {
                        if (stage == 0) count.incrementAndGet()
                    }
                })
            }.samples().subscribe(subscriber)
            count.get() shouldBe 0
            subscriber.request(request.toLong())
            quiet.await(30, TimeUnit.SECONDS) shouldBe true
            // Prefetched trajectories may not have started when the last sample arrives.
            count.get() shouldBeLessThanOrEqual started
            count.get() shouldBeGreaterThanOrEqual request
            subscriber.cancel()
        }
    }

    "one rail wakes the others: a stream does not stall if samples are requested one by one" {
        val sampler = sampler(target) { small().parallelism(3, scheduler) }
        val received = ArrayList<Long>()
        val done = CountDownLatch(1)
        sampler.samples(0, 100).subscribe(object : BaseSubscriber<Sample>() {
            override fun hookOnSubscribe(subscription: Subscription) = request(1)

            override fun hookOnNext(value: Sample) {
                received.add(value.index())
                request(1)
            }

            override fun hookOnComplete() = done.countDown()
        })
        done.await(60, TimeUnit.SECONDS) shouldBe true
        received shouldBe (0L until 100L).toList()
    }

    "after a thousand cancellations at random moments, rails have ended, and the next stream is complete" {
        val random = Random(5)
        val watched = Watched(target)
        val sampler = sampler(watched) { small().parallelism(2, scheduler) }
        repeat(1_000) {
            val some = 1L + random.nextInt(6)
            sampler.samples().take(some).all().map { it.index() } shouldBe (0 until some).toList()
        }
        sampler.samples(0, 100).all().map { it.bits() } shouldBe whole.map { it.first }
    }

    "an error of the virtual machine in one rail ends its stream, and no other" {
        val calls = AtomicInteger()
        val dying = Watched(target) { if (calls.incrementAndGet() == 30) throw OutOfMemoryError("for the test") }
        val sampler = sampler(dying) { small().parallelism(2, scheduler) }
        shouldThrow<OutOfMemoryError> { sampler.samples(0, 100).all() }
        sampler.samples(0, 100).all().map { it.bits() } shouldBe whole.map { it.first }
    }

    "the time between requests does not count towards deadlines in any rail" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val arrived = Semaphore(0)
            val samples = Collections.synchronizedList(ArrayList<Sample>())
            val subscriber = object : BaseSubscriber<Sample>() {
                override fun hookOnSubscribe(subscription: Subscription) = Unit

                override fun hookOnNext(value: Sample) {
                    samples.add(value)
                    arrived.release()
                }
            }
            val sampler = sampler(target) { small().parallelism(3, scheduler).deadline(Duration.ofMillis(1)) }
            sampler.samples(0, 30).subscribe(subscriber)
            repeat(30) {
                subscriber.request(1)
                arrived.tryAcquire(30, TimeUnit.SECONDS) shouldBe true
                // All rails read the same clock, whatever they do at this moment.
                time.advanceTimeBy(Duration.ofHours(1))
            }
            samples.map { it.failed() } shouldBe List(30) { false }
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "a scheduler may be disposed of as soon as the stream has ended" {
        val dropped = Collections.synchronizedList(ArrayList<Throwable>())
        Hooks.onErrorDropped { dropped.add(it) }
        try {
            repeat(20) {
                val own = Schedulers.newParallel("brief", 2, true)
                val ended = sampler(target) {
                    small().parallelism(2, own)
                }.samples(0, 20).doOnComplete { own.dispose() }
                ended.all().map { it.bits() } shouldBe whole.take(20).map { it.first }
            }
            dropped shouldBe emptyList()
        } finally {
            Hooks.resetOnErrorDropped()
        }
    }

    "a scheduler that is disposed of while the stream runs fails the stream" {
        val own = Schedulers.newParallel("gone", 2, true)
        val subscriber = object : BaseSubscriber<Sample>() {
            var error: Throwable? = null
            val ended = CountDownLatch(1)
            val first = CountDownLatch(1)

            override fun hookOnSubscribe(subscription: Subscription) = request(1)

            override fun hookOnNext(value: Sample) = first.countDown()

            override fun hookOnError(throwable: Throwable) {
                error = throwable
                ended.countDown()
            }
        }
        sampler(target) { small().prefetch(0).parallelism(2, own) }.samples().subscribe(subscriber)
        subscriber.first.await(30, TimeUnit.SECONDS) shouldBe true
        own.dispose()
        subscriber.request(1)
        subscriber.ended.await(30, TimeUnit.SECONDS) shouldBe true
        (subscriber.error is RejectedExecutionException) shouldBe true
    }

    "invalid settings are rejected with name and value" {
        val gone = Schedulers.newSingle("gone").also { it.dispose() }
        shouldThrow<IllegalArgumentException> { sampler(target) { parallelism(0, scheduler) } }.message shouldBe
            "parallelism must be at least 1, was 0"
        shouldThrow<IllegalArgumentException> { sampler(target) { parallelism(2, gone) } }.message shouldBe
            "scheduler must be running, was disposed"
        shouldThrow<IllegalStateException> {
            sampler(target) { concurrency(3).parallelism(4, scheduler) }
        }.message shouldBe
            "parallelism must be at most concurrency, which the rails share, was 4 > 3"
        shouldThrow<IllegalStateException> {
            io.scoreflux.Sampler
                .builder(Gateway.builder(target, scheduler).build())
                .noiseRange(20.0, 0.02)
                .parallelism(2, scheduler)
                .build()
        }.message shouldContain "set maxInFlight of the gateway"
    }

    "a linkage error at the start of a trajectory ends the stream, with any number of rails" {
        val unlinked = object : Solver {
            override fun name() = "unlinked"

            override fun prepare(problem: Problem) = object : PreparedSolver {
                override fun start(state: SolverState): Machine = throw NoClassDefFoundError("missing")

                override fun stopLevels() = DoubleArray(0)
            }
        }
        for (lanes in 1..3) {
            val samples = sampler(target) { solver(unlinked).parallelism(lanes, scheduler) }.samples(0, 20)
            shouldThrow<IllegalStateException> { samples.collectList().block(Duration.ofSeconds(30)) }
                .message shouldBe "a trajectory cannot start: java.lang.NoClassDefFoundError: missing"
        }
    }
})
