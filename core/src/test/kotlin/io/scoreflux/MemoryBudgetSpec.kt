package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.shouldBeOf
import io.scoreflux.error.violationOf
import io.scoreflux.internal.Values
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.solve.Solver
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import io.scoreflux.stream.StreamListener
import reactor.core.scheduler.Schedulers

private fun inSixAxes() = GaussianMixture.builder(6).component(0.6, DoubleArray(6), 0.5)
    .component(0.4, DoubleArray(6) { it / 3.0 }, 0.2).build()

private fun ofDimension(numbers: Int) = object : Denoiser {
    override fun dimension() = numbers

    override fun denoise(rows: Rows, out: DoubleArray) = error("nobody may ask")
}

/** Counts the trajectories in stages. */
private class InFlight : StreamListener {
    private var now = 0
    var most = 0

    override fun entered(stage: Int, trajectory: Trajectory) {
        now++
        most = maxOf(most, now)
    }

    override fun left(passage: StreamListener.StageSummary) {
        now--
    }
}

/** Memory limits the trajectories in flight, and a sampler that does not fit is rejected before any work. */
class MemoryBudgetSpec : StringSpec({
    val solvers = listOf<Solver>(Sliding(1e-4), Picard(1e-4), Parallel(1e-4), FixedStep(Scheme.HEUN, 12), Budget(12))

    "memory limits the trajectories in flight, and the samples are bit-identical" {
        for (solver in solvers) {
            withClue(solver.name()) {
                val each = sampler(inSixAxes()) { solver(solver) }.plan().trajectoryBytes()
                val whole = sampler(inSixAxes()) { solver(solver) }.samples(0, 40).collectList().block()!!
                for (fit in listOf(1, 5, 30)) {
                    val inFlight = InFlight()
                    val sampler = sampler(inSixAxes()) {
                        solver(solver).memory(fit * each + each / 2).listener(inFlight)
                    }
                    sampler.samples(0, 40).collectList().block() shouldBe whole
                    inFlight.most shouldBe fit
                }
            }
        }
    }

    "the requested concurrency is an upper bound, which memory may lower" {
        val each = sampler(inSixAxes()) { solver(Sliding(1e-4)) }.plan().trajectoryBytes()
        for ((asked, expected) in listOf(3 to 3, 200 to 7)) {
            var most = 0
            val watched = Watched(inSixAxes()) { rows -> most = maxOf(most, rows.count()) }
            sampler(watched) { solver(Sliding(1e-4)).concurrency(asked).memory(7 * each) }.samples(0, 40).blockLast()
            most shouldBe expected
        }
    }

    "the concurrency of encoding depends on the memory of its own trajectories" {
        val states = Array(40) { row -> DoubleArray(6) { (row + it) % 5 / 5.0 } }
        val each = sampler(inSixAxes()) { solver(Sliding(1e-4)) }.plan().trajectoryBytes()
        var most = 0
        val watched = Watched(inSixAxes()) { rows -> most = maxOf(most, rows.count()) }
        val whole = sampler(inSixAxes()) { solver(Sliding(1e-4)) }.encode(states).collectList().block()
        val few = sampler(watched) { solver(Sliding(1e-4)).memory(8 * each) }.encode(states).collectList().block()
        few shouldBe whole
        most shouldBeGreaterThan 1
        (most <= 8) shouldBe true
    }

    "memory for less than one trajectory per rail is rejected, and the message has the memory of one" {
        for (solver in solvers.filterNot { it is Budget }) {
            val each = sampler(inSixAxes()) { solver(solver) }.plan().trajectoryBytes()
            val refused = violationOf { sampler(ofDimension(6)) { radius(1.0).solver(solver).memory(each / 2) } }
            refused.shouldBeOf("memory", "must hold one trajectory of 6 numbers, about ", Values.bytes(each / 2))
            refused.rule() shouldContain "the solver ${solver.name()}"
            refused.remedies() shouldContain "raise {memory}"
        }
        val each = sampler(inSixAxes()) { solver(Sliding(1e-4)) }.plan().trajectoryBytes()
        shouldThrow<IllegalStateException> {
            sampler(inSixAxes()) { solver(Sliding(1e-4)).memory(2 * each).parallelism(3, Schedulers.immediate()) }
        }.message!! shouldContain ", times 3 in parallel"
        sampler(inSixAxes()) { solver(Sliding(1e-4)).memory(3 * each).parallelism(3, Schedulers.immediate()) }
    }

    "with a budget of calls the memory is known after the pilot, and the stream fails" {
        val sampler = sampler(inSixAxes()) { solver(Budget(12)).memory(10) }
        shouldThrow<IllegalStateException> { sampler.samples(0, 1).blockLast() }.message!! shouldContain
            "memory must hold"
    }

    "a dimension beyond the heap is rejected at build time, before any allocation or call" {
        val huge = ofDimension(2_000_000_000)
        shouldThrow<IllegalStateException> { sampler(huge) { radius(1.0).solver(Sliding(1e-4)) } }
            .message!! shouldContain "the limit of the heap must hold one trajectory"
        shouldThrow<IllegalStateException> { sampler(huge) { solver(Sliding(1e-4)) } }
            .message!! shouldContain "give radius"
        shouldThrow<IllegalStateException> { sampler(huge) { radius(1.0).solver(Budget(12)) } }
            .message!! shouldContain "the pilot must fit the heap"
    }

    "the plan has the memory of a trajectory" {
        val plan = sampler(inSixAxes()) { solver(Sliding(1e-4)) }.plan()
        // The solver stores 176 rows, the data of 13 nodes and objects; the stream stores 6 rows and objects.
        plan.trajectoryBytes() shouldBe 8L * 6 * (176 + 6) + 28 * 176 + 640 * 13 + 8_200 + 900
        plan.toString() shouldContain "memory     31.1 kB a trajectory"
        // The machine stores 3 rows, and the group 4.
        sampler(inSixAxes()) { plan(plan).solver(FixedStep(Scheme.HEUN, 12)) }.plan().trajectoryBytes() shouldBe
            8L * 6 * (3 + 4 + 6) + 900
    }
})
