package io.scoreflux.recipes

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.model.GaussianMixture
import org.apache.pekko.actor.ActorSystem
import org.apache.pekko.stream.javadsl.Sink
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

class PekkoSpec :
    StringSpec({
        val system = ActorSystem.create()
        afterSpec { system.terminate() }

        fun <T> CompletableFuture<T>.result() = get(1, TimeUnit.MINUTES)

        "the samples are those of the sampler, in order" {
            val expected = ring().build().samples(3, 40).collectList().block()!!
            val samples = PekkoRecipe.samples(ring().build(), 3, 40).runWith(Sink.seq(), system)
            samples.toCompletableFuture().result() shouldBe expected
        }

        "the demand of the stream reaches the sampler" {
            val sampler = ring().concurrency(1).build()
            val sink = PekkoRecipe.samples(sampler, 0, 1000).runWith(Sink.queue<Sample>(), system)
            for (k in 0L until 50) {
                sink.pull().toCompletableFuture().result().get().index() shouldBe k
                // The buffers of the source and of the queue.
                sampler.progress().delivered() shouldBeLessThanOrEqual k + 1 + 16 + 16
            }
            sink.cancel()
        }
    })

internal fun ring(): SamplerBuilder {
    val builder = GaussianMixture.builder(2)
    for (k in 0 until 8) {
        builder.component(1.0, doubleArrayOf(Math.cos(k * Math.PI / 4), Math.sin(k * Math.PI / 4)), 0.05)
    }
    return Sampler.builder(builder.build()).noiseRange(20.0, 0.005).seed(7)
}
