package io.scoreflux.solve.sliding

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Denoiser
import io.scoreflux.model.at
import io.scoreflux.model.distance
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Solver
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.drive
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.rms
import java.util.Random
import kotlin.math.PI
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.ln1p
import kotlin.math.pow
import kotlin.math.round
import kotlin.math.sin
import kotlin.math.sqrt

/** The denoisers belong to a Gaussian of standard deviation [STD]: the flow is linear and its ends are known. */
class RoughDenoiserSpec : FreeSpec({
    "a ripple in time: 5, 5 and 10 tolerances in 60, 150 and 400 calls, and the certificate is not low" {
        for (seed in 1L..3L) {
            val ripple = Ripple(seed)
            var before = Double.POSITIVE_INFINITY
            val limits = listOf(Triple(1e-2, 5, 60), Triple(1e-3, 5, 150), Triple(1e-4, 10, 400))
            for ((tolerance, share, calls) in limits) {
                val solved = ripple.starts.map { drive(ripple.denoiser, Sliding(tolerance), RIPPLED, it) }
                val errors = solved.zip(ripple.starts).map { (it, start) -> error(it.z(), ripple.end(start)) }
                val low = solved.zip(errors).count { (it, error) -> 3 * it.certificate().error().asDouble < error }
                withClue("seed $seed at $tolerance: rms error ${rms(errors)}, ${solved.map { it.calls() }}, $low low") {
                    rms(errors) shouldBeLessThanOrEqual share * tolerance
                    solved.maxOf { it.calls() } shouldBeLessThanOrEqual calls.toLong()
                    rms(errors) shouldBeLessThanOrEqual before
                    low shouldBe 0
                }
                before = rms(errors)
            }
        }
    }

    "picard and parallel on a ripple: finer tolerances gain, in at most 5,000 calls, and certificates are not low" {
        val ripple = Ripple(1)
        val solvers = listOf<(Double) -> Solver>({ Picard(it) }, { Parallel(it) })
        for (solver in solvers) {
            var before = Double.POSITIVE_INFINITY
            for (tolerance in listOf(1e-2, 1e-3, 1e-4, 1e-6)) {
                val solved = ripple.starts.map { drive(ripple.denoiser, solver(tolerance), RIPPLED, it) }
                val errors = solved.zip(ripple.starts).map { (it, start) -> error(it.z(), ripple.end(start)) }
                withClue(
                    "${solver(tolerance).name()} at $tolerance: rms error ${rms(errors)}, ${solved.map {
                        it.calls()
                    }}",
                ) {
                    rms(errors) shouldBeLessThanOrEqual before
                    solved.maxOf { it.calls() } shouldBeLessThanOrEqual 5000L
                    solved.zip(errors).count { (it, error) -> it.isOff(error) } shouldBe 0
                }
                before = rms(errors)
            }
        }
    }

    "below the smallest useful tolerance, the steps and the samples stay the same" {
        val ripple = Ripple(2)
        val ends = listOf(1e-5, 1e-6).map { tolerance ->
            ripple.starts.map { drive(ripple.denoiser, Sliding(tolerance), RIPPLED, it).z().toList() }
        }
        ends[1] shouldBe ends[0]
    }

    "equal steps have order 3 on a smooth denoiser, and their estimate is not low" {
        val gaussian = Denoiser.rowwise(DIMENSION) { z, sigma, out ->
            for (i in z.indices) out[i] = slope(sigma) * z[i]
        }
        val start = DoubleArray(DIMENSION) { RIPPLED.fromSigma() * Random(3).nextGaussian() }
        val end = DoubleArray(DIMENSION) { start[it] * scale(RIPPLED.toSigma()) / scale(RIPPLED.fromSigma()) }
        val solved = listOf(1e-2, 1e-3, 1e-4).map { evenSteps(gaussian, start, it) }
        val errors = solved.map { error(it.z(), end) }
        for (k in 0..1) {
            val steps = solved.map { it.certificate().intervals().toDouble() }
            withClue("errors $errors of $steps steps") {
                ln(errors[k] / errors[k + 1]) / ln(steps[k + 1] / steps[k]) shouldBeGreaterThan 2.7
            }
        }
        solved.zip(errors).forEach { (it, error) -> 3 * it.certificate().error().asDouble shouldBeGreaterThan error }
    }

    "independent errors: the estimate is between a third and ten times the error for 19 of 20 rows" {
        var low = 0
        var high = 0
        for (row in 0 until NOISY_ROWS) {
            val random = Random(row.toLong())
            val noisy = Denoiser.rowwise(DIMENSION) { z, sigma, out ->
                // As in a network, D is a function: the error depends on the noise level alone.
                val error = Random(row + sigma.toRawBits())
                for (i in z.indices) out[i] = slope(sigma) * z[i] + 0.1 * scale(sigma) * error.nextGaussian()
            }
            val start = DoubleArray(DIMENSION) { RIPPLED.fromSigma() * random.nextGaussian() }
            val end = DoubleArray(DIMENSION) { start[it] * scale(RIPPLED.toSigma()) / scale(RIPPLED.fromSigma()) }
            val solved = evenSteps(noisy, start, 1e-3)
            val estimate = solved.certificate().error().asDouble
            if (3 * estimate < error(solved.z(), end)) low++
            if (estimate > 10 * error(solved.z(), end)) high++
        }
        low shouldBeLessThanOrEqual NOISY_ROWS / 20
        high shouldBeLessThanOrEqual NOISY_ROWS / 20
    }

    "a smooth denoiser is not rough: it takes few calls at all tolerances" {
        val gaussian = Denoiser.rowwise(DIMENSION) { z, sigma, out ->
            for (i in z.indices) out[i] = slope(sigma) * z[i]
        }
        val start = DoubleArray(DIMENSION) { RIPPLED.fromSigma() * Random(4).nextGaussian() }
        for (digits in 2..12) {
            val solved = drive(gaussian, Sliding(10.0.pow(-digits)), RIPPLED, start)
            withClue("1e-$digits") { solved.calls() shouldBeLessThanOrEqual 10L + 12 * digits }
        }
    }

    "a limit on calls that does not suffice for the equal steps is kept, and the sample does not converge" {
        val ripple = Ripple(1)
        for (most in 13..60 step 7) {
            val solved = drive(ripple.denoiser, Sliding(1e-3, 12, most), RIPPLED, ripple.starts[0])
            withClue("$most calls") {
                solved.calls() shouldBeLessThanOrEqual most.toLong()
                solved.certificate().status() shouldBe Status.UNCONVERGED
                solved.sigma() shouldBe RIPPLED.toSigma()
            }
        }
    }

    "a time rounded to levels: at most 1,000 calls, finer tolerances gain, and 19 of 20 certificates hold" {
        for (levels in listOf(1000, 100)) {
            val rounded = Levels(levels)
            var coarse = Double.POSITIVE_INFINITY
            var off = 0
            for (digits in 2..10) {
                val solved = rounded.starts.map { drive(rounded.denoiser, Sliding(10.0.pow(-digits)), LEVELLED, it) }
                val errors = solved.zip(rounded.starts).map { (it, start) -> error(it.z(), rounded.end(start)) }
                withClue("$levels levels at 1e-$digits: rms error ${rms(errors)}, at 1e-2 $coarse") {
                    solved.maxOf { it.calls() } shouldBeLessThanOrEqual 1000L
                    rms(errors) shouldBeLessThanOrEqual if (digits < 6) coarse else coarse / 3
                }
                off += solved.zip(errors).count { (it, error) -> it.isOff(error) }
                if (digits == 2) coarse = rms(errors)
            }
            withClue("$levels levels: $off converged rows are more than three certificates off") {
                off shouldBeLessThanOrEqual MOST_OFF
            }
        }
    }
}) {
    /** A ripple of the predicted noise in the timestep of DDPM's linear schedule, of the rms [SIZE] per number. */
    private class Ripple(seed: Long) {
        private val random = Random(seed)
        private val amplitude = List(FREQUENCIES) {
            DoubleArray(DIMENSION) { random.nextGaussian() * sqrt(2.0 / FREQUENCIES) }
        }
        private val phase = List(FREQUENCIES) { DoubleArray(DIMENSION) { 2 * PI * random.nextDouble() } }
        val starts = List(ROWS) { DoubleArray(DIMENSION) { RIPPLED.fromSigma() * random.nextGaussian() } }

        val denoiser = Denoiser.rowwise(DIMENSION) { z, sigma, out ->
            for (i in z.indices) out[i] = slope(sigma) * z[i] + ripple(sigma, i)
        }

        private fun ripple(sigma: Double, i: Int): Double {
            val integral = ln1p(sigma * sigma)
            val timestep = 2000 * integral / (0.1 + sqrt(0.01 + 4 * 9.95 * integral))
            val sum = (0 until FREQUENCIES).sumOf {
                amplitude[it][i] * sin(10.0.pow(-2.0 * it / (FREQUENCIES - 1)) * timestep + phase[it][i])
            }
            return sigma * SIZE * sum
        }

        /** The solution is S (z / S + int ripple / S dtau), S^2 = std^2 + sigma^2; the integral by Simpson's rule. */
        private val integral: DoubleArray = run {
            val from = ln(RIPPLED.toSigma())
            val h = (ln(RIPPLED.fromSigma()) - from) / INTERVALS
            val sum = DoubleArray(DIMENSION)
            for (k in 0..INTERVALS) {
                val sigma = exp(from + k * h)
                val weight = h / 3 * if (k == 0 || k == INTERVALS) {
                    1
                } else if (k % 2 == 1) {
                    4
                } else {
                    2
                }
                for (i in 0 until DIMENSION) sum[i] += weight * ripple(sigma, i) / scale(sigma)
            }
            sum
        }

        fun end(start: DoubleArray) = DoubleArray(DIMENSION) {
            scale(RIPPLED.toSigma()) * (start[it] / scale(RIPPLED.fromSigma()) + integral[it])
        }
    }

    /** D at ln sigma rounded to equal levels; between two jumps, the flow is z' = (1 - c) z with a constant c. */
    private class Levels(private val count: Int) {
        private val top = ln(LEVELLED.fromSigma())
        private val width = (top - ln(LEVELLED.toSigma())) / count
        val starts = List(ROWS) { row ->
            val random = Random(row.toLong())
            DoubleArray(DIMENSION) { LEVELLED.fromSigma() * random.nextGaussian() }
        }

        private fun level(k: Double) = exp(top - width * k)

        val denoiser = Denoiser.rowwise(DIMENSION) { z, sigma, out ->
            for (i in z.indices) out[i] = slope(level(round((top - ln(sigma)) / width))) * z[i]
        }

        fun end(start: DoubleArray): DoubleArray {
            val exponent = (0..count).sumOf { k ->
                val length = width * if (k == 0 || k == count) 0.5 else 1.0
                length * (1 - slope(level(k.toDouble())))
            }
            return DoubleArray(DIMENSION) { start[it] * exp(-exponent) }
        }
    }

    private companion object {
        const val DIMENSION = 16
        const val ROWS = 6
        const val STD = 0.5
        const val SIZE = 3e-3
        const val FREQUENCIES = 16
        const val INTERVALS = 20_000
        const val NOISY_ROWS = 60
        const val RADIUS = 2.0

        /** 5 per cent of the rows of all tolerances. */
        const val MOST_OFF = 2
        val RIPPLED = Problem(DIMENSION, 150.0, 0.01, RADIUS)
        val LEVELLED = Problem(DIMENSION, 80.0, 0.002, RADIUS)

        fun slope(sigma: Double) = STD * STD / (STD * STD + sigma * sigma)

        fun scale(sigma: Double) = sqrt(STD * STD + sigma * sigma)

        fun error(z: DoubleArray, end: DoubleArray) = distance(z, end) / RADIUS

        /** Solves with equal steps alone. */
        fun evenSteps(denoiser: Denoiser, start: DoubleArray, tolerance: Double): Trajectory {
            val solver = PreparedSolver.of(
                { trajectory ->
                    val window = StartWindow(trajectory.z(), RIPPLED.fromSigma(), RADIUS)
                    denoiser.at(RIPPLED.fromSigma(), *start).copyInto(window.answer)
                    EvenSteps(
                        trajectory,
                        RIPPLED,
                        tolerance,
                        StepTolerance(tolerance, RADIUS, false),
                        StepRange(RIPPLED.fromSigma(), RIPPLED, tolerance),
                        window,
                        1000,
                        0.0,
                    )
                },
                0,
                1,
            )
            return drive(denoiser, solver, RIPPLED, start)
        }

        /** Returns whether a row is converged and more than three certificates off. */
        fun Trajectory.isOff(error: Double) =
            certificate().status() == Status.CONVERGED && error > 3 * certificate().error().asDouble
    }
}
