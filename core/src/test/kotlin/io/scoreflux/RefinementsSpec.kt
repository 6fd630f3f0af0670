package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeMonotonicallyDecreasing
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.model.GaussianMixture
import io.scoreflux.reject.Fors
import io.scoreflux.solve.Solver
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import reactor.core.publisher.Flux
import reactor.test.StepVerifier
import java.util.concurrent.atomic.AtomicInteger
import kotlin.math.abs
import kotlin.math.sqrt

/** One sample at one tolerance after the other. */
class RefinementsSpec : StringSpec({
    fun Flux<Sample>.all() = collectList().block()!!

    "each refinement is the sample that a sampler with its tolerance returns" {
        val tolerances = doubleArrayOf(1e-1, 1e-4, 1e-7)
        for (solver in listOf<Solver>(Sliding(1e-3), Picard(1e-3), Parallel(1e-3))) {
            val refined = sampler(threeModes()) { solver(solver).seed(3) }.refinements(5, *tolerances).all()
            refined.map { it.request().get() } shouldBe tolerances.map { Request.of(3, 5).withTolerance(it) }
            for ((i, sample) in refined.withIndex()) {
                val alone = sampler(threeModes()) { solver(solver.withTolerance(tolerances[i])).seed(3) }
                    .samples(5, 6)
                    .blockLast()!!
                sample.index() shouldBe 5
                sample.bits() shouldBe alone.bits()
                sample.certificate() shouldBe alone.certificate()
            }
        }
    }

    "refinements converge to the exact end of one trajectory" {
        // The flow of N(0, 1) maps z at sigma 20 to z sqrt((1 + 0.02^2) / (1 + 20^2)).
        val gaussian = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), 1.0).build()
        val sampler = sampler(gaussian) { solver(Sliding(1e-3)) }
        val start = sampler.traces(4, 5).blockLast()!!.points()[0].z()[0]
        val end = start * sqrt((1 + 0.02 * 0.02) / (1 + 20.0 * 20.0))
        val tolerances = doubleArrayOf(1e-1, 1e-3, 1e-6, 1e-9)
        val errors = sampler.refinements(4, *tolerances).all().map { abs(it.values()[0] - end) }
        errors.shouldBeMonotonicallyDecreasing()
        // A tolerance controls the estimated error. The true one may be up to three times as large.
        for ((i, error) in errors.withIndex()) error shouldBeLessThan 3 * tolerances[i]
    }

    "a refinement begins when it is requested" {
        val rows = AtomicInteger()
        val model = Watched(threeModes()) { rows.addAndGet(it.count()) }
        val sampler = sampler(model)
        val expected = sampler.refinements(0, 1e-2, 1e-5).all().map { it.certificate().calls().toInt() }
        rows.set(0)
        StepVerifier
            .create(sampler.refinements(0, 1e-2, 1e-5), 0)
            .expectSubscription()
            .then { rows.get() shouldBe 0 }
            .thenRequest(1)
            .expectNextCount(1)
            .then { rows.get() shouldBe expected[0] }
            .thenRequest(1)
            .expectNextCount(1)
            .then { rows.get() shouldBe expected.sum() }
            .verifyComplete()
    }

    "no refinement begins after cancellation, also with unbounded demand" {
        val rows = AtomicInteger()
        val sampler = sampler(Watched(threeModes()) { rows.addAndGet(it.count()) })
        val accurate = sampler
            .refinements(2, 1e-1, 1e-3, 1e-6, 1e-9)
            .takeUntil { it.certificate().error().asDouble < 1e-4 }
            .all()
        accurate.last().certificate().error().asDouble shouldBeLessThan 1e-4
        accurate.size shouldBe 3
        rows.get() shouldBe accurate.sumOf { it.certificate().calls() }.toInt()
    }

    "a coarse sample that fails does not affect the finer ones" {
        val calls = AtomicInteger()
        val failing = Watched(threeModes(), after = { _, out -> if (calls.incrementAndGet() == 3) out[0] = Double.NaN })
        val refined = sampler(failing).refinements(1, 1e-2, 1e-5).all()
        refined.map { it.failed() } shouldBe listOf(true, false)
        refined[1].bits() shouldBe sampler(threeModes()).refinements(1, 1e-5).blockLast()!!.bits()
    }

    "the tolerances are copied" {
        val tolerances = doubleArrayOf(1e-2, 1e-5)
        val refinements = sampler(threeModes()).refinements(0, *tolerances)
        tolerances[1] = 1e-12
        refinements.all()[1].request().get().tolerance().asDouble shouldBe 1e-5
    }

    "tolerances and requests that cannot be served are rejected before any work" {
        val sampler = sampler(threeModes())

        fun message(refused: () -> Unit) = shouldThrow<IllegalArgumentException>(refused).message
        message { sampler.refinements(0) } shouldBe "tolerances must have at least 1 entry, was 0"
        message { sampler.refinements(0, 1e-3, 1e-3) } shouldBe
            "tolerances[1] must be at least 0 and less than the previous value, was 0.001 after 0.001"
        message { sampler.refinements(0, 2.0) } shouldBe "tolerance must be in [1e-14, 1.0), was 2.0"
        message { sampler.refinements(0, 1e-3, Double.NaN) } shouldBe
            "tolerances[1] must be at least 0 and less than the previous value, was NaN after 0.001"
        message { sampler.refinements(-1, 1e-3) } shouldBe "index must be at least 0, was -1"
        message { sampler.refinements(Request.of(0, 0).withTolerance(1e-3), 1e-3) } shouldBe
            "request must not have a tolerance, because each refinement has its own, was 0.001"
        shouldThrow<IllegalStateException> {
            sampler(threeModes()) { solver(Fors(0.05)) }.refinements(0, 0.1, 0.01)
        }.message shouldBe
            "solver must be deterministic for refinements, so that all of them approximate the same state, " +
            "was fors; use sliding, picard or parallel"
        message { sampler(threeModes()) { solver(FixedStep(Scheme.HEUN, 8)) }.refinements(0, 1e-3) } shouldBe
            "tolerance must not be given for the solver heun, which has no tolerance, was 0.001; omit it"
    }
})
