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
 * What a solver reached, and at what cost.
 *
 * @param solver its name, for the legend
 * @param calls denoiser calls of a sample, greater than 0; may be a mean
 * @param error greater than 0, relative to the data's radius
 */
public data class SolverResult(val solver: String, val calls: Double, val error: Double) {
    init {
        require(calls > 0 && calls.isFinite()) { "calls must be finite and greater than 0, was $calls" }
        require(error > 0 && error.isFinite()) {
            "error must be finite and greater than 0, was $error; leave out what is exact"
        }
    }
}

/** Error against calls, both logarithmic: a line for each solver. At least one point. */
public fun errorAgainstCalls(points: List<SolverResult>, title: String = "Error against calls"): Plot {
    require(points.isNotEmpty()) { "points must be at least one, were none; measure some" }
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
        look(title, "denoiser calls a sample (log scale)", "error over the data's radius (log scale)")
}
