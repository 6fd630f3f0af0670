package io.scoreflux.solve

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.string.shouldContain
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows
import java.util.OptionalDouble
import java.util.function.Function

private val HEUN = FixedStep(Scheme.HEUN, 40)

/** Heun's solver with machines that are wrapped, and stops anywhere if [anywhere]. */
private open class Wrapped(
    private val anywhere: Boolean = false,
    private val solver: Solver = HEUN,
    private val wrap: (SolverState, Machine) -> Machine = { _, machine -> machine },
) : Solver {
    override fun name() = "wrapped"

    override fun prepare(problem: Problem): PreparedSolver {
        requireEnd(problem.toSigma())
        val inner = solver.prepare(problem)
        val machines = Function<SolverState, Machine> { wrap(it, inner.start(it)) }
        val levels = if (anywhere) DoubleArray(0) else inner.stopLevels()
        return PreparedSolver.of(machines, levels, inner.bytes(), inner.rows())
    }
}

private fun broken(rule: String, solver: Solver) {
    shouldThrow<AssertionError> { SolverContract.of(solver).mostRounds(5_000).check() }.message!! shouldContain rule
}

/** The contract names the rule that a solver breaks. */
class SolverContractSpec : StringSpec({
    "a solver that keeps the rules passes" {
        SolverContract.of(Wrapped()).accuracy(0.05).check()
    }

    "a solver that does not stop at its target level is refused" {
        broken("exactly, stopped at", Wrapped(anywhere = true))
    }

    "an inaccurate solver is refused" {
        broken("has an rms error of", Wrapped(solver = FixedStep(Scheme.EULER, 3)))
        shouldThrow<AssertionError> { SolverContract.of(Wrapped()).accuracy(1e-6).check() }.message!! shouldContain
            "must be at most 1.0E-6"
    }

    "a solver that loses accuracy at the ends of stages is refused" {
        val solver = Wrapped { trajectory, machine ->
            object : Machine by machine {
                var aims = 0

                override fun target(sigma: Double) {
                    // Twice a stage: at the present level, and at the next one.
                    if (++aims > 2) trajectory.z()[0] += 1e-2
                    machine.target(sigma)
                }
            }
        }
        broken("in one stage, and of", solver)
    }

    "a solver that draws without saying so is refused" {
        broken("draws random numbers, but drawsNoise() is false", Wrapped(solver = FixedStep(Scheme.ANCESTRAL, 40)))
    }

    "a stochastic solver of another distribution is refused" {
        val cold = object : Wrapped(solver = FixedStep(Scheme.HEUN, 40), wrap = { _, machine ->
            object : Machine by machine {
                override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) {
                    val narrow = DoubleArray(answers.size) { 0.5 * answers[it] }
                    machine.tell(asked, narrow, firstRow)
                }
            }
        }) {
            override fun drawsNoise() = true
        }
        broken("draws a", cold)
    }

    "a solver whose trajectories share state is refused" {
        var shared = 0.0
        val solver = Wrapped { _, machine ->
            object : Machine by machine {
                override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) {
                    shared += 1e-9
                    machine.tell(asked, DoubleArray(answers.size) { answers[it] + shared }, firstRow)
                }
            }
        }
        broken("two runs of one trajectory differ", solver)
    }

    "a machine that reads the first row of a batch instead of its own is refused" {
        val solver = Wrapped { _, machine ->
            object : Machine by machine {
                override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) = machine.tell(asked, answers, 0)
            }
        }
        broken("trajectories whose rows share a batch differ from those alone", solver)
    }

    "a machine that goes on with an answer that is not finite is refused" {
        val solver = Wrapped { _, machine ->
            object : Machine by machine {
                override fun tellNonFinite(asked: Rows, answers: DoubleArray, firstRow: Int): Boolean {
                    machine.tell(asked, answers, firstRow)
                    return true
                }
            }
        }
        broken("asks a state that is not finite", solver)
    }

    "a machine without an end is refused" {
        val solver = Wrapped { trajectory, machine ->
            object : Machine by machine {
                override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) {
                    // Asks again where the answer is -1, which the Gaussian never gives.
                    if (answers[firstRow * 2] != -1.0) machine.tell(asked, answers, firstRow)
                }
            }
        }
        broken("takes more than 5000 rounds; give it a limit on its calls", solver)
    }

    "a machine that asks nothing, or another number of rows, is refused" {
        val silent = Wrapped { _, machine ->
            object : Machine by machine {
                override fun ask(append: Rows) = 0
            }
        }
        broken("asks 0 rows, and appends 0", silent)
        val more = Wrapped { _, machine ->
            object : Machine by machine {
                override fun ask(append: Rows) = machine.ask(append) + 1
            }
        }
        broken("asks 2 rows, and appends 1", more)
    }

    "a certificate without an error is refused where the solver has an accuracy" {
        val solver = object : Wrapped() {
            override fun accuracy() = OptionalDouble.of(1e-4)

            override fun withTolerance(tolerance: Double): Solver = object : Wrapped() {
                override fun accuracy() = OptionalDouble.of(tolerance)
            }
        }
        broken("its certificate must have an error", solver)
    }

    "a certificate that promises more than it keeps is refused" {
        val coarse = FixedStep(Scheme.EULER, 20)
        val solver = object : Wrapped(solver = coarse, wrap = { trajectory, machine ->
            object : Machine by machine {
                override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) {
                    machine.tell(asked, answers, firstRow)
                    trajectory.estimate(Problem(2, 20.0, 0.01, 1.0), 1e-9, 1e-6, true)
                }
            }
        }) {
            override fun accuracy() = OptionalDouble.of(1e-6)

            override fun withTolerance(tolerance: Double): Solver = object : Wrapped() {
                override fun accuracy() = OptionalDouble.of(tolerance)
            }
        }
        broken("converged to 1.0E-6, with an error of", solver)
    }

    "a solver that ignores a foreign placement, or says that it reaches 0, is refused" {
        broken(
            "must refuse a placement of another solver",
            object : Wrapped() {
                override fun placed(placement: Placement?): Solver = this
            },
        )
        broken(
            "requireEnd(0) must throw",
            object : Wrapped() {
                override fun requireEnd(toSigma: Double) = Unit
            },
        )
    }
})
