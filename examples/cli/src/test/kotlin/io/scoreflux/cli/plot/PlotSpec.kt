package io.scoreflux.cli.plot

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.awt.image.BufferedImage
import java.util.Random

private fun histogram(values: List<Double>): BufferedImage =
    Plot.of(1, null).apply { values.forEach { add(doubleArrayOf(it)) } }.image()

/** Height of the ink in each column. */
private fun heights(image: BufferedImage): List<Int> =
    (0 until image.width).map { x ->
        (0 until image.height).count { y -> image.getRGB(x, y) and 0xffffff == Charts.INK.rgb and 0xffffff }
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

        "draws a curve of a single point, wherever it is" {
            for (x in listOf(1.0, 5.0, 8.0, 15.9, 16.0, 999.0)) {
                for (y in listOf(1.0, 0.5, 0.1, 1e-5, 3e-9)) {
                    val one = CurveChart.Series("one", listOf(x), listOf(y), false)
                    withClue("$x, $y") { CurveChart.draw("title", "x", "y", listOf(one)).width shouldBe 800 }
                }
            }
        }

        "draws many samples" {
            val random = Random(1)
            heights(histogram(List(10_000) { random.nextGaussian() })).count { it > 20 } shouldBeGreaterThan 100
        }

        "counts samples in words" {
            Charts.samples(1) shouldBe "1 sample"
            Charts.samples(2) shouldBe "2 samples"
        }
    })
