package io.scoreflux

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.scoreflux.reject.Fors
import io.scoreflux.solve.Solver
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import reactor.core.scheduler.Schedulers

/** Trajectories on several threads share what a solver has prepared. It must not change. */
class SharedSolverSpec : StringSpec({
    val solvers = listOf<Solver>(
        Sliding(1e-4),
        Picard(1e-5),
        Parallel(1e-5),
        Budget(10),
        Fors(0.3),
        FixedStep(Scheme.ANCESTRAL, 12),
        FixedStep(Scheme.UNIPC, 12),
    )
    for (solver in solvers) {
        "${solver.name()}: samples have the same bits on one thread and on two rails" {
            val scheduler = Schedulers.newParallel("rails", 2)
            try {
                // The pilot of budget mode runs three times: here, and for the first seed.
                val plan = sampler(threeModes()) { solver(solver) }.plan()
                // Without the repetitions, a race could pass unnoticed.
                for (seed in 0L until 40L) {
                    fun bits(configure: SamplerBuilder.() -> Unit) = sampler(threeModes()) {
                        solver(solver).seed(seed).configure()
                        if (seed > 0) plan(plan)
                    }.samples(0, 16).collectList().block()!!.map { it.bits() to it.certificate() }
                    withClue("seed $seed") {
                        bits { parallelism(2, scheduler).concurrency(8) } shouldBe bits {}
                    }
                }
            } finally {
                scheduler.dispose()
            }
        }
    }
})
