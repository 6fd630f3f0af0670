package io.scoreflux.cli.command

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sampler
import io.scoreflux.cli.After
import io.scoreflux.error.Failure
import io.scoreflux.error.SampleFailedException
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.stream.FaultPolicy
import reactor.core.scheduler.Schedulers
import java.io.IOException
import java.util.concurrent.atomic.AtomicInteger

class PumpSpec :
    StringSpec({
        val gaussian = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), 1.0).build()

        "asks for one sample, then for 16, then keeps a window of 256 filled by 64" {
            val requests = mutableListOf<Long>()
            val delivered = mutableListOf<Long>()
            val samples = Sampler.builder(gaussian).noiseRange(10.0, 0.1).build().samples(0, 200)
            Pump.run(samples.doOnRequest { requests += it }, 1) { delivered += it.index() }
            requests shouldContainExactly listOf(1L, 16L, 256L, 64L, 64L)
            delivered shouldContainExactly (0L until 200).toList()
        }

        "delivers the first sample before more than the read-ahead has been computed" {
            val rows = AtomicInteger()
            val counting = After(gaussian) { batch, _ -> rows.accumulateAndGet(batch.count(), ::maxOf) }
            var most = 0
            Pump.run(Sampler.builder(counting).noiseRange(10.0, 0.1).prefetch(0).build().samples(0, 50), 1) {
                if (it.index() == 0L) most = rows.getAndSet(0)
            }
            val alone = After(gaussian) { batch, _ -> rows.accumulateAndGet(batch.count(), ::maxOf) }
            rows.set(0)
            Pump.run(Sampler.builder(alone).noiseRange(10.0, 0.1).prefetch(0).build().samples(0, 1), 1) {}
            most shouldBe rows.get()
        }

        "several lanes: a window for each, all samples in order, on the workers" {
            val workers = Schedulers.newParallel("worker", 2, true)
            try {
                val requests = mutableListOf<Long>()
                val delivered = mutableListOf<Long>()
                val threads = HashSet<String>()
                val samples = Sampler.builder(
                    gaussian,
                ).noiseRange(10.0, 0.1).parallelism(2, workers).build().samples(0, 300)
                Pump.run(samples.doOnRequest { requests += it }, 2) {
                    delivered += it.index()
                    threads += Thread.currentThread().name.substringBefore('-')
                }
                requests shouldContainExactly listOf(1L, 16L, 512L, 128L, 128L)
                delivered shouldContainExactly (0L until 300).toList()
                threads.single() shouldBe "worker"
            } finally {
                workers.dispose()
            }
        }

        "exceptions of the sink and of the stream reach the waiting thread, from any thread" {
            val workers = Schedulers.newParallel("worker", 2, true)
            try {
                for (lanes in 1..2) {
                    fun sampler(target: Denoiser) = Sampler.builder(target).noiseRange(10.0, 0.1)
                        .faults(FaultPolicy.failStream())
                        .apply { if (lanes > 1) parallelism(lanes, workers) }
                        .build()
                    for (thrown in listOf(
                        IOException("full"),
                        IllegalStateException("odd"),
                        OutOfMemoryError("much"),
                    )) {
                        runCatching {
                            Pump.run(sampler(gaussian).samples(), lanes) { if (it.index() == 30L) throw thrown }
                        }.exceptionOrNull() shouldBe thrown
                    }
                    val broken = After(gaussian) { _, out -> out.fill(Double.NaN) }
                    val failed = runCatching { Pump.run(sampler(broken).samples(), lanes) {} }.exceptionOrNull()
                    failed.shouldBeInstanceOf<SampleFailedException>().failure().kind() shouldBe
                        Failure.Kind.NON_FINITE_ANSWER
                }
            } finally {
                workers.dispose()
            }
        }
    })
