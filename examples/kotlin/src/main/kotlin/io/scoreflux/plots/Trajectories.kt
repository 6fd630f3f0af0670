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

/** What is drawn of a trajectory at a noise level sigma. */
public enum class Way(internal val label: String, internal val of: (TracePoint, Int) -> Double) {
    /** The state as a variance-preserving process has it, `z / sqrt(1 + sigma^2)`: so all noise levels fit into one picture. */
    STATE("z%d / sqrt(1 + sigma²)", { point, i -> point.z()[i] / sqrt(1 + point.sigma() * point.sigma()) }),

    /** The denoiser's answer, E[x_0 | z], in the data's units. */
    DENOISED("denoised x%d (data's units)", { point, i -> point.denoised()[i] }),
}

/**
 * One value of each trajectory, from the most noise on the left to the least on the right, coloured by where it ends. Points are at the
 * ends of stages: cut the range into many, as `stages(40)`.
 *
 * @param traces at least one of a sample that did not fail; those of others are left out
 * @param coordinate which of the values, counted from 0
 * @param way the state, or what the denoiser makes of it
 */
public fun trajectories(
    traces: List<Trace>,
    title: String = "${traces.size} trajectories",
    coordinate: Int = 0,
    way: Way = Way.STATE,
): Plot {
    val whole = traces.filterNot { it.sample().failed() }
    require(whole.isNotEmpty()) {
        "traces must have at least one of a sample that did not fail, were ${traces.size}; collect some"
    }
    val dimension = whole.first().sample().values().size
    require(coordinate in 0..<dimension) { "coordinate must be 0 to ${dimension - 1}, was $coordinate" }
    val points = whole.flatMap { trace -> trace.points().map { trace.sample() to it } }
    // A logarithmic axis cannot be turned round: the negative logarithms are drawn, and named by what they are of.
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

/** Collects all traces and draws them; see the function of a list. */
public suspend fun Flow<Trace>.toTrajectories(
    title: String? = null,
    coordinate: Int = 0,
    way: Way = Way.STATE,
): Plot {
    val traces = toList()
    return trajectories(traces, title ?: "${traces.size} trajectories", coordinate, way)
}
