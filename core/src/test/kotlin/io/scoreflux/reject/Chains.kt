package io.scoreflux.reject

import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.InitialDistribution
import io.scoreflux.model.Moments
import io.scoreflux.model.at
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Solver
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.drive
import org.apache.commons.statistics.distribution.NormalDistribution
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.cos
import kotlin.math.max
import kotlin.math.sin
import kotlin.math.sqrt

/** 0.6 N(-1, 0.3^2) + 0.4 N(1.2, 0.4^2). */
internal fun twoModes(): GaussianMixture =
    GaussianMixture.builder(1).component(0.6, doubleArrayOf(-1.0), 0.3).component(0.4, doubleArrayOf(1.2), 0.4).build()

/** Eight Gaussians of std 0.1 on the unit circle. */
internal fun wideRing(): GaussianMixture {
    val builder = GaussianMixture.builder(2)
    for (k in 0 until 8) builder.component(1.0, doubleArrayOf(cos(2 * PI * k / 8), sin(2 * PI * k / 8)), 0.1)
    return builder.build()
}

/** A denoiser whose values lie in the first two of [dimension] axes. */
internal fun embedded(plane: Denoiser, dimension: Int) = Denoiser.rowwise(dimension) { z, sigma, out ->
    out.fill(0.0)
    plane.at(sigma, z[0], z[1]).copyInto(out)
}

/** Runs the chains [0, n) of a solver. */
internal fun chains(
    denoiser: Denoiser,
    moments: Moments,
    solver: Solver,
    problem: Problem,
    n: Int,
    seed: Long = 1,
): List<Trajectory> {
    val start = InitialDistribution(problem.dimension(), moments, problem.fromSigma())
    val prepared = solver.prepare(problem)
    val source = NoiseSource(seed)
    return List(n) { index ->
        val at = index.toLong()
        drive(
            denoiser,
            prepared,
            problem,
            start.draw(source.normals(Purpose.START, at)),
            noise = source.normals(Purpose.STEP, at),
            index = at,
        ).also { check(it.failure() == null) { it.failure().toString() } }
    }
}

internal fun chains(mixture: GaussianMixture, solver: Solver, problem: Problem, n: Int, seed: Long = 1) =
    chains(mixture, mixture.moments().get(), solver, problem, n, seed)

/** The distribution function of [twoModes] at noise level [sigma]. */
internal fun twoModesBelow(x: Double, sigma: Double): Double {
    val left = NormalDistribution.of(-1.0, sqrt(0.09 + sigma * sigma))
    val right = NormalDistribution.of(1.2, sqrt(0.16 + sigma * sigma))
    return 0.6 * left.cumulativeProbability(x) + 0.4 * right.cumulativeProbability(x)
}

/** Kolmogorov's distance times sqrt(n), which exceeds 1.95 with p = 1e-3. */
internal fun kolmogorov(values: List<Double>, below: (Double) -> Double): Double {
    val sorted = values.sorted()
    val n = sorted.size
    return sqrt(n.toDouble()) * sorted.indices.maxOf {
        max(abs((it + 1.0) / n - below(sorted[it])), abs(below(sorted[it]) - it.toDouble() / n))
    }
}

internal fun List<Trajectory>.meanCalls() = sumOf { it.calls() }.toDouble() / size

/** The standard error of [meanCalls]. */
internal fun List<Trajectory>.callsError(): Double {
    val mean = meanCalls()
    return sqrt(sumOf { (it.calls() - mean) * (it.calls() - mean) } / (size - 1) / size)
}

internal fun List<Trajectory>.clipping() = ClippingBound().also { bound -> forEach { bound.add(it.certificate()) } }

/** The variance of samples of [wideRing] around their nearest centers, for each axis, divided by its value at noise level [sigma], minus 1. */
internal fun List<Trajectory>.ringVarianceError(sigma: Double): Double {
    val square = sumOf { chain ->
        (0 until 8).minOf { k ->
            val dx = chain.z()[0] - cos(2 * PI * k / 8)
            val dy = chain.z()[1] - sin(2 * PI * k / 8)
            dx * dx + dy * dy
        }
    }
    return square / (2 * size) / (0.01 + sigma * sigma) - 1
}
