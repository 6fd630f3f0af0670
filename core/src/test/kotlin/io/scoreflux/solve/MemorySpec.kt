package io.scoreflux.solve

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.scoreflux.model.GaussianMixture
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.reject.Fors
import io.scoreflux.reject.ForsCorrector
import io.scoreflux.reject.Metropolis
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.budget.PlacedBudget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.picard.PicardWindows
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import kotlin.math.exp
import kotlin.math.ln

private const val DIMENSION = 2_000
private const val FROM = 2_000.0
private const val TO = 0.01

/** Two components of different widths, so that the denoiser is not linear. */
private fun target(dimension: Int): GaussianMixture =
    GaussianMixture.builder(dimension).component(0.7, DoubleArray(dimension), 1.0)
        .component(0.3, DoubleArray(dimension) { if (it % 2 == 0) 1.0 else -1.0 }, 0.3).build()

private fun levels(from: Double, to: Double, calls: Int) =
    List(calls + 1) {
        if (it == calls) {
            to
        } else if (it == 0) {
            from
        } else {
            from * exp(it * ln(to / from) / calls)
        }
    }

/** The memory estimates of the solvers agree with their allocations. */
class MemorySpec : StringSpec({
    /** Returns the allocation of a trajectory before its last tell, as the final estimate allocates briefly, and its maximum number of rows. */
    fun measured(prepared: PreparedSolver, dimension: Int, from: Double, to: Double): Pair<Long, Int> {
        val denoiser = target(dimension)
        val start = DoubleArray(dimension).also { NoiseSource(7).normals(Purpose.START, 0).fill(it, 0, dimension) }
        for (i in 0 until dimension) start[i] *= maxOf(from, 1.0)
        val rows = Rows(dimension, 2_000)
        val answers = DoubleArray(2_000 * dimension)
        var most = 0
        val before = Allocated.bytes()
        val run = SolverRun(0, start, from, NoiseSource(7).normals(Purpose.STEP, 0), prepared)
        run.target(to)
        var sum = Allocated.bytes() - before
        while (!run.done()) {
            rows.clear()
            val asking = Allocated.bytes()
            most = maxOf(most, run.ask(rows))
            sum += Allocated.bytes() - asking
            denoiser.denoise(rows, answers)
            val telling = Allocated.bytes()
            run.tell(rows, answers, 0)
            val told = Allocated.bytes() - telling
            if (!run.done()) sum += told
        }
        withClue(run.failure()?.message()) { (run.failure() == null) shouldBe true }
        return sum to most
    }

    val solvers = mapOf(
        "heun" to FixedStep(Scheme.HEUN, 20),
        "dpmpp-3m" to FixedStep(Scheme.DPMPP_3M, 20),
        "budget" to
            PlacedBudget(PlacedBudget.COLLOCATION, levels(FROM, TO, 20), 4, 0.01, List(21) { 0.5 }, listOf(), 0.1, 1),
        "sliding 1e-4" to Sliding(1e-4),
        "sliding 1e-8" to Sliding(1e-8),
        "sliding of degree 4" to Sliding(1e-3, 4, 4_000),
        "picard" to Picard(1e-4),
        "picard of degree 16" to Picard(1e-6, 16, 20_000),
        "picard-windows" to PicardWindows(6, 8, 3),
        "parallel 1e-4" to Parallel(1e-4),
        "parallel 1e-8" to Parallel(1e-8),
        "parallel of degree 6" to Parallel(1e-3, Parallel.ALL, 6, 20_000),
        "fors of secants" to Fors(0.3),
        "fors of one eigenvalue" to Fors(0.3, 0.5, Slopes.scalar(), StepRule.PerChain()),
    )

    for ((name, solver) in solvers) {
        "$name estimates its memory and rows".config(enabledOrReasonIf = Allocated.countedFor(solver.drawsNoise())) {
            val problem = Problem(DIMENSION, FROM, TO, target(DIMENSION).moments().get().radius())
            val prepared = solver.prepare(problem)
            measured(prepared, DIMENSION, FROM, TO)
            val (allocated, rows) = measured(prepared, DIMENSION, FROM, TO)
            // Growing arrays are copied, and released arrays are counted too.
            val ratio = prepared.bytes().toDouble() / allocated
            withClue("stated ${prepared.bytes()}, allocated $allocated") { ratio.shouldBeBetween(0.7, 1.4, 0.0) }
            rows shouldBeLessThanOrEqual prepared.rows()
        }
    }

    for ((name, solver) in solvers.filterKeys {
        it.startsWith("sliding") || it == "picard" ||
            it == "picard of degree 16"
    }) {
        "in two dimensions, $name includes what does not grow with the dimension".config(
            enabledOrReasonIf = Allocated.counted,
        ) {
            val prepared = solver.prepare(Problem(2, FROM, TO, target(2).moments().get().radius()))
            measured(prepared, 2, FROM, TO)
            val allocated = measured(prepared, 2, FROM, TO).first
            withClue("stated ${prepared.bytes()}, allocated $allocated") {
                (prepared.bytes().toDouble() / allocated).shouldBeBetween(0.9, 1.1, 0.0)
            }
        }
    }

    "sliding to sigma 0 includes the memory of its last step".config(enabledOrReasonIf = Allocated.counted) {
        val problem = Problem(DIMENSION, FROM, 0.0, target(DIMENSION).moments().get().radius())
        val prepared = Sliding(1e-4).prepare(problem)
        (prepared.bytes().toDouble() / measured(prepared, DIMENSION, FROM, 0.0).first).shouldBeBetween(0.7, 1.4, 0.0)
    }

    "a corrected trajectory needs the memory of the larger of its two solvers" {
        val problem = Problem(DIMENSION, FROM, TO, target(DIMENSION).moments().get().radius())
        val corrector = ForsCorrector(0.3)
        val fors = corrector.prepare(problem)
        val metropolis = Metropolis.of(DIMENSION).prepare(problem)
        val sliding = Sliding(1e-4)
        val heun = FixedStep(Scheme.HEUN, 20)
        val above = problem.between(FROM, corrector.fromSigma(problem))
        CorrectedSolver(sliding, corrector).prepare(problem).bytes() shouldBe sliding.prepare(above).bytes()
        CorrectedSolver(heun, corrector).prepare(problem).bytes() shouldBe fors.bytes()
        CorrectedSolver(heun, Metropolis.of(DIMENSION)).prepare(problem).bytes() shouldBe metropolis.bytes()
        CorrectedSolver(heun, Metropolis.of(DIMENSION)).prepare(problem).rows() shouldBe 2
    }

    "Metropolis estimates its memory".config(enabledOrReasonIf = Allocated.countedFor(true)) {
        val problem = Problem(DIMENSION, FROM, TO, target(DIMENSION).moments().get().radius())
        val prepared = Metropolis.of(DIMENSION).prepare(problem)
        measured(prepared, DIMENSION, TO, TO)
        (prepared.bytes().toDouble() / measured(prepared, DIMENSION, TO, TO).first).shouldBeBetween(0.7, 1.4, 0.0)
    }

    "encoding includes the memory that it adds".config(enabledOrReasonIf = Allocated.counted) {
        for (probes in listOf(0, 4)) {
            val problem = Problem(DIMENSION, FROM, TO, target(DIMENSION).moments().get().radius())
            val ascent = Inversion(Sliding(1e-4), problem, problem.radius(), Inversion.Divergence(false, probes))
            val (allocated, rows) = measured(ascent, DIMENSION, TO, FROM)
            withClue("$probes probes: stated ${ascent.bytes()}, allocated $allocated") {
                (ascent.bytes().toDouble() / allocated).shouldBeBetween(0.7, 1.4, 0.0)
                rows shouldBe ascent.rows()
            }
        }
    }
})
