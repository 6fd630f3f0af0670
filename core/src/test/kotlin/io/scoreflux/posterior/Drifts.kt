package io.scoreflux.posterior

import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Observation
import io.scoreflux.model.ObservedDirections
import kotlin.math.exp
import kotlin.math.ln

/** Two components of different shapes in the plane. */
val twoShapes: List<GaussianMixture.Component> = listOf(
    GaussianMixture.Component(0.4, doubleArrayOf(-0.8, 0.3), Covariance.diagonal(0.4, 0.7)),
    GaussianMixture.Component(0.6, doubleArrayOf(0.9, -0.2), Covariance.diagonal(0.6, 0.3)),
)

/** Two directions with noise of 0.1 and 0.8. */
val unequalNoise: ObservedDirections = Observation
    .linear(
        arrayOf(doubleArrayOf(1.0, 0.5), doubleArrayOf(-0.2, 0.4)),
        doubleArrayOf(0.7, -0.3),
        Covariance.diagonal(0.1, 0.4),
    )
    .directions(2)

/** ln p_s(z) of the components. */
fun logPrior(z: DoubleArray, s: Double): Double {
    val logs = twoShapes.map { one ->
        ln(one.weight()) +
            z.indices.sumOf { i -> logNormal(z[i] - one.mean()[i], one.covariance().variance(i) + s * s) }
    }
    val most = logs.max()
    return most + ln(logs.sumOf { exp(it - most) })
}

fun logNormal(offset: Double, variance: Double): Double =
    -0.5 * (offset * offset / variance + ln(2 * Math.PI * variance))

/** The sum of ln N(y_i; z_i, gap_i). */
fun logFactor(directions: ObservedDirections, z: DoubleArray, gap: (Int) -> Double): Double =
    (0 until directions.count()).sumOf { logNormal(directions.value(it) - directions.coordinate(it, z, 0), gap(it)) }
