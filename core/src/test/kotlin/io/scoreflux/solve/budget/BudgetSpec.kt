package io.scoreflux.solve.budget

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sampler
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.distance
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Placement
import io.scoreflux.solve.PlainPilot
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.bimodal
import io.scoreflux.solve.drive
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.observedOrder
import io.scoreflux.solve.problem
import io.scoreflux.solve.ring8
import io.scoreflux.solve.rms
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.solve.solve
import io.scoreflux.state.Rows
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt

/** Returns the denoiser of a network whose predicted noise has a ripple of the given size in ln sigma, the same for all states. */
private fun ripple(target: GaussianMixture, size: Double): Denoiser {
    val d = target.dimension()
    val normals = NoiseSource(5).normals(Purpose.STEP, 0)
    // In ln sigma, the timesteps of a network are 0.005 to 0.01 apart where its noise levels are dense.
    val waves = List(12) { DoubleArray(3 * d).also { normals.fill(it, 0, it.size) } }
    return Denoiser.rowwise(d) { z, sigma, out ->
        exactly(target, z, sigma, out)
        for ((k, wave) in waves.withIndex()) {
            val frequency = StrictMath.pow(2.0, k / 2.0 + 1)
            for (i in 0 until d) {
                out[i] += sigma * size * wave[i] / sqrt(6.0) *
                    StrictMath.sin(frequency * StrictMath.log(sigma) + 3 * wave[d + i])
            }
        }
    }
}

/** Returns the denoiser of a network that rounds ln sigma, from 100 to 0.01, to the given number of levels. */
private fun levels(target: GaussianMixture, count: Int): Denoiser {
    val width = StrictMath.log(1e4) / count
    return Denoiser.rowwise(target.dimension()) { z, sigma, out ->
        exactly(target, z, StrictMath.exp(width * Math.rint(StrictMath.log(sigma) / width)), out)
    }
}

private fun exactly(target: GaussianMixture, z: DoubleArray, sigma: Double, out: DoubleArray) {
    val rows = Rows(z.size, 1)
    rows.append(z, 0, sigma)
    target.denoise(rows, out)
}

class BudgetSpec : FreeSpec({
    data class Case(val name: String, val target: GaussianMixture) {
        val problem = target.problem(20.0, 0.01)
        val starts = target.initialStates(20.0, 48)
        val ends = starts.map { solve(target, Sliding(1e-12), problem, it) }

        fun place(calls: Int): PlacedBudget =
            Budget(calls).placed(Budget(calls).place(problem, PlainPilot(target, problem)))

        fun error(solver: PreparedSolver) = rms(
            starts.zip(ends).map { (start, end) ->
                distance(drive(target, solver, problem, start).z(), end) / problem.radius()
            },
        )
    }
    val ring = Case("ring8", ring8())
    val cases = listOf(ring, Case("bimodal", bimodal()))
    val peers = listOf(Scheme.HEUN, Scheme.DPMPP_2M, Scheme.DPMPP_3M, Scheme.UNIPC)
    val grids = listOf(SigmaGrid.KARRAS, SigmaGrid.UNIFORM_LOG)

    for (case in cases) {
        "${case.name}: half the error of the best fixed-step scheme from 20 calls on, and at most the same at 10" {
            for ((calls, share) in listOf(10 to 1.0, 20 to 0.5, 30 to 0.5, 50 to 0.5)) {
                val placed = case.place(calls)
                val own = case.error(placed.prepare(case.problem))
                val (best, name) = peers.flatMap { scheme ->
                    grids.map { grid ->
                        case.error(FixedStep(scheme, calls, grid).prepare(case.problem)) to "${scheme.label()} $grid"
                    }
                }.minBy { it.first }
                println(
                    "budget ${case.name} $calls calls: error %.1e, best other %.1e (%s), ratio %.3f; pilot: %.1e, %d calls"
                        .format(own, best, name, own / best, placed.pilotError(), placed.pilotCalls()),
                )
                own shouldBeLessThanOrEqual share * best
                // The error in the plan agrees with that of rows that the pilot did not have.
                own shouldBeLessThan 4 * placed.pilotError()
                placed.pilotError() shouldBeLessThan 4 * own
            }
        }
    }

    "a pilot takes at most 5,000 calls, however the denoiser behaves" {
        val target = ring8()
        for (calls in listOf(5, 10, 20, 50, 100)) {
            for ((name, denoiser) in mapOf(
                "smooth" to target,
                "ripple" to ripple(target, 1e-3),
                "1,000 levels" to levels(target, 1_000),
                "100 levels" to levels(target, 100),
            )) {
                val pilot = PlainPilot(target, ring.problem, denoiser)
                val placed = Budget(calls).placed(Budget(calls).place(ring.problem, pilot))
                withClue("$calls calls, $name") {
                    pilot.calls() shouldBeLessThanOrEqual 5_000
                    placed.pilotCalls() shouldBe pilot.calls()
                }
            }
        }
    }

    "on a rough denoiser, the error is at most twice that of the best of eight fixed-step solvers" {
        val target = ring8()
        val problem = target.problem(100.0, 0.01)
        val starts = target.initialStates(100.0, 32)
        for ((name, denoiser) in mapOf(
            "ripple 3e-3" to ripple(target, 3e-3),
            "1,000 levels" to levels(target, 1_000),
            "100 levels" to levels(target, 100),
        )) {
            fun ends(solver: PreparedSolver) = starts.map { drive(denoiser, solver, problem, it).z() }
            val exact = ends(FixedStep(Scheme.DPMPP_2M, 20_000).prepare(problem))

            fun error(solver: PreparedSolver) =
                rms(ends(solver).zip(exact).map { (z, end) -> distance(z, end) / problem.radius() })
            for (calls in listOf(20, 35, 50)) {
                val budget = Budget(calls)
                val placed = budget.placed(budget.place(problem, PlainPilot(target, problem, denoiser)))
                val own = error(placed.prepare(problem))
                val best = peers.flatMap { scheme ->
                    grids.map { error(FixedStep(scheme, calls, it).prepare(problem)) }
                }
                    .min()
                println(
                    "budget $name, $calls calls: error %.1e, best other %.1e, pilot %d calls".format(
                        own,
                        best,
                        placed.pilotCalls(),
                    ),
                )
                withClue("$name, $calls calls") { own shouldBeLessThanOrEqual 2 * best }
            }
        }
    }

    "every budget is used exactly, and larger ones have smaller errors" {
        var before = Double.POSITIVE_INFINITY
        for (calls in listOf(5, 7, 11, 16, 24, 36, 54, 80)) {
            val solver = ring.place(calls).prepare(ring.problem)
            for (start in ring.starts.take(3)) {
                val solved = drive(ring.target, solver, ring.problem, start, stages = 3)
                solved.calls() shouldBe calls.toLong()
                solved.certificate().status() shouldBe Status.UNESTIMATED
                solved.certificate().error().isEmpty shouldBe true
            }
            val error = ring.error(solver)
            println("budget ring8 $calls calls: rms error %.1e".format(error))
            error shouldBeLessThan before
            before = error
        }
    }

    "a denoiser in single precision does not degrade budget mode beyond its rounding" {
        // Slopes at the tolerance of the pilot's ends come from states at a distance of 1e-8, which are equal in single precision. A single
        // number of calls compares the luck of two plans.
        for (case in cases) {
            val single = Denoiser.rowwise(2) { z, sigma, out ->
                val rows = Rows(2, 1)
                rows.append(doubleArrayOf(z[0].toFloat().toDouble(), z[1].toFloat().toDouble()), 0, sigma)
                case.target.denoise(rows, out)
                for (i in out.indices) out[i] = out[i].toFloat().toDouble()
            }
            val ratios = listOf(15, 20, 30).map { calls ->
                val budget = Budget(calls)
                val placed = budget.placed(budget.place(case.problem, PlainPilot(case.target, case.problem, single)))
                val own = case.error(placed.prepare(case.problem))
                val exact = case.error(case.place(calls).prepare(case.problem))
                println(
                    "budget ${case.name} $calls calls: error placed in single precision %.1e, in double %.1e".format(
                        own,
                        exact,
                    ),
                )
                own / exact
            }
            exp(ratios.sumOf { ln(it) } / ratios.size) shouldBeLessThan 1.5
        }
    }

    "the number of stages changes no bit" {
        val solver = ring.place(17).prepare(ring.problem)
        for (stages in listOf(2, 5, 17)) {
            drive(ring.target, solver, ring.problem, ring.starts[0], stages).z() shouldBe
                drive(ring.target, solver, ring.problem, ring.starts[0], 1).z()
        }
    }

    "the order of a predictor with k nodes, corrected with k + 1, is k + 1" {
        // One Gaussian with a known path, uniform levels, no slopes. From 4 nodes on, the first steps of lower order dominate.
        val gaussian = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.5), 1.0).build()
        val problem = Problem(1, 5.0, 0.2, 1.0)
        val exact = 0.5 + sqrt((1 + 0.04) / (1 + 25.0)) * (4.0 - 0.5)
        for (order in 1..3) {
            val errors = listOf(100, 150, 225, 340).associateWith { steps ->
                val levels = SigmaGrid.UNIFORM_LOG.levels(5.0, 0.2, steps).toList()
                val plan = PlacedBudget("collocation", levels, order, 0.0, List(steps + 1) { 0.0 }, listOf(), 0.0, 0)
                distance(
                    drive(gaussian, plan.prepare(problem), problem, doubleArrayOf(4.0)).z(),
                    doubleArrayOf(exact),
                )
            }
            val observed = observedOrder(errors)
            println("budget, $order nodes: order %.2f".format(observed))
            withClue("$order nodes: $errors") { observed shouldBeLessThan order + 2.0 }
            withClue("$order nodes: $errors") { -observed shouldBeLessThan -(order + 0.7) }
        }
    }

    /** A mixture with one rare mode, and states at the largest noise level whose trajectories end at samples of that mode. */
    data class Rare(val name: String, val mean: DoubleArray, val std: Double, val target: GaussianMixture) {
        val problem = target.problem(20 * target.moments().get().radius(), target.smallestStd() / 10)
        val unit = std * sqrt(mean.size.toDouble())
        val ends: List<DoubleArray> = List(16) { row ->
            val normals = NoiseSource(3).normals(Purpose.START, row.toLong())
            DoubleArray(mean.size).also { normals.fill(it, 0, it.size) }.let { n ->
                DoubleArray(n.size) {
                    mean[it] +
                        std * n[it]
                }
            }
        }
        val starts: List<DoubleArray> = Sampler.builder(target).solver(Sliding(1e-10)).radius(problem.radius())
            .noiseRange(problem.fromSigma(), problem.toSigma()).build()
            .encode(ends.toTypedArray()).map { it.values() }.collectList().block()!!

        fun place(calls: Int): PlacedBudget =
            Budget(calls).placed(Budget(calls).place(problem, PlainPilot(target, problem)))

        fun solve(placed: PlacedBudget, denoiser: Denoiser = target, stages: Int = 1) =
            starts.map { drive(denoiser, placed.prepare(problem), problem, it, stages) }

        /** Returns the rms error in widths of the mode. */
        fun error(solved: List<Trajectory>) =
            rms(solved.zip(ends).map { (trajectory, end) -> distance(trajectory.z(), end) / unit })

        /** Returns the rms distance from the centre in widths of the mode. */
        fun width(solved: List<Trajectory>) = rms(solved.map { distance(it.z(), mean) / unit })
    }

    fun mixture(
        weight: Double,
        mean: DoubleArray,
        std: Double,
        vararg others: Pair<DoubleArray, Double>,
    ): GaussianMixture {
        val builder = GaussianMixture.builder(mean.size).component(weight, mean, std)
        for ((centre, width) in others) builder.component((1 - weight) / others.size, centre, width)
        return builder.build()
    }

    // The pilot has 32 trajectories and seldom sees these modes.
    val rare = listOf(
        doubleArrayOf(-3.0, 1.0).let { Rare("narrow", it, 0.02, mixture(0.01, it, 0.02, DoubleArray(2) to 0.3)) },
        doubleArrayOf(4.0).let {
            Rare("of the same width", it, 0.3, mixture(1e-3, it, 0.3, doubleArrayOf(0.0) to 0.3))
        },
        DoubleArray(5) { 0.8 }.let {
            Rare(
                "in 5 dimensions",
                it,
                0.01,
                mixture(
                    1e-4,
                    it,
                    0.01,
                    DoubleArray(5) to 0.2,
                    DoubleArray(5) { -0.3 } to 0.1,
                ),
            )
        },
        doubleArrayOf(0.0, -2.0).let {
            val pair = arrayOf(doubleArrayOf(0.3, 0.0) to 0.005, doubleArrayOf(0.35, 0.0) to 0.005)
            Rare("beside two scales", it, 0.1, mixture(3e-3, it, 0.1, *pair))
        },
    )

    for (case in rare) {
        "a rare mode ${case.name}: the pilot's slopes and levels do not apply, but the width is right" {
            for ((calls, most) in listOf(30 to 0.2, 50 to 0.03, 100 to 0.01)) {
                val placed = case.place(calls)
                val solved = case.solve(placed)
                val exact = rms(case.ends.map { distance(it, case.mean) / case.unit })
                println(
                    "rare mode ${case.name}, $calls calls: error %.1e widths, width %.3f instead of %.3f"
                        .format(case.error(solved), case.width(solved), exact),
                )
                case.error(solved) shouldBeLessThan most
                solved.map { it.calls() }.toSet() shouldBe setOf(calls.toLong())
                // Stage boundaries change no bit, although these trajectories leave the common levels.
                val ends = solved.map { it.z().toList() }
                for (stages in listOf(3, 11)) {
                    case.solve(placed, stages = stages).map { it.z().toList() } shouldBe ends
                }
            }
        }
    }

    "a plan without corrections, of an earlier version, is read, and a narrow rare mode has ten times the error" {
        val case = rare[2]
        val placement = case.place(20).placement()
        val earlier = Placement(
            placement.solver(),
            placement.purpose(),
            placement.result(),
            placement.values() - "corrections",
        )
        val placed = Budget(20).placed(earlier)
        placed.corrections() shouldBe listOf()
        val now = case.error(case.solve(Budget(20).placed(placement)))
        now * 10 shouldBeLessThan case.error(case.solve(placed))
    }

    "noise of 1e-7 in the denoiser changes a rare mode by no more than the noise" {
        for (case in rare) {
            val noise = NoiseSource(9).normals(Purpose.STEP, 0)
            val noisy = Denoiser.rowwise(case.mean.size) { z, sigma, out ->
                val rows = Rows(z.size, 1)
                rows.append(z, 0, sigma)
                case.target.denoise(rows, out)
                val normals = DoubleArray(out.size).also { noise.fill(it, 0, it.size) }
                for (i in out.indices) out[i] *= 1 + 1e-7 * normals[i]
            }
            val placed = case.place(50)
            val error = case.error(case.solve(placed, noisy))
            error shouldBeLessThan case.error(case.solve(placed)) * 1.1 + 1e-4
        }
    }

    "a plan is for its range, and settings out of range are rejected" {
        shouldThrow<IllegalArgumentException> { Budget(4) }.message shouldContain
            "calls must be at least 5 and at most 100, was 4"
        shouldThrow<IllegalArgumentException> { Budget(101) }.message shouldContain "was 101"
        val other = Problem(2, 10.0, 0.01, 1.0)
        shouldThrow<IllegalArgumentException> { ring.place(5).prepare(other) }.message shouldContain
            "plan must be for sigma from 10.0 to 0.01, was from 20.0 to 0.01"
        shouldThrow<IllegalStateException> { Budget(5).prepare(other) }.message shouldContain
            "must be placed by a pilot"
        shouldThrow<IllegalArgumentException> {
            PlacedBudget("collocation", listOf(1.0, 2.0), 1, 0.0, listOf(0.0, 0.0), listOf(), 0.0, 0)
        }.message shouldContain "must be positive and below the one before"
        shouldThrow<IllegalArgumentException> {
            PlacedBudget("magic", listOf(2.0, 1.0), 1, 0.0, listOf(0.0, 0.0), listOf(), 0.0, 0)
        }.message shouldContain "method must be a method of this version, was 'magic'"
    }

    "corrections must be at least 0, one for each level, and empty for a fixed-step scheme" {
        fun plan(method: String, vararg corrections: Double) =
            PlacedBudget(method, listOf(2.0, 1.5, 1.0), 1, 0.0, List(3) { 0.0 }, corrections.toList(), 0.0, 0)

        fun message(method: String, vararg corrections: Double) =
            shouldThrow<IllegalArgumentException> { plan(method, *corrections) }.message
        message("collocation", 0.0, -5.0, 0.0) shouldContain "corrections[1] must be in [0.0, Infinity), was -5.0"
        message("collocation", 0.0, Double.NaN, 0.0) shouldContain "corrections[1] must be finite"
        message("collocation", 0.0, 0.0) shouldContain "corrections must have at least 3 entries, was 2"
        message("unipc", 0.0, 0.1, 0.0) shouldContain "corrections must be empty for the method unipc"
        plan("collocation", 0.0, 0.1, 0.0).corrections() shouldBe listOf(0.0, 0.1, 0.0)
        plan("unipc").corrections() shouldBe listOf()
    }
})
