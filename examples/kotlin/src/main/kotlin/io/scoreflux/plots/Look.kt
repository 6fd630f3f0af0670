package io.scoreflux.plots

import org.jetbrains.letsPlot.ggsize
import org.jetbrains.letsPlot.intern.Feature
import org.jetbrains.letsPlot.intern.Scale
import org.jetbrains.letsPlot.label.labs
import org.jetbrains.letsPlot.scale.scaleXContinuous
import org.jetbrains.letsPlot.scale.scaleYContinuous
import org.jetbrains.letsPlot.themes.elementText
import org.jetbrains.letsPlot.themes.theme
import org.jetbrains.letsPlot.themes.themeLight
import kotlin.math.ceil
import kotlin.math.floor

internal const val WIDTH = 640
internal const val LOW = 460
internal const val SQUARE = 600
private const val MOST_MARKS = 8

/** The margin on each side, as a fraction of the range, so that markers at the ends are not cut off. */
private const val ROOM = 0.04

internal fun look(title: String, x: String, y: String, height: Int = LOW): Feature =
    themeLight() + theme(plotTitle = elementText(size = 16)) + labs(title = title, x = x, y = y) + ggsize(WIDTH, height)

/** An axis of logarithms with ticks at whole numbers. */
internal class LogAxis(
    private val marks: List<Int>,
    private val names: List<String>,
    private val limits: Pair<Double, Double>,
) {
    fun x(): Scale = scaleXContinuous(breaks = marks, labels = names, limits = limits, expand = NONE)

    fun y(): Scale = scaleYContinuous(breaks = marks, labels = names, limits = limits, expand = NONE)

    private companion object {
        val NONE = listOf(0, 0)
    }
}

/** An axis for these logarithms. The function returns the tick label of a logarithm. */
internal fun logarithms(values: List<Double>, name: (Int) -> String): LogAxis {
    val room = ROOM * maxOf(values.max() - values.min(), 1.0)
    val limits = values.min() - room to values.max() + room
    val least = ceil(limits.first).toInt()
    val most = floor(limits.second).toInt()
    val marks = (least..most step 1 + (most - least) / MOST_MARKS).toList()
    return LogAxis(marks, marks.map(name), limits)
}

/** A power of ten as a plain decimal. */
internal fun decimal(exponent: Int): String =
    if (exponent >= 0) "1" + "0".repeat(exponent) else "0." + "0".repeat(-exponent - 1) + "1"
