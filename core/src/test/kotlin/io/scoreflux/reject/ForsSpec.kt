package io.scoreflux.reject

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldMatch
import io.scoreflux.error.Failure
import io.scoreflux.error.InvalidConfigurationException
import io.scoreflux.internal.reject.BernoulliFactory
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Moments
import io.scoreflux.model.at
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.NormalStream
import io.scoreflux.noise.Purpose
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.Pilot
import io.scoreflux.solve.Placement
import io.scoreflux.solve.PlainPilot
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.SolverState
import io.scoreflux.solve.drive
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.problem
import io.scoreflux.state.Rows
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.max
import kotlin.math.pow
import kotlin.math.sqrt

/** A stream that repeats [uniforms] as uniforms, and 1, -1, 1, ... as normals. */
private fun scripted(vararg uniforms: Double) = object : NormalStream {
    var next = 0

    override fun fill(out: DoubleArray, at: Int, n: Int) {
        for (i in 0 until n) out[at + i] = if (i % 2 == 0) 1.0 else -1.0
    }

    override fun uniform() = uniforms[next++ % uniforms.size]
}

private fun noise(seed: Long) = NoiseSource(seed).normals(Purpose.STEP, 0)

/** Fails after too many calls, so that the test ends. */
private class Capped(val denoiser: Denoiser, val most: Int) : Denoiser by denoiser {
    var calls = 0

    override fun denoise(rows: Rows, out: DoubleArray) {
        check(++calls <= most) { "more than $most calls" }
        denoiser.denoise(rows, out)
    }
}

class ForsSpec : FreeSpec({
    val perChain = StepRule.PerChain()
    val line = twoModes().problem(20.0, 0.05)
    val n = 20_000

    /** The Jacobian of [mixture]'s denoiser by central differences, to eight digits. Tests compare with the distribution, not with this Jacobian. */
    fun products(mixture: Denoiser) = JacobianProduct { z, sigma, v, out ->
        val h = 1e-5 * max(sigma, 0.1)
        val above = mixture.at(sigma, *DoubleArray(z.size) { z[it] + h * v[it] })
        val below = mixture.at(sigma, *DoubleArray(z.size) { z[it] - h * v[it] })
        for (i in out.indices) out[i] = (above[i] - below[i]) / (2 * h)
    }

    "draws the distribution of two modes in coarse steps, and the same steps without correction do not" {
        val coarse = Fors(0.1, 0.7, Slopes.none(), StepRule.FixedGain(3.0))
        val drawn = chains(twoModes(), coarse, line, n)
        // p > 1e-3 by Kolmogorov's test. The total variation distances of the initial distribution, 1e-5, and of clipping, below 0.005, are small.
        kolmogorov(drawn.map { it.z()[0] }) { twoModesBelow(it, 0.05) } shouldBeLessThan 1.95
        val steps = drawn[0].steps()
        val uncorrected = chains(twoModes(), FixedStep(Scheme.ANCESTRAL, steps), line, n)
        kolmogorov(uncorrected.map { it.z()[0] }) { twoModesBelow(it, 0.05) } shouldBeGreaterThan 1.95
    }

    "draws the distribution with each estimate of the slope, in coarse steps of fixed gain" {
        for (slopes in listOf(Slopes.scalar(), Slopes.secants(6), Slopes.jacobian(products(twoModes())))) {
            val coarse = Fors(0.1, 0.7, slopes, StepRule.FixedGain(3.0))
            // With the opposite sign of A in the weight, the total variation distance from the exact distribution would be 0.044, by quadrature.
            val drawn = chains(twoModes(), coarse, line, n, seed = 5)
            kolmogorov(drawn.map { it.z()[0] }) { twoModesBelow(it, 0.05) } shouldBeLessThan 1.95
        }
    }

    "draws the distribution with each estimate of the slope, in steps that each chain adapts" {
        val slopes =
            listOf(
                Slopes.none(),
                Slopes.scalar(),
                Slopes.lowRank(6),
                Slopes.secants(6),
                Slopes.jacobian(products(twoModes())),
            )
        for (each in slopes) {
            val drawn = chains(twoModes(), Fors(0.05, 0.5, each, perChain), line, n / 2, seed = 3)
            kolmogorov(drawn.map { it.z()[0] }) { twoModesBelow(it, 0.05) } shouldBeLessThan 1.95
        }
    }

    "accepts e^-B of the proposals, and a step takes 2 e^B - 1 calls" {
        val ring = wideRing()
        val problem = ring.problem(10.0, 0.01)
        for (bound in listOf(0.3, 0.5, 1.0)) {
            val drawn = chains(ring, Fors(0.1, bound, Slopes.secants(6), perChain), problem, 1_000)
            val clipping = drawn.clipping()
            clipping.overflow() shouldBeLessThan 0.03
            // For about 50,000 steps the standard errors are 0.4 % and 0.6 %.
            abs(clipping.acceptance() / exp(-bound) - 1) shouldBeLessThan 0.02
            val calls = drawn.sumOf { it.calls() }.toDouble() / drawn.sumOf { it.steps() }
            abs(calls / (2 * exp(bound) - 1) - 1) shouldBeLessThan 0.03
        }
    }

    "dimensions without data cost no calls" {
        val ring = wideRing()
        val variance = ring.moments().get().covariance().variance(0)
        for (slopes in listOf(Slopes.none(), Slopes.lowRank(6))) {
            val counts = listOf(2, 64).map { dimension ->
                val std = DoubleArray(dimension) { if (it < 2) sqrt(variance) else 1e-9 }
                val moments = Moments(DoubleArray(dimension), Covariance.diagonal(*std))
                val problem = Problem(dimension, 10.0, 0.01, moments.radius())
                chains(embedded(ring, dimension), moments, Fors(0.1, 0.5, slopes, perChain), problem, 400)
            }
            val (plane, space) = counts
            // Four standard errors of the difference.
            abs(plane.meanCalls() - space.meanCalls()) shouldBeLessThan 4 * (plane.callsError() + space.callsError())
            // The other axes have the noise of the last level. The limit is four standard errors, each sqrt(2 / (62 * 400)).
            val beside = space.sumOf { chain -> chain.z().drop(2).sumOf { it * it } } / (62.0 * 400) / 1e-4
            abs(beside - 1) shouldBeLessThan 4 * sqrt(2 / (62.0 * 400))
        }
    }

    "secants reduce the calls by a factor of 1.7 on the ring and 2 in 64 dimensions" {
        val ring = wideRing()
        val problem = ring.problem(10.0, 0.01)

        fun calls(slopes: Slopes) = chains(ring, Fors(0.1, 0.5, slopes, perChain), problem, 300)
        val none = calls(Slopes.none())
        for ((slopes, gain) in listOf(Slopes.scalar() to 1.7, Slopes.lowRank(6) to 1.7, Slopes.secants(6) to 2.0)) {
            val with = calls(slopes)
            none.meanCalls() / with.meanCalls() shouldBeGreaterThan gain
        }
        val std = DoubleArray(64) { if (it < 2) sqrt(0.51) else 1e-9 }
        val moments = Moments(DoubleArray(64), Covariance.diagonal(*std))
        val space = Problem(64, 10.0, 0.01, moments.radius())
        val there = listOf(Slopes.none(), Slopes.secants(6)).map {
            chains(embedded(ring, 64), moments, Fors(0.1, 0.5, it, perChain), space, 60).meanCalls()
        }
        there[0] / there[1] shouldBeGreaterThan 2.0
    }

    "the ring has at most 160 calls, the variance of the modes, and a clipping bound below the tolerance" {
        val ring = wideRing()
        val drawn = chains(ring, Fors(0.1), ring.problem(10.0, 0.01), n / 2)
        drawn.meanCalls() shouldBeLessThan 160.0
        // The standard error is sqrt(2 / n) = 1 %. The documentation promises 2 %.
        abs(drawn.ringVarianceError(0.01)) shouldBeLessThan 0.02
        val clipping = drawn.clipping()
        clipping.mean() + 3 * clipping.standardError() shouldBeLessThan 0.1
        clipping.samples() shouldBe n / 2L
    }

    "a Gaussian with its Jacobian has only zero weights" {
        val gaussian = GaussianMixture.builder(
            2,
        ).component(
            1.0,
            doubleArrayOf(0.3, -0.2),
            Covariance.full(arrayOf(doubleArrayOf(1.0, 0.6), doubleArrayOf(0.6, 0.5))),
        ).build()
        val solver = Fors(0.1, 0.5, Slopes.jacobian(products(gaussian)), StepRule.FixedGain(0.2))
        val drawn = chains(gaussian, solver, gaussian.problem(10.0, 0.05), 2_000)
        // Differences of the values have eight digits, which limits the weights.
        drawn.clipping().overflow() shouldBe 0.0
        val cross = drawn.sumOf { (it.z()[0] - 0.3) * (it.z()[1] + 0.2) } / drawn.size
        // Four standard errors, each sqrt(1.0025 * 0.5025 + 0.36) / sqrt(2000) = 0.0208.
        abs(cross - 0.6) shouldBeLessThan 0.084
    }

    "calls grow at most like the square of the logarithm of the tolerance, and the bound stays below the tolerance" {
        val ring = wideRing()
        for ((mixture, problem) in listOf(twoModes() to line, ring to ring.problem(10.0, 0.01))) {
            for (slopes in listOf(Slopes.none(), Slopes.secants(6))) {
                val runs = listOf(1e-1, 1e-2, 1e-4, 1e-6).map { tolerance ->
                    val drawn = chains(mixture, Fors(tolerance, 0.5, slopes, perChain), problem, 200, seed = 2)
                    // At 1e-6 about one chain in a thousand determines the bound, so 200 chains do not estimate it.
                    if (tolerance > 1e-6) drawn.clipping().mean() shouldBeLessThan tolerance
                    drawn.meanCalls() / ln(tolerance).pow(2)
                }
                runs.max() shouldBe runs[0]
            }
        }
        // 130 / 200 / 280 / 380 calls at 0.1 to 1e-4 for three modes on a line of widths 0.2 to 0.02, and no more than half as many again at 1e-6.
        val uneven =
            GaussianMixture.builder(1).component(0.6, doubleArrayOf(-1.0), 0.08).component(0.3, doubleArrayOf(0.4), 0.2)
                .component(0.1, doubleArrayOf(1.2), 0.02).build()
        for ((tolerance, most) in listOf(1e-1 to 130.0, 1e-2 to 200.0, 1e-3 to 280.0, 1e-4 to 380.0, 1e-6 to 570.0)) {
            chains(uneven, Fors(tolerance), uneven.problem(20.0, 0.002), 200).meanCalls() shouldBeLessThan most
        }
    }

    "a run without a clipped weight has a positive clipping bound, because the variances of its weights are known" {
        val drawn = chains(twoModes(), Fors(1e-4), line, 200).clipping()
        drawn.overflow() shouldBe 0.0
        drawn.mean() shouldBeGreaterThan 0.0
        drawn.mean() shouldBeLessThan 1e-4
    }

    "far above the data, eigenvalues from secants are at most 4 R^2 / sigma^2, whatever the pairs" {
        val random = noise(4)
        for (slope in listOf(PairSecants(15, 2.0, true, 6), PairSecants(15, 2.0, false, 6))) {
            repeat(20) {
                val at = DoubleArray(15).also { random.fill(it, 0, 15) }
                repeat(3) {
                    val z = DoubleArray(15).also { random.fill(it, 0, 15) }
                    slope.point(z, DoubleArray(15) { 5 * z[it] }, 0)
                }
                slope.at(at, 20.0, DoubleArray(15) { 5 * at[it] })
                slope.shared() shouldBeLessThan 0.04 + 1e-12
                for (i in 0 until slope.rank()) slope.value(i) shouldBeLessThan 0.04 + 1e-12
            }
        }
    }

    "a pilot finds the least caution that meets the tolerance, reproducibly, and draws the distribution" {
        for (slopes in listOf(Slopes.none(), Slopes.secants(6), Slopes.jacobian(products(twoModes())))) {
            val solver = Fors(0.01, 0.5, slopes, StepRule.Pilot(200))
            solver.needsPilot() shouldBe true
            shouldThrow<IllegalStateException> { solver.prepare(line) }.message!! shouldContain "pilot"
            val placed = solver.placed(solver.place(line, PlainPilot(twoModes(), line)))
            placed.needsPilot() shouldBe false
            placed.rule() shouldBe solver.placed(solver.place(line, PlainPilot(twoModes(), line))).rule()
            val drawn = chains(twoModes(), placed, line, n / 4, seed = 8)
            kolmogorov(drawn.map { it.z()[0] }) { twoModesBelow(it, 0.05) } shouldBeLessThan 1.95
            // The bound of other chains than those of the pilot.
            drawn.clipping().mean() shouldBeLessThan 0.01
            // The pilot has rejected the caution two factors of 1.3 below. Three below, the bound of other chains exceeds the tolerance too.
            val caution = (placed.rule() as StepRule.Cautious).caution()
            val less = Fors(0.01, 0.5, slopes, StepRule.Cautious(max(1.0, caution / 1.3.pow(3))))
            chains(twoModes(), less, line, n / 4, seed = 8).clipping().mean() shouldBeGreaterThan 0.01
        }
    }

    "a pilot repeats no run" {
        for ((chains, runs) in listOf(32 to 1, 33 to 2)) {
            val solver = Fors(0.1, 0.5, Slopes.none(), StepRule.Pilot(chains))
            val drawn = mutableListOf<List<List<Double>>>()
            val pilot = object : Pilot by PlainPilot(twoModes(), line) {
                val plain = PlainPilot(twoModes(), line)

                override fun run(solver: PreparedSolver, rows: Int) =
                    plain.run(solver, rows).also { drawn += it.map { chain -> chain.z().toList() } }
            }
            solver.place(line, pilot)
            drawn.distinct().size shouldBe drawn.size
            // The accepted caution takes one run of all chains, after one of 32 if these are fewer.
            drawn.takeLast(runs).map { it.size } shouldBe listOf(32, chains).takeLast(runs)
        }
    }

    "a pilot fails if no caution meets the tolerance" {
        val coarse = Fors(0.1, 0.5, Slopes.none(), StepRule.FixedGain(1.0)).prepare(line)
        val deaf = object : Pilot by PlainPilot(twoModes(), line) {
            // A caution has no effect on these chains, and their bound is about 1.
            val drawn = PlainPilot(twoModes(), line).run(coarse, 32)

            override fun run(solver: PreparedSolver, rows: Int) = drawn
        }
        val solver = Fors(0.1, 0.5, Slopes.none(), StepRule.Pilot(32))
        shouldThrow<InvalidConfigurationException> { solver.place(line, deaf) }.message shouldMatch
            Regex(
                "tolerance must be at least the clipping bound at the largest caution, 10000, was 0.1 with a bound of .* in 32 chains; raise tolerance",
            )
    }

    "a plan with noise levels instead of a caution is refused" {
        val solver = Fors(0.2, 0.5, Slopes.scalar(), StepRule.Pilot(32))
        val purpose = solver.place(line, PlainPilot(twoModes(), line)).purpose()
        val levels = mapOf("sigma" to listOf(20.0, 5.0, 1.0, 0.3, 0.05))
        shouldThrow<IllegalStateException> {
            solver.placed(Placement("fors", purpose.replace("the caution", "levels"), "in 4 steps", levels))
        }.message shouldContain "plan must be for $purpose, was for levels of fors by 32 chains at tolerance 0.2"
        shouldThrow<IllegalArgumentException> {
            solver.placed(Placement("fors", purpose, "in 4 steps", levels))
        }.message shouldContain "plan must hold 'caution' for the solver fors, a number, was null"
    }

    "plans each step once, and adapts to a draw only after its end" {
        val calls = mutableListOf<String>()
        val control = object : ChainSteps {
            override fun next(sigma: Double, target: Double) = max(target, 0.7 * sigma).also { calls += "next" }

            override fun see(weightVariance: Double, eps: Double) {
                calls += "see"
            }
        }
        val slope = object : Slope by NoSlope() {
            override fun at(z: DoubleArray, sigma: Double, answer: DoubleArray) {
                calls += "at"
            }
        }
        val mixture = twoModes()
        // A scaled denoiser, whose weights are far above the bound. A machine that plans a step again would show here.
        val steep = Denoiser.rowwise(1) { z, sigma, out -> out[0] = 40 * mixture.at(sigma, z[0])[0] }
        val solver = object : PreparedSolver {
            override fun start(state: SolverState) = ForsMachine(state, BernoulliFactory(0.5), slope, control)

            override fun stopLevels() = DoubleArray(0)
        }
        val questions = mutableListOf<Double>()
        val watched = Denoiser.rowwise(1) { z, sigma, out ->
            questions += sigma
            calls += "ask"
            steep.at(sigma, z[0]).copyInto(out)
        }
        val chain = drive(watched, solver, line, doubleArrayOf(9.0), noise = noise(3))
        val coin = chain.certificate().rejection().shouldNotBeNull()
        coin.overflows() shouldBeGreaterThan 5L
        calls.count { it == "next" } shouldBe chain.steps()
        calls.count { it == "at" } shouldBe chain.steps()
        // After "next" come the calls for weights, then the updates from them, then the call for the next state.
        for (step in calls.joinToString(" ").split("at next").drop(1)) {
            step.trim() shouldMatch Regex("(ask ?)*(see ?)*(ask)?( see)?")
        }
        // All weights of a step have the same level, so there are as many levels as steps and one for the state.
        questions.distinct().size shouldBe chain.steps() + 1
    }

    "stops at the ends of stages, and the certificate has the statistics of the rejections" {
        val ring = wideRing()
        val problem = ring.problem(10.0, 0.01)
        val ends = mutableListOf<Double>()
        val one =
            drive(
                ring,
                Fors(0.1),
                problem,
                doubleArrayOf(3.0, -4.0),
                stages = 4,
                noise = NoiseSource(1).normals(Purpose.STEP, 0),
            ) {
                ends += it.sigma()
            }
        ends.size shouldBe 4
        ends.last() shouldBe 0.01
        val certificate = one.certificate()
        certificate.status() shouldBe Certificate.Status.UNESTIMATED
        certificate.error().isEmpty shouldBe true
        val coin = certificate.rejection().shouldNotBeNull()
        coin.draws() shouldBe certificate.intervals().toLong()
        certificate.calls() shouldBe coin.draws() + coin.weights()
        one.rejectedSteps() + coin.draws() shouldBe coin.proposals()
    }

    "a smooth error of the denoiser changes neither calls nor acceptance, and the distribution in proportion" {
        val ring = wideRing()
        val problem = ring.problem(10.0, 0.01)

        fun wrong(size: Double) = Denoiser.rowwise(2) { z, sigma, out ->
            val exact = ring.at(sigma, *z)
            // The error is not a gradient, but a rotational field.
            out[0] = exact[0] + size * sigma * kotlin.math.sin(2 * z[1])
            out[1] = exact[1] + size * sigma * kotlin.math.cos(3 * z[0])
        }
        val solver = Fors(0.1, 0.5, Slopes.none(), StepRule.FixedGain(10.0))
        val moments = ring.moments().get()
        val samples = 6_000
        val exact = chains(ring, moments, solver, problem, samples)
        // The standard error of a difference of two variances of independent samples.
        val noise = sqrt(2.0 / samples)
        for (size in listOf(0.01, 0.1, 0.3)) {
            val drawn = chains(wrong(size), moments, solver, problem, samples)
            // The standard errors of both are below 0.2 %.
            abs(drawn.meanCalls() / exact.meanCalls() - 1) shouldBeLessThan 0.01
            abs(drawn.clipping().acceptance() / exact.clipping().acceptance() - 1) shouldBeLessThan 0.01
            // The error of the score is size / sigma. It moves states by size * sigma at its level, and lower levels forget it.
            val error = abs(drawn.ringVarianceError(0.01) - exact.ringVarianceError(0.01))
            error shouldBeLessThan size + 3 * noise
            // The distribution follows the denoiser, so a large error of the denoiser is visible.
            if (size == 0.3) error shouldBeGreaterThan size / 2
        }
    }

    "a value that makes a weight infinite fails its sample, with the level" {
        val huge = Denoiser.rowwise(1) { _, sigma, out -> out[0] = if (sigma < 0.1) 1.7e308 else 0.0 }
        val solver = Fors(0.1, 3.0, Slopes.none(), StepRule.FixedGain(1.0))
        val chain =
            drive(
                huge,
                solver,
                Problem(1, 0.1, 0.001, 1.0),
                doubleArrayOf(9.0),
                noise = NoiseSource(2).normals(Purpose.STEP, 0),
            )
        val failure = chain.failure().shouldNotBeNull()
        failure.kind() shouldBe Failure.Kind.REJECTION
        failure.message() shouldContain "the weight of a proposal must be finite"
        failure.message() shouldContain "sigma"
        chain.certificate().rejection().shouldNotBeNull()
    }

    "after one wrong value a chain continues with some hundred short steps" {
        val mixture = twoModes()
        for (slopes in listOf(Slopes.none(), Slopes.scalar(), Slopes.secants(6))) {
            for (error in listOf(1e3, 1e6, 1e200)) {
                var calls = 0
                val wildOnce = Denoiser.rowwise(1) { z, sigma, out ->
                    out[0] = mixture.at(sigma, z[0])[0] + if (++calls == 40) error else 0.0
                }
                // Steps grow by 1.15: 70 steps of 2.3 calls from the shortest, 1e-5, to a usual one, and as many until kappa is forgotten.
                val chain =
                    drive(
                        Capped(wildOnce, 2_000),
                        Fors(0.1, 0.5, slopes, perChain),
                        line,
                        doubleArrayOf(9.0),
                        noise = noise(1),
                    )
                if (error == 1e200 && chain.failure() != null) {
                    // If the wrong value is that at a state, squares of distances overflow.
                    chain.failure()!!.message() shouldContain "the weight of a proposal must be finite"
                } else {
                    chain.failure() shouldBe null
                    chain.sigma() shouldBe 0.05
                }
            }
        }
    }

    "values with large noise end in a failure, with the level" {
        val mixture = twoModes()
        val random = noise(7)
        val restless = Denoiser.rowwise(1) { z, sigma, out ->
            out[0] = mixture.at(sigma, z[0])[0] + 1e6 * (random.uniform() - 0.5)
        }
        // 1,000 steps of 2.3 calls, and the calls before.
        val chain =
            drive(
                Capped(restless, 10_000),
                Fors(0.1, 0.5, Slopes.none(), perChain),
                line,
                doubleArrayOf(9.0),
                noise = noise(1),
            )
        val failure = chain.failure().shouldNotBeNull()
        failure.kind() shouldBe Failure.Kind.REJECTION
        failure.message() shouldContain "1000 steps in a row"
        failure.message() shouldContain "sigma"
        chain.certificate().rejection().shouldNotBeNull().clipping().isFinite() shouldBe true
    }

    "a draw without end fails its sample" {
        // This stream is not random: it gives neither an empty proposal nor an accepted weight, although all weights are 0.
        val still = Denoiser.rowwise(1) { _, _, out -> out[0] = 0.0 }
        val solver = Fors(0.1, 0.5, Slopes.none(), StepRule.FixedGain(1.0))
        val chain = drive(still, solver, Problem(1, 10.0, 0.01, 1.0), doubleArrayOf(9.0), noise = scripted(0.9))
        val failure = chain.failure().shouldNotBeNull()
        failure.kind() shouldBe Failure.Kind.REJECTION
        failure.message() shouldContain "61 rejections in a row"
        chain.calls() shouldBeLessThan 200L
    }

    "an invalid Jacobian fails the sample" {
        val circulating = JacobianProduct { _, _, v, out ->
            out[0] = -v[1]
            out[1] = v[0]
        }
        val nan = JacobianProduct { _, _, _, out -> out.fill(Double.NaN) }
        val problem = wideRing().problem(10.0, 0.01)
        for ((product, words) in listOf(circulating to "must be symmetric", nan to "must be finite")) {
            val solver = Fors(0.1, 0.5, Slopes.jacobian(product), perChain)
            val chain =
                drive(
                    wideRing(),
                    solver,
                    problem,
                    doubleArrayOf(1.0, 1.0),
                    noise = NoiseSource(1).normals(Purpose.STEP, 0),
                )
            chain.failure().shouldNotBeNull().message() shouldContain words
        }
    }

    "rejects invalid settings with their names" {
        fun message(block: () -> Unit) = shouldThrow<RuntimeException> { block() }.message!!
        message { Fors(0.0) } shouldContain "tolerance"
        message { Fors(0.1, 0.0, Slopes.none(), perChain) } shouldContain "bound must be greater than 0"
        message { Fors(0.1, 3.5, Slopes.none(), perChain) } shouldContain "was 3.5"
        message { Slopes.secants(7) } shouldContain "rank"
        message { Slopes(true, 0, JacobianProduct { _, _, _, _ -> }) } shouldContain "secants"
        message { StepRule.FixedGain(0.0) } shouldContain "gain"
        message { StepRule.Pilot(31) } shouldContain "chains"
        message { StepRule.Cautious(0.9) } shouldContain "caution"
        message { StepRule.Cautious(Double.NaN) } shouldContain "caution"
        message { Fors(0.1).prepare(Problem(1, 10.0, 0.0, 1.0)) } shouldContain "toSigma"
        message { Fors(0.1, 0.5, Slopes.none(), StepRule.FixedGain(3.0)).withTolerance(0.2) } shouldContain
            "tolerance must not be given"
        message {
            Fors(
                0.1,
                0.5,
                Slopes.jacobian {
                    _,
                    _,
                    _,
                    _,
                    ->
                },
                perChain,
            ).prepare(Problem(65, 10.0, 0.01, 1.0))
        } shouldContain
            "64"
        Fors(0.1).withTolerance(0.2).tolerance() shouldBe 0.2
    }
})
