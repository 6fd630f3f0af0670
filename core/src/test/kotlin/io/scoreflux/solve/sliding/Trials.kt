package io.scoreflux.solve.sliding

import io.scoreflux.error.Failure
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.distance
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Problem
import io.scoreflux.solve.drive
import io.scoreflux.solve.rms
import io.scoreflux.solve.solve
import io.scoreflux.state.Rows
import java.util.Random
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt

/** One solved row: its calls, and its true and estimated error relative to the radius of the problem. */
internal data class Outcome(
    val row: Int,
    val status: Status,
    val calls: Long,
    val error: Double,
    val estimate: Double,
    val failure: Failure?,
) {
    /** Whether the error is silent: converged, an error above 30 tolerances, and an estimate below a third of it. */
    fun lies(tolerance: Double) = status == Status.CONVERGED && error > 30 * tolerance && estimate < error / 3

    /** Whether the error is more than three times the estimate. */
    fun understated() = status != Status.FAILED && estimate < error / 3
}

/** The outcomes of one case at one tolerance. */
internal class Trial(val tolerance: Double, val outcomes: List<Outcome>) {
    private val ended = outcomes.filter { it.status != Status.FAILED }
    private val errors = ended.map { it.error }
    val meanCalls = outcomes.map { it.calls.toDouble() }.average()
    val mostCalls = outcomes.maxOf { it.calls }
    val rmsError = if (ended.isEmpty()) Double.NaN else rms(errors)
    val worstError = errors.maxOrNull() ?: Double.NaN
    private val meanEstimate = ended.map { it.estimate }.average()
    val lies = outcomes.filter { it.lies(tolerance) }

    fun count(status: Status) = outcomes.count { it.status == status }

    fun line(name: String): String =
        "| %-30s | %.0e | %5.0f %5d | %.1e %.1e | %.1e %3d | %3d %3d %3d | %3d |".format(
            name,
            tolerance,
            meanCalls,
            mostCalls,
            rmsError,
            worstError,
            meanEstimate,
            outcomes.count { it.understated() },
            count(Status.CONVERGED),
            count(Status.UNCONVERGED),
            count(Status.FAILED),
            lies.size,
        )

    companion object {
        const val HEAD =
            "| case                           | tol   | calls: mean, most | error: rms, worst " +
                "| certificate: mean, low | converged, unconverged, failed | lies |"
    }
}

/** Solves all [starts] by [Sliding] to [tolerance] and compares with [ends]. */
internal fun measure(
    denoiser: Denoiser,
    problem: Problem,
    starts: List<DoubleArray>,
    ends: List<DoubleArray>,
    tolerance: Double,
): Trial = Trial(
    tolerance,
    starts.indices.map {
        val solved = drive(denoiser, Sliding(tolerance), problem, starts[it])
        val certificate = solved.certificate()
        Outcome(
            it,
            certificate.status(),
            certificate.calls(),
            distance(solved.z(), ends[it]) / problem.radius(),
            certificate.error().orElse(Double.NaN),
            certificate.failure(),
        )
    },
)

/** Returns this denoiser with every value changed by [change], which takes state, sigma and value and overwrites the value. */
internal fun Denoiser.changed(change: (DoubleArray, Double, DoubleArray) -> Unit): Denoiser {
    val clean = this
    return Denoiser.rowwise(dimension()) { z, sigma, out ->
        val row = Rows(z.size, 1)
        row.append(z, 0, sigma)
        clean.denoise(row, out)
        change(z, sigma, out)
    }
}

/** Rounds values to 24 bits. */
internal fun Denoiser.inFloat32(): Denoiser =
    changed { _, _, out -> for (k in out.indices) out[k] = out[k].toFloat().toDouble() }

/** Multiplies each number by 1 + [size] g, where g is normal and follows from a hash of the row: repeatable, but different for each row. */
internal fun Denoiser.withNoise(size: Double): Denoiser = changed { z, sigma, out ->
    val seed = z.fold(mixed(sigma.toRawBits())) { hash, number -> mixed(hash xor number.toRawBits()) }
    val normals = Random(seed)
    for (k in out.indices) out[k] *= 1 + size * normals.nextGaussian()
}

private fun mixed(bits: Long): Long {
    var x = bits + -0x61c8864680b583ebL
    x = (x xor (x ushr 30)) * -0x40a7b892e31b1a47L
    x = (x xor (x ushr 27)) * -0x6b2fb644ecceee15L
    return x xor (x ushr 31)
}

/**
 * The probability flow of a mixture of Gaussians on a line in closed form. Each state keeps its quantile, so the end is where the
 * distribution function has the same value as at the start. No differential equation is solved.
 */
internal class QuantileFlow(
    private val weights: DoubleArray,
    private val stds: DoubleArray,
    private val means: DoubleArray,
) {
    private val total = weights.sum()

    fun end(z: Double, from: Double, to: Double): Double {
        // Uses the nearer tail, whose probability has full relative precision.
        val upper = tail(z, from, 1.0) < 0.5
        val side = if (upper) 1.0 else -1.0
        val target = tail(z, from, side)
        var low = means.min() - 60 * (stds.max() + to)
        var high = means.max() + 60 * (stds.max() + to)
        while (true) {
            val middle = low + (high - low) / 2
            if (middle <= low || middle >= high) return middle
            if ((tail(middle, to, side) > target) == upper) low = middle else high = middle
        }
    }

    /** The probability beyond z: above z for [side] 1, below it for -1. */
    private fun tail(z: Double, sigma: Double, side: Double): Double = weights.indices.sumOf {
        val spread = sqrt(stds[it] * stds[it] + sigma * sigma)
        weights[it] / total * upperTail(side * (z - means[it]) / spread)
    }

    /** The upper tail probability of the standard normal distribution. */
    private fun upperTail(x: Double): Double = when {
        x < 0 -> {
            1 - upperTail(-x)
        }

        x < 2 -> {
            var term = x
            var sum = x
            var k = 1
            while (term > 1e-18 * sum) {
                term *= x * x / (2 * k + 1)
                sum += term
                k++
            }
            0.5 - sum * exp(-x * x / 2) / sqrt(2 * PI)
        }

        else -> {
            var fraction = x
            for (k in 300 downTo 1) fraction = x + k / fraction
            exp(-x * x / 2) / sqrt(2 * PI) / fraction
        }
    }
}

/** Solves a trajectory in pieces of the noise range, each with its own denoiser. */
internal fun piecewise(
    pieces: List<Pair<Double, Denoiser>>,
    problem: Problem,
    start: DoubleArray,
    tolerance: Double,
): DoubleArray {
    var state = start
    var from = problem.fromSigma()
    for ((to, denoiser) in pieces) {
        val piece = Problem(problem.dimension(), from, to, problem.radius())
        state = solve(denoiser, Sliding(tolerance), piece, state)
        from = to
    }
    return state
}

/** A mixture of four Gaussians with different weights and widths in eight dimensions, of radius about 1. */
internal fun uneven8(): GaussianMixture {
    val builder = GaussianMixture.builder(8)
    val random = Random(8)
    for ((weight, std) in listOf(0.4 to 0.2, 0.3 to 0.1, 0.2 to 0.05, 0.1 to 0.02)) {
        val mean = DoubleArray(8) { random.nextGaussian() }
        val length = distance(mean, DoubleArray(8))
        builder.component(weight, DoubleArray(8) { mean[it] / length }, std)
    }
    return builder.build()
}

/** A triangular function of height 1 around ln sigma = ln [centre] with sides of width 1. It is continuous, and its derivative is not. */
internal fun tent(sigma: Double, centre: Double): Double = maxOf(0.0, 1 - abs(ln(sigma / centre)))
