package io.scoreflux.plots

import org.jetbrains.letsPlot.geom.geomLine
import org.jetbrains.letsPlot.geom.geomPoint
import org.jetbrains.letsPlot.intern.Plot
import org.jetbrains.letsPlot.letsPlot
import org.jetbrains.letsPlot.scale.scaleColorBrewer
import kotlin.math.log10
import kotlin.math.log2
import kotlin.math.pow
import kotlin.math.roundToInt

/**
 * The error and the cost of a solver at one setting.
 *
 * @param solver name of the solver, for the legend
 * @param calls denoiser calls per sample, possibly a mean, greater than 0
 * @param error error relative to the radius of the data, greater than 0
 */
public data class SolverResult(val solver: String, val calls: Double, val error: Double) {
    init {
        require(calls > 0 && calls.isFinite()) { "calls must be finite and greater than 0, was $calls" }
        require(error > 0 && error.isFinite()) {
            "error must be finite and greater than 0, was $error; leave out exact results"
        }
    }
}

/** Plots error against calls on logarithmic axes, with one line per solver. Requires at least one point. */
public fun errorAgainstCalls(points: List<SolverResult>, title: String = "Error against calls"): Plot {
    require(points.isNotEmpty()) { "points must not be empty; give at least one" }
    val calls = points.map { log2(it.calls) }
    val error = points.map { log10(it.error) }
    val data = mapOf("solver" to points.map { it.solver }, "calls" to calls, "error" to error)
    return letsPlot(data) {
        x = "calls"
        y = "error"
        color = "solver"
        shape = "solver"
    } +
        geomLine(size = 0.9) + geomPoint(size = 3.0) +
        scaleColorBrewer(palette = "Dark2") +
        logarithms(calls, { 2.0.pow(it).roundToInt().toString() }).x() +
        logarithms(error, { "1e$it" }).y() +
        look(title, "denoiser calls per sample (log scale)", "error relative to the radius of the data (log scale)")
}
