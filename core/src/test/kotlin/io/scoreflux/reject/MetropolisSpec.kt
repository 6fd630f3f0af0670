package io.scoreflux.reject

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.internal.reject.BernoulliFactory
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.NormalStream
import io.scoreflux.noise.Purpose
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.drive
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.problem
import io.scoreflux.solve.sliding.Sliding
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.expm1
import kotlin.math.pow
import kotlin.math.sqrt

/** The noise level of most tests. The distribution there is 0.6 N(-1, 0.34) + 0.4 N(1.2, 0.41). */
private const val LEVEL = 0.5

private val MIXTURE = twoModes()

private fun random(seed: Long) = NoiseSource(seed).normals(Purpose.STEP, 0)

/** The score at [LEVEL]. */
private fun score(x: Double): Double {
    val left = 0.6 * exp(-(x + 1).pow(2) / 0.68) / sqrt(0.34)
    val right = 0.4 * exp(-(x - 1.2).pow(2) / 0.82) / sqrt(0.41)
    return -(left * (x + 1) / 0.34 + right * (x - 1.2) / 0.41) / (left + right)
}

/** The log-density at [LEVEL] up to a constant. */
private fun logDensity(x: Double): Double =
    kotlin.math.ln(0.6 * exp(-(x + 1).pow(2) / 0.68) / sqrt(0.34) + 0.4 * exp(-(x - 1.2).pow(2) / 0.82) / sqrt(0.41))

/** l of a move from x to y with step rho, in closed form. */
private fun exactLogRatio(x: Double, y: Double, rho: Double): Double {
    fun proposal(from: Double, to: Double) = -(to - from - rho / 2 * score(from)).pow(2) / (2 * rho)
    return logDensity(y) - logDensity(x) + proposal(y, x) - proposal(x, y)
}

/** A wrong variant of Barker's acceptance: the factor on the weights, and whether a fair flip selects the Bernoulli factory. */
private class Rule(val factor: Double, val fairFlip: Boolean)

/** One decision on a move by [Rule]. */
private fun accepts(
    coin: BernoulliFactory,
    x: Double,
    y: Double,
    rho: Double,
    rule: Rule,
    random: NormalStream,
): Boolean {
    val d = y - x
    val trapezoid = d * (score(x) + score(y)) / 2 + rho / 8 * (score(y).pow(2) - score(x).pow(2))

    fun heads(sign: Int): Boolean {
        if (coin.propose(random)) return true
        while (true) {
            val v = rule.factor * (score(x + random.uniform() * d) * d - trapezoid)
            when (coin.flip(sign * v, random)) {
                BernoulliFactory.Outcome.ACCEPTED -> return true
                BernoulliFactory.Outcome.REJECTED -> return false
                BernoulliFactory.Outcome.MORE -> Unit
            }
        }
    }
    coin.begin()
    while (true) {
        if (rule.fairFlip) {
            val forwards = random.uniform() < 0.5
            if (heads(if (forwards) 1 else -1)) return forwards
        } else {
            if (heads(1)) return true
            if (heads(-1)) return false
        }
    }
}

class MetropolisSpec : FreeSpec({
    // Pairs of states whose ratio is far from 1, and for which |V| is below 1.42, so that nothing is clipped at bound 2.
    val rho = 0.3
    val pairs = listOf(-1.5 to -2.4, 1.2 to 2.6, 0.2 to 1.4)
    val both = pairs + pairs.map { (x, y) -> y to x }
    val n = 40_000
    // Four standard errors of a relative frequency, each at most 0.5 / sqrt(n).
    val noise = 4 * 0.5 / sqrt(n.toDouble())

    "the exact form accepts a move with Barker's probability, and two wrong variants do not" {
        for ((x, y) in both) {
            val ratio = exactLogRatio(x, y, rho)
            val barker = 1 / (1 + exp(-ratio))
            abs(accepted(Metropolis.Form.BARKER, x, y, rho, n) - barker) shouldBeLessThan noise

            fun share(rule: Rule): Double {
                val coin = BernoulliFactory(2.0)
                val stream = random(4)
                return (1..n).count { accepts(coin, x, y, rho, rule, stream) }.toDouble() / n
            }
            // A factory on the whole ratio gives 1 / (1 + e^-2l), and the first of two factories wins more often.
            abs(share(Rule(1.0, true)) - barker) shouldBeGreaterThan 2 * noise
            abs(share(Rule(0.5, false)) - barker) shouldBeGreaterThan 2 * noise
        }
        // The first two pairs would also show a wrong sign of the last term of l.
        for ((x, y) in pairs.take(2)) {
            val ratio = exactLogRatio(x, y, rho)
            val wrong = ratio + rho / 4 * (score(y).pow(2) - score(x).pow(2))
            abs(1 / (1 + exp(-wrong)) - 1 / (1 + exp(-ratio))) shouldBeGreaterThan 2 * noise
        }
    }

    "the exact form satisfies detailed balance, move by move" {
        for ((x, y) in pairs) {
            fun density(from: Double, to: Double) =
                exp(logDensity(from) - (to - from - rho / 2 * score(from)).pow(2) / (2 * rho))
            val there = accepted(Metropolis.Form.BARKER, x, y, rho, n)
            val back = accepted(Metropolis.Form.BARKER, y, x, rho, n)
            // Four relative standard errors of the two frequencies. Factories on the whole ratio would be wrong by a factor e^|l|, at least 1.5.
            val error = 4 * sqrt((1 - there) / (there * n) + (1 - back) / (back * n))
            abs(density(x, y) * there / (density(y, x) * back) - 1) shouldBeLessThan error
        }
    }

    "Simpson's form accepts a move with Metropolis' probability" {
        for ((x, y) in pairs.take(2)) {
            // For these pairs the error of Simpson's rule is below 1e-3.
            val metropolis = minOf(1.0, exp(exactLogRatio(x, y, rho)))
            abs(accepted(Metropolis.Form.SIMPSON, x, y, rho, n) - metropolis) shouldBeLessThan noise
            accepted(Metropolis.Form.SIMPSON, y, x, rho, 1_000) shouldBe 1.0
        }
    }

    for (form in Metropolis.Form.entries) {
        "moves by ${form.name.lowercase()} keep the distribution, and lead another one to it" {
            val chains = 4_000
            val problem = MIXTURE.problem(20.0, LEVEL)
            // Barker's rule accepts half as many moves as Metropolis' rule.
            val moves = if (form == Metropolis.Form.BARKER) 240 else 80
            val corrector = Metropolis(moves, 0.8, form, 1.0)
            val starts = chains(MIXTURE, Sliding(1e-6), problem, chains, seed = 8).map { it.z()[0] }

            fun moved(shift: Double) = starts.mapIndexed { index, start ->
                val noise = NoiseSource(6).normals(Purpose.STEP, index.toLong())
                drive(
                    MIXTURE,
                    atLevel(corrector, problem),
                    Problem(1, LEVEL * 1.0000001, LEVEL, problem.radius()),
                    doubleArrayOf(start + shift),
                    noise = noise,
                ).z()[0]
            }
            // p = 1e-3 by Kolmogorov's test. The error of the initial states is far smaller.
            kolmogorov(moved(0.0)) { twoModesBelow(it, LEVEL) } shouldBeLessThan 1.95
            kolmogorov(starts.map { it + 0.3 }) { twoModesBelow(it, LEVEL) } shouldBeGreaterThan 4.0
            kolmogorov(moved(0.3)) { twoModesBelow(it, LEVEL) } shouldBeLessThan 1.95
        }
    }

    "Simpson's rule costs two calls in one round for each move, and one call at the start" {
        val problem = wideRing().problem(10.0, 0.01)
        val chain =
            drive(
                wideRing(),
                CorrectedSolver(FixedStep(Scheme.UNIPC, 12), Metropolis(5, 0.5, Metropolis.Form.SIMPSON, 0.5)),
                problem,
                doubleArrayOf(4.0, -3.0),
                noise = random(1),
            )
        chain.calls() shouldBe 12L + 1 + 2 * 5
        chain.certificate().rounds() shouldBe 12L + 1 + 5
        chain.certificate().rejection().shouldNotBeNull().proposals() shouldBe 5L
    }

    "the exact form costs about 2 (e^b - 1) calls for each move, plus one" {
        val problem = MIXTURE.problem(20.0, LEVEL)
        val moves = 2_000
        val bound = 0.5
        val corrected =
            CorrectedSolver(FixedStep(Scheme.UNIPC, 12), Metropolis(moves, 0.1, Metropolis.Form.BARKER, bound))
        val chain = drive(MIXTURE, corrected, problem, doubleArrayOf(4.0), noise = random(2))
        val coin = chain.certificate().rejection().shouldNotBeNull()
        // The number of weights of a move has a standard deviation near 2. The limit is four standard errors of the mean.
        abs(coin.weights().toDouble() / moves - 2 * expm1(bound)) shouldBeLessThan 4 * 2 / sqrt(moves.toDouble())
        coin.overflows().toDouble() / coin.weights() shouldBeLessThan 0.01
    }

    "a corrected sample has no estimate of its error" {
        val ring = wideRing()
        val problem = ring.problem(10.0, 0.01)
        for (corrector in listOf(Metropolis.of(2), ForsCorrector(0.1))) {
            val start = ring.initialStates(10.0, 1)[0]
            val chain =
                drive(ring, CorrectedSolver(Sliding(1e-5), corrector), problem, start, stages = 4, noise = random(3))
            chain.sigma() shouldBe 0.01
            val certificate = chain.certificate()
            certificate.error().isEmpty shouldBe true
            certificate.status() shouldBe Certificate.Status.UNESTIMATED
            certificate.rejection().shouldNotBeNull()
        }
    }

    "a corrector for the last half of the range gives the samples of a coarse solver the exact distribution" {
        val problem = twoModes().problem(20.0, 0.05)
        val draws = 10_000
        val coarse = FixedStep(Scheme.EULER, 20)
        val alone = chains(twoModes(), coarse, problem, draws, seed = 2)
        val corrected =
            chains(twoModes(), CorrectedSolver(coarse, ForsCorrector(Fors(0.02), 2)), problem, draws, seed = 2)
        // 20 Euler steps make the modes too narrow, and the last half of the range forgets that. p = 1e-3 by Kolmogorov's test.
        kolmogorov(alone.map { it.z()[0] }) { twoModesBelow(it, 0.05) } shouldBeGreaterThan 1.95
        kolmogorov(corrected.map { it.z()[0] }) { twoModesBelow(it, 0.05) } shouldBeLessThan 1.95
    }

    "rejects invalid settings with their names" {
        fun message(block: () -> Unit) = shouldThrow<RuntimeException> { block() }.message!!
        message { Metropolis(0, 0.5, Metropolis.Form.SIMPSON, 0.5) } shouldContain "moves"
        message { Metropolis(1, 0.0, Metropolis.Form.SIMPSON, 0.5) } shouldContain "step"
        message { Metropolis(1, 0.5, Metropolis.Form.BARKER, 4.0) } shouldContain "bound"
        message { ForsCorrector(Fors(0.1), 1) } shouldContain "parts"
        message { ForsCorrector(Fors(0.1, 0.5, Slopes.none(), StepRule.Pilot(100)), 4) } shouldContain "rule"
        message { CorrectedSolver(Fors(0.1), ForsCorrector(0.1)) } shouldContain "leave out correct"
        message {
            CorrectedSolver(io.scoreflux.solve.budget.Budget(12), Metropolis.of(1)).prepare(MIXTURE.problem(20.0, 0.5))
        } shouldContain "pilot"
        message { CorrectedSolver(Sliding(1e-3), Metropolis.of(1)).prepare(Problem(1, 10.0, 0.0, 1.0)) } shouldContain
            "toSigma"
    }
})

/** The relative frequency of accepted moves from x, at bound 2. The normal number makes y the proposal of all [n] moves. */
private fun accepted(form: Metropolis.Form, x: Double, y: Double, rho: Double, n: Int): Double {
    val problem = Problem(1, LEVEL * 1.0000001, LEVEL, MIXTURE.problem(20.0, LEVEL).radius())
    val machine = atLevel(Metropolis(1, rho / (LEVEL * LEVEL), form, 2.0), problem)
    val uniforms = random(9)
    val towards = object : NormalStream {
        override fun fill(out: DoubleArray, at: Int, count: Int) =
            out.fill((y - x - rho / 2 * score(x)) / sqrt(rho), at, at + count)

        override fun uniform() = uniforms.uniform()
    }
    return (1..n).count {
        drive(MIXTURE, machine, problem, doubleArrayOf(x), noise = towards).certificate().rejection()!!.draws() == 1L
    }.toDouble() / n
}

/** A corrector alone, at the last level. The trajectory is set to this level without a call. */
private fun atLevel(corrector: Metropolis, problem: Problem): PreparedSolver {
    val prepared = corrector.prepare(problem)
    return object : PreparedSolver {
        override fun start(state: io.scoreflux.solve.SolverState): io.scoreflux.solve.Machine {
            state.reached(problem.toSigma())
            return prepared.start(state)
        }

        override fun stopLevels() = DoubleArray(0)
    }
}
