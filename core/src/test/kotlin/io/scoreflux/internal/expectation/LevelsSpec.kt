package io.scoreflux.internal.expectation

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.comparables.shouldBeLessThan
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Covariance
import io.scoreflux.model.Moments
import org.apache.commons.statistics.distribution.NormalDistribution
import org.hipparchus.random.SobolSequenceGenerator
import java.util.Random
import kotlin.math.abs
import kotlin.math.sqrt

private fun settings(bounded: Boolean = false) =
    if (bounded) {
        MeanSettings(0.0, 1.0, 0.1, 0.05, false)
    } else {
        MeanSettings(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 0.1, 0.05, false)
    }

private val NORMAL = NormalDistribution.of(0.0, 1.0)

class LevelsSpec : StringSpec({
    fun pilot(correction: Double, second: Double, settings: MeanSettings = settings()): Levels {
        val pilot = Levels.Pilot(3, arrayOf(settings))
        for (k in 0 until 256) {
            // Variance 256/255, corrections of constant size.
            val base = if (k % 2 == 0) 1.0 else -1.0
            val values = arrayOf(
                doubleArrayOf(base),
                doubleArrayOf(base + correction),
                doubleArrayOf(base + correction + second),
            )
            pilot.add(values, longArrayOf(10, 20, 40))
        }
        pilot.count() shouldBe 256
        return pilot.choose()
    }

    "probabilities are those that minimise the variance at a given cost, clipped" {
        val levels = pilot(0.2, 0.01)
        levels.base() shouldBe 0
        // The first pair shares the base, so it costs 20; the second costs 60.
        levels.probabilities()[1] shouldBe (sqrt(0.04 / 20) / sqrt(256.0 / 255 / 10) plusOrMinus 1e-12)
        levels.probabilities()[2] shouldBe 0.01
        levels.guards()[0] shouldBe (maxOf(0.04 / levels.probabilities()[1], 0.0001 / 0.01) plusOrMinus 1e-12)
        pilot(0.31, 0.31).probabilities()[1] shouldBe (sqrt(0.0961 / 20) / sqrt(256.0 / 255 / 10) plusOrMinus 1e-12)
    }

    "a base with corrections of more than a tenth of its variance is dropped" {
        val levels = pilot(0.4, 0.01)
        levels.base() shouldBe 1
        levels.probabilities()[1] shouldBe 0.0
        levels.probabilities()[2] shouldBe 0.01
        pilot(0.4, 0.4).base() shouldBe 2
    }

    "a bounded function has the guard of a flip at the rarest level" {
        pilot(0.0, 0.0, settings(true)).guards()[0] shouldBe (100.0 plusOrMinus 1e-9)
    }

    "the intervals of the levels have their probabilities" {
        val levels = Levels(0, doubleArrayOf(0.0, 0.25, 0.125), doubleArrayOf(0.0))
        levels.of(0.0) shouldBe 1
        levels.of(0.2499) shouldBe 1
        levels.of(0.25) shouldBe 2
        levels.of(0.3749) shouldBe 2
        levels.of(0.375) shouldBe 0
        levels.of(0.9999) shouldBe 0
    }

    "the inverse of the normal distribution is the library's" {
        for (p in listOf(1e-300, 1e-17, 1e-9, 0.001, 0.0749, 0.0751, 0.3, 0.5, 0.7, 0.925, 0.999, 1 - 1e-12)) {
            val expected = NORMAL.inverseCumulativeProbability(p)
            InverseNormal.of(p) shouldBe (expected plusOrMinus 1e-13 * (1 + abs(expected)))
        }
    }

    "scrambled points keep the balance of the sequence: one in each interval of length 1/N" {
        val points = ScrambledSobol(5, 3, 11)
        for (replicate in 0 until 3) {
            for (dimension in 0 until 5) {
                val cells = (0 until 64).map {
                    (NORMAL.cumulativeProbability(points.normals(replicate, it)[dimension]) * 64).toInt()
                }
                cells.toSet().size shouldBe 64
            }
        }
    }

    "points are a function of seed, replicate and number" {
        val points = ScrambledSobol(4, 2, 11)
        val inOrder = List(40) { points.normals(1, it).toList() }
        val again = ScrambledSobol(4, 2, 11)
        (39 downTo 0).forEach { again.normals(1, it).toList() shouldBe inOrder[it] }
        (ScrambledSobol(4, 2, 12).normals(1, 3).toList() == inOrder[3]) shouldBe false
        (points.normals(0, 3).toList() == inOrder[3]) shouldBe false
    }

    "each point is uniform over scramblings" {
        val points = ScrambledSobol(1, 4000, 5)
        for (number in listOf(0, 1, 7)) {
            val moments = RunningMoments()
            for (replicate in 0 until 4000) moments.add(points.normals(replicate, number)[0])
            moments.mean() shouldBe (0.0 plusOrMinus 4 / sqrt(4000.0))
            moments.variance() shouldBe (1.0 plusOrMinus 4 * sqrt(2.0 / 4000))
        }
    }

    "the largest dimension is that of the library" {
        ScrambledSobol(ScrambledSobol.MOST_DIMENSION, 1, 1).normals(0, 1).size shouldBe 21_201
        runCatching { SobolSequenceGenerator(ScrambledSobol.MOST_DIMENSION + 1) }.isFailure shouldBe true
    }

    "the mean over scrambled points of a smooth function is far better than that of independent ones" {
        val mean = ReplicateMean(settings())
        val points = ScrambledSobol(2, ReplicateMean.REPLICATES, 2)
        var k = 0
        while (mean.looks() < 6) {
            val n = points.normals(k % 16, k / 16)
            mean.add(n[0] + n[1] * n[1])
            k++
        }
        k shouldBe 8192
        // Independent samples have a standard error of sqrt(3 / 8192) = 0.019.
        mean.mean() shouldBe (1.0 plusOrMinus 0.002)
        mean.stopHalfWidth() shouldBeLessThan 0.003
        val ratio = Quantiles.student(15, 0.05 / 64) / Quantiles.stoppedStudent(15, 0.05)
        mean.shownHalfWidth() shouldBe (mean.stopHalfWidth() * ratio plusOrMinus 1e-15)
    }

    "the interval of replicates covers, and a bounded function that has not varied keeps a half-width" {
        val random = Random(9)
        var within = 0
        repeat(1000) {
            val mean = ReplicateMean(settings())
            repeat(512) { mean.add(random.nextGaussian()) }
            if (abs(mean.mean()) <= mean.stopHalfWidth()) within++
        }
        within shouldBeGreaterThan 940
        val rare = ReplicateMean(settings(true))
        repeat(512) { rare.add(0.0) }
        rare.stopHalfWidth() shouldBe (2.1 / 512 plusOrMinus 1e-12)
        val unknown = ReplicateMean(settings())
        repeat(512) { unknown.add(0.0) }
        unknown.stopHalfWidth() shouldBe Double.POSITIVE_INFINITY
    }

    "axes are the principal ones, largest first, and normals are the inverse of states" {
        val matrix = arrayOf(doubleArrayOf(2.0, 1.0), doubleArrayOf(1.0, 2.0))
        val axes = StartAxes(2, Moments(doubleArrayOf(5.0, -1.0), Covariance.full(matrix)), 3.0)
        val state = axes.state(doubleArrayOf(1.0, 0.0))
        // Eigenvalue 3 along (1, 1) / sqrt 2, so the deviation is sqrt(9 + 3).
        abs(state[0] - 5) shouldBe (sqrt(6.0) plusOrMinus 1e-12)
        state[1] + 1 shouldBe (state[0] - 5 plusOrMinus 1e-12)
        val diagonal = StartAxes(3, Moments(DoubleArray(3), Covariance.diagonal(1.0, 4.0, 2.0)), 3.0)
        diagonal.state(doubleArrayOf(1.0, 0.0, 0.0)).toList() shouldBe listOf(0.0, 5.0, 0.0)
        for (each in listOf(axes to 2, diagonal to 3, StartAxes(3, null, 3.0) to 3)) {
            val normals = DoubleArray(each.second) { it - 0.3 }
            each.first.normals(each.first.state(normals), each.second).toList()
                .zip(normals.toList()).forEach { (back, there) -> back shouldBe (there plusOrMinus 1e-12) }
        }
    }
})
