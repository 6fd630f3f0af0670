package io.scoreflux

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Denoiser
import io.scoreflux.model.at
import io.scoreflux.solve.Solver
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import reactor.core.publisher.Flux

/** The trajectories of samples, at the ends of their stages. */
class TraceSpec : StringSpec({
    val target = threeModes()
    val solvers: List<Solver> = listOf(
        Sliding(1e-6),
        Picard(1e-6),
        Parallel(1e-6),
        Budget(20),
        FixedStep(Scheme.ANCESTRAL, 20),
        FixedStep(Scheme.UNIPC, 20),
    )

    for (solver in solvers) {
        "${solver.name()}: traces have the samples, and state and denoiser value at each stage boundary" {
            val sampler = sampler(target) { solver(solver).stages(5) }
            val samples = sampler.samples(0, 6).collectList().block()!!
            val traces = sampler.traces(0, 6).collectList().block()!!
            traces.map { it.sample().bits() } shouldBe samples.map { it.bits() }
            for ((trace, sample) in traces.zip(samples)) {
                trace.points().map { it.sigma() } shouldBe sampler.plan().boundaries()
                for (point in trace.points()) {
                    point.denoised().toList() shouldBe target.at(point.sigma(), *point.z()).toList()
                }
                trace.points().last().z().toList() shouldBe sample.values().toList()
                // Each point costs one more call.
                trace.sample().certificate().calls() shouldBe sample.certificate().calls() + 6
            }
        }
    }

    "traces of requests have the samples of the requests, each with its points" {
        val sampler = sampler(target) { solver(Sliding(1e-4)).stages(3) }
        val requests = Flux.range(0, 8).map {
            Request.of(it % 3L, it.toLong()).withTolerance(
                if (it <
                    4
                ) {
                    1e-3
                } else {
                    1e-7
                },
            )
        }
        val samples = sampler.samples(requests).collectList().block()!!
        val traces = sampler.traces(requests).collectList().block()!!
        traces.map { it.sample().bits() } shouldBe samples.map { it.bits() }
        traces.map { it.sample().request() } shouldBe samples.map { it.request() }
        for ((trace, sample) in traces.zip(samples)) {
            trace.points().map { it.sigma() } shouldBe sampler.plan().boundaries()
            trace.points().last().z().toList() shouldBe sample.values().toList()
            trace.sample().certificate().calls() shouldBe sample.certificate().calls() + 4
        }
        val refused = sampler.traces(Flux.just(Request.of(0, 0).withCondition(Condition(1)))).blockLast()!!
        refused.sample().failed() shouldBe true
        refused.points() shouldBe emptyList()
    }

    "if the range ends at 0, the last point is the sample and costs no call" {
        val sampler = sampler(target) { noiseRange(20.0, 0.0).solver(Sliding(1e-6)) }
        val sample = sampler.samples(0, 1).blockLast()!!
        val trace = sampler.traces(0, 1).blockLast()!!
        val last = trace.points().last()
        last.sigma() shouldBe 0.0
        last.z().toList() shouldBe sample.values().toList()
        last.denoised().toList() shouldBe sample.values().toList()
        trace.sample().certificate().calls() shouldBe sample.certificate().calls() + 4
    }

    "the trace of a failed sample has the points that it passed" {
        val poisoned = Denoiser.rowwise(2) { z, sigma, out ->
            if (sigma < 1) out.fill(Double.NaN) else target.at(sigma, *z).copyInto(out)
        }
        val sampler = sampler(poisoned) { radius(1.0).solver(Sliding(1e-6)).stages(5) }
        val trace = sampler.traces(0, 1).blockLast()!!
        trace.sample().failed() shouldBe true
        val passed = trace.points().map { it.sigma() }
        passed shouldBe sampler.plan().boundaries().take(passed.size)
        (passed.size in 1..4) shouldBe true
    }
})
