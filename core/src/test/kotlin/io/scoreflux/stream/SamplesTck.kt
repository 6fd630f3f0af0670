package io.scoreflux.stream

import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.bimodal
import io.scoreflux.model.Denoiser
import io.scoreflux.sampler
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows
import org.reactivestreams.Publisher
import org.reactivestreams.tck.PublisherVerification
import org.reactivestreams.tck.TestEnvironment
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers

/** `Sampler.samples` under the Reactive Streams TCK: the bounded stream, on the subscriber's thread. */
class SamplesTck : SamplesVerification(Order.BY_INDEX)

/** The same, with delivery as samples finish. */
class SamplesAsReadyTck : SamplesVerification(Order.AS_READY)

abstract class SamplesVerification(order: Order) : PublisherVerification<Sample>(TestEnvironment(500, 50)) {
    private val source = sampler(bimodal()) {
        solver(FixedStep(Scheme.EULER, 3))
        stages(2)
        concurrency(4)
        prefetch(3)
        order(order)
    }

    override fun createPublisher(elements: Long): Publisher<Sample> = source.samples(0, elements)

    /** No stream can fail before a request, so the TCK skips these tests. */
    override fun createFailedPublisher(): Publisher<Sample>? = null
}

/** Through a gateway whose calls run on another thread. */
class SamplesAsyncTck : SamplesElsewhereVerification(Order.BY_INDEX)

/** The same, with delivery as samples finish. */
class SamplesAsyncAsReadyTck : SamplesElsewhereVerification(Order.AS_READY)

abstract class SamplesElsewhereVerification(order: Order) : PublisherVerification<Sample>(TestEnvironment(500, 100)) {
    private val scheduler = Schedulers.newSingle("denoiser", true)
    private val source = Sampler
        .builder(Gateway.builder(bimodal(), scheduler).build())
        .noiseRange(20.0, 0.02)
        .solver(FixedStep(Scheme.EULER, 3))
        .stages(2)
        .concurrency(4)
        .prefetch(3)
        .order(order)
        .build()

    override fun createPublisher(elements: Long): Publisher<Sample> = source.samples(0, elements)

    override fun createFailedPublisher(): Publisher<Sample>? = null
}

/** In rails on other threads. */
class SamplesInRailsTck : PublisherVerification<Sample>(TestEnvironment(500, 100)) {
    private val scheduler = Schedulers.newParallel("lane", 2, true)
    private val source = sampler(bimodal()) {
        solver(FixedStep(Scheme.EULER, 3)).stages(2).concurrency(4).prefetch(3).parallelism(2, scheduler)
    }

    override fun createPublisher(elements: Long): Publisher<Sample> = source.samples(0, elements)

    override fun createFailedPublisher(): Publisher<Sample>? = null
}

/** From requests, whose publisher can fail before the first request. */
class SamplesByRequestsTck : PublisherVerification<Sample>(TestEnvironment(500, 50)) {
    private val source = sampler(bimodal()) { solver(FixedStep(Scheme.EULER, 3)).stages(2).concurrency(4).prefetch(3) }

    override fun createPublisher(elements: Long): Publisher<Sample> = source.samples(
        Flux.generate({ 0L }) { k, sink ->
            if (k < elements) sink.next(Request.of(0, k)) else sink.complete()
            k + 1
        },
    )

    override fun createFailedPublisher(): Publisher<Sample> = source.samples(Flux.error(Exception("failed")))
}

/** After a pilot, which the first request starts, on the subscriber's thread. */
class SamplesAfterPilotTck : PublisherVerification<Sample>(TestEnvironment(500, 50)) {
    private val mixture = bimodal()
    private val anonymous = object : Denoiser {
        override fun dimension() = 1

        override fun denoise(rows: Rows, out: DoubleArray) = mixture.denoise(rows, out)
    }

    override fun createPublisher(elements: Long): Publisher<Sample> =
        sampler(anonymous) {
            solver(FixedStep(Scheme.EULER, 3)).stages(2).concurrency(4).prefetch(3)
        }.samples(0, elements)

    override fun createFailedPublisher(): Publisher<Sample>? = null
}

/** After a pilot that waits for calls on another thread. */
class SamplesAfterPilotElsewhereTck : PublisherVerification<Sample>(TestEnvironment(500, 100)) {
    private val mixture = bimodal()
    private val anonymous = object : Denoiser {
        override fun dimension() = 1

        override fun denoise(rows: Rows, out: DoubleArray) = mixture.denoise(rows, out)
    }
    private val gateway = Gateway.builder(anonymous, Schedulers.newSingle("denoiser", true)).build()

    override fun createPublisher(elements: Long): Publisher<Sample> = Sampler
        .builder(gateway)
        .noiseRange(20.0, 0.02)
        .solver(FixedStep(Scheme.EULER, 3))
        .stages(2)
        .concurrency(4)
        .prefetch(3)
        .build()
        .samples(0, elements)

    override fun createFailedPublisher(): Publisher<Sample>? = null
}
