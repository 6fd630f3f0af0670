package io.scoreflux.solve

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import io.scoreflux.reject.Fors
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows

/** Counts the bytes that the virtual machine allocates for this thread. */
class AllocationSpec :
    StringSpec({
        val target = ring8()
        val problem = target.problem(20.0, 0.01)

        /** Returns the bytes of all asks and of all tells but the last, for the trajectory with the fewest bytes, to exclude other allocations. */
        fun least(prepared: PreparedSolver, starts: List<DoubleArray>, from: Double, to: Double): Pair<Long, Long> {
            val rows = Rows(problem.dimension(), 512)
            val answers = DoubleArray(512 * problem.dimension())
            var asks = Long.MAX_VALUE
            var tells = Long.MAX_VALUE
            starts.forEachIndexed { index, start ->
                val noise = NoiseSource(1).normals(Purpose.STEP, index.toLong())
                val run = SolverRun(index.toLong(), start, from, noise, prepared)
                run.target(to)
                var asked = 0L
                var told = 0L
                while (!run.done()) {
                    rows.clear()
                    val before = Allocated.bytes()
                    run.ask(rows)
                    asked += Allocated.bytes() - before
                    target.denoise(rows, answers)
                    val between = Allocated.bytes()
                    run.tell(rows, answers, 0)
                    val spent = Allocated.bytes() - between
                    // The final error estimate allocates once for each sample.
                    if (!run.done()) told += spent
                }
                run.failure() shouldBe null
                asks = minOf(asks, asked)
                tells = minOf(tells, told)
            }
            return asks to tells
        }

        fun least(solver: Solver) =
            least(
                solver.prepare(problem),
                target.initialStates(problem.fromSigma(), 40),
                problem.fromSigma(),
                problem.toSigma(),
            )

        for (scheme in Scheme.values()) {
            "${scheme.label()} allocates nothing before its last tell".config(
                enabledOrReasonIf = Allocated.countedFor(FixedStep(scheme, 12).drawsNoise()),
            ) {
                least(FixedStep(scheme, 12)) shouldBe (0L to 0L)
            }
        }

        "budget mode allocates nothing before its last tell".config(enabledOrReasonIf = Allocated.counted) {
            val budget = Budget(12)
            least(budget.placed(budget.place(problem, PlainPilot(target, problem)))) shouldBe (0L to 0L)
        }

        for (solver in listOf(Sliding(1e-4), Picard(1e-6), Fors(0.1))) {
            "${solver.name()} allocates nothing before its last tell".config(
                enabledOrReasonIf = Allocated.countedFor(solver.drawsNoise()),
            ) {
                least(solver) shouldBe (0L to 0L)
            }
        }

        "encoding allocates nothing before its last tell, also with probes".config(
            enabledOrReasonIf = Allocated.counted,
        ) {
            for (probes in listOf(0, 3)) {
                val ascent = Inversion(Sliding(1e-3), problem, problem.radius(), Inversion.Divergence(false, probes))
                val data = target.initialStates(problem.fromSigma(), 40).map {
                    solve(target, Sliding(1e-3), problem, it)
                }
                least(ascent, data, problem.toSigma(), problem.fromSigma()) shouldBe (0L to 0L)
            }
        }

        "ask of parallel allocates nothing".config(enabledOrReasonIf = Allocated.counted) {
            least(Parallel(1e-6)).first shouldBe 0L
        }
    })
