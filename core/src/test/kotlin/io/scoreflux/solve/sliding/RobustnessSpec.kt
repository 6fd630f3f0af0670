package io.scoreflux.solve.sliding

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.at
import io.scoreflux.model.distance
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.drive
import io.scoreflux.solve.problem
import io.scoreflux.solve.ring8
import io.scoreflux.solve.rms
import io.scoreflux.solve.solve
import io.scoreflux.solve.starts
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.cos
import kotlin.math.sin

/** The default solver where the denoiser, the problem or the settings are hard. Prints a table. */
class RobustnessSpec : FreeSpec({
    val rows = 16

    /** Deterministic noise, spread over [-1, 1], another for each bit of the question. */
    fun noise(z: DoubleArray, sigma: Double, i: Int): Double {
        var hash = sigma.toBits() * -7046029254386353131L + i
        for (x in z) hash = (hash xor x.toBits()) * -4417276706812531889L
        hash = (hash xor (hash ushr 29)) * -7723592293110705685L
        return (hash ushr 11).toDouble() / (1L shl 52) - 1
    }

    fun mapped(target: Denoiser, map: (DoubleArray, Double, Int, Double) -> Double) =
        Denoiser.rowwise(target.dimension()) { z, sigma, out ->
            val clean = target.at(sigma, *z)
            for (i in out.indices) out[i] = map(z, sigma, i, clean[i])
        }

    fun ring(std: Double): GaussianMixture {
        val builder = GaussianMixture.builder(2)
        for (k in 0 until 8) builder.component(1.0, std, cos(2 * PI * k / 8), sin(2 * PI * k / 8))
        return builder.build()
    }

    /** Solves, prints a line, and refuses a converged sample whose error is far above the tolerance and its certificate. */
    fun measure(
        name: String,
        denoiser: Denoiser,
        problem: Problem,
        starts: List<DoubleArray>,
        ends: List<DoubleArray>,
        tolerance: Double,
        mostCalls: Long,
    ): List<Trajectory> {
        val solved = starts.map { drive(denoiser, Sliding(tolerance), problem, it) }
        val errors = solved.zip(ends).map { (it, end) ->
            if (it.failure() == null) distance(it.z(), end) / problem.radius() else Double.NaN
        }
        val certificates = solved.map { it.certificate() }
        val known = errors.filter { !it.isNaN() }
        println(
            "sliding, %-28s %.0e: calls %.0f (most %d), rms error %.1e, worst %.1e, estimate %.1e, %s".format(
                name,
                tolerance,
                solved.map { it.calls() }.average(),
                solved.maxOf { it.calls() },
                rms(known),
                known.maxOrNull() ?: Double.NaN,
                rms(certificates.mapNotNull { if (it.error().isPresent) it.error().asDouble else null }),
                certificates.groupingBy { it.status() }.eachCount(),
            ),
        )
        for ((row, certificate) in certificates.withIndex()) {
            withClue("$name, tolerance $tolerance, row $row: error ${errors[row]}, $certificate") {
                certificate.calls() shouldBeLessThan mostCalls
                if (certificate.status() == Status.CONVERGED) {
                    (errors[row] < 30 * tolerance || errors[row] < 10 * certificate.error().asDouble) shouldBe true
                }
            }
        }
        return solved
    }

    val target = ring8()
    val problem = target.problem(20.0, 0.005)
    val starts = target.starts(20.0, rows)
    val ends = starts.map { solve(target, Sliding(1e-13), problem, it) }

    "float32 answers, and noise of 1e-7 and 1e-4 in them" {
        for (tolerance in listOf(1e-4, 1e-7, 1e-10)) {
            measure("clean", target, problem, starts, ends, tolerance, 200)
            val float = mapped(target) { _, _, _, d -> d.toFloat().toDouble() }
            measure("float32", float, problem, starts, ends, tolerance, 4000)
            for (size in listOf(1e-7, 1e-4)) {
                val noisy = mapped(target) { z, sigma, i, d -> d * (1 + size * noise(z, sigma, i)) }
                measure("relative noise %.0e".format(size), noisy, problem, starts, ends, tolerance, 4001)
            }
        }
    }

    "a kink, and a jump of 5 per cent, at sigma 0.3" {
        val kinked = mapped(target) { _, sigma, _, d -> d * (1 + 0.2 * abs(sigma - 0.3)) }
        val jumping = mapped(target) { _, sigma, _, d -> if (sigma < 0.3) 1.05 * d else d }
        for ((name, denoiser) in listOf("a kink" to kinked, "a jump" to jumping)) {
            // Landing on the place and going on from there is smooth on both sides.
            val exact = starts.map { start ->
                val upper = Problem(2, 20.0, 0.3, problem.radius())
                val lower = Problem(2, Math.nextDown(0.3), 0.005, problem.radius())
                solve(denoiser, Sliding(1e-12), lower, solve(denoiser, Sliding(1e-12), upper, start))
            }
            for (tolerance in listOf(1e-4, 1e-7, 1e-10)) {
                measure(name, denoiser, problem, starts, exact, tolerance, 1000)
            }
        }
    }

    "components of a thousandth of the radius, sigma from 1e4 to 1e-5, one dimension" {
        val narrow = ring(1e-3)
        val line = GaussianMixture.builder(1).component(0.7, 0.05, -1.0).component(0.3, 0.2, 1.0).build()
        val cases = listOf(
            Triple("std 1e-3", narrow, narrow.problem(20.0, 1e-4)),
            Triple("sigma 1e4 to 1e-5", target, target.problem(1e4, 1e-5)),
            Triple("one dimension", line, line.problem(20.0, 0.005)),
        )
        for ((name, mixture, own) in cases) {
            val from = mixture.starts(own.fromSigma(), rows)
            val exact = from.map { solve(mixture, Sliding(1e-13), own, it) }
            for (tolerance in listOf(1e-4, 1e-7, 1e-10)) {
                measure(name, mixture, own, from, exact, tolerance, 300)
            }
        }
    }

    "tolerance 1e-13" {
        measure("clean", target, problem, starts, starts.map { solve(target, Sliding(1e-14), problem, it) }, 1e-13, 500)
    }

    "a start exactly between two modes ends there, or its certificate says that it cannot tell" {
        val pair = GaussianMixture.builder(2).component(0.5, 0.1, -1.0, 0.0).component(0.5, 0.1, 1.0, 0.0).build()
        val own = pair.problem(20.0, 0.01)
        for (tolerance in listOf(1e-4, 1e-7, 1e-10)) {
            val middle = doubleArrayOf(0.0, 7.0)
            // On the axis D is that of one Gaussian of standard deviation 0.1 in the second coordinate, and 0 in the first.
            val end = doubleArrayOf(0.0, 7.0 * kotlin.math.sqrt((0.01 + 0.0001) / (0.01 + 400)))
            measure("between two modes", pair, own, listOf(middle), listOf(end), tolerance, 300)
        }
    }

    "a radius that is wrong by three or ten" {
        for (factor in listOf(0.1, 0.3, 3.0, 10.0)) {
            val wrong = Problem(2, 20.0, 0.005, factor * problem.radius())
            for (tolerance in listOf(1e-4, 1e-7)) {
                // The same absolute tolerance.
                val solved = starts.map { drive(target, Sliding(tolerance / factor), wrong, it) }
                val errors = solved.zip(ends).map { (it, end) -> distance(it.z(), end) / problem.radius() }
                println(
                    "sliding, radius x %-4s %.0e: calls %.0f, rms error %.1e, worst %.1e".format(
                        factor,
                        tolerance,
                        solved.map { it.calls() }.average(),
                        rms(errors),
                        errors.max(),
                    ),
                )
                solved.zip(errors).forEach { (it, error) ->
                    val certificate = it.certificate()
                    if (certificate.status() == Status.CONVERGED) {
                        withClue("radius x $factor, $tolerance: error $error, $certificate") {
                            (error < 30 * tolerance || error < 10 * factor * certificate.error().asDouble) shouldBe true
                        }
                    }
                }
            }
        }
    }
})
