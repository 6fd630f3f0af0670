package io.scoreflux.solve

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.scoreflux.Likelihood
import io.scoreflux.Sampler
import io.scoreflux.bits
import io.scoreflux.model.Denoiser
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.reject.Metropolis
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows

/** A solver that repeats a round whose answers are not finite. */
private class Repeating(private val solver: Solver) : Solver by solver {
    override fun prepare(problem: Problem): PreparedSolver {
        val prepared = solver.prepare(problem)
        return object : PreparedSolver by prepared {
            override fun start(state: SolverState): Machine {
                val machine = prepared.start(state)
                return object : Machine by machine {
                    override fun tellNonFinite(asked: Rows, answers: DoubleArray, firstRow: Int) = true
                }
            }
        }
    }
}

/** Fails each row at its first evaluation. */
private class FirstTimeNaN(private val denoiser: Denoiser) : Denoiser by denoiser {
    private val seen = HashSet<List<Double>>()

    override fun denoise(rows: Rows, out: DoubleArray) {
        denoiser.denoise(rows, out)
        for (row in 0 until rows.count()) {
            val at = rows.offset(row)
            val key = rows.values().slice(at until at + rows.dimension()) + rows.sigma(row)
            if (seen.add(key)) out.fill(Double.NaN, at, at + rows.dimension())
        }
    }
}

/** A machine that continues after answers that are not finite does so in every solver that wraps it. */
class NonFiniteSpec : StringSpec({
    val exact = Denoiser.rowwise(1) { z, sigma, out -> out[0] = z[0] / (1 + sigma * sigma) }
    val euler = FixedStep(Scheme.EULER, 12)

    fun sampler(denoiser: Denoiser, solver: Solver) =
        Sampler.builder(denoiser).noiseRange(20.0, 0.05).radius(1.0).solver(solver).build()

    "a traced machine continues, with the states of the machine alone" {
        // The denoiser value of a point belongs to the trace, so the first point must be finite.
        val plain = sampler(exact, euler).samples(0, 4).collectList().block()!!
        val recovered = sampler(FirstTimeNaN(exact), Repeating(euler)).samples(0, 4).collectList().block()!!
        recovered.map { it.bits() } shouldBe plain.map { it.bits() }
        val calls = HashMap<List<Double>, Int>()
        val secondTimeNaN = Denoiser.rowwise(1) { z, sigma, out ->
            val times = calls.merge(listOf(z[0], sigma), 1, Int::plus)!!
            // The trace evaluates each state at a boundary once, and then the machine does.
            out[0] = if (times == 2) Double.NaN else z[0] / (1 + sigma * sigma)
        }
        val traces = sampler(secondTimeNaN, Repeating(euler)).traces(0, 4).collectList().block()!!
        traces.map { it.sample().bits() } shouldBe plain.map { it.bits() }
        calls.values.any { it > 2 } shouldBe true
    }

    "a corrected machine continues" {
        val corrector = Metropolis.of(2)
        val plain = sampler(exact, CorrectedSolver(euler, corrector)).samples(0, 4).collectList().block()!!
        val once = HashSet<Double>()
        val flaky = Denoiser.rowwise(1) { z, sigma, out ->
            // Only states of the first solver, which are above the last level.
            out[0] = if (sigma > 0.1 && once.add(z[0])) Double.NaN else z[0] / (1 + sigma * sigma)
        }
        val recovered = sampler(
            flaky,
            CorrectedSolver(Repeating(euler), corrector),
        ).samples(0, 4).collectList().block()!!
        recovered.map { it.failed() } shouldBe plain.map { false }
        recovered.map { it.bits() } shouldBe plain.map { it.bits() }
    }

    "an encoding machine continues" {
        val states = arrayOf(doubleArrayOf(0.3), doubleArrayOf(-1.2))
        val plain = sampler(exact, euler).encode(states).collectList().block()!!
        val recovered = sampler(FirstTimeNaN(exact), Repeating(euler)).encode(states).collectList().block()!!
        recovered.map { it.bits() } shouldBe plain.map { it.bits() }
    }

    "an encoding machine with probes of the divergence continues" {
        val states = arrayOf(doubleArrayOf(0.3), doubleArrayOf(-1.2))

        fun densities(denoiser: Denoiser, solver: Solver) =
            sampler(denoiser, solver).likelihood(states, Likelihood.probes(2)).collectList().block()!!
        val plain = densities(exact, euler)
        val recovered = densities(FirstTimeNaN(exact), Repeating(euler))
        recovered.map { it.logDensity() } shouldBe plain.map { it.logDensity() }
        recovered.map { it.sample().bits() } shouldBe plain.map { it.sample().bits() }
    }

    "a trace point whose value is not finite fails its sample alone" {
        val once = HashSet<Double>()
        val flaky = Denoiser.rowwise(1) { z, sigma, out ->
            // The first evaluation of all is the first point of the first trajectory.
            out[0] = if (once.isEmpty() && once.add(z[0])) Double.NaN else z[0] / (1 + sigma * sigma)
        }
        val traces = sampler(flaky, Repeating(euler)).traces(0, 4).collectList().block()!!
        traces.map { it.sample().failed() } shouldBe listOf(true, false, false, false)
    }
})
