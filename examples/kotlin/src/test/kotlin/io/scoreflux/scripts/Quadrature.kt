package io.scoreflux.scripts

import java.io.File
import kotlin.math.exp
import kotlin.math.ln1p
import kotlin.math.sqrt

/** Means and deviations of three coefficients. */
internal class Quadrature private constructor(val mean: DoubleArray, val deviation: DoubleArray) {
    companion object {
        private const val STEPS = 22

        /**
         * Those of the regression of `posterior.kts`, by the trapezoidal rule on a box that holds all but a negligible part of the distribution: of
         * a smooth density that vanishes at the box's ends, it converges exponentially.
         */
        fun of(csv: File): Quadrature {
            val rows = csv.readLines().map { it.split(",") }
            val column = { name: String -> rows.drop(1).map { it[rows[0].indexOf(name)].toDouble() } }
            val y = column("malignant")
            val features = listOf("radius", "texture").map { scaled(column(it)) }
            val centre = doubleArrayOf(-0.7, 3.5, 0.9)
            val half = doubleArrayOf(1.1, 2.0, 1.1)
            val points = buildList {
                for (i in 0..STEPS) for (j in 0..STEPS) for (k in 0..STEPS) add(intArrayOf(i, j, k))
            }.map { at -> DoubleArray(3) { centre[it] + half[it] * (2.0 * at[it] / STEPS - 1) } }
            val logs = points.map { b ->
                y.indices.sumOf { i ->
                    val eta = b[0] + b[1] * features[0][i] + b[2] * features[1][i]
                    eta * y[i] - (if (eta > 0) eta + ln1p(exp(-eta)) else ln1p(exp(eta)))
                } - b.sumOf { it * it } / (2 * 2.5 * 2.5)
            }
            val highest = logs.max()
            val weights = logs.map { exp(it - highest) }
            val total = weights.sum()
            val moment = { of: (DoubleArray) -> Double ->
                points.indices.sumOf { weights[it] * of(points[it]) } / total
            }
            val mean = DoubleArray(3) { j -> moment { it[j] } }
            return Quadrature(mean, DoubleArray(3) { j -> sqrt(moment { (it[j] - mean[j]) * (it[j] - mean[j]) }) })
        }

        private fun scaled(x: List<Double>): List<Double> {
            val mean = x.average()
            val deviation = sqrt(x.sumOf { (it - mean) * (it - mean) } / x.size)
            return x.map { (it - mean) / deviation }
        }
    }
}
