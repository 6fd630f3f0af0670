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

/** Heun's solver with wrapped machines. If [anywhere] is true, it claims that it can stop at any level. */
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
    shouldThrow<AssertionError> { SolverContract.of(solver).maxRounds(5_000).check() }.message!! shouldContain rule
}

/** The contract names the rule that a solver violates. */
class SolverContractSpec : StringSpec({
    "a solver that satisfies the contract passes" {
        SolverContract.of(Wrapped()).accuracy(0.05).check()
    }

    "a solver that does not stop at its target level is rejected" {
        broken("exactly, stopped at", Wrapped(anywhere = true))
    }

    "an inaccurate solver is rejected" {
        broken("has an rms error of", Wrapped(solver = FixedStep(Scheme.EULER, 3)))
        shouldThrow<AssertionError> { SolverContract.of(Wrapped()).accuracy(1e-6).check() }.message!! shouldContain
            "must be at most 1.0E-6"
    }

    "a solver that loses accuracy at the ends of stages is rejected" {
        val solver = Wrapped { trajectory, machine ->
            object : Machine by machine {
                var aims = 0

                override fun target(sigma: Double) {
                    // The first two calls are for the current level and the end of the first stage.
                    if (++aims > 2) trajectory.z()[0] += 1e-2
                    machine.target(sigma)
                }
            }
        }
        broken("in one stage, and of", solver)
    }

    "a solver that draws although drawsNoise() is false is rejected" {
        broken("draws random numbers, but drawsNoise() is false", Wrapped(solver = FixedStep(Scheme.ANCESTRAL, 40)))
    }

    "a stochastic solver of another distribution is rejected" {
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
        broken("draws samples with", cold)
    }

    "a solver whose trajectories share state is rejected" {
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

    "a machine that reads the first row of a batch instead of its own is rejected" {
        val solver = Wrapped { _, machine ->
            object : Machine by machine {
                override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) = machine.tell(asked, answers, 0)
            }
        }
        broken("trajectories differ if their rows share a batch", solver)
    }

    "a machine that continues with a value that is not finite is rejected" {
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

    "a machine without an end is rejected" {
        val solver = Wrapped { trajectory, machine ->
            object : Machine by machine {
                override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) {
                    // Ignores a value of -1, which the Gaussian never gives, and otherwise continues.
                    if (answers[firstRow * 2] != -1.0) machine.tell(asked, answers, firstRow)
                }
            }
        }
        broken("takes more than 5000 rounds; limit its calls", solver)
    }

    "a machine that asks for no row, or appends another number of rows, is rejected" {
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

    "a certificate without an error is rejected if the solver has an accuracy" {
        val solver = object : Wrapped() {
            override fun accuracy() = OptionalDouble.of(1e-4)

            override fun withTolerance(tolerance: Double): Solver = object : Wrapped() {
                override fun accuracy() = OptionalDouble.of(tolerance)
            }
        }
        broken("its certificate must have an error", solver)
    }

    "a certificate that understates the error is rejected" {
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
        broken("converged to 1.0E-6, but the error is", solver)
    }

    "a solver that ignores a foreign placement, or claims to reach 0, is rejected" {
        broken(
            "must reject a placement of another solver",
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

    "a group whose trajectories differ from trajectories alone is rejected" {
        /** Wraps a machine and its groups, which [change] the state of the first trajectory at the end. */
        class One(
            val state: SolverState,
            val machine: Machine,
            val change: (SolverState) -> Unit,
        ) : Machine by machine {
            override fun newGroup(): MachineGroup {
                val group = machine.newGroup()!!
                val states = mutableListOf<SolverState>()
                return object : MachineGroup by group {
                    override fun add(other: Machine) =
                        group.add((other as One).machine).also { if (it) states += other.state }

                    override fun release() {
                        group.release()
                        change(states[0])
                    }
                }
            }
        }
        SolverContract.of(Wrapped { state, machine -> One(state, machine) {} }).check()
        broken(
            "trajectories differ in a group",
            Wrapped { state, machine -> One(state, machine) { it.z()[1] += 1e-9 } },
        )
    }
})
