package io.scoreflux.stream

import io.scoreflux.logconcave.AsyncLogConcave
import io.scoreflux.logconcave.Draw
import io.scoreflux.logconcave.ProximalSampler
import io.scoreflux.logconcave.standardNormal
import io.scoreflux.state.Rows
import org.reactivestreams.Publisher
import org.reactivestreams.tck.PublisherVerification
import org.reactivestreams.tck.TestEnvironment
import reactor.core.publisher.Mono
import reactor.core.scheduler.Schedulers

private val gradient = standardNormal(2)

private val elsewhere = Schedulers.newSingle("gradient", true)

private val async = object : AsyncLogConcave {
    override fun dimension() = 2

    override fun gradient(at: Rows): Publisher<DoubleArray> = Mono
        .fromCallable { DoubleArray(at.count() * 2).also { gradient.gradient(at, it) } }
        .subscribeOn(elsewhere)
}

/** `ProximalSampler.draws` under the Reactive Streams TCK: one chain. The first request searches for the mode. */
abstract class DrawsVerification : PublisherVerification<Draw>(TestEnvironment(500, 100)) {
    abstract fun sampler(): ProximalSampler

    override fun createPublisher(elements: Long): Publisher<Draw> = sampler().draws(elements)

    override fun createFailedPublisher(): Publisher<Draw>? = null
}

/** On the subscriber's thread. */
class DrawsTck : DrawsVerification() {
    override fun sampler(): ProximalSampler =
        ProximalSampler.builder(gradient).chains(1).burnIn(8).prefetch(3).build()
}

/** Calls run on another thread. */
class DrawsAsyncTck : DrawsVerification() {
    override fun sampler(): ProximalSampler = ProximalSampler.builder(async).chains(1).burnIn(8).build()
}

/** In rails on other threads. */
class DrawsInRailsTck : DrawsVerification() {
    private val lanes = Schedulers.newParallel("lane", 2, true)

    override fun sampler(): ProximalSampler =
        ProximalSampler.builder(gradient).chains(1).burnIn(8).parallelism(2, lanes).build()
}
