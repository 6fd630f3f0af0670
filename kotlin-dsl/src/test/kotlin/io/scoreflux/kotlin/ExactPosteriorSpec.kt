package io.scoreflux.kotlin

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.shouldBe
import io.scoreflux.error.SampleFailedException
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture.Component
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.LabelledMixture.Labelled
import io.scoreflux.model.Observation
import io.scoreflux.posterior.Island
import io.scoreflux.posterior.Posterior
import io.scoreflux.posterior.PosteriorBuilder
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import reactor.core.publisher.Mono
import kotlin.math.exp

/** The case of docs/posteriors.md: the weight of the upper mode is 0.98839, so the mean is 0.97678. */
private val modes = gaussianMixtureOf {
    component(0.5, doubleArrayOf(-1.0, -1.0), std = 0.3)
    component(0.5, doubleArrayOf(1.0, 1.0), std = 0.3)
}

private fun upperMode(of: Denoiser = modes, settings: ExactPosteriorScope.() -> Unit = {}): Posterior = exactPosterior {
    target { denoiser(of) }
    observe { pixels(intArrayOf(1), doubleArrayOf(0.4), noise = 0.3) }
    reverseProcess { from(30.0).to(0.02) }
    particles = 32
    settings()
}

private fun java(observation: Observation, of: Denoiser = modes, settings: PosteriorBuilder.() -> Unit = {}) =
    Posterior.builder(of, observation).noiseRange(30.0, 0.02).particles(32).apply(settings).build()

private val seen = Observation.pixels(intArrayOf(1), doubleArrayOf(0.4), 0.3)

private fun bits(island: Island) = List(island.particles()) { j ->
    island.state(j).map(Double::toRawBits) to island.weight(j).toRawBits()
} to island.logEvidence().toRawBits()

private suspend fun bits(posterior: Posterior) = posterior.asFlow(1, 3).toList().map(::bits)

private fun javaBits(posterior: Posterior) = posterior.islands(1, 3).collectList().block()!!.map(::bits)

private fun answers(rows: Rows): DoubleArray = DoubleArray(2 * rows.count()).also { modes.denoise(rows, it) }

class ExactPosteriorSpec : StringSpec({
    "the mean of the documented case is within its interval" {
        val summary = upperMode { particles = 256 }.awaitSummary(islands = 8)
        val ratio = exp(-0.5 * (1.4 * 1.4 - 0.6 * 0.6) / 0.18)
        val exact = (1 - ratio) / (1 + ratio)
        exact shouldBe (0.9768 plusOrMinus 1e-4)
        // The interval misses the exact value with a probability of 0.05. The seed is fixed.
        val mean = summary.mean(0)
        exact.shouldBeBetween(mean.lower(), mean.upper(), 0.0)
        (mean.upper() - mean.lower()).shouldBeBetween(0.0, 0.1, 0.0)
        summary.warnings().shouldBeEmpty()
    }

    "a summary takes as many islands as a half-width needs" {
        val posterior = upperMode { particles = 16 }
        val summary = posterior.awaitSummary(within = 0.2, most = 64) { it[0] }
        val mean = summary.mean(0)
        (mean.upper() - mean.value()).shouldBeBetween(0.0, 0.2, 0.0)
        mean shouldBe posterior.summary(summary.islands()).block()!!.mean(0)
    }

    "each word sets the same as in Java" {
        bits(upperMode()) shouldBe javaBits(java(seen))
        bits(upperMode { seed = 5 }) shouldBe javaBits(java(seen) { seed(5) })
        bits(upperMode { guided = false }) shouldBe javaBits(java(seen) { guided(false) })
        bits(upperMode { step = 0.4 }) shouldBe javaBits(java(seen) { step(0.4) })
        bits(upperMode { particles = 20 }) shouldBe javaBits(java(seen) { particles(20) })
        val labelled = LabelledMixture.of(
            listOf(
                Labelled(0, Component(1.0, doubleArrayOf(0.0, 1.0), Covariance.isotropic(0.3))),
                Labelled(1, Component(1.0, doubleArrayOf(2.0, 0.0), Covariance.isotropic(0.3))),
            ),
        )
        bits(upperMode(labelled) { label = 1 }) shouldBe javaBits(java(seen, labelled) { condition(Condition(1)) })
    }

    "each observation is the same as in Java" {
        fun kotlin(observation: ObserveScope.() -> Unit) = exactPosterior {
            target { denoiser(modes) }
            observe(observation)
            reverseProcess { from(30.0).to(0.02) }
            particles = 32
        }
        val matrix = arrayOf(doubleArrayOf(1.0, 0.5), doubleArrayOf(0.0, 1.0))
        val values = doubleArrayOf(0.7, 0.4)
        val noise = arrayOf(doubleArrayOf(0.09, 0.03), doubleArrayOf(0.03, 0.16))
        bits(kotlin { linear(matrix, values, noise = 0.3) }) shouldBe
            javaBits(java(Observation.linear(matrix, values, 0.3)))
        val correlated = javaBits(java(Observation.linear(matrix, values, Covariance.full(noise))))
        bits(kotlin { linear(matrix, values, covariance = Covariance.full(noise)) }) shouldBe correlated
        bits(kotlin { linear(matrix.toD2Array(), values, covariance = noise.toD2Array()) }) shouldBe correlated
        val groups = arrayOf(intArrayOf(0, 1))
        bits(kotlin { averages(2, groups, doubleArrayOf(0.5), noise = 0.2) }) shouldBe
            javaBits(java(Observation.averages(2, groups, doubleArrayOf(0.5), 0.2)))
    }

    "the engine changes no bits, and models that answer later give the same" {
        val expected = javaBits(java(seen))
        bits(
            upperMode {
                engine {
                    concurrency = 8
                    maxRows = 3
                    parallelism(2, Dispatchers.Default)
                }
            },
        ) shouldBe expected
        val moments = modes.moments().get()
        val suspending = exactPosterior {
            target { suspendingDenoiser(2, moments = moments) { answers(it) } }
            observe { pixels(intArrayOf(1), doubleArrayOf(0.4), noise = 0.3) }
            reverseProcess { from(30.0).to(0.02) }
            particles = 32
            engine { maxInFlight = 2 }
        }
        bits(suspending) shouldBe expected
        val shared = exactPosterior {
            target {
                gateway(
                    Gateway.builder(
                        object : io.scoreflux.model.AsyncDenoiser {
                            override fun dimension() = 2

                            override fun moments() = modes.moments()

                            override fun denoise(rows: Rows): Mono<DoubleArray> = Mono.fromSupplier { answers(rows) }
                        },
                    ).build(),
                )
            }
            observe { pixels(intArrayOf(1), doubleArrayOf(0.4), noise = 0.3) }
            reverseProcess { from(30.0).to(0.02) }
            particles = 32
        }
        bits(shared) shouldBe expected
    }

    "islands are computed on demand" {
        val calls = java.util.concurrent.atomic.AtomicLong()
        val counting = object : Denoiser {
            override fun dimension() = 2

            override fun moments() = modes.moments()

            override fun denoise(rows: Rows, out: DoubleArray) {
                calls.addAndGet(rows.count().toLong())
                modes.denoise(rows, out)
            }
        }
        val posterior = upperMode(counting)
        val islands = posterior.asFlow().take(2).toList()
        calls.get() shouldBe islands.sumOf { it.calls() } + posterior.pilotCalls().block()!!
    }

    "calls run in the collector's context, and a collector that is cancelled in the pilot does not end it for another" {
        val names = java.util.concurrent.ConcurrentHashMap.newKeySet<String?>()
        val called = CompletableDeferred<Unit>()
        val go = CompletableDeferred<Unit>()
        val posterior = exactPosterior {
            target {
                suspendingDenoiser(2, moments = modes.moments().get()) {
                    called.complete(Unit)
                    go.await()
                    names += currentCoroutineContext()[CoroutineName]?.name.orEmpty()
                    answers(it)
                }
            }
            observe { pixels(intArrayOf(1), doubleArrayOf(0.4), noise = 0.3) }
            reverseProcess { from(30.0).to(0.02) }
            particles = 32
        }
        withContext(Dispatchers.Default) {
            val first = launch(CoroutineName("first")) { posterior.asFlow().first() }
            called.await()
            val second = async(CoroutineName("second"), kotlinx.coroutines.CoroutineStart.UNDISPATCHED) {
                posterior.asFlow(1, 3).toList().map(::bits)
            }
            first.cancelAndJoin()
            go.complete(Unit)
            second.await() shouldBe javaBits(java(seen))
        }
        // The calls of the pilot have no context of a collector.
        names shouldBe setOf("", "second")
    }

    "particles and weights as Multik arrays" {
        val island = upperMode().asFlow().first()
        island.toD2Array().toRows().map { it.toList() } shouldBe List(32) { island.state(it).toList() }
        val weights = island.weightsToD1Array().toValues()
        weights.toList() shouldBe List(32) { island.weight(it) }
        weights.sum() shouldBe (1.0 plusOrMinus 1e-12)
    }

    "a failed island has no arrays" {
        val broken = object : Denoiser {
            override fun dimension() = 2

            override fun moments() = modes.moments()

            private var rows = 0L

            override fun denoise(rows: Rows, out: DoubleArray) {
                modes.denoise(rows, out)
                this.rows += rows.count()
                if (this.rows > limit) out[0] = Double.NaN
            }

            var limit = Long.MAX_VALUE
        }
        val posterior = upperMode(broken)
        posterior.pilotCalls().block()
        broken.limit = 0
        val island = posterior.asFlow().first()
        island.failed() shouldBe true
        shouldThrow<SampleFailedException> { island.toD2Array() }
        shouldThrow<SampleFailedException> { island.weightsToD1Array() }
    }
})
