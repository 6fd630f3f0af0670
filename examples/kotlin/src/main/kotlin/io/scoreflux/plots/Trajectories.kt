package io.scoreflux.plots

import io.scoreflux.Trace
import io.scoreflux.solve.TracePoint
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.toList
import org.jetbrains.letsPlot.geom.geomPath
import org.jetbrains.letsPlot.intern.Plot
import org.jetbrains.letsPlot.letsPlot
import org.jetbrains.letsPlot.scale.scaleColorViridis
import kotlin.math.log10
import kotlin.math.sqrt

/** The quantity that a plot of trajectories shows at a noise level sigma. */
public enum class Way(internal val label: String, internal val of: (TracePoint, Int) -> Double) {
    /** The state of a variance-preserving process, `z / sqrt(1 + sigma^2)`, so that all noise levels fit into one picture. */
    STATE("z%d / sqrt(1 + sigma²)", { point, i -> point.z()[i] / sqrt(1 + point.sigma() * point.sigma()) }),

    /** The output of the denoiser, E[x_0 | z], in the units of the data. */
    DENOISED("denoised x%d (data's units)", { point, i -> point.denoised()[i] }),
}

/**
 * Plots one value of each trajectory, from the largest noise level on the left to the smallest on the right, coloured by its final value.
 * Points are at stage boundaries, so the range should have many stages, as in `stages(40)`.
 *
 * @param traces traces, at least one of which is of a sample that did not fail; those of failed samples are left out
 * @param coordinate index of the value, from 0
 * @param way the state, or the output of the denoiser
 */
public fun trajectories(
    traces: List<Trace>,
    title: String = "${traces.size} trajectories",
    coordinate: Int = 0,
    way: Way = Way.STATE,
): Plot {
    val whole = traces.filterNot { it.sample().failed() }
    require(whole.isNotEmpty()) {
        "traces must contain a sample that did not fail, were ${traces.size}; collect more"
    }
    val dimension = whole.first().sample().values().size
    require(coordinate in 0..<dimension) { "coordinate must be 0 to ${dimension - 1}, was $coordinate" }
    val points = whole.flatMap { trace -> trace.points().map { trace.sample() to it } }
    // A logarithmic axis cannot be reversed, so the plot uses the negative logarithms, labelled with the noise levels.
    val level = points.map { (_, point) -> -log10(point.sigma()) }
    val data = mapOf(
        "level" to level,
        "value" to points.map { (_, point) -> way.of(point, coordinate) },
        "sample" to points.map { (sample, _) -> sample.index() },
        "end" to points.map { (sample, _) -> sample.values()[coordinate] },
    )
    return letsPlot(data) {
        x = "level"
        y = "value"
        group = "sample"
        color = "end"
    } +
        geomPath(size = 0.7, alpha = 0.7) +
        scaleColorViridis(name = "x$coordinate at\nthe end", end = 0.9) +
        logarithms(level, { decimal(-it) }).x() +
        look(title, "noise level sigma (data's units, log scale)", way.label.format(coordinate))
}

/** Collects all traces and plots them; see [trajectories]. */
public suspend fun Flow<Trace>.toTrajectories(
    title: String? = null,
    coordinate: Int = 0,
    way: Way = Way.STATE,
): Plot {
    val traces = toList()
    return trajectories(traces, title ?: "${traces.size} trajectories", coordinate, way)
}
