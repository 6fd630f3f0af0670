package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Plan.Origin
import io.scoreflux.model.Denoiser
import io.scoreflux.model.at
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.reject.Fors
import io.scoreflux.reject.Metropolis
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Placement
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Solver
import io.scoreflux.solve.bimodal
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.budget.PlacedBudget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.ring8
import io.scoreflux.solve.sliding.Sliding
import reactor.test.StepVerifier
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.ObjectInputStream
import java.io.ObjectOutputStream
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import kotlin.math.pow

private val FORS = Fors(0.2, 0.5, Slopes.scalar(), StepRule.Pilot(32))

class PlanSpec : FreeSpec({
    val mixture = bimodal()

    /** The mixture without its moments. Counts the rows. */
    fun anonymous(rows: AtomicLong) = Denoiser.rowwise(2) { z, sigma, out ->
        rows.incrementAndGet()
        mixture.at(sigma, *z).copyInto(out)
    }

    fun saved(plan: Plan): Plan {
        val bytes = ByteArrayOutputStream()
        ObjectOutputStream(bytes).use { it.writeObject(plan) }
        return ObjectInputStream(ByteArrayInputStream(bytes.toByteArray())).use { it.readObject() as Plan }
    }

    "if the denoiser has moments, the plan needs no call" {
        val plan = Sampler.builder(mixture).noiseRange(20.0, 0.01).stages(3).build().plan()
        plan.radiusFrom() shouldBe Origin.DENOISER
        plan.momentsFrom() shouldBe Origin.DENOISER
        plan.radius() shouldBe mixture.moments().get().radius()
        plan.pilotCalls() shouldBe 0
        plan.stages() shouldBe 3
        plan.toString() shouldContain "stage 2"
        plan.toString() shouldContain "(denoiser)"
    }

    "stages of a range to sigma 0 divide it down to a thousandth of the radius, and the last one ends at 0" {
        val plan = Sampler.builder(mixture).noiseRange(20.0, 0.0).stages(3).build().plan()
        plan.stages() shouldBe 3
        plan.toSigma() shouldBe 0.0
        val bottom = plan.radius() / 1_000
        for (stage in 0..1) {
            // The rounding errors are those of two logarithms and an exponential.
            plan.end(stage) shouldBe (20.0 * (bottom / 20).pow((stage + 1) / 3.0) plusOrMinus 1e-13)
        }
        saved(plan) shouldBe plan
    }

    "a pilot finds an unknown radius also if the range ends at sigma 0" {
        val sampler = Sampler.builder(anonymous(AtomicLong())).noiseRange(20.0, 0.0).build()
        sampler.samples(0, 4).collectList().block()!!.forEach { it.certificate().status() shouldBe Status.CONVERGED }
        // The pilot has 32 rows and few steps.
        sampler.plan().radius() / mixture.moments().get().radius() shouldBe (1.0 plusOrMinus 0.3)
    }

    "solvers that cannot end at sigma 0 are rejected before any work" {
        val solvers = listOf(Picard(1e-4), Parallel(1e-4), Budget(8), FixedStep(Scheme.HEUN, 8))
        for (solver in solvers) {
            val rows = AtomicLong()
            val builder = Sampler.builder(anonymous(rows)).noiseRange(20.0, 0.0).solver(solver)
            shouldThrow<IllegalStateException> { builder.build() }.message shouldContain
                "toSigma must be greater than 0 for the solver ${solver.name()}, was 0; end at a small noise level"
            rows.get() shouldBe 0
            shouldThrow<IllegalStateException> { solver.prepare(Problem(2, 20.0, 0.0, 1.0)) }
        }
    }

    "a pilot finds an unknown radius once, at the first request, and the plan counts its calls" {
        val rows = AtomicLong()
        val sampler = Sampler.builder(anonymous(rows)).noiseRange(20.0, 0.01).solver(Sliding(1e-6)).build()
        val flux = sampler.samples(0, 4)
        StepVerifier.create(flux, 0).expectSubscription().then { rows.get() shouldBe 0 }.thenCancel().verify()
        rows.get() shouldBe 0
        val samples = flux.collectList().block()!!
        val plan = sampler.plan()
        plan.radiusFrom() shouldBe Origin.PILOT
        plan.momentsFrom() shouldBe Origin.PILOT
        plan.radius() shouldBe (mixture.moments().get().radius() plusOrMinus 0.25 * mixture.moments().get().radius())
        plan.pilotCalls() shouldBe 32L * 24
        rows.get() shouldBe plan.pilotCalls() + samples.sumOf { it.certificate().calls() }
        sampler.samples(0, 4).collectList().block()!!.map { it.values().toList() } shouldBe
            samples.map { it.values().toList() }
    }

    "a saved plan gives the same bytes without a pilot" {
        val rows = AtomicLong()
        for (solver in listOf(Sliding(1e-6), Budget(12), FORS)) {
            val first = Sampler.builder(anonymous(rows)).noiseRange(20.0, 0.01).solver(solver).stages(2).seed(5).build()
            val samples = first.samples(0, 6).collectList().block()!!
            val plan = first.plan()
            if (solver is Budget) {
                PlacedBudget.of(plan.placement().shouldNotBeNull()).calls() shouldBe 12
                plan.toString() shouldContain "12 calls by"
            }
            if (solver is Fors) {
                plan.toString() shouldContain
                    Regex("placed +the caution of fors by 32 chains .* is [0-9.]+")
            }
            rows.set(0)
            val second = Sampler.builder(anonymous(rows)).solver(solver).seed(5).plan(saved(plan)).build()
            val again = second.samples(0, 6).collectList().block()!!
            rows.get() shouldBe again.sumOf { it.certificate().calls() }
            again.map { it.values().toList() } shouldBe samples.map { it.values().toList() }
            second.plan() shouldBe plan
        }
    }

    "a plan is cached after success, but not after a failure" {
        val calls = AtomicInteger()
        val flaky = Denoiser.rowwise(2) { z, sigma, out ->
            check(calls.incrementAndGet() > 200) { "not yet" }
            mixture.at(sigma, *z).copyInto(out)
        }
        val sampler = Sampler.builder(flaky).noiseRange(20.0, 0.01).build()
        StepVerifier.create(sampler.samples(0, 2)).verifyErrorMatches {
            it is IllegalStateException && it.message!!.contains("trajectory 0 failed at")
        }
        calls.get() shouldBeGreaterThan 0
        calls.set(1000)
        StepVerifier.create(sampler.samples(0, 2)).expectNextCount(2).verifyComplete()
    }

    "given stage boundaries are met exactly, and must lie inside the range" {
        val sampler = Sampler.builder(mixture).noiseRange(20.0, 0.01).boundaries(5.0, 1.0, 0.3).build()
        sampler.plan().boundaries() shouldBe listOf(20.0, 5.0, 1.0, 0.3, 0.01)
        sampler.samples(0, 2).collectList().block()!!.forEach {
            it.certificate().calls() shouldBe
                Sampler.builder(mixture).noiseRange(20.0, 0.01).build().samples(it.index(), it.index() + 1)
                    .blockLast()!!.certificate().calls()
        }
        shouldThrow<IllegalStateException> {
            Sampler.builder(mixture).noiseRange(20.0, 0.01).boundaries(30.0, 1.0).build()
        }.message shouldContain "boundaries must lie inside the noise range from 20.0 to 0.01, was 30.0"
        shouldThrow<IllegalArgumentException> { Sampler.builder(mixture).boundaries(1.0, 2.0) }
    }

    "a plan that does not fit is rejected" {
        val plan = Sampler.builder(mixture).noiseRange(20.0, 0.01).build().plan()
        shouldThrow<IllegalStateException> {
            Sampler.builder(mixture).solver(Budget(10)).plan(plan).build()
        }.message shouldContain "plan must hold levels for the solver"
        val budget = Sampler.builder(mixture).noiseRange(20.0, 0.01).solver(Budget(8)).build().plan()
        shouldThrow<IllegalStateException> {
            Sampler.builder(mixture).solver(Budget(10)).plan(budget).build()
        }.message shouldContain "plan must be for the solver's budget of 10 calls, was 8"
        for (other in listOf(Sliding(1e-4), FORS, CorrectedSolver(Sliding(1e-4), Metropolis.of(2)))) {
            shouldThrow<IllegalStateException> {
                Sampler.builder(mixture).solver(other).plan(budget).build()
            }.message shouldContain ", was for a budget of 8 calls; "
        }
        shouldThrow<IllegalArgumentException> {
            Sampler.builder(ring8()).plan(plan).build()
        }.message shouldContain "plan must be for data of the denoiser's radius "
    }

    "the caution of a pilot is valid only for its settings" {
        val plan = Sampler.builder(mixture).noiseRange(20.0, 0.01).solver(FORS).build().plan()

        fun resumed(solver: Solver) = Sampler.builder(mixture).solver(solver).plan(plan).build()
        resumed(Fors(0.2, 0.5, Slopes.scalar(), StepRule.Pilot(32))).plan() shouldBe plan
        val others = listOf(
            Fors(0.1, 0.5, Slopes.scalar(), StepRule.Pilot(32)),
            Fors(0.2, 0.4, Slopes.scalar(), StepRule.Pilot(32)),
            Fors(0.2, 0.5, Slopes.none(), StepRule.Pilot(32)),
            Fors(0.2, 0.5, Slopes.secants(1), StepRule.Pilot(32)),
            Fors(0.2, 0.5, Slopes.scalar(), StepRule.Pilot(33)),
            Fors(0.2, 0.5, Slopes.scalar(), StepRule.PerChain()),
            Fors(0.2, 0.5, Slopes.scalar(), StepRule.FixedGain(3.0)),
            Budget(8),
            Sliding(1e-4),
        )
        for (other in others) {
            shouldThrow<IllegalStateException> { resumed(other) }.message shouldContain
                ", was for the caution of fors by 32 chains at tolerance 0.2, bound 0.5 and slopes scalar; "
        }
        val without = Sampler.builder(mixture).noiseRange(20.0, 0.01).build().plan()
        shouldThrow<IllegalStateException> {
            Sampler.builder(mixture).solver(FORS).plan(without).build()
        }.message shouldContain
            "plan must be for the caution of fors by 32 chains at tolerance 0.2, bound 0.5 and slopes scalar, was a plan without a caution"
    }

    "a placement without a required value is rejected with the name of the value" {
        val plan = Sampler.builder(mixture).noiseRange(20.0, 0.01).solver(Budget(8)).build().plan()
        val placement = plan.placement().shouldNotBeNull()
        // Plans of earlier versions have no corrections.
        for (name in placement.values().keys - "corrections") {
            val lacking = Placement(placement.solver(), placement.purpose(), "", placement.values() - name)
            shouldThrow<IllegalArgumentException> { Budget(8).placed(lacking) }.message shouldContain "'$name'"
        }
        for (value in listOf<Any>(Double.NaN, listOf(1.0, Double.POSITIVE_INFINITY), listOf("a"), mapOf("a" to 1))) {
            shouldThrow<IllegalArgumentException> {
                Placement("budget", "a budget of 8 calls", "", mapOf("floor" to value))
            }.message shouldContain "floor must be a text, a finite number, or a list of finite numbers, was"
        }
    }

    "an empty stream completes without a request and runs no pilot" {
        val rows = AtomicLong()
        val sampler = Sampler.builder(anonymous(rows)).noiseRange(20.0, 0.01).build()
        StepVerifier.create(sampler.samples(3, 3), 0).expectSubscription().expectComplete().verify()
        rows.get() shouldBe 0
    }
})
