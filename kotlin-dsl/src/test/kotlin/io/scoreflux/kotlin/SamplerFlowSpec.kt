package io.scoreflux.kotlin

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList

class SamplerFlowSpec : StringSpec({
    val target = GaussianMixture.builder(
        1,
    ).component(0.5, doubleArrayOf(-1.0), 0.2).component(0.5, doubleArrayOf(1.0), 0.2).build()
    var rows = 0
    val counting = object : Denoiser {
        override fun dimension() = 1

        override fun denoise(batch: Rows, out: DoubleArray) {
            rows += batch.count()
            target.denoise(batch, out)
        }
    }

    fun sampler() =
        Sampler
            .builder(counting)
            .noiseRange(20.0, 0.02)
            .radius(1.0)
            .solver(FixedStep(Scheme.HEUN, 8))
            .prefetch(0)
            .build()

    "the flow has the samples of the Flux, in order" {
        val expected = sampler().samples(2, 9).collectList().block()!!.map { it.values()[0] }
        sampler().asFlow(2, 9).map { it.values()[0] }.toList() shouldContainExactly expected
    }

    "traces and decoded states equal those of the Flux" {
        sampler().tracesAsFlow(1, 4).map { trace -> trace.points().map { it.z()[0] } }.toList() shouldBe
            sampler().traces(1, 4).map { trace -> trace.points().map { it.z()[0] } }.collectList().block()
        val states = arrayOf(doubleArrayOf(12.0), doubleArrayOf(-30.0))
        sampler().decodeAsFlow(states).map { it.values()[0] }.toList() shouldBe
            sampler().decode(states).map { it.values()[0] }.collectList().block()
    }

    "a refinement begins after the collector has processed the one before it" {
        rows = 0
        val refined = Sampler.builder(counting).noiseRange(20.0, 0.02).radius(1.0).build()
        val processed = mutableListOf<Sample>()
        refined.refinementsAsFlow(3, 1e-2, 1e-4).collect {
            processed += it
            rows.toLong() shouldBe processed.sumOf { each -> each.certificate().calls() }
        }
        processed shouldBe refined.refinements(3, 1e-2, 1e-4).collectList().block()
        val request = Request.of(0, 3)
        refined.refinementsAsFlow(request, 1e-2).toList() shouldBe processed.take(1)
    }

    "no more requests are collected than may be in progress" {
        var collected = 0
        val requests = flow {
            for (k in 0L..1000L) {
                collected++
                emit(Request.of(0, k))
            }
        }
        sampler().asFlow(requests).take(3).map { it.values()[0] }.toList() shouldBe
            sampler().asFlow(to = 3).map { it.values()[0] }.toList()
        collected shouldBeLessThanOrEqual 4
        shouldThrow<IllegalStateException> {
            sampler().asFlow(flow<Request> { error("no more requests") }).toList()
        }.message shouldBe "no more requests"
    }

    "awaitPlan returns the plan of a sampler that needs a pilot" {
        val piloted = Sampler.builder(counting).noiseRange(20.0, 0.02).build()
        piloted.awaitPlan() shouldBe piloted.plan()
    }

    "buffer(0) before flowOn prevents prefetching" {
        rows = 0
        sampler().asFlow().buffer(0).flowOn(Dispatchers.Default).take(1).toList()
        // One sample is taken, and one waits on each side of the channel. Each costs 8 calls.
        rows shouldBeLessThanOrEqual 3 * 8
    }

    "the flow computes only what is collected" {
        rows = 0
        val flow = sampler().asFlow()
        rows shouldBe 0
        flow.first().index() shouldBe 0
        rows shouldBe 8
        rows = 0
        flow.take(3).toList().map { it.index() } shouldContainExactly listOf(0L, 1L, 2L)
        rows shouldBe 24
    }
})
