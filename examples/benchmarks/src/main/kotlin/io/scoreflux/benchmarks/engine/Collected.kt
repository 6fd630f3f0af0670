package io.scoreflux.benchmarks.engine

import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.kotlin.asFlow
import kotlinx.coroutines.runBlocking
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber

/** Consumers that take samples one by one. */
internal object Collected {
    /** Collects a Flow. */
    @JvmStatic
    fun flow(sampler: Sampler, samples: Long): Long = runBlocking {
        var sum = 0L
        sampler.asFlow(to = samples).collect { sum += it.index() }
        sum
    }

    /** Subscribes to the Flux and requests one sample at a time. */
    @JvmStatic
    fun flux(sampler: Sampler, samples: Long): Long {
        var sum = 0L
        sampler.samples(0, samples).subscribe(object : BaseSubscriber<Sample>() {
            override fun hookOnSubscribe(subscription: Subscription) = request(1)

            override fun hookOnNext(value: Sample) {
                sum += value.index()
                request(1)
            }
        })
        return sum
    }
}
