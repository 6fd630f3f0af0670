package io.scoreflux.solve.parallel

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.Failure
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.at
import io.scoreflux.model.distance
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Machine
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.SolverRun
import io.scoreflux.solve.SolverState
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.bimodal
import io.scoreflux.solve.drive
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.problem
import io.scoreflux.solve.ring8
import io.scoreflux.solve.rms
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.solve.solve
import kotlin.math.PI
import kotlin.math.cos
import kotlin.math.pow
import kotlin.math.sin
import kotlin.math.sqrt

class ParallelSpec : FreeSpec({
    data class Case(val name: String, val target: GaussianMixture) {
        val problem = target.problem(20.0, 0.01)
        val starts = target.initialStates(20.0, 40)
        val ends = starts.map { solve(target, Picard(1e-13), problem, it) }
    }
    val ring = Case("ring8", ring8())
    val cases = listOf(ring, Case("bimodal", bimodal()))

    for (case in cases) {
        "${case.name}: few rounds, and errors below the tolerance, from 1e-2 to 1e-11" {
            for (digits in 2..11) {
                val tolerance = 10.0.pow(-digits)
                val solved = case.starts.map { drive(case.target, Parallel(tolerance), case.problem, it) }
                val errors = solved.zip(case.ends).map { (it, end) -> distance(it.z(), end) / case.problem.radius() }
                val rounds = solved.map { it.certificate().rounds() }.average()
                val calls = solved.map { it.calls() }.average()
                println(
                    "parallel ${case.name} %.0e: rms error / tolerance %.2f, largest %.2f, rounds %.1f, calls %.0f"
                        .format(tolerance, rms(errors) / tolerance, errors.max() / tolerance, rounds, calls),
                )
                withClue("tolerance $tolerance") {
                    rms(errors) shouldBeLessThan 2 * tolerance
                    errors.max() shouldBeLessThan 10 * tolerance
                    rounds shouldBeLessThan 5.0 + 0.4 * digits
                    calls shouldBeLessThan 150.0 * digits
                    solved.forEach { it.certificate().status() shouldBe Status.CONVERGED }
                }
            }
        }

        "${case.name}: the certificate is below a third of the true error for at most 5 per cent of rows" {
            var low = 0
            var rows = 0
            for (digits in 3..10) {
                for ((start, end) in case.starts.zip(case.ends)) {
                    val solved = drive(case.target, Parallel(10.0.pow(-digits)), case.problem, start)
                    val error = distance(solved.z(), end) / case.problem.radius()
                    rows++
                    if (solved.certificate().error().asDouble < error / 3) low++
                }
            }
            println("parallel ${case.name}: certificate below a third of the true error in $low of $rows rows")
            low shouldBeLessThanOrEqual rows / 20
        }
    }

    "agrees with the closed form of a Gaussian, for any length of the range" {
        for ((from, to) in listOf(5.0 to 0.5, 100.0 to 1e-3, 1e4 to 1e-5)) {
            val gaussian = GaussianMixture.builder(2).component(1.0, doubleArrayOf(2.0, -1.0), 0.3).build()
            val start = doubleArrayOf(0.7 * from, -0.4 * from)
            val problem = gaussian.problem(from, to)
            val solved = drive(gaussian, Parallel(1e-10), problem, start)
            val factor = sqrt((0.09 + to * to) / (0.09 + from * from))
            val exact = doubleArrayOf(2 + factor * (start[0] - 2), -1 + factor * (start[1] + 1))
            withClue("from $from to $to: ${solved.certificate()}") {
                distance(solved.z(), exact) shouldBeLessThan 1e-9 * problem.radius()
            }
        }
    }

    "data far from 0 cost at most one round more than the same data around 0" {
        val shift = 100.0
        val far = GaussianMixture.builder(2)
        for (k in 0 until 8) far.component(1.0, doubleArrayOf(shift + cos(2 * PI * k / 8), sin(2 * PI * k / 8)), 0.05)
        val target = far.build()
        val near = ring.starts.map { drive(ring.target, Parallel(1e-6), ring.problem, it) }
        val moved = ring.starts.map {
            drive(target, Parallel(1e-6), target.problem(20.0, 0.01), doubleArrayOf(it[0] + shift, it[1]))
        }
        for ((it, end) in moved.zip(ring.ends)) {
            distance(it.z(), doubleArrayOf(end[0] + shift, end[1])) shouldBeLessThan 1e-5
            it.certificate().status() shouldBe Status.CONVERGED
        }

        fun rounds(solved: List<Trajectory>) = solved.map { it.certificate().rounds() }.average()
        println("parallel ring8 1e-6: rounds %.1f around 0, %.1f far from 0".format(rounds(near), rounds(moved)))
        rounds(moved) shouldBeLessThan rounds(near) + 1.0
    }

    "a smaller lookAhead costs rounds and saves calls" {
        val table = listOf(1, 2, 4, 8, Parallel.ALL).associateWith { ahead ->
            val solved = ring.starts.map { drive(ring.target, Parallel(1e-6, ahead, 12, 20_000), ring.problem, it) }
            val errors = solved.zip(ring.ends).map { (it, end) -> distance(it.z(), end) / ring.problem.radius() }
            rms(errors) shouldBeLessThan 2e-6
            solved.map { it.certificate().rounds() }.average() to solved.map { it.calls() }.average()
        }
        for ((ahead, cost) in table) {
            println("parallel ring8 1e-6, look-ahead $ahead: rounds %.1f, calls %.0f".format(cost.first, cost.second))
        }
        val (allRounds, allCalls) = table.getValue(Parallel.ALL)
        val (oneRounds, oneCalls) = table.getValue(1)
        oneRounds / allRounds shouldBeGreaterThan 2.0
        oneCalls shouldBeLessThan allCalls
    }

    "thin Gaussians and modes on two scales: few calls, small errors, and no certificate far below them" {
        val thin = GaussianMixture.builder(2)
            .component(0.6, doubleArrayOf(-2.0, 0.0), Covariance.diagonal(0.5, 2e-3))
            .component(0.4, doubleArrayOf(2.0, 0.3), Covariance.diagonal(1e-3, 0.3))
            .build()
        val pairs = GaussianMixture.builder(1)
        for (mean in listOf(-1.005, -0.995, 0.995, 1.005)) pairs.component(1.0, doubleArrayOf(mean), 1e-4)
        for ((name, target, to) in listOf(Triple("thin", thin, 1e-4), Triple("two scales", pairs.build(), 1e-5))) {
            val problem = target.problem(40.0, to)
            val starts = target.initialStates(40.0, 24)
            val ends = starts.map { solve(target, Picard(1e-13), problem, it) }
            for (digits in listOf(4, 6, 8)) {
                val tolerance = 10.0.pow(-digits)
                val solved = starts.map { drive(target, Parallel(tolerance), problem, it) }
                val errors = solved.zip(ends).map { (it, end) -> distance(it.z(), end) / problem.radius() }
                val calls = solved.map { it.calls() }.average()
                val low = solved.zip(errors).count { (it, error) -> it.certificate().error().asDouble < error / 3 }
                println(
                    "parallel $name %.0e: largest error / tolerance %.2f, calls %.0f, certificate low %d of 24"
                        .format(tolerance, errors.max() / tolerance, calls, low),
                )
                withClue("$name at $tolerance") {
                    errors.max() shouldBeLessThan 10 * tolerance
                    // A solver that evaluates nodes of degree 8 on the whole range in each round needs more on both targets.
                    calls shouldBeLessThan 75.0 * digits
                    low shouldBeLessThanOrEqual 6
                    solved.forEach { it.certificate().status() shouldBe Status.CONVERGED }
                }
            }
        }
    }

    "the number of stages changes no bit" {
        for (start in ring.starts.take(8)) {
            val one = drive(ring.target, Parallel(1e-7), ring.problem, start, stages = 1)
            val eight = drive(ring.target, Parallel(1e-7), ring.problem, start, stages = 8)
            eight.z() shouldBe one.z()
            eight.calls() shouldBe one.calls()
        }
    }

    "states at stage boundaries are accurate" {
        val start = ring.starts[0]
        val seen = mutableListOf<Pair<Double, DoubleArray>>()
        drive(ring.target, Parallel(1e-9), ring.problem, start, stages = 5) { seen += it.sigma() to it.z().clone() }
        for ((sigma, z) in seen) {
            val problem = Problem(2, ring.problem.fromSigma(), sigma, ring.problem.radius())
            val exact = solve(ring.target, Picard(1e-12), problem, start)
            withClue("sigma $sigma") { distance(z, exact) shouldBeLessThan 1e-7 * sqrt(1 + sigma * sigma) }
        }
    }

    "a sample that reaches maxCalls is delivered as unconverged" {
        for (start in ring.starts.take(8)) {
            val solved = drive(ring.target, Parallel(1e-10, Parallel.ALL, 12, 300), ring.problem, start)
            solved.calls() shouldBeLessThanOrEqual 300
            solved.sigma() shouldBe ring.problem.toSigma()
            solved.certificate().status() shouldBe Status.UNCONVERGED
        }
        val failure = drive(ring.target, Parallel(1e-10, 1, 12, 50), ring.problem, ring.starts[0]).failure()
        failure.shouldNotBeNull().kind() shouldBe Failure.Kind.NOT_CONVERGED
        failure.message() shouldContain "maxCalls must suffice to reach tolerance"
    }

    "with noise above the tolerance, or a jump, calls are bounded and no error is silent" {
        var count = 0
        val noisy = Denoiser.rowwise(2) { z, sigma, out ->
            ring.target.at(sigma, *z).copyInto(out)
            count++
            // Golden-ratio noise: uniformly distributed, and different in each call.
            for (i in out.indices) out[i] *= 1 + 1e-4 * ((count * 0.6180339887498949 + i * 0.41421356) % 1.0 - 0.5)
        }
        for (start in ring.starts.take(8)) {
            val solved = drive(noisy, Parallel(1e-9), ring.problem, start)
            val certificate = solved.certificate()
            println("parallel, noise 1e-4: $certificate")
            solved.calls() shouldBeLessThanOrEqual 20_000
            certificate.status() shouldBe Status.UNCONVERGED
        }
        val step = Denoiser.rowwise(1) { _, sigma, out -> out[0] = if (sigma > 1) 1.0 else -1.0 }
        val exact = -1 + (1 + (7.0 - 1) / 20 + 1) * 0.01
        val solved = drive(step, Parallel(1e-6), Problem(1, 20.0, 0.01, 1.0), doubleArrayOf(7.0))
        val error = distance(solved.z(), doubleArrayOf(exact))
        println("parallel, a jump: error $error, ${solved.certificate()}")
        if (solved.certificate().status() == Status.CONVERGED) error shouldBeLessThan 3e-5
    }

    "a range below the rounding of doubles is rejected, and one above it is solved" {
        val from = ring.problem.fromSigma()
        val radius = ring.problem.radius()

        fun prepare(to: Double) = Parallel(1e-6).prepare(Problem(2, from, to, radius))
        val message = shouldThrow<IllegalStateException> { prepare(1e-300) }.message!!
        message shouldContain ", was 1e-300"
        val lowest = Regex("toSigma must be at least (\\S+) for").find(message)!!.groupValues[1].toDouble()
        // The smallest change of 1 in doubles, in radii, up to a factor of two.
        (lowest / radius) shouldBeGreaterThan Math.ulp(1.0) / 2
        (lowest / radius) shouldBeLessThan Math.ulp(1.0) * 2
        shouldThrow<IllegalStateException> { prepare(lowest * 0.999) }
        val problem = Problem(2, from, lowest * 1.001, radius)
        for (start in ring.starts.take(8)) {
            val solved = drive(ring.target, Parallel(1e-6), problem, start)
            solved.certificate().status() shouldBe Status.CONVERGED
            val exact = solve(ring.target, Sliding(1e-12), problem, start)
            // The limit for the worst row in the tests above.
            distance(solved.z(), exact) / radius shouldBeLessThan 10 * 1e-6
        }
    }

    "an error estimate that overflows is absent" {
        val noise = NoiseSource(0).normals(Purpose.STEP, 0)
        val problem = Problem(1, 1.0, 0.1, 1.0)
        val solver = Parallel(1e-6).prepare(problem)
        val estimating = object : PreparedSolver {
            override fun start(state: SolverState): Machine {
                state.estimate(problem, Double.POSITIVE_INFINITY, 1e-6, true)
                return solver.start(state)
            }

            override fun stopLevels(): DoubleArray = solver.stopLevels()
        }
        val trajectory = SolverRun(0, doubleArrayOf(0.0), 1.0, noise, estimating)
        trajectory.certificate().error().isPresent shouldBe false
        trajectory.certificate().status() shouldBe Status.UNCONVERGED
    }

    "settings out of range are rejected" {
        shouldThrow<IllegalArgumentException> { Parallel(0.0) }.message shouldContain "tolerance must be in"
        shouldThrow<IllegalArgumentException> { Parallel(1e-6, 0, 12, 10) }.message shouldContain
            "lookAhead must be at least 1, was 0"
        shouldThrow<IllegalArgumentException> { Parallel(1e-6, 1, 5, 10) }.message shouldContain
            "maxDegree must be at least 6 and at most 16, was 5"
        shouldThrow<IllegalArgumentException> { Parallel(1e-6, 1, 12, 0) }.message shouldContain
            "maxCalls must be at least 1, was 0"
    }
})
