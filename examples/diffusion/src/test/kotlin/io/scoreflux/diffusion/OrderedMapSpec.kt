package io.scoreflux.diffusion

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import io.kotest.property.Arb
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.list
import io.kotest.property.checkAll
import org.reactivestreams.Subscription
import reactor.core.CoreSubscriber
import reactor.core.Disposable
import reactor.core.Disposables
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import reactor.test.publisher.TestPublisher
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicReference
import java.util.function.Function
import kotlin.concurrent.thread

/** Keeps tasks until the test runs them. */
private class Queued : Scheduler {
    val tasks = mutableListOf<Runnable>()

    override fun schedule(task: Runnable): Disposable {
        tasks += task
        return Disposables.single()
    }

    override fun createWorker(): Scheduler.Worker = throw UnsupportedOperationException()
}

class OrderedMapSpec :
    StringSpec({
        fun <T : Any, R : Any> Flux<T>.mapped(concurrency: Int, function: (T) -> R): Flux<R> =
            OrderedMap(this, Function(function), concurrency, Schedulers.parallel())

        "requests from the source exactly what was requested from it, however many may run at once" {
            for (concurrency in listOf(1, 4)) {
                val source = TestPublisher.create<Int>()
                val requests = mutableListOf<Long>()
                val flux =
                    OrderedMap(
                        source.flux().doOnRequest { requests += it },
                        Function { n: Int -> 2 * n },
                        concurrency,
                        Schedulers.immediate(),
                    )
                StepVerifier.create(flux, 0)
                    .then { requests shouldBe emptyList() }
                    .thenRequest(2)
                    .then { requests shouldBe listOf(2L) }
                    .then { source.next(1) }
                    .expectNext(2)
                    .then { requests shouldBe listOf(2L) }
                    .thenRequest(10)
                    .then { requests shouldBe listOf(2L, 10L) }
                    .then { source.next(2, 3) }
                    .expectNext(4, 6)
                    .then { requests shouldBe listOf(2L, 10L) }
                    .thenCancel()
                    .verify()
            }
        }

        "schedules no more at once than allowed if more were requested" {
            val scheduler = Queued()
            val results = mutableListOf<Int>()
            OrderedMap(Flux.range(0, 10), Function { n: Int -> 2 * n }, 4, scheduler).subscribe { results += it }
            scheduler.tasks.size shouldBe 4
            // A result that waits for an earlier one keeps its place.
            scheduler.tasks.let { it.removeAt(it.lastIndex) }.run()
            scheduler.tasks.size shouldBe 3
            while (scheduler.tasks.isNotEmpty()) {
                scheduler.tasks.removeAt(0).run()
                scheduler.tasks.size shouldBeLessThanOrEqual 4
            }
            results shouldBe (0..9).map { 2 * it }
        }

        "delivers in order and runs at most as many at once as allowed" {
            checkAll(20, Arb.list(Arb.int(0..50), 0..60), Arb.int(1..5)) { values, concurrency ->
                val running = AtomicInteger()
                val most = AtomicInteger()
                val results =
                    Flux.fromIterable(values)
                        .mapped(concurrency) { n ->
                            most.accumulateAndGet(running.incrementAndGet(), ::maxOf)
                            // Work of different length, so that later values can be ready first.
                            var sum = 0.0
                            repeat(n * 2000) { sum += kotlin.math.sqrt(it.toDouble()) }
                            running.decrementAndGet()
                            if (sum < 0) -1 else n
                        }
                        .collectList()
                        .block()
                results shouldBe values
                most.get() shouldBeLessThanOrEqual concurrency
            }
        }

        "ends with the error of a value after the results before it, and cancels the source" {
            val source = TestPublisher.create<Int>()
            val flux =
                OrderedMap(
                    source.flux(),
                    Function { n: Int -> if (n == 3) throw IllegalStateException("three") else n },
                    8,
                    Schedulers.immediate(),
                )
            StepVerifier.create(flux)
                .then { source.next(1, 2, 3) }
                .expectNext(1, 2)
                .expectErrorMessage("three")
                .verify()
            source.assertCancelled()
        }

        "delivers what was under way before an error of the source" {
            Flux.range(0, 5).concatWith(Flux.error(IllegalStateException("source"))).mapped(3) { it }.let {
                StepVerifier.create(it).expectNext(0, 1, 2, 3, 4).expectErrorMessage("source").verify()
            }
        }

        "delivers a fatal error, on any thread" {
            for (scheduler in listOf(Schedulers.immediate(), Schedulers.single())) {
                for (fatal in listOf(NoClassDefFoundError("none"), OutOfMemoryError("simulated"))) {
                    val flux =
                        OrderedMap(
                            Flux.range(0, 3),
                            Function { n: Int ->
                                if (n ==
                                    1
                                ) {
                                    throw fatal
                                } else {
                                    n
                                }
                            },
                            2,
                            scheduler,
                        )
                    StepVerifier.create(flux).expectNext(0).expectErrorMatches { it === fatal }.verify()
                }
            }
        }

        "ends with the error of a scheduler that was closed" {
            val closed = Schedulers.newSingle("closed").also { it.dispose() }
            StepVerifier.create(OrderedMap(Flux.range(0, 3), Function { n: Int -> n }, 2, closed))
                .expectError(RejectedExecutionException::class.java)
                .verify()
        }

        "refuses a request of 0, and cancels the source" {
            val source = TestPublisher.create<Int>()
            val flux = OrderedMap(source.flux(), Function { n: Int -> n }, 2, Schedulers.immediate())
            val error = AtomicReference<Throwable>()
            flux.subscribe(
                object : CoreSubscriber<Int> {
                    override fun onSubscribe(subscription: Subscription) = subscription.request(0)

                    override fun onNext(value: Int) = Unit

                    override fun onError(thrown: Throwable) = error.set(thrown)

                    override fun onComplete() = Unit
                },
            )
            error.get().shouldBeInstanceOf<IllegalArgumentException>()
            source.assertCancelled()
        }

        "discards values whose work has not begun when it is cancelled" {
            val scheduler = Queued()
            val begun = AtomicInteger()
            val discarded = mutableListOf<Int>()
            val subscription =
                OrderedMap(Flux.range(0, 10), Function { n: Int -> begun.incrementAndGet() + n }, 4, scheduler)
                    .doOnDiscard(Int::class.javaObjectType) { discarded += it }
                    .subscribe()
            subscription.dispose()
            discarded shouldBe listOf(4, 5, 6, 7, 8, 9)
            while (scheduler.tasks.isNotEmpty()) scheduler.tasks.removeAt(0).run()
            begun.get() shouldBe 0
            discarded.sorted() shouldBe (0..9).toList()
        }

        "discards what waits after an error" {
            val scheduler = Queued()
            val discarded = mutableListOf<Int>()
            val error = AtomicReference<Throwable>()
            OrderedMap(
                Flux.range(0, 5),
                Function { n: Int -> if (n == 0) throw IllegalStateException("zero") else n + 1000 },
                3,
                scheduler,
            ).doOnDiscard(Int::class.javaObjectType) { discarded += it }.subscribe({}, error::set)
            // The result of 1 is ready before the error, the work of 2 begins after it, and 3 and 4 wait.
            scheduler.tasks.removeAt(1).run()
            while (scheduler.tasks.isNotEmpty()) scheduler.tasks.removeAt(0).run()
            error.get().message shouldBe "zero"
            discarded.sorted() shouldBe listOf(2, 3, 4, 1001)
        }

        "drops what the source delivers after its end" {
            val late = TestPublisher.createNoncompliant<Int>(TestPublisher.Violation.CLEANUP_ON_TERMINATE)
            StepVerifier.create(OrderedMap(late.flux(), Function { n: Int -> n }, 2, Schedulers.immediate()))
                .then { late.complete() }
                .then { late.error(IllegalStateException("late")) }
                .then { late.next(7) }
                .expectComplete()
                .verifyThenAssertThat()
                .hasDroppedErrorWithMessage("late")
                .hasDropped(7)
        }

        "delivers or discards each value once, whenever it is cancelled" {
            for (seed in 0 until 100) {
                val pool = Executors.newFixedThreadPool(2)
                val emitted = ConcurrentLinkedQueue<Int>()
                val ends = ConcurrentLinkedQueue<Int>()
                val last = seed % 8
                val flux =
                    OrderedMap(
                        Flux.range(0, 8).doOnNext { emitted += it },
                        Function { n: Int -> n + 1000 },
                        1 + seed % 3,
                        Schedulers.fromExecutorService(pool),
                    ).doOnDiscard(Int::class.javaObjectType) { ends += it }
                val cancelled = CountDownLatch(1)
                val failure = AtomicReference<Throwable>()
                flux.subscribe(
                    object : BaseSubscriber<Int>() {
                        override fun hookOnNext(value: Int) {
                            ends += value
                            if (value == 1000 + last) {
                                // Another thread cancels, while this one delivers.
                                thread {
                                    try {
                                        cancel()
                                    } catch (e: RuntimeException) {
                                        failure.set(e)
                                    }
                                    cancelled.countDown()
                                }
                            }
                        }
                    },
                )
                cancelled.await()
                pool.shutdown()
                pool.awaitTermination(1, TimeUnit.MINUTES) shouldBe true
                failure.get() shouldBe null
                ends.map { it % 1000 }.sorted() shouldBe emitted.toList()
            }
        }
    })
