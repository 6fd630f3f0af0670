package io.scoreflux.internal.stream

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.bits
import io.scoreflux.logconcave.LogConcave
import io.scoreflux.logconcave.ProximalSampler
import io.scoreflux.model.Denoiser
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import io.scoreflux.threeModes
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.publisher.Hooks
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import reactor.test.scheduler.VirtualTimeScheduler
import java.time.Duration
import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.SynchronousQueue
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** Only for hangs. */
private const val LONG = 60L

private class Watcher : BaseSubscriber<Any>() {
    val over = CountDownLatch(1)
    val first = CountDownLatch(1)
    val received = AtomicInteger()

    @Volatile
    var error: Throwable? = null

    override fun hookOnNext(value: Any) {
        received.incrementAndGet()
        first.countDown()
    }

    override fun hookOnError(throwable: Throwable) {
        error = throwable
        over.countDown()
    }

    override fun hookOnComplete() = over.countDown()
}

private fun Flux<out Any>.end() = Watcher().also { subscribe(it) }

/** A model whose first call blocks until it is released. */
private class Occupied : Denoiser {
    private val inner = threeModes()
    val entered = CountDownLatch(1)
    val leave = CountDownLatch(1)

    override fun dimension() = 2

    override fun moments() = inner.moments()

    override fun denoise(rows: Rows, out: DoubleArray) {
        entered.countDown()
        while (true) {
            try {
                leave.await(LONG, TimeUnit.SECONDS) shouldBe true
                break
            } catch (e: InterruptedException) {
                // A scheduler that is disposed of interrupts its threads; this model ignores that.
                continue
            }
        }
        inner.denoise(rows, out)
    }
}

private fun SamplerBuilder.small() = noiseRange(20.0, 0.02).solver(FixedStep(Scheme.EULER, 4)).concurrency(8)

/** Streams on a scheduler that is disposed of or shut down. Time is virtual in tests of the watch. */
class SchedulerGoneSpec : FreeSpec({
    val target = threeModes()
    val schedulers: Map<String, () -> Scheduler> = mapOf(
        "single" to { Schedulers.newSingle("gone", true) },
        "parallel" to { Schedulers.newParallel("gone", 2, true) },
        "boundedElastic" to { Schedulers.newBoundedElastic(2, 100, "gone", 60, true) },
        "fromExecutorService" to { Schedulers.fromExecutorService(Executors.newFixedThreadPool(2)) },
    )

    fun streams(on: Scheduler): Map<String, Flux<out Any>> {
        val gradient = LogConcave.rowwise(1) { x, out -> out[0] = x[0] }
        val unknown = object : Denoiser {
            override fun dimension() = 2

            override fun denoise(rows: Rows, out: DoubleArray) = target.denoise(rows, out)
        }
        return buildMap {
            for (lanes in 1..3) {
                put("samples, $lanes rails", Sampler.builder(target).small().parallelism(lanes, on).build().samples())
                put(
                    "draws, $lanes rails",
                    ProximalSampler.builder(gradient).chains(4).parallelism(lanes, on).build().draws(),
                )
            }
            for (slots in 1..3) {
                val gateway = Gateway.builder(
                    target,
                    on,
                ).maxInFlight(slots).maxRows(3).retries(2, Duration.ofMillis(1)).build()
                put("gateway, $slots calls in flight", Sampler.builder(gateway).small().build().samples())
            }
            put("pilot", Sampler.builder(Gateway.builder(unknown, on).build()).small().build().prepare().flux())
        }
    }

    fun Throwable?.namesTheScheduler(on: Scheduler) {
        this.shouldBeInstanceOf<RejectedExecutionException>()
        message.shouldNotBeNull() shouldContain on.toString()
        message.shouldNotBeNull() shouldContain "running until its streams have ended"
    }

    for ((name, make) in schedulers) {
        "$name, disposed of before the streams start: every stream fails at once, with its name and a remedy" {
            val on = make()
            val all = streams(on)
            on.dispose()
            // No timer is needed: only the pilot has its own thread.
            for ((which, flux) in all) {
                val end = flux.end()
                withClue(which) { end.over.await(LONG, TimeUnit.SECONDS) shouldBe true }
                end.error.namesTheScheduler(on)
                end.received.get() shouldBe 0
            }
        }

        "$name, disposed of while streams run: every endless stream fails" {
            for (which in streams(make()).keys - "pilot") {
                val on = make()
                val end = streams(on).getValue(which).end()
                withClue(which) {
                    end.first.await(LONG, TimeUnit.SECONDS) shouldBe true
                    on.dispose()
                    end.over.await(LONG, TimeUnit.SECONDS) shouldBe true
                }
                end.error.namesTheScheduler(on)
            }
        }
    }

    // A pool whose only thread is in the model, so that later tasks wait in its queue.
    class Pool(val executor: ExecutorService = Executors.newFixedThreadPool(1)) {
        val on: Scheduler = Schedulers.fromExecutorService(executor)
        val model = Occupied()
        val busy = Sampler.builder(Gateway.builder(model, on).build()).small().build().samples(0, 8)
    }

    fun queued(on: Scheduler): Map<String, Flux<out Any>> = streams(on) - "pilot"

    "the second check detects a task in the queue of an executor that is shut down, and not the first" {
        for (which in queued(Pool().on).keys) {
            val pool = Pool()
            val held = pool.busy.end()
            pool.model.entered.await(LONG, TimeUnit.SECONDS) shouldBe true
            val time = VirtualTimeScheduler.getOrSet()
            try {
                val end = queued(pool.on).getValue(which).end()
                pool.executor.shutdownNow()
                pool.model.leave.countDown()
                pool.executor.awaitTermination(LONG, TimeUnit.SECONDS) shouldBe true
                withClue(which) {
                    time.advanceTimeBy(Duration.ofMillis(999))
                    end.over.count shouldBe 1
                    time.advanceTimeBy(Duration.ofMillis(1))
                    end.over.count shouldBe 0
                }
                end.error.namesTheScheduler(pool.on)
                // The stream whose call was running fails at its next call, because the executor is shut down.
                held.over.await(LONG, TimeUnit.SECONDS) shouldBe true
            } finally {
                VirtualTimeScheduler.reset()
            }
        }
    }

    "the next check detects a task in the queue of a scheduler that is disposed of, and the task does not run" {
        val on = Schedulers.newSingle("gone", true)
        val model = Occupied()
        val calls = AtomicInteger()
        val counted = object : Denoiser {
            override fun dimension() = 2

            override fun moments() = target.moments()

            override fun denoise(rows: Rows, out: DoubleArray) {
                calls.incrementAndGet()
            }
        }
        val held = Sampler.builder(Gateway.builder(model, on).build()).small().build().samples(0, 8).end()
        model.entered.await(LONG, TimeUnit.SECONDS) shouldBe true
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val end = Sampler.builder(Gateway.builder(counted, on).build()).small().build().samples(0, 8).end()
            // Graceful disposal would still run queued tasks.
            val closed = CountDownLatch(1)
            on.disposeGracefully().subscribe(null, { }, { closed.countDown() })
            time.advanceTimeBy(Duration.ofMillis(500))
            end.over.count shouldBe 0
            end.error.namesTheScheduler(on)
            model.leave.countDown()
            held.over.await(LONG, TimeUnit.SECONDS) shouldBe true
            calls.get() shouldBe 0
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "an executor that silently discards a task is detected once it is idle" {
        val executor = ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            ArrayBlockingQueue(1),
            ThreadPoolExecutor.DiscardPolicy(),
        )
        val on = Schedulers.fromExecutorService(executor)
        val enough = CountDownLatch(1)
        val occupied = CountDownLatch(2)
        executor.execute {
            occupied.countDown()
            enough.await(LONG, TimeUnit.SECONDS)
        }
        executor.execute { occupied.countDown() }
        val time = VirtualTimeScheduler.getOrSet()
        try {
            // The queue of the executor is full.
            val end = Sampler.builder(Gateway.builder(target, on).build()).small().build().samples(0, 8).end()
            time.advanceTimeBy(Duration.ofMinutes(1))
            end.over.count shouldBe 1
            enough.countDown()
            occupied.await(LONG, TimeUnit.SECONDS) shouldBe true
            executor.shutdown()
            executor.awaitTermination(LONG, TimeUnit.SECONDS) shouldBe true
            time.advanceTimeBy(Duration.ofSeconds(1))
            end.over.count shouldBe 0
            end.error.namesTheScheduler(on)
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "a scheduler that is busy with other tasks for a long time drops nothing" {
        val pool = Pool()
        val held = pool.busy.end()
        pool.model.entered.await(LONG, TimeUnit.SECONDS) shouldBe true
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val ends = queued(pool.on).keys.map { which ->
                val finite = queued(pool.on).getValue(which).take(20)
                finite.end()
            }
            time.advanceTimeBy(Duration.ofMinutes(10))
            ends.map { it.over.count }.toSet() shouldBe setOf(1L)
            pool.model.leave.countDown()
            for (end in ends + held) {
                end.over.await(LONG, TimeUnit.SECONDS) shouldBe true
                end.error.shouldBeNull()
            }
            ends.map { it.received.get() }.toSet() shouldBe setOf(20)
        } finally {
            VirtualTimeScheduler.reset()
            pool.executor.shutdownNow()
        }
    }

    "an executor that does not count its tasks never counts as shut down, however long a task waits" {
        val tasks = ArrayDeque<Runnable>()
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val on = Schedulers.fromExecutor { tasks.addLast(it) }
            val all = queued(on).mapValues { (_, flux) -> flux.take(3).end() }
            time.advanceTimeBy(Duration.ofMinutes(50))
            while (tasks.isNotEmpty()) tasks.removeFirst().run()
            for ((which, end) in all) {
                withClue(which) {
                    end.error.shouldBeNull()
                    end.over.count shouldBe 0
                }
            }
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "a task that is submitted again between two checks does not count as lost" {
        val executor = ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, ArrayBlockingQueue(1))
        val time = VirtualTimeScheduler.getOrSet()
        try {
            // The executor is idle and never receives the task, as in the moment before it counts the task.
            val lost = AtomicInteger()
            val task = object : SchedulerWatch.Task() {
                override fun isPending() = true

                override fun isQueued() = true

                override fun onSchedulerGone(why: RejectedExecutionException) {
                    lost.incrementAndGet()
                }
            }
            val watch = SchedulerWatch(Schedulers.fromExecutorService(executor))
            watch.add(task)
            watch.arm()
            repeat(10) {
                task.submitted()
                time.advanceTimeBy(Duration.ofMillis(500))
            }
            lost.get() shouldBe 0
            time.advanceTimeBy(Duration.ofMillis(500))
            lost.get() shouldBe 1
            time.advanceTimeBy(Duration.ofSeconds(10))
            lost.get() shouldBe 1
        } finally {
            VirtualTimeScheduler.reset()
            executor.shutdownNow()
        }
    }

    "an executor that rejects tasks while it is idle counts as full, not as shut down" {
        // Without a queue, the executor rejects a task if its thread is not waiting yet.
        val executor = object : ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, SynchronousQueue()) {
            private var rejected = 0

            override fun execute(command: Runnable) {
                if (rejected++ < 3) throw RejectedExecutionException("no thread is waiting")
                super.execute(command)
            }
        }
        try {
            val on = Schedulers.fromExecutorService(executor)
            val gateway = Gateway.builder(target, on).retries(5, Duration.ofMillis(1)).build()
            val whole = Sampler.builder(target).small().build().samples(0, 8).collectList().block()!!
            Sampler.builder(gateway).small().build().samples(0, 8).collectList().block(Duration.ofSeconds(LONG))!!
                .map { it.bits() } shouldBe whole.map { it.bits() }
        } finally {
            executor.shutdownNow()
        }
    }

    "a full scheduler fails samples, and the gateway continues" {
        val on = Schedulers.newBoundedElastic(1, 1, "full", 60, true)
        val model = Occupied()
        try {
            val first = Sampler.builder(Gateway.builder(model, on).build()).small().build().samples(0, 8).end()
            model.entered.await(LONG, TimeUnit.SECONDS) shouldBe true
            val queueIsEmpty = CountDownLatch(1)
            on.schedule { queueIsEmpty.countDown() }
            val gateway = Gateway.builder(target, on).build()
            val refused = Sampler.builder(gateway).small().build().samples(0, 8).collectList()
                .block(Duration.ofSeconds(LONG))!!
            for (sample in refused) {
                sample.certificate().failure()!!.cause().shouldBeInstanceOf<RejectedExecutionException>()
                    .message!! shouldContain "rejected a task"
            }
            model.leave.countDown()
            first.over.await(LONG, TimeUnit.SECONDS) shouldBe true
            first.error.shouldBeNull()
            // The first stream may end before the thread takes the task that fills the queue.
            queueIsEmpty.await(LONG, TimeUnit.SECONDS) shouldBe true
            val whole = Sampler.builder(target).small().build().samples(0, 8).collectList().block()!!
            Sampler.builder(gateway).small().build().samples(0, 8).collectList().block(Duration.ofSeconds(LONG))!!
                .map { it.bits() } shouldBe whole.map { it.bits() }
        } finally {
            on.dispose()
        }
    }

    "no error is dropped when several rails detect that their scheduler was disposed of" {
        val dropped = ConcurrentLinkedQueue<Throwable>()
        Hooks.onErrorDropped { dropped.add(it) }
        try {
            repeat(5) {
                val on = Schedulers.newParallel("gone", 2, true)
                val end = Sampler.builder(target).small().parallelism(4, on).build().samples().end()
                end.first.await(LONG, TimeUnit.SECONDS) shouldBe true
                on.dispose()
                end.over.await(LONG, TimeUnit.SECONDS) shouldBe true
            }
            dropped.shouldBeEmpty()
        } finally {
            Hooks.resetOnErrorDropped()
        }
    }
})
