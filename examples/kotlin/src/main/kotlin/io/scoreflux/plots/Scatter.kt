package io.scoreflux.plots

import io.scoreflux.Sample
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.filterNot
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import org.jetbrains.letsPlot.coord.coordFixed
import org.jetbrains.letsPlot.geom.geomDensity2D
import org.jetbrains.letsPlot.geom.geomPoint
import org.jetbrains.letsPlot.intern.Plot
import org.jetbrains.letsPlot.letsPlot
import org.jetbrains.letsPlot.scale.xlim
import org.jetbrains.letsPlot.scale.ylim

private const val INK = "#1f5f99"
private const val LINES = "#c2410c"

/** The number of grid points in each direction at which the density is estimated. */
private const val CELLS = 120

/** The width of the kernel relative to the usual one, which suits a single mode and blurs several. */
private const val SHARPER = 0.5

/** The margin for contours around the points, as a fraction of their range. */
private const val MARGIN = 0.06

/**
 * Plots the first two values of each point as a dot, with contours of a kernel density estimate. Returns a figure of lets-plot, to which
 * layers and labels can be added.
 *
 * @param points at least one point, each with at least two finite values
 * @param title the title; by default the number of points
 * @param x label of the first axis, with its unit
 * @param y label of the second axis, with its unit
 * @param contours approximate number of contours; 0 for none
 * @param sameUnit whether both axes have the same scale
 */
public fun scatter(
    points: List<DoubleArray>,
    title: String = "${points.size} samples",
    x: String = "x0 (data's units)",
    y: String = "x1 (data's units)",
    contours: Int = 8,
    sameUnit: Boolean = true,
): Plot {
    require(points.isNotEmpty()) { "points must not be empty; give at least one" }
    points.forEachIndexed { i, point ->
        require(point.size >= 2) {
            "points must have at least two values, point $i has ${point.size}; draw a histogram"
        }
    }
    val data = mapOf("x" to points.map { it[0] }, "y" to points.map { it[1] })
    var plot = letsPlot(data) {
        this.x = "x"
        this.y = "y"
    } +
        geomPoint(color = INK, size = if (points.size > 1000) 1.2 else 2.0, alpha = 0.5)
    if (contours > 0 && points.size > 2) {
        plot += geomDensity2D(color = LINES, size = 0.7, bins = contours, n = CELLS, adjust = SHARPER) +
            xlim(beyond(points.map { it[0] })) + ylim(beyond(points.map { it[1] }))
    }
    if (sameUnit) plot += coordFixed()
    return plot + look(title, x, y, if (sameUnit) SQUARE else LOW)
}

/** Collects all samples, and plots those that did not fail; see [scatter]. */
public suspend fun Flow<Sample>.toScatter(
    title: String? = null,
    x: String = "x0 (data's units)",
    y: String = "x1 (data's units)",
    contours: Int = 8,
): Plot {
    val points = filterNot { it.failed() }.map { it.values() }.toList()
    return scatter(points, title ?: "${points.size} samples", x, y, contours)
}

private fun beyond(values: List<Double>): Pair<Double, Double> {
    val margin = MARGIN * (values.max() - values.min())
    return values.min() - margin to values.max() + margin
}
