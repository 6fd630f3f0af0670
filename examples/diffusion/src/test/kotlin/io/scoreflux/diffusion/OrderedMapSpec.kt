package io.scoreflux.diffusion

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.list
import io.kotest.property.checkAll
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import reactor.test.publisher.TestPublisher
import reactor.test.scheduler.VirtualTimeScheduler
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import java.util.function.Function

class OrderedMapSpec :
    StringSpec({
        fun <T : Any, R : Any> Flux<T>.mapped(concurrency: Int, function: (T) -> R): Flux<R> =
            OrderedMap(this, Function(function), concurrency, Schedulers.parallel())

        "requests from the source what was requested from it, and no more" {
            val source = TestPublisher.create<Int>()
            val requested = AtomicLong()
            val flux =
                OrderedMap(
                    source.flux().doOnRequest { requested.addAndGet(it) },
                    Function { n: Int -> 2 * n },
                    4,
                    Schedulers.immediate(),
                )
            StepVerifier.create(flux, 0)
                .then { requested.get() shouldBe 0 }
                .thenRequest(2)
                .then { requested.get() shouldBe 2 }
                .then { source.next(1) }
                .expectNext(2)
                .then { requested.get() shouldBe 2 }
                .thenRequest(10)
                // One of the first two is under way; at most four may be.
                .then { requested.get() shouldBe 5 }
                .then { source.next(2, 3) }
                .expectNext(4, 6)
                .then { requested.get() shouldBe 7 }
                .thenCancel()
                .verify()
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

        "discards values whose work has not begun when it is cancelled" {
            val scheduler = VirtualTimeScheduler.create()
            val begun = AtomicInteger()
            val flux = OrderedMap(Flux.range(0, 10), Function { n: Int -> begun.incrementAndGet() + n }, 4, scheduler)
            StepVerifier.create(flux, 10).thenCancel().verify()
            scheduler.advanceTime()
            begun.get() shouldBe 0
        }
    })
