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

/** Points of a grid in each direction on which the density is estimated. */
private const val CELLS = 120

/** The kernel's width over the usual one, which is for one bump and smears several. */
private const val SHARPER = 0.5

/** How far contours may go beyond the points, over the points' range: farther out they would be cut off. */
private const val MARGIN = 0.06

/**
 * The first two values of each point as a dot, with contours of their density (a kernel estimate). What is returned is a figure of
 * lets-plot, to which layers and labels can be added.
 *
 * @param points at least one, each of at least two finite values
 * @param title above the picture; by default the number of points
 * @param x what the first axis shows, with its unit
 * @param y what the second axis shows, with its unit
 * @param contours how many, about; 0 for none
 * @param sameUnit whether both axes have one scale
 */
public fun scatter(
    points: List<DoubleArray>,
    title: String = "${points.size} samples",
    x: String = "x0 (data's units)",
    y: String = "x1 (data's units)",
    contours: Int = 8,
    sameUnit: Boolean = true,
): Plot {
    require(points.isNotEmpty()) { "points must be at least one, were none; collect some" }
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

/** Collects all samples, and draws those that did not fail; see the function of points. */
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
