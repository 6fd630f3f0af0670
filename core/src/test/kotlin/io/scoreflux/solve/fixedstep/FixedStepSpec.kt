package io.scoreflux.solve.fixedstep

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Plan
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.distance
import io.scoreflux.model.relative
import io.scoreflux.noise.NormalStream
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.NO_NOISE
import io.scoreflux.solve.Problem
import io.scoreflux.solve.bimodal
import io.scoreflux.solve.drive
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.observedOrder
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.problem
import io.scoreflux.solve.rms
import io.scoreflux.solve.rungeKutta
import io.scoreflux.solve.solve
import java.util.Random
import kotlin.math.abs
import kotlin.math.pow
import kotlin.math.sqrt

private val MEAN = doubleArrayOf(0.5, -0.5)
private val STD = doubleArrayOf(1.0, 0.3)

private fun gaussian() = GaussianMixture.builder(2).component(1.0, MEAN, Covariance.diagonal(*STD)).build()

/** The probability flow of one Gaussian: each axis shrinks with the standard deviation of its smoothed law. */
private fun gaussianEnd(problem: Problem, start: DoubleArray) =
    DoubleArray(2) { i ->
        val end = STD[i].pow(2) + problem.toSigma().pow(2)
        val top = STD[i].pow(2) + problem.fromSigma().pow(2)
        MEAN[i] + (start[i] - MEAN[i]) * sqrt(end / top)
    }

/** The published orders of the deterministic schemes. */
private val ORDERS =
    mapOf(Scheme.EULER to 1, Scheme.HEUN to 2, Scheme.DPMPP_2M to 2, Scheme.DPMPP_3M to 3, Scheme.UNIPC to 3)

private val STOCHASTIC = listOf(Scheme.ANCESTRAL, Scheme.EULER_MARUYAMA)

/** 1 as the number [which], counted from 0, and 0 otherwise. */
private fun impulse(which: Int): NormalStream {
    var next = 0
    return NormalStream { out, at, n -> repeat(n) { out[at + it] = if (next++ == which) 1.0 else 0.0 } }
}

/**
 * The variance of the end of a stochastic scheme on the target N(0, v), exactly: the end is linear in the start and in each
 * number drawn, so it is the sum of the squared responses to impulses.
 */
private fun endVariance(scheme: Scheme, v: Double, problem: Problem, steps: Int): Double {
    val target = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), sqrt(v)).build()
    val solver = FixedStep(scheme, steps)

    fun response(start: Double, which: Int) =
        drive(target, solver, problem, doubleArrayOf(start), noise = impulse(which)).z()[0]
    return response(1.0, -1).pow(2) * (v + problem.fromSigma().pow(2)) +
        (0 until steps).sumOf { response(0.0, it).pow(2) }
}

class FixedStepSpec : FreeSpec({
    val gaussian = gaussian()
    val bimodal = bimodal()
    val problem = bimodal.problem(20.0, 0.01)
    // From sigma 5, where D is not flat yet: an error of the first steps shows.
    val gaussianProblem = gaussian.problem(5.0, 0.1)
    // Several starts, so that no error is met where it changes its sign.
    val gaussianStarts = gaussian.initialStates(5.0, 6)
    val starts = bimodal.initialStates(20.0, 6)
    val ends = starts.map { solve(bimodal, Picard(1e-13), problem, it) }
    // From 128 steps on the slopes between neighbours stand still in the second digit; at 2048 the smallest error, 1e-9,
    // is far from rounding.
    val steps = listOf(128, 256, 512, 1024, 2048)

    fun solver(scheme: Scheme, steps: Int, grid: SigmaGrid) = FixedStep(scheme, steps * scheme.callsPerStep(), grid)

    "the reference of the bimodal mixture agrees with 8000 steps of Runge and Kutta to 1e-13" {
        starts.zip(ends).forEach { (start, end) ->
            // The two share nothing; Runge-Kutta's own error is 5e-14 at 8000 steps and falls 16-fold with each doubling.
            distance(rungeKutta(bimodal, problem, start, 8000), end) shouldBeLessThan 1e-13
        }
    }

    for ((scheme, order) in ORDERS) {
        for (grid in SigmaGrid.entries) {
            "${scheme.label()} has order $order on $grid against the closed form of a Gaussian" {
                val slope = observedOrder(
                    steps.associateWith { n ->
                        rms(
                            gaussianStarts.map {
                                val end = solve(gaussian, solver(scheme, n, grid), gaussianProblem, it)
                                distance(end, gaussianEnd(gaussianProblem, it))
                            },
                        )
                    },
                )
                println("order of ${scheme.label()} on $grid, Gaussian: %.3f".format(slope))
                abs(slope - order) shouldBeLessThan 0.25
            }

            "${scheme.label()} has order $order on $grid against the reference of a bimodal mixture" {
                val slope = observedOrder(
                    steps.associateWith { n ->
                        rms(
                            starts.zip(ends).map { (start, end) ->
                                distance(solve(bimodal, solver(scheme, n, grid), problem, start), end)
                            },
                        )
                    },
                )
                println("order of ${scheme.label()} on $grid, bimodal:  %.3f".format(slope))
                abs(slope - order) shouldBeLessThan 0.25
            }
        }
    }

    for (scheme in STOCHASTIC) {
        for (v in listOf(1.0, 0.09)) {
            "${scheme.label()} has weak order 1: the variance of N(0, $v), exact through impulses" {
                val range = Problem(1, 20.0, 0.1, 1.0)
                val slope = observedOrder(
                    listOf(64, 128, 256, 512).associateWith { abs(endVariance(scheme, v, range, it) - v - 0.01) },
                )
                println("weak order of ${scheme.label()}, v = $v: %.3f".format(slope))
                abs(slope - 1) shouldBeLessThan 0.25
            }
        }
    }

    "ancestral sampling of a point has the exact law after any number of steps" {
        // D is the point wherever z is, so the posterior that each step draws from is exact: variance s_min^2.
        val range = Problem(1, 20.0, 0.1, 1.0)
        for (n in listOf(1, 2, 7, 40)) {
            relative(endVariance(Scheme.ANCESTRAL, 1e-18, range, n), 0.01) shouldBeLessThan 1e-13
        }
    }

    "euler-maruyama adds the noise of the forward process: one step from 2 to 1 on a point has variance 3.25" {
        val range = Problem(1, 2.0, 1.0, 1.0)
        // keep = 1/4: (1/16) 4 + (4 - 1).
        abs(endVariance(Scheme.EULER_MARUYAMA, 1e-18, range, 1) - 3.25) shouldBeLessThan 1e-14
    }

    "stochastic schemes draw one state's numbers for each step, the others none" {
        for (scheme in STOCHASTIC) {
            val draws = mutableListOf<Int>()
            drive(bimodal, FixedStep(scheme, 17), problem, starts[0], stages = 3, noise = { _, _, n -> draws += n })
            draws shouldBe List(17) { 2 }
        }
        for (scheme in ORDERS.keys) drive(bimodal, FixedStep(scheme, 18), problem, starts[0], noise = NO_NOISE)
    }

    "calls are the budget, exactly; heun's is rounded down to even" {
        for (scheme in Scheme.entries) {
            for (budget in listOf(2, 3, 4, 5, 17, 64)) {
                for (stages in listOf(1, 4)) {
                    val end = drive(bimodal, FixedStep(scheme, budget), problem, starts[0], stages, noise = impulse(-1))
                    withClue("${scheme.label()} $budget calls, $stages stages") {
                        val expected = if (scheme == Scheme.HEUN) budget / 2 * 2L else budget.toLong()
                        end.calls() shouldBe expected
                        end.certificate().rounds() shouldBe expected
                        end.certificate().intervals() shouldBe expected.toInt() / scheme.callsPerStep()
                        end.certificate().status() shouldBe Certificate.Status.UNESTIMATED
                        end.certificate().error().isEmpty shouldBe true
                        end.sigma() shouldBe 0.01
                    }
                }
            }
        }
    }

    "one call is a step for all but heun" {
        for (scheme in Scheme.entries - Scheme.HEUN) {
            drive(bimodal, FixedStep(scheme, 1), problem, starts[0], noise = impulse(-1)).calls() shouldBe 1L
        }
    }

    "a budget below one step is refused" {
        for (scheme in Scheme.entries) {
            val few = scheme.callsPerStep() - 1
            shouldThrow<IllegalArgumentException> { FixedStep(scheme, few) }.message shouldContain
                "calls must be at least ${scheme.callsPerStep()} for the scheme ${scheme.label()}, was $few"
        }
    }

    "stages change no bit, even where there are more stages than steps" {
        for (scheme in Scheme.entries) {
            for (budget in listOf(6, 33)) {
                fun end(stages: Int): List<Double> {
                    val random = Random(3)
                    val noise = NormalStream { out, at, n -> repeat(n) { out[at + it] = random.nextGaussian() } }
                    return drive(bimodal, FixedStep(scheme, budget), problem, starts[1], stages, noise).z().toList()
                }
                for (stages in listOf(2, 4, 7, 50)) {
                    withClue("${scheme.label()} $stages") {
                        end(stages) shouldBe end(1)
                    }
                }
            }
        }
    }

    "a plan's cuts are levels of the solver's grid, the nearest in ln sigma, and coinciding cuts are one" {
        for (grid in SigmaGrid.entries) {
            val landings = FixedStep(Scheme.EULER, 10, grid).prepare(problem).stopLevels()
            landings.toList() shouldBe grid.levels(20.0, 0.01, 10).toList()
            for (stages in listOf(1, 3, 4, 40)) {
                val plan = Plan.of(problem, landings, stages)
                val cuts = (0 until plan.stages()).map { plan.end(it) }
                plan.fromSigma() shouldBe 20.0
                plan.toSigma() shouldBe 0.01
                cuts.all { it in landings.toList() } shouldBe true
                cuts.zipWithNext().all { (a, b) -> a > b } shouldBe true
                if (stages == 40) plan.stages() shouldBe 10
            }
        }
    }

    "a state that the denoiser answers with itself stays" {
        val still = io.scoreflux.model.Denoiser.rowwise(2) { z, _, out -> z.copyInto(out) }
        for (scheme in ORDERS.keys) {
            // Coefficients sum to 1 to rounding in each of 32 steps.
            distance(solve(still, FixedStep(scheme, 32), problem, starts[0]), starts[0]) shouldBeLessThan 1e-12
        }
    }
})
