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

/** The probability flow of one Gaussian: each axis shrinks with the standard deviation of its smoothed distribution. */
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

/** A stream whose number [which], counted from 0, is 1, and whose other numbers are 0. */
private fun impulse(which: Int): NormalStream {
    var next = 0
    return NormalStream { out, at, n -> repeat(n) { out[at + it] = if (next++ == which) 1.0 else 0.0 } }
}

/**
 * The exact variance of the end of a stochastic scheme for the target N(0, v). The end is linear in the initial state and in each
 * drawn number, so the variance is the sum of the squared responses to impulses.
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
    // At sigma 5 D is not yet flat, so errors of the first steps are visible.
    val gaussianProblem = gaussian.problem(5.0, 0.1)
    // Several initial states, so that the errors do not all change sign at the same number of steps.
    val gaussianStarts = gaussian.initialStates(5.0, 6)
    val starts = bimodal.initialStates(20.0, 6)
    val ends = starts.map { solve(bimodal, Picard(1e-13), problem, it) }
    // From 128 steps on, the slopes between neighbors agree in two digits. At 2048 steps the smallest error, 1e-9, is far above
    // rounding.
    val steps = listOf(128, 256, 512, 1024, 2048)

    fun solver(scheme: Scheme, steps: Int, grid: SigmaGrid) = FixedStep(scheme, steps * scheme.callsPerStep(), grid)

    "the reference of the bimodal mixture agrees with 8000 Runge-Kutta steps to 1e-13" {
        starts.zip(ends).forEach { (start, end) ->
            // Both methods are independent. The error of Runge-Kutta is 5e-14 at 8000 steps and falls 16-fold with each doubling.
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

    "unipc-5 has order 6 if D is almost constant in the first steps" {
        // At sigma 500 the first steps, of lower order, have errors of 1e-5 of those of the others.
        val range = bimodal.problem(500.0, 0.05)
        val high = bimodal.initialStates(500.0, 6)
        val exact = high.map { solve(bimodal, Picard(1e-14), range, it) }
        val slope = observedOrder(
            listOf(300, 400, 500, 600).associateWith { n ->
                rms(
                    high.zip(exact).map { (start, end) ->
                        distance(solve(bimodal, FixedStep(Scheme.UNIPC_5, n), range, start), end)
                    },
                )
            },
        )
        println("order of unipc-5: %.3f".format(slope))
        abs(slope - 6) shouldBeLessThan 0.5
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

    "ancestral sampling of a point has the exact distribution after any number of steps" {
        // D is the point for any z, so the posterior that each step draws from is exact: the variance is s_min^2.
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

    "stochastic schemes draw the numbers of one state for each step, and the others draw none" {
        for (scheme in STOCHASTIC) {
            val draws = mutableListOf<Int>()
            drive(bimodal, FixedStep(scheme, 17), problem, starts[0], stages = 3, noise = { _, _, n -> draws += n })
            draws shouldBe List(17) { 2 }
        }
        for (scheme in ORDERS.keys + Scheme.UNIPC_5) {
            drive(
                bimodal,
                FixedStep(scheme, 18),
                problem,
                starts[0],
                noise = NO_NOISE,
            )
        }
    }

    "the number of calls is the budget, rounded down to an even number for heun" {
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

    "one call is a step for all schemes but heun" {
        for (scheme in Scheme.entries - Scheme.HEUN) {
            drive(bimodal, FixedStep(scheme, 1), problem, starts[0], noise = impulse(-1)).calls() shouldBe 1L
        }
    }

    "a budget of less than one step is rejected" {
        for (scheme in Scheme.entries) {
            val few = scheme.callsPerStep() - 1
            shouldThrow<IllegalArgumentException> { FixedStep(scheme, few) }.message shouldContain
                "calls must be at least ${scheme.callsPerStep()} for the scheme ${scheme.label()}, was $few"
        }
    }

    "the number of stages changes no bit, even with more stages than steps" {
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

    "stage boundaries are the nearest levels of the solver's grid in ln sigma, and equal ones are merged" {
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

    "a state does not move if D is the state itself" {
        val still = io.scoreflux.model.Denoiser.rowwise(2) { z, _, out -> z.copyInto(out) }
        for (scheme in ORDERS.keys) {
            // The coefficients sum to 1 up to rounding in each of 32 steps.
            distance(solve(still, FixedStep(scheme, 32), problem, starts[0]), starts[0]) shouldBeLessThan 1e-12
        }
    }
})
