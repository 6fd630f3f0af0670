package io.scoreflux.model

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.long
import io.kotest.property.arbitrary.numericDouble
import io.kotest.property.checkAll
import io.scoreflux.internal.KernelVariant
import io.scoreflux.state.Rows
import java.math.BigDecimal
import java.math.MathContext
import java.util.Random
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.max
import kotlin.math.sqrt

private class Answer(val means: List<List<Double>>, val divergences: List<Double>)

private fun SmoothedDataset.answer(states: List<DoubleArray>, levels: List<Double>): Answer {
    val rows = Rows(dimension(), states.size)
    states.zip(levels).forEach { (z, s) -> rows.append(z, 0, s) }
    val out = DoubleArray(states.size * dimension())
    denoise(rows, out)
    val divergences = DoubleArray(states.size)
    val again = DoubleArray(out.size)
    denoise(rows, again, divergences)
    again.map { it.toBits() } shouldBe out.map { it.toBits() }
    return Answer(out.toList().chunked(dimension()), divergences.toList())
}

private fun SmoothedDataset.answer(z: DoubleArray, level: Double) = answer(listOf(z), listOf(level))

private val DIGITS = MathContext(40)

/** |z - x|^2 without rounding. */
private fun exactSquare(z: DoubleArray, x: DoubleArray) = z.indices.fold(BigDecimal.ZERO) { sum, i ->
    val difference = BigDecimal(z[i]).subtract(BigDecimal(x[i]))
    sum.add(difference.multiply(difference))
}

/** The formulas of D and of its divergence. Distances and sums have 40 digits; only exponentials and the last operations are rounded. */
private fun formula(rows: Array<DoubleArray>, h: Double, z: DoubleArray, s: Double): Pair<DoubleArray, Double> {
    val v = h * h + s * s
    val squares = rows.map { exactSquare(z, it) }
    val least = squares.min()
    val weights = squares.map { square ->
        BigDecimal(StrictMath.exp(-(square.subtract(least).divide(BigDecimal(2 * v), DIGITS).toDouble())))
    }
    val total = weights.fold(BigDecimal.ZERO, BigDecimal::add)

    fun mean(of: (Int) -> BigDecimal) = rows.indices.fold(BigDecimal.ZERO) { sum, i -> sum.add(weights[i] * of(i)) }
        .divide(total, DIGITS).toDouble()
    val mean = DoubleArray(z.size) { c -> mean { BigDecimal(rows[it][c]) } }
    val spread = mean { exactSquare(mean, rows[it]) }
    return DoubleArray(z.size) { (s * s * mean[it] + h * h * z[it]) / v } to
        z.size * h * h / v + s * s / v / v * spread
}

private fun norm(x: List<Double>) = sqrt(x.sumOf { it * it })

private fun distanceOf(a: List<Double>, b: DoubleArray) = norm(a.zip(b.toList()).map { (x, y) -> x - y })

private fun points(n: Int, d: Int, random: Random) = Array(n) { DoubleArray(d) { random.nextGaussian() } }

class DatasetKernelSpec : FreeSpec({
    "all variants have the same bits" {
        val config = PropTestConfig(seed = 20_270_301, iterations = 150)
        checkAll(config, Arb.long(), Arb.int(1, 400), Arb.int(1, 300), Arb.int(1, 11), Arb.numericDouble(-4.0, 4.0)) {
            seed,
            n,
            d,
            count,
            level,
            ->
            val random = Random(seed)
            val rows = points(n, d, random)
            val states = List(count) { i -> DoubleArray(d) { rows[i % n][it] + exp(level) * random.nextGaussian() } }
            val levels = List(count) { exp(level) * (0.5 + random.nextDouble()) }
            val answers = KernelVariant.values().map { SmoothedDataset.of(rows, 0.1, it).answer(states, levels) }
            for (answer in answers) {
                answer.means shouldBe answers[0].means
                answer.divergences shouldBe answers[0].divergences
            }
        }
    }

    for (variant in KernelVariant.values()) {
        "the variant $variant" - {
            "equals the formula to 1e-12" {
                val config = PropTestConfig(seed = 20_270_302, iterations = 40)
                checkAll(
                    config,
                    Arb.long(),
                    Arb.int(1, 300),
                    Arb.int(1, 70),
                    Arb.numericDouble(ln(0.01), ln(1e3)),
                ) { seed, n, d, level ->
                    val random = Random(seed)
                    val rows = points(n, d, random)
                    val s = exp(level)
                    val z = DoubleArray(d) { rows[n / 2][it] + s * random.nextGaussian() }
                    val answer = SmoothedDataset.of(rows, 0.1, variant).answer(z, s)
                    val (mean, divergence) = formula(rows, 0.1, z, s)
                    distanceOf(answer.means[0], mean) shouldBeLessThan 1e-12 * max(norm(mean.toList()), 1.0)
                    abs(answer.divergences[0] / divergence - 1) shouldBeLessThan 1e-12
                }
            }

            "equals the formula if later rows are nearer and nearer" {
                // The exponents of the nearest rows of the blocks differ by less or more than what makes a row the reference.
                for (step in listOf(1e-3, 0.02, 0.1, 0.3, 1.0, 5.0)) {
                    for (descending in listOf(true, false)) {
                        val rows = Array(700) { i -> doubleArrayOf(step * (if (descending) 700 - i else i), 1.0) }
                        val z = doubleArrayOf(-1.0, 0.5)
                        val (mean, divergence) = formula(rows, 0.5, z, 1.0)
                        val answer = SmoothedDataset.of(rows, 0.5, variant).answer(z, 1.0)
                        withClue("$step $descending") {
                            distanceOf(answer.means[0], mean) shouldBeLessThan 1e-12 * norm(mean.toList())
                            abs(answer.divergences[0] / divergence - 1) shouldBeLessThan 1e-12
                        }
                    }
                }
            }

            "computes squared distances with the stated error" {
                val random = Random(9)
                for (d in listOf(3, 128, 129, 1_000)) {
                    val rows = points(130, d, random)
                    val kernel = DatasetKernel.of(variant, rows, d)
                    val states = points(6, d, random)
                    val flat = states.flatMap { it.toList() }.toDoubleArray()
                    val at = IntArray(6) { it * d }
                    val bound = (DatasetKernel.PART + d / DatasetKernel.PART + 2) * Math.ulp(0.5)
                    for (block in 0..1) {
                        val squares = Array(6) { DoubleArray(DatasetKernel.BLOCK) }
                        kernel.squares(block, flat, at, 6, squares)
                        for (i in block * DatasetKernel.BLOCK until minOf(
                            rows.size,
                            (block + 1) * DatasetKernel.BLOCK,
                        )) {
                            for (r in states.indices) {
                                val exact = exactSquare(states[r], rows[i])
                                val error = BigDecimal(squares[r][i % DatasetKernel.BLOCK]).subtract(exact)
                                abs(error.divide(exact, DIGITS).toDouble()) shouldBeLessThan bound
                            }
                        }
                    }
                }
            }

            "computes exponentials with a relative error of at most 6e-14, and 0 beyond the largest exponent" {
                val kernel = DatasetKernel.of(variant, points(1, 1, Random(1)), 1)
                val block = DatasetKernel.BLOCK
                // From -48 on. From 16 on, the subtraction of e^-48 is larger than this error.
                for (exponents in (0 until 50 * block).map { it * 0.01 - 48 }.chunked(block)) {
                    val weights = exponents.toDoubleArray().also { kernel.weigh(it, 0.0, 1.0) }
                    exponents.zip(weights.toList()).filter { it.first < 16 }.forEach { (x, e) ->
                        abs(e / StrictMath.exp(-x) - 1) shouldBeLessThan 6e-14
                    }
                }
                val beyond = DoubleArray(block) {
                    listOf(48.0, 48.5, 50.0, 1e300, Double.POSITIVE_INFINITY)[it % 5]
                }
                kernel.weigh(beyond, 0.0, 1.0) shouldBe 0.0
                beyond.toSet() shouldBe setOf(0.0)
            }

            "has the same bits for a state alone and at every place of batches of any size" {
                val random = Random(3)
                for ((n, d) in listOf(31 to 5, 700 to 3, 300 to 130)) {
                    val dataset = SmoothedDataset.of(points(n, d, random), 0.2, variant)
                    val states = points(301, d, random).toList()
                    val levels = List(301) { 0.05 * (1 + it % 40) }
                    val all = dataset.answer(states, levels)
                    for (size in listOf(1, 2, 3, 5, 8, 257)) {
                        for (first in listOf(0, 7, 301 - size)) {
                            if (first + size > 301) continue
                            val part = dataset.answer(
                                states.subList(first, first + size),
                                levels.subList(first, first + size),
                            )
                            part.means shouldBe all.means.subList(first, first + size)
                            part.divergences shouldBe all.divergences.subList(first, first + size)
                        }
                    }
                }
            }

            "has answers at the least and the largest levels" {
                val rows = points(300, 2, Random(4))
                val mean = DoubleArray(2) { c -> rows.sumOf { it[c] } / rows.size }
                // The least bandwidth; the square of the largest level overflows.
                val narrow = SmoothedDataset.of(rows, 1.5e-154, variant)
                val near = DoubleArray(2) { rows[200][it] + 1e-3 }
                narrow.answer(near, 1.5e-154).means[0] shouldBe List(2) { 0.5 * rows[200][it] + 0.5 * near[it] }
                distanceOf(narrow.answer(near, 1e160).means[0], mean) shouldBeLessThan 1e-14
                SmoothedDataset.of(rows, 0.1, variant).answer(near, 1e-300).means[0] shouldBe near.toList()
            }

            "ignores rows whose distances overflow if others do not" {
                // The rows of the first block, and some of the second.
                val rows = Array(300) { doubleArrayOf(if (it < 200) -0.9e154 else 0.5e154) }
                val mean = SmoothedDataset.of(rows, 1.0, variant).answer(doubleArrayOf(1e154), 2.0).means[0][0]
                abs(mean / 0.6e154 - 1) shouldBeLessThan 1e-15
            }

            "has answers that are not finite for states that are not, and for no other" {
                val rows = points(300, 2, Random(8))
                val dataset = SmoothedDataset.of(rows, 0.1, variant)
                val good = doubleArrayOf(0.1, 0.2)
                for (bad in listOf(Double.NaN, 1e200, Double.NEGATIVE_INFINITY)) {
                    val answer = dataset.answer(listOf(good, doubleArrayOf(bad, 0.0), good), listOf(0.5, 0.5, 0.5))
                    answer.means[1].any { it.isFinite() } shouldBe false
                    answer.means[0] shouldBe dataset.answer(good, 0.5).means[0]
                    answer.means[2] shouldBe answer.means[0]
                }
            }
        }
    }
})
