package io.scoreflux.evaluation.plot

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.awt.image.BufferedImage
import java.util.Random
import kotlin.math.max

private fun histogram(values: List<Double>): BufferedImage =
    Plot.of(1, null).apply { values.forEach { add(doubleArrayOf(it)) } }.image()

/** Height of the ink in each column. */
private fun heights(image: BufferedImage): List<Int> =
    (0 until image.width).map { x ->
        (0 until image.height).count { y -> image.getRGB(x, y) and 0xffffff == Charts.INK.rgb and 0xffffff }
    }

/** The width and the height of the drawn pixels. */
private fun span(points: List<DoubleArray>): Pair<Double, Double> {
    val image = Plot.of(2, null).apply { points.forEach { add(it) } }.image()
    val pixels = image.getRGB(0, 0, image.width, image.height, null, 0, image.width)
    val ink = pixels.indices.filter { pixels[it] and 0xffffff == Charts.INK.rgb and 0xffffff }
    val x = ink.map { it % image.width }
    val y = ink.map { it / image.width }
    return (x.max() - x.min()).toDouble() to (y.max() - y.min()).toDouble()
}

class PlotSpec :
    StringSpec({
        "draws a bar for a single sample" {
            for (value in listOf(0.0, 0.3, -7.0, 1e200)) {
                heights(histogram(listOf(value))).count { it > 100 } shouldBeGreaterThan 100
            }
        }

        "draws densities from zero up, so that a bar is as high as its share" {
            // Bins [0, 1) and [1, 2): three samples to four.
            val bars = heights(histogram(listOf(0.0, 0.1, 0.2, 1.0, 1.1, 1.2, 1.9))).filter { it > 20 }
            (bars.min().toDouble() / bars.max()).shouldBeBetween(0.7, 0.8, 0.0)
        }

        "draws a curve of a single point at any position" {
            for (x in listOf(1.0, 5.0, 8.0, 15.9, 16.0, 999.0)) {
                for (y in listOf(1.0, 0.5, 0.1, 1e-5, 3e-9)) {
                    val one = CurveChart.Series("one", listOf(x), listOf(y), false)
                    withClue("$x, $y") { CurveChart.draw("title", "x", "y", listOf(one)).width shouldBe 1600 }
                }
            }
        }

        "draws curves in panels, two beside each other" {
            val one = listOf(CurveChart.Series("one", listOf(1.0, 2.0), listOf(1.0, 0.1), false))
            for ((panels, height) in listOf(1 to 800, 2 to 800, 3 to 1600)) {
                val image = CurveChart.panels("x", "y", (1..panels).associate { "$it" to one })
                image.width shouldBe 1920
                image.height shouldBe height
            }
        }

        "draws many samples" {
            val random = Random(1)
            heights(histogram(List(10_000) { random.nextGaussian() })).count { it > 20 } shouldBeGreaterThan 100
        }

        "both axes have the same scale, for points at any position and of any range" {
            // The size of a marker, as measured for two equal points, is subtracted from each distance.
            val (marker, _) = span(List(2) { doubleArrayOf(0.0, 0.0) })
            for ((width, height) in listOf(
                1.0 to 1.0,
                3.7 to 1.0,
                1.0 to 3.7,
                1.0 to 20.0,
                20.0 to 1.0,
                4e-9 to 2e-9,
            )) {
                for (at in listOf(0.0, -5.0, 1e3 * width)) {
                    val (across, up) = span(listOf(doubleArrayOf(at, 1.0), doubleArrayOf(at + width, 1.0 + height)))
                    val longer = max(across, up) - marker
                    // The axes are at least 500 chart units long, with a margin of a tenth.
                    longer.shouldBeBetween(2 * 450.0, 2 * 720.0, 0.0)
                    // Within a pixel at each end.
                    ((across - marker) * height / width).shouldBe(
                        (up - marker) plusOrMinus 2 * max(1.0, height / width),
                    )
                }
            }
        }

        "coordinates whose ranges differ a thousandfold have different scales and fill the picture" {
            val (across, up) = span(listOf(doubleArrayOf(0.0, 0.0), doubleArrayOf(1.0, 1000.0)))
            across.shouldBeBetween(1000.0, 1600.0, 0.0)
            up.shouldBeBetween(800.0, 1280.0, 0.0)
        }

        "draws one point, horizontal and vertical points, and the largest doubles" {
            for (points in listOf(
                listOf(doubleArrayOf(3.0, -2.0)),
                listOf(doubleArrayOf(0.0, 1.0), doubleArrayOf(9.0, 1.0)),
                listOf(doubleArrayOf(1.0, 0.0), doubleArrayOf(1.0, 9.0)),
                listOf(doubleArrayOf(-1e300, 0.0), doubleArrayOf(1e300, 1.0)),
            )) {
                val (across, up) = span(points)
                across.shouldBeBetween(5.0, 1600.0, 0.0)
                up.shouldBeBetween(5.0, 1280.0, 0.0)
            }
        }

        "grids of images are full or nearly full" {
            val images = listOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 20, 25, 30, 32, 50, 64, 100, 400)
            val columns = listOf(1, 2, 3, 2, 5, 3, 7, 4, 3, 5, 4, 4, 7, 4, 5, 5, 6, 8, 10, 8, 10, 20)
            images.map { ImageGrid.columns(it, 8, 8) } shouldBe columns
        }

        "no other grid has fewer empty cells, and none with as few is closer to a square" {
            for ((width, height) in listOf(8 to 8, 28 to 28, 8 to 16, 3 to 1, 1 to 40)) {
                for (images in 1..400) {
                    val columns = ImageGrid.columns(images, width, height)

                    fun rows(columns: Int) = (images + columns - 1) / columns

                    fun empty(columns: Int) = columns * rows(columns) - images

                    fun length(columns: Int): Double {
                        val sides = listOf(columns * width, rows(columns) * height)
                        return sides.max().toDouble() / sides.min()
                    }
                    val others = (1..images).filter { length(it) <= ImageGrid.LONGEST }.ifEmpty { (1..images).toList() }
                    (columns in others) shouldBe true
                    empty(columns) shouldBe others.minOf { empty(it) }
                    length(columns) shouldBe others.filter { empty(it) == empty(columns) }.minOf { length(it) }
                    if (width == height) empty(columns) shouldBeLessThan 6
                }
            }
        }

        "draws one image per cell, in a frame, and leaves empty cells blank" {
            val picture = Picture(8, 8, 0.0, 1.0)
            for (count in listOf(0, 1, 7, 11, 16)) {
                val image = Plot.of(64, picture).apply { repeat(count) { add(DoubleArray(64) { 1.0 }) } }.image()
                val columns = ImageGrid.columns(count, 8, 8)
                val rows = (max(count, 1) + columns - 1) / columns
                val cell = ImageCells.SIDE + 2 + ImageCells.GAP
                image.width shouldBe columns * cell + ImageCells.GAP
                image.height shouldBe rows * cell + ImageCells.GAP
                for (place in 0 until rows * columns) {
                    val x = ImageCells.GAP + place % columns * cell + cell / 2
                    val y = ImageCells.GAP + place / columns * cell + cell / 2
                    image.getRGB(x, y) and 0xffffff shouldBe if (place < count) 0 else 0xffffff
                }
            }
        }

        "enlarges smoothly: a parabola stays a parabola, and a constant stays constant to the edge" {
            for (zoom in listOf(1, 2, 5, 16)) {
                val enlargement = CubicUpsampling(8, zoom)
                val parabola = DoubleArray(9) { (it - 1.0) * (it - 4.0) }
                // Between the second value and the last but one, which have neighbours on both sides.
                for (at in zoom + zoom / 2 until 6 * zoom + zoom / 2) {
                    val x = (at + 0.5) / zoom - 0.5
                    enlargement.at(at, parabola, 1) shouldBe (x * (x - 3) plusOrMinus 1e-12)
                }
                for (at in 0 until 8 * zoom) {
                    enlargement.at(at, DoubleArray(8) { 0.7 }, 0) shouldBe (0.7 plusOrMinus 1e-12)
                }
            }
        }

        "counts samples in words" {
            Charts.samples(1) shouldBe "1 sample"
            Charts.samples(2) shouldBe "2 samples"
        }
    })
