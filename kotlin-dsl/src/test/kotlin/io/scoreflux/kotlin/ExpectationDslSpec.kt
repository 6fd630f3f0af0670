package io.scoreflux.kotlin

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.scoreflux.Estimate.Status
import io.scoreflux.Expectation
import io.scoreflux.ExpectationBuilder
import io.scoreflux.Statistic
import io.scoreflux.solve.fixedstep.Scheme
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import kotlin.math.abs
import kotlin.math.sin

private val law = gaussianMixtureOf {
    component(0.6, doubleArrayOf(-1.0, 0.0), std = 0.3)
    component(0.4, doubleArrayOf(1.2, 0.5), std = 0.4)
}

private fun lawOf(more: SamplerScope.() -> Unit = {}) = sampler {
    target { denoiser(law) }
    reverseProcess { from(20.0).to(0.02) }
    more()
}

class ExpectationDslSpec : StringSpec({
    "estimates are those of the Java builder, for all settings" {
        val sampler = lawOf { seed = 3 }
        val sine = { x: DoubleArray -> sin(x[0]) }
        val pairs = listOf<Pair<ExpectationScope.() -> Unit, ExpectationBuilder.() -> Unit>>(
            Pair(
                {
                    statistic { it[0] }
                    within(0.1)
                },
                { statistic(Statistic.coordinate(0)).within(0.1) },
            ),
            Pair(
                {
                    statistic(bounds = -1.0..1.0, lipschitz = 1.0, function = sine)
                    indicator(lipschitz = 2.0) { 2 * it[0] }
                    statistic(Statistic.coordinate(1))
                    within(0.1, 0.2, 0.3)
                    confidence = 0.9
                    controlVariates = false
                },
                {
                    statistic(Statistic.of(sine).bounds(-1.0, 1.0).lipschitz(1.0))
                        .statistic(Statistic.indicator { 2 * it[0] }.lipschitz(2.0))
                        .statistic(Statistic.coordinate(1))
                        .within(0.1, 0.2, 0.3).confidence(0.9).controlVariates(false)
                },
            ),
            Pair(
                {
                    indicator { it[0] }
                    within(0.1)
                    exact()
                    maxSamples = 200
                },
                { statistic(Statistic.indicator { it[0] }).within(0.1).exact().maxSamples(200) },
            ),
            Pair(
                {
                    statistic { it[0] }
                    within(0.1)
                    levels(1e-2, 1e-4)
                },
                { statistic(Statistic.coordinate(0)).within(0.1).levels(1e-2, 1e-4) },
            ),
            Pair(
                {
                    statistic { it[0] }
                    within(0.1)
                    quasiRandom()
                },
                { statistic(Statistic.coordinate(0)).within(0.1).quasiRandom() },
            ),
        )
        for ((row, pair) in pairs.withIndex()) {
            val (words, calls) = pair
            withClue("row $row") {
                expectation(sampler, words).awaitEstimate() shouldBe
                    Expectation.builder(sampler).apply(calls).build().estimate().block()
            }
        }
    }

    "running estimates end with the final one, whose interval contains the expectation" {
        val sampler = lawOf { fixedStep(Scheme.UNIPC, 20) }
        val wanted = expectation(sampler) {
            statistic { it[0] }
            within(0.05)
            // The interval misses with a probability of .001.
            confidence = 0.999
        }
        // A slow collector may miss running estimates, so their number is unknown.
        val all = wanted.estimatesAsFlow().toList()
        all.dropLast(1).forEach { it.status() shouldBe Status.RUNNING }
        all.last().status() shouldBe Status.WITHIN
        all.map { it.samples() } shouldBe all.map { it.samples() }.sorted().distinct()
        // The mean of the components.
        abs(all.last().value() + 0.12) shouldBeLessThanOrEqual all.last().values().single().total()
        all.last() shouldBe wanted.awaitEstimate(Dispatchers.Unconfined)
    }

    "estimates arrive while samples are computed" {
        val computing = CompletableDeferred<Unit>()
        val calls = AtomicInteger()
        val sampler = sampler {
            target {
                denoiser(dimension = 1) { z, sigma, out ->
                    calls.incrementAndGet()
                    // The sampling cannot end before the first estimate has been collected.
                    if (calls.get() > 64 * 20 * 4) runBlocking { computing.await() }
                    out[0] = z[0] / (1 + sigma * sigma)
                }
                radius = 1.0
            }
            reverseProcess { from(20.0).to(0.02) }
            fixedStep(Scheme.UNIPC, 20)
            engine { concurrency = 16 }
        }
        val all = expectation(sampler) {
            statistic { it[0] }
            within(0.05)
        }.estimatesAsFlow()
        var collected = 0
        all.collect {
            if (collected++ == 0) {
                it.isFinal.shouldBeFalse()
                computing.complete(Unit)
            }
        }
        collected shouldBeGreaterThan 1
    }

    "when the coroutine is cancelled, the computation ends" {
        val threads = Executors.newSingleThreadExecutor()
        val calls = AtomicInteger()
        val begun = CompletableDeferred<Unit>()
        val sampler = sampler {
            target {
                denoiser(dimension = 1) { z, sigma, out ->
                    if (calls.incrementAndGet() == 100) begun.complete(Unit)
                    out[0] = z[0] / (1 + sigma * sigma)
                }
                radius = 1.0
            }
            reverseProcess { from(20.0).to(0.02) }
        }
        // It takes hundreds of millions of samples.
        val endless = expectation(sampler) {
            statistic { it[0] }
            within(1e-4)
            maxSamples = 1_000_000_000_000
        }
        threads.asCoroutineDispatcher().use { dispatcher ->
            val ways = listOf<suspend () -> Unit>(
                {
                    coroutineScope {
                        val job = launch { endless.awaitEstimate(dispatcher) }
                        begun.await()
                        job.cancelAndJoin()
                    }
                },
                { endless.estimatesAsFlow(dispatcher).first().isFinal.shouldBeFalse() },
            )
            for (way in ways) {
                way()
                // The only thread takes another task when the computation has ended.
                val after = withContext(dispatcher) { calls.get() }
                withContext(dispatcher) { calls.get() } shouldBe after
            }
        }
    }

    "a suspending denoiser runs in the context of the collector" {
        val names = ConcurrentHashMap.newKeySet<String>()
        val sampler = sampler {
            target {
                suspendingDenoiser(dimension = 1) { rows ->
                    names += currentCoroutineContext()[CoroutineName]?.name.orEmpty()
                    DoubleArray(rows.count()) { rows.values()[it] / (1 + rows.sigma(it) * rows.sigma(it)) }
                }
                radius = 1.0
            }
            reverseProcess { from(20.0).to(0.02) }
        }
        withContext(CoroutineName("collector")) {
            expectation(sampler) {
                statistic { it[0] }
                within(0.3)
            }.awaitEstimate().values() shouldHaveSize 1
        }
        names shouldBe setOf("collector")
    }
})
