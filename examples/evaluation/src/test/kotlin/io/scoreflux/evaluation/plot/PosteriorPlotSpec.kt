package io.scoreflux.evaluation.plot

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Observation
import java.awt.image.BufferedImage

private const val MEASURED = 0xc0392b

private fun BufferedImage.places(colour: Int): List<Pair<Int, Int>> = (0 until height).flatMap { y ->
    (0 until width).filter { getRGB(it, y) and 0xffffff == colour }.map { it to y }
}

class PosteriorPlotSpec : StringSpec({
    "the observation as data: observed numbers, averages on all of their numbers, and NaN elsewhere" {
        PosteriorPlot.measured(
            Observation.pixels(intArrayOf(2, 0), doubleArrayOf(0.5, -1.0), 0.1).directions(4),
        ).toList() shouldContainExactly listOf(-1.0, Double.NaN, 0.5, Double.NaN)
        val averages = PosteriorPlot.measured(
            Observation.averages(4, arrayOf(intArrayOf(0, 1), intArrayOf(3)), doubleArrayOf(0.4, 2.0), 0.1)
                .directions(4),
        )
        averages[0] shouldBe (0.4 plusOrMinus 1e-12)
        averages[1] shouldBe (0.4 plusOrMinus 1e-12)
        averages[2].isNaN() shouldBe true
        averages[3] shouldBe (2.0 plusOrMinus 1e-12)
    }

    "images: samples of the prior, the observation with hidden pixels in the colour of the frame, draws" {
        val observed = Observation.pixels(IntArray(32) { it }, DoubleArray(32) { 1.0 }, 0.1).directions(64)
        val samples = Array(3) { DoubleArray(64) { 1.0 } }
        val image = PosteriorPlot.draw(Picture(8, 8, 0.0, 1.0), observed, samples, samples.take(2).toTypedArray())
        val cell = ImageCells.SIDE + 2 + ImageCells.GAP
        image.width shouldBe 3 * cell + ImageCells.GAP
        image.height shouldBe 3 * cell + ImageCells.GAP

        fun at(column: Int, row: Int, x: Int, y: Int) =
            image.getRGB(ImageCells.GAP + 1 + column * cell + x, ImageCells.GAP + 1 + row * cell + y) and 0xffffff
        at(2, 0, 64, 64) shouldBe 0
        // The upper half is ink, the lower half hidden.
        at(0, 1, 64, 10) shouldBe 0
        at(0, 1, 64, 120) shouldBe 0xc8c8c8
        at(1, 1, 64, 64) shouldBe 0xffffff
        at(1, 2, 64, 64) shouldBe 0
        at(2, 2, 64, 64) shouldBe 0xffffff
    }

    "one dimension: a vertical line at the observed value" {
        val samples = Array(100) { doubleArrayOf(it / 50.0 - 1) }
        for (observed in listOf(
            Observation.pixels(intArrayOf(0), doubleArrayOf(0.5), 0.1),
            // The singular vector may have either sign.
            Observation.linear(arrayOf(doubleArrayOf(-2.0)), doubleArrayOf(-1.0), 0.1),
        )) {
            val line = PosteriorPlot.draw(null, observed.directions(1), samples, samples).places(MEASURED)
            line.shouldNotBeEmpty()
            val across = line.map { it.first }
            // Without the legend, which is on the left.
            across.filter { it > 800 }.let { (it.max() - it.min()) shouldBeLessThan 10 }
        }
    }

    "two dimensions: a line for one direction, a point for two, nothing for hidden coordinates" {
        val samples = Array(100) { doubleArrayOf(it % 10.0, it / 10.0) }

        fun line(observation: Observation) =
            PosteriorPlot.draw(null, observation.directions(2), samples, samples).places(MEASURED)
        // Below the legend.
        val level = line(Observation.pixels(intArrayOf(1), doubleArrayOf(2.0), 0.1)).filter { it.second > 640 }
        (level.maxOf { it.second } - level.minOf { it.second }) shouldBeLessThan 10
        (level.maxOf { it.first } - level.minOf { it.first }) shouldBeGreaterThan 800
        line(Observation.pixels(intArrayOf(0, 1), doubleArrayOf(2.0, 2.0), 0.1)).filter { it.second > 640 }
            .shouldNotBeEmpty()
        val three = Array(10) { doubleArrayOf(it.toDouble(), 1.0 * it * it, 0.0) }
        val sum = Observation.linear(arrayOf(doubleArrayOf(1.0, 0.0, 1.0)), doubleArrayOf(2.0), 0.1)
        PosteriorPlot.draw(null, sum.directions(3), three, three).places(MEASURED) shouldBe emptyList()
    }
})
