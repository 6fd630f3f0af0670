package io.scoreflux.model

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.long
import io.kotest.property.arbitrary.numericDouble
import io.kotest.property.checkAll
import java.util.Random
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln

class SmoothedDatasetSpec : FreeSpec({
    val config = PropTestConfig(seed = 20_260_114, iterations = 200)

    fun points(n: Int, d: Int, random: Random) = Array(n) { DoubleArray(d) { random.nextGaussian() } }

    "equals the Gaussian mixture of its rows" {
        checkAll(config, Arb.long(), Arb.int(1, 30), Arb.int(1, 9), Arb.numericDouble(ln(0.02), ln(50.0))) {
            seed,
            n,
            d,
            level,
            ->
            val random = Random(seed)
            val rows = points(n, d, random)
            val h = 0.05 + random.nextDouble()
            val dataset = SmoothedDataset.of(rows, h)
            val mixture =
                GaussianMixture.of(rows.map { GaussianMixture.Component(1.0, it, Covariance.isotropic(h)) })
            val s = exp(level)
            val z = DoubleArray(d) { 2 * random.nextGaussian() }
            // |z - x|^2 / (2 v) reaches 1e4 at v = 0.003. Its rounding changes probabilities by 1e-12 if two rows tie.
            distance(dataset.at(s, *z), mixture.at(s, *z)) shouldBeLessThan 1e-12 * (1 + norm(z))
            val own = dataset.moments().get()
            val theirs = mixture.moments().get()
            // The same sums in the same order, except for the normalization of the weights.
            distance(own.mean(), theirs.mean()) shouldBeLessThan 1e-14
            relative(own.radius(), theirs.radius()) shouldBeLessThan 1e-13
        }
    }

    "far below the bandwidth D is the state itself" {
        val random = Random(1)
        val dataset = SmoothedDataset.of(points(20, 3, random), 0.5)
        val z = DoubleArray(3) { random.nextGaussian() }
        for (s in listOf(1e-3, 1e-5, 1e-7)) {
            // z - D = s^2 (z - posterior row) / (h^2 + s^2) is at most s^2 / h^2 times the distance to a row.
            distance(dataset.at(s, *z), z) shouldBeLessThan 6 * s * s / 0.25 + 1e-15
        }
    }

    "far above the data D is their mean" {
        val random = Random(2)
        val rows = points(20, 3, random)
        val dataset = SmoothedDataset.of(rows, 0.1)
        val mean = DoubleArray(3) { i -> rows.sumOf { it[i] } / rows.size }
        // D - mean = Cov z / s^2 to first order.
        distance(dataset.at(1e8, 1.0, -1.0, 0.5), mean) shouldBeLessThan 1e-14
    }

    "with a narrow kernel and a small level D is the nearest row" {
        val rows = arrayOf(doubleArrayOf(0.0, 0.0), doubleArrayOf(1.0, 0.0), doubleArrayOf(0.0, 1.0))
        val dataset = SmoothedDataset.of(rows, 1e-6)
        // The other rows have weight exp(-0.3 / (2 * 0.02^2)), and the kernel changes D by h^2 / s^2 = 2.5e-9.
        distance(dataset.at(0.02, 0.8, 0.1), rows[1]) shouldBeLessThan 1e-8
    }

    "equals the formula for data sets of several blocks, at all levels" {
        val random = Random(7)
        for ((n, d) in listOf(257 to 1, 700 to 5, 1_025 to 64)) {
            val rows = points(n, d, random)
            val h = 0.1
            val dataset = SmoothedDataset.of(rows, h)
            for (s in listOf(0.02, 0.3, 2.0, 50.0, 1e4)) {
                val states = List(19) { i -> DoubleArray(d) { rows[i][it] + s * random.nextGaussian() } }
                states.zip(dataset.atAll(s, states)).forEach { (z, answer) ->
                    val v = h * h + s * s
                    val squares = rows.map { x -> z.indices.sumOf { (z[it] - x[it]) * (z[it] - x[it]) } }
                    val least = squares.min()
                    val weights = squares.map { exp(-(it - least) / (2 * v)) }
                    val expected = DoubleArray(d) { i ->
                        (s * s * rows.indices.sumOf { weights[it] * rows[it][i] } / weights.sum() + h * h * z[i]) / v
                    }
                    distance(answer, expected) shouldBeLessThan 1e-12 * (1 + norm(z))
                }
            }
        }
    }

    "states that are not finite, or whose distances overflow, have answers that are not finite" {
        val dataset = SmoothedDataset.of(points(300, 2, Random(8)), 0.1)
        for (bad in listOf(Double.NaN, 1e200)) dataset.at(0.5, bad, 0.0).any { it.isFinite() } shouldBe false
    }

    "stays finite far away" {
        val dataset = SmoothedDataset.of(points(5, 2, Random(4)), 0.1)
        for (far in listOf(1e6, -1e100)) dataset.at(0.5, far, far).all { it.isFinite() } shouldBe true
    }

    "keeps its own copy of the rows" {
        val rows = points(4, 2, Random(5))
        val dataset = SmoothedDataset.of(rows, 0.3)
        val before = dataset.at(1.0, 0.1, 0.2).toList()
        rows.forEach { it.fill(7.0) }
        dataset.at(1.0, 0.1, 0.2).toList() shouldBe before
        dataset.size() shouldBe 4
        dataset.dimension() shouldBe 2
        dataset.bandwidth() shouldBe 0.3
    }

    "accepts fewer rows than dimensions and a narrow kernel" {
        val dataset = SmoothedDataset.of(points(3, 10, Random(6)), 1e-8)
        abs(dataset.moments().get().mean().average()) shouldBeLessThan 1.0
    }

    "rejects" - {
        fun refusal(rows: Array<DoubleArray>, bandwidth: Double) =
            shouldThrow<IllegalArgumentException> { SmoothedDataset.of(rows, bandwidth) }.message!!

        "no rows" {
            refusal(arrayOf(), 1.0) shouldContain "data must have at least 1 entry, was 0"
        }
        "rows without numbers" {
            refusal(arrayOf(doubleArrayOf()), 1.0) shouldContain "dimension must be at least 1, was 0"
        }
        "rows of different lengths, by row" {
            refusal(arrayOf(doubleArrayOf(1.0, 2.0), doubleArrayOf(1.0)), 1.0) shouldContain
                "data[1] must have 2 numbers"
        }
        "numbers that are not finite, by row and entry" {
            refusal(arrayOf(doubleArrayOf(1.0, 2.0), doubleArrayOf(1.0, Double.NaN)), 1.0) shouldContain
                "data[1][1] must be finite, was NaN"
        }
        "a bandwidth that is not positive and finite" {
            for (bad in listOf(0.0, -1.0, Double.NaN, Double.POSITIVE_INFINITY)) {
                refusal(arrayOf(doubleArrayOf(1.0)), bad) shouldContain
                    "bandwidth must be finite and greater than 0, was $bad"
            }
        }
    }
})
