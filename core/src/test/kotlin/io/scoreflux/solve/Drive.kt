package io.scoreflux.solve

import io.scoreflux.Plan
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.InitialDistribution
import io.scoreflux.model.at
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.NormalStream
import io.scoreflux.noise.Purpose
import io.scoreflux.state.Rows
import kotlin.math.PI
import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sin
import kotlin.math.sqrt

/** The noise of solvers that must not draw. */
internal val NO_NOISE = NormalStream { _, _, _ -> error("this solver draws no noise") }

/**
 * Solves one trajectory in a plain loop, with one call for each round and [stages] stages of equal length in ln sigma.
 * [landed] is called at the end of each stage.
 */
internal fun drive(
    denoiser: Denoiser,
    solver: Solver,
    problem: Problem,
    start: DoubleArray,
    stages: Int = 1,
    noise: NormalStream = NO_NOISE,
    landed: (Trajectory) -> Unit = {},
): Trajectory {
    val prepared = solver.prepare(problem)
    return drive(denoiser, prepared, problem, start, stages, noise, landed = landed)
}

/** Solves one trajectory with a prepared solver. */
internal fun drive(
    denoiser: Denoiser,
    prepared: PreparedSolver,
    problem: Problem,
    start: DoubleArray,
    stages: Int = 1,
    noise: NormalStream = NO_NOISE,
    index: Long = 0,
    landed: (Trajectory) -> Unit = {},
): Trajectory {
    val plan = Plan.of(problem, prepared.stopLevels(), stages)
    val run = SolverRun(index, start.clone(), problem.fromSigma(), noise, prepared)
    val rows = Rows(problem.dimension(), 32)
    for (stage in 0 until plan.stages()) {
        run.target(plan.end(stage))
        while (!run.done()) {
            rows.clear()
            val asked = run.ask(rows)
            check(asked == rows.count() && asked >= 1) { "asked $asked rows, appended ${rows.count()}" }
            val answers = DoubleArray(asked * problem.dimension()) { Double.NaN }
            denoiser.denoise(rows, answers)
            run.tell(rows, answers, 0)
        }
        if (run.failure() != null) break
        check(run.sigma() == plan.end(stage)) { "landed on ${run.sigma()}, not ${plan.end(stage)}" }
        landed(run)
    }
    return run
}

/** Returns the state at the end of the range. The trajectory must not fail. */
internal fun solve(denoiser: Denoiser, solver: Solver, problem: Problem, start: DoubleArray): DoubleArray {
    val trajectory = drive(denoiser, solver, problem, start)
    check(trajectory.failure() == null) { trajectory.failure().toString() }
    return trajectory.z()
}

/** Returns the problem of a mixture on [from, to], with its radius. */
internal fun GaussianMixture.problem(from: Double, to: Double) =
    Problem(dimension(), from, to, moments().get().radius())

/** Returns seeded initial states of a mixture. */
internal fun GaussianMixture.initialStates(from: Double, n: Int, seed: Long = 1): List<DoubleArray> {
    val law = InitialDistribution(dimension(), moments().get(), from)
    return List(n) { law.draw(NoiseSource(seed).normals(Purpose.START, it.toLong())) }
}

/** Eight Gaussians of std 0.05 on the unit circle. */
internal fun ring8(): GaussianMixture {
    val builder = GaussianMixture.builder(2)
    for (k in 0 until 8) builder.component(1.0, doubleArrayOf(cos(2 * PI * k / 8), sin(2 * PI * k / 8)), 0.05)
    return builder.build()
}

/** Two modes of unequal weight and width in two dimensions, of radius about 1. */
internal fun bimodal(): GaussianMixture =
    GaussianMixture.builder(
        2,
    ).component(0.35, doubleArrayOf(-1.0, 0.2), 0.4).component(0.65, doubleArrayOf(0.6, -0.3), 0.3).build()

/** Returns the root mean square. */
internal fun rms(errors: List<Double>): Double = sqrt(errors.sumOf { it * it } / errors.size)

/** Returns the least-squares slope of ln error against ln step, where the step is 1 / steps. */
internal fun observedOrder(errors: Map<Int, Double>): Double {
    val x = errors.keys.map { -ln(it.toDouble()) }
    val y = errors.values.map { ln(it) }
    val centre = x.average()
    return x.indices.sumOf { (x[it] - centre) * y[it] } / x.sumOf { (it - centre) * (it - centre) }
}

/** The classical Runge-Kutta method in ln sigma. It is slow, and shares no code with the solvers under test. */
internal fun rungeKutta(denoiser: Denoiser, problem: Problem, start: DoubleArray, steps: Int): DoubleArray {
    val top = ln(problem.fromSigma())
    val h = (ln(problem.toSigma()) - top) / steps
    var z = start.clone()

    fun slope(tau: Double, state: DoubleArray): DoubleArray {
        val d = denoiser.at(exp(tau), *state)
        return DoubleArray(d.size) { state[it] - d[it] }
    }

    fun moved(by: Double, k: DoubleArray) = DoubleArray(z.size) { z[it] + by * k[it] }
    for (i in 0 until steps) {
        val tau = top + i * h
        val k1 = slope(tau, z)
        val k2 = slope(tau + h / 2, moved(h / 2, k1))
        val k3 = slope(tau + h / 2, moved(h / 2, k2))
        val k4 = slope(tau + h, moved(h, k3))
        z = DoubleArray(z.size) { z[it] + h / 6 * (k1[it] + 2 * k2[it] + 2 * k3[it] + k4[it]) }
    }
    return z
}

/** A pilot in plain loops. */
internal class PlainPilot(
    private val target: GaussianMixture,
    private val problem: Problem,
    private val denoiser: Denoiser = target,
) : Pilot {
    private var spent = 0L

    override fun run(solver: PreparedSolver, rows: Int): List<Trajectory> =
        target.initialStates(problem.fromSigma(), rows, seed = 77).mapIndexed { index, start ->
            val noise = NoiseSource(77).normals(Purpose.STEP, index.toLong())
            drive(denoiser, solver, problem, start, noise = noise, index = index.toLong()).also {
                check(it.failure() == null) { it.failure().toString() }
                spent += it.calls()
            }
        }

    override fun calls() = spent
}
