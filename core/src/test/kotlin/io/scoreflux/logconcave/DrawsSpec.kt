package io.scoreflux.logconcave

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.state.Rows
import org.reactivestreams.Publisher
import reactor.core.publisher.Mono
import reactor.core.publisher.Sinks
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import java.time.Duration
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong
import kotlin.math.sinh

/** f = cosh x1 + cosh x2 + x1 x2 / 4, which is neither quadratic nor separable. */
private val target = logConcave(2) { x, out ->
    out[0] = sinh(x[0]) + x[1] / 4
    out[1] = sinh(x[1]) + x[0] / 4
}

private fun sampler(
    of: LogConcave = target,
    configure: ProximalSamplerBuilder.() -> Unit = {},
): ProximalSampler = ProximalSampler
    .builder(of)
    .burnIn(40)
    .seed(3)
    .apply(configure)
    .build()

private fun Draw.bits(): List<Any> = listOf(chain(), number()) + values().map { it.toRawBits() }

private fun Draw.gradients() = statistics().gradients() + statistics().burnInGradients()

class DrawsSpec : StringSpec({
    beforeSpec { StepVerifier.setDefaultTimeout(Duration.ofSeconds(60)) }

    val expected = sampler().collect(12).map { it.bits() }

    "delivers draw by draw, and each draw for all chains in turn" {
        val draws = sampler { chains(3) }.collect(4)
        draws.map { it.index() } shouldContainExactly (0L until 12).toList()
        draws.map { it.chain() } shouldContainExactly List(4) { listOf(0, 1, 2) }.flatten()
        draws.map { it.number() } shouldContainExactly List(12) { it / 3L }
    }

    "is cold, and calls no gradient before a request" {
        val watched = Watched(target)
        val flux = sampler(watched).draws(3)
        watched.calls.get() shouldBe 0
        StepVerifier
            .create(flux, 0)
            .then { watched.calls.get() shouldBe 0 }
            .thenRequest(5)
            .expectNextCount(5)
            .thenCancel()
            .verify()
        flux.map { it.bits() }.collectList().block()!! shouldContainExactly expected.take(12)
    }

    "computes no gradient beyond the requested draws and the prefetch" {
        for ((readAhead, started) in listOf(0 to 6, 3 to 9)) {
            val watched = Watched(target)
            val sampler = sampler(watched) { prefetch(readAhead) }
            val mode = sampler.mode().block()!!.gradients()
            watched.rows.get() shouldBe mode
            StepVerifier
                .create(sampler.draws(), 6)
                .expectNextCount(6)
                .then {
                    // Six draws were requested. When they are complete, prefetched draws stop.
                    val full = sampler().collect(3).take(started).sumOf { it.gradients() }
                    val drawn = watched.rows.get() - mode - sampler.pilotGradients()
                    drawn shouldBeLessThanOrEqual full
                    if (readAhead == 0) drawn shouldBe full
                }.thenCancel()
                .verify()
        }
    }

    "counts every gradient in the draws" {
        val watched = Watched(target)
        val sampler = sampler(watched) { chains(5) }
        val draws = sampler.collect(20)
        sampler.pilotGradients() shouldBeGreaterThan 0
        watched.rows.get() shouldBe
            draws.sumOf { it.gradients() } + sampler.mode().block()!!.gradients() + sampler.pilotGradients()
    }

    "merges the queries of all chains into calls" {
        val watched = Watched(target)
        val sampler = sampler(watched) { chains(64) }
        // The first run includes the pilot of 16 chains.
        sampler.collect(1)
        val calls = watched.calls.get()
        val rows = watched.rows.get()
        sampler.collect(50)
        // Each call has at least 50 rows: 64 chains, and only the slowest are waited for, at the end.
        (watched.calls.get() - calls) * 50L shouldBeLessThanOrEqual watched.rows.get() - rows
    }

    "draw k of chain c depends on seed, c and k, and not on other settings of the run" {
        sampler { chains(2) }.collect(12).map { it.bits() } shouldContainExactly expected.filter { (it[0] as Int) < 2 }
        sampler { chains(2).firstChain(2) }.collect(12).map { it.bits() } shouldContainExactly
            expected.filter { (it[0] as Int) >= 2 }
        sampler { maxRows(1) }.collect(12).map { it.bits() } shouldContainExactly expected
        sampler { prefetch(0) }.draws(12).limitRate(1).map { it.bits() }.collectList().block()!! shouldContainExactly
            expected
        val lanes = Schedulers.newParallel("lanes", 2)
        sampler { parallelism(2, lanes) }.collect(12).map { it.bits() } shouldContainExactly expected
        lanes.dispose()
        (sampler { seed(4) }.collect(12).map { it.bits() } == expected) shouldBe false
    }

    "gives the same draws with an asynchronous gradient" {
        val async = object : AsyncLogConcave {
            override fun dimension() = 2

            override fun gradient(at: Rows): Publisher<DoubleArray> = Mono
                .fromCallable { DoubleArray(at.count() * 2).also { target.gradient(at, it) } }
                .subscribeOn(Schedulers.parallel())
        }
        val sampler = ProximalSampler.builder(async).burnIn(40).seed(3).build()
        sampler.collect(12).map { it.bits() } shouldContainExactly expected
    }

    "searches for the mode once for all subscribers of an asynchronous gradient" {
        val rows = AtomicLong()
        val gate = Sinks.empty<Void>()
        val async = object : AsyncLogConcave {
            override fun dimension() = 2

            override fun gradient(at: Rows): Publisher<DoubleArray> {
                rows.addAndGet(at.count().toLong())
                val answers = DoubleArray(at.count() * 2).also { target.gradient(at, it) }
                return gate.asMono().thenReturn(answers)
            }
        }
        val sampler = ProximalSampler.builder(async).build()
        val waiting = List(3) { sampler.mode().toFuture() }
        gate.tryEmitEmpty()
        val modes = waiting.map { it.get(60, TimeUnit.SECONDS)!! }
        rows.get() shouldBe modes[0].gradients()
        modes.map { it.point().toList() }.toSet().size shouldBe 1
    }

    "resumes from saved states with the same bits" {
        val sampler = sampler()
        val first = sampler.collect(5)
        val states = first.takeLast(4).map { it.state() }
        val rest = sampler.resume(states, 12).collectList().block()!!
        (first + rest).map { it.bits() } shouldContainExactly expected
        sampler.resume(states, 5).collectList().block()!!.size shouldBe 0
        shouldThrow<IllegalArgumentException> { sampler.resume(first.take(3).map { it.state() }, 9) }
            .message!! shouldContain "states must contain one state for each of the 4 chains, was 3"
        shouldThrow<IllegalArgumentException> { sampler.resume(first.subList(3, 7).map { it.state() }, 9) }
            .message!! shouldContain "must be the state of chain 0"
    }

    "delivers only every n-th step with thinning" {
        val each = sampler { thinning(1) }.collect(12).filter { it.number() % 3 == 2L }
        val third = sampler { thinning(3) }.collect(4)
        third.map { it.values().toList() } shouldContainExactly each.map { it.values().toList() }
    }

    "uses a given mode and does not search for one" {
        val watched = Watched(target)
        val mode = sampler().mode().block()!!
        val sampler = sampler(watched) { mode(mode) }
        val draws = sampler.collect(12)
        draws.map { it.bits() } shouldContainExactly expected
        watched.rows.get() shouldBe draws.sumOf { it.gradients() } + sampler.pilotGradients()
    }

    "an empty stream completes without a request" {
        StepVerifier.create(sampler().draws(0), 0).verifyComplete()
    }

    "summarizes a run while it continues" {
        val early = sampler().collect(3).summary(4, 2)
        early.draws() shouldBe 12L
        early.warnings()[0].setting() shouldBe "split R-hat"
        early.warnings()[1].setting() shouldBe "the effective sample size"
        sampler { burnIn(200).safety(8.0) }.collect(6000).summary(4, 2).warnings() shouldBe emptyList()
    }

    "rejects states of another sampler, with the reason" {
        val line = standardNormal(1)

        fun of(target: LogConcave = line, configure: ProximalSamplerBuilder.() -> Unit = {}) =
            plain(target) { chains(1).burnIn(10).apply(configure) }
        val state = listOf(of().collect(5).last().state())
        of().resume(state, 6).collectList().block()!!.size shouldBe 1
        for (burnIn in listOf(15, 100)) {
            shouldThrow<IllegalArgumentException> { of { burnIn(burnIn) }.resume(state, 9) }.message!! shouldContain
                "whose burnIn is $burnIn and thinning is 1, was after step 15"
        }
        shouldThrow<IllegalArgumentException> { of { thinning(2) }.resume(state, 9) }.message!! shouldContain
            "thinning is 2"
        val foreign = listOf<ProximalSamplerBuilder.() -> Unit>(
            { seed(1) },
            { step(5.0) },
            { burnIn(12) },
            { safety(5.0) },
            { preconditioner(Preconditioner.diagonal(2.0)) },
            { curvature(Curvature.diagonal(0.5)) },
            { term(ConvexTerm.box(doubleArrayOf(-9.0), doubleArrayOf(9.0))) },
            { term(ConvexTerm.l1(1.0)) },
        )
        for (configure in foreign) {
            shouldThrow<IllegalArgumentException> { of(configure = configure).resume(state, 9).blockLast() }
                .message!! shouldContain "must come from a sampler of the same target, term, seed and settings"
        }
    }
})
