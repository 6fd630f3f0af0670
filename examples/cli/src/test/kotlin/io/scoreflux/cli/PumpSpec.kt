package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.scoreflux.Sampler
import io.scoreflux.model.GaussianMixture
import java.util.concurrent.atomic.AtomicInteger

class PumpSpec :
    StringSpec({
        val gaussian = GaussianMixture.builder(1).component(1.0, 1.0, 0.0).build()

        "asks for one sample, then for 16, then keeps a window of 256 filled by 64" {
            val requests = mutableListOf<Long>()
            val delivered = mutableListOf<Long>()
            val samples = Sampler.builder(gaussian).noiseRange(10.0, 0.1).build().samples(0, 200)
            Pump.run(samples.doOnRequest { requests += it }) { delivered += it.index() }
            requests shouldContainExactly listOf(1L, 16L, 256L, 64L, 64L)
            delivered shouldContainExactly (0L until 200).toList()
        }

        "delivers the first sample before more than the read-ahead has been computed" {
            val rows = AtomicInteger()
            val counting = After(gaussian) { batch, _ -> rows.accumulateAndGet(batch.count(), ::maxOf) }
            var most = 0
            Pump.run(Sampler.builder(counting).noiseRange(10.0, 0.1).readAhead(0).build().samples(0, 50)) {
                if (it.index() == 0L) most = rows.getAndSet(0)
            }
            val alone = After(gaussian) { batch, _ -> rows.accumulateAndGet(batch.count(), ::maxOf) }
            rows.set(0)
            Pump.run(Sampler.builder(alone).noiseRange(10.0, 0.1).readAhead(0).build().samples(0, 1)) {}
            most shouldBe rows.get()
        }
    })
