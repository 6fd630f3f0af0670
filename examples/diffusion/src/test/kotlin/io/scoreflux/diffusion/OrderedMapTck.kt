package io.scoreflux.diffusion

import org.reactivestreams.Publisher
import org.reactivestreams.tck.PublisherVerification
import org.reactivestreams.tck.TestEnvironment
import reactor.core.publisher.Flux
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import java.util.concurrent.Callable
import java.util.function.BiFunction
import java.util.function.Function

/** `OrderedMap` under the Reactive Streams TCK. */
abstract class OrderedMapVerification(private val scheduler: Scheduler, private val concurrency: Int) :
    PublisherVerification<Long>(TestEnvironment(500, 100)) {
    override fun createPublisher(elements: Long): Publisher<Long> {
        val source =
            Flux.generate<Long, Long>(
                Callable { 0L },
                BiFunction { index, sink ->
                    if (index < elements) sink.next(index) else sink.complete()
                    index + 1
                },
            )
        return OrderedMap(source, Function { n: Long -> 2 * n }, concurrency, scheduler)
    }

    override fun createFailedPublisher(): Publisher<Long> =
        OrderedMap(
            Flux.error<Long>(IllegalStateException("source")),
            Function { n: Long -> n },
            concurrency,
            scheduler,
        )
}

/** On the subscriber's thread. */
class OrderedMapTck : OrderedMapVerification(Schedulers.immediate(), 1)

/** On other threads, several values at once. */
class OrderedMapInParallelTck : OrderedMapVerification(Schedulers.newParallel("map", 2, true), 3)
