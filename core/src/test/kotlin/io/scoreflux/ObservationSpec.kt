package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Moments
import io.scoreflux.model.Observation
import io.scoreflux.model.at
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import reactor.core.publisher.Mono
import java.util.Optional
import java.util.Random
import kotlin.math.abs
import kotlin.math.sqrt

private typealias Matrix = Array<DoubleArray>

private fun matrix(rows: Int, columns: Int, entry: (Int, Int) -> Double): Matrix =
    Array(rows) { i -> DoubleArray(columns) { j -> entry(i, j) } }

private operator fun Matrix.times(o: Matrix): Matrix =
    matrix(size, o[0].size) { i, j -> o.indices.sumOf { this[i][it] * o[it][j] } }

private fun Matrix.transposed() = matrix(this[0].size, size) { i, j -> this[j][i] }

/** Inverts a matrix by Gauss-Jordan elimination with pivoting. */
private fun inverse(a: Matrix): Matrix {
    val n = a.size
    val work = matrix(n, 2 * n) { i, j ->
        if (j < n) {
            a[i][j]
        } else if (j - n == i) {
            1.0
        } else {
            0.0
        }
    }
    for (c in 0 until n) {
        val pivot = (c until n).maxBy { abs(work[it][c]) }
        work[c] = work[pivot].also { work[pivot] = work[c] }
        val factor = work[c][c]
        for (j in 0 until 2 * n) work[c][j] /= factor
        for (i in 0 until n) {
            val by = work[i][c]
            if (i != c) for (j in 0 until 2 * n) work[i][j] -= by * work[c][j]
        }
    }
    return matrix(n, n) { i, j -> work[i][n + j] }
}

/** Mean and covariance of N(mean, C) given b = B x + noise of the given variances, in information form without a gain matrix. */
private fun conditioned(mean: DoubleArray, c: Matrix, b: Matrix, seen: DoubleArray, variances: DoubleArray):
    Pair<DoubleArray, Matrix> {
    val d = mean.size
    val own = inverse(c)
    val weighted = matrix(b.size, d) { i, j -> b[i][j] / variances[i] }
    val gained = b.transposed() * weighted
    val covariance = inverse(matrix(d, d) { i, j -> own[i][j] + gained[i][j] })
    val right = matrix(d, 1) { i, _ ->
        mean.indices.sumOf { own[i][it] * mean[it] } + b.indices.sumOf { weighted[it][i] * seen[it] }
    }
    return (covariance * right).map { it[0] }.toDoubleArray() to covariance
}

private const val D = 5

class ObservationSpec : StringSpec({
    val random = Random(8)
    val root = matrix(D, D) { i, j -> if (j <= i) 0.3 * random.nextGaussian() + (if (i == j) 0.6 else 0.0) else 0.0 }
    val covariance = root * root.transposed()
    val mean = DoubleArray(D) { random.nextGaussian() }
    val gaussian = GaussianMixture.builder(D).component(1.0, mean, Covariance.full(covariance)).build()
    val diagonal = GaussianMixture.builder(D)
        .component(1.0, mean, Covariance.diagonal(0.9, 0.5, 0.3, 1.2, 0.7)).build()

    /** The observations with their matrices. */
    class Case(val name: String, val observation: Observation, val a: Matrix, val y: DoubleArray, val noise: Double)

    val mixed = matrix(2, D) { _, _ -> random.nextGaussian() }
    val picked = intArrayOf(3, 0)
    val y = doubleArrayOf(0.8, -1.1)
    val cases = listOf(
        Case("linear", Observation.linear(mixed, y, 0.3), mixed, y, 0.3),
        Case(
            "pixels",
            Observation.pixels(picked, y, 0.05),
            matrix(2, D) { i, j -> if (j == picked[i]) 1.0 else 0.0 },
            y,
            0.05,
        ),
    )

    "for a Gaussian, D is its mean given z and y at every level" {
        for (target in listOf(gaussian, diagonal)) {
            val c = target.moments().get().covariance().toMatrix(D)
            for (case in cases) {
                val observed = case.observation.of(target)
                for (s in listOf(0.01, 0.3, 2.0, 50.0)) {
                    val z = DoubleArray(D) { mean[it] + s * random.nextGaussian() }
                    val both = matrix(D + 2, D) { i, j -> if (i < D) (if (i == j) 1.0 else 0.0) else case.a[i - D][j] }
                    val variances = DoubleArray(D + 2) { if (it < D) s * s else case.noise * case.noise }
                    val (expected, _) = conditioned(mean, c, both, z + case.y, variances)
                    val found = observed.at(s, *z)
                    for (i in 0 until D) {
                        withClue("${case.name} at $s") { found[i] shouldBe (expected[i] plusOrMinus 1e-9) }
                    }
                }
            }
        }
    }

    "averages, and errors with a covariance, are linear observations" {
        val z = DoubleArray(D) { 0.3 * it - 0.5 }
        val means = arrayOf(doubleArrayOf(0.5, 0.0, 0.5, 0.0, 0.0), doubleArrayOf(0.0, 0.0, 0.0, 0.0, 1.0))
        val scaled = matrix(2, D) { i, j -> mixed[i][j] / doubleArrayOf(0.2, 0.7)[i] }
        val pairs = listOf(
            Observation.averages(D, arrayOf(intArrayOf(0, 2), intArrayOf(4)), y, 0.2) to
                Observation.linear(means, y, 0.2),
            Observation.linear(mixed, y, Covariance.isotropic(0.3)) to Observation.linear(mixed, y, 0.3),
            Observation.linear(mixed, y, Covariance.diagonal(0.2, 0.7)) to
                Observation.linear(scaled, doubleArrayOf(y[0] / 0.2, y[1] / 0.7), 1.0),
        )
        for ((one, other) in pairs) {
            val found = one.of(gaussian).at(0.4, *z)
            val expected = other.of(gaussian).at(0.4, *z)
            for (i in 0 until D) found[i] shouldBe (expected[i] plusOrMinus 1e-10)
        }
        shouldThrow<IllegalArgumentException> {
            Observation.averages(D, arrayOf(intArrayOf(0, 0)), doubleArrayOf(1.0), 0.2)
        }
            .message shouldContain "must be distinct"
        shouldThrow<IllegalArgumentException> { Observation.linear(mixed, y, Covariance.diagonal(0.2, 0.7, 0.1)) }
            .message shouldContain "must have a row for each of the 2 values"
    }

    "samples of a correlated Gaussian have the mean and covariance of the conditional distribution" {
        val n = 4000
        for (case in cases) {
            val noise = DoubleArray(2) { case.noise * case.noise }
            val (expected, left) = conditioned(mean, covariance, case.a, case.y, noise)
            val samples = sampler(case.observation.of(gaussian)) { noiseRange(20.0, 1e-3).solver(Sliding(1e-5)) }
                .samples(0, n.toLong()).map { it.values() }.collectList().block()!!
            val average = DoubleArray(D) { i -> samples.sumOf { it[i] } / n }
            for (i in 0 until D) {
                // Four standard errors for each of 40 numbers: a correct sampler fails for one of 400 seeds.
                withClue("${case.name} mean $i") {
                    average[i] shouldBe (expected[i] plusOrMinus 4 * sqrt(left[i][i] / n) + 1e-4)
                }
                for (j in 0..i) {
                    val found = samples.sumOf { (it[i] - average[i]) * (it[j] - average[j]) } / (n - 1)
                    val error = sqrt((left[i][i] * left[j][j] + left[i][j] * left[i][j]) / n)
                    withClue("${case.name} covariance $i $j") {
                        found shouldBe (left[i][j] plusOrMinus 4 * error + 1e-5)
                    }
                }
            }
        }
    }

    "the moments are those of Gaussian data given y" {
        for (case in cases) {
            val (expected, left) =
                conditioned(mean, covariance, case.a, case.y, DoubleArray(2) { case.noise * case.noise })
            val moments = case.observation.of(gaussian).moments().get()
            val found = moments.covariance().toMatrix(D)
            for (i in 0 until D) {
                moments.mean()[i] shouldBe (expected[i] plusOrMinus 1e-10)
                for (j in 0 until D) found[i][j] shouldBe (left[i][j] plusOrMinus 1e-10)
            }
        }
    }

    "components observed without noise have the observed value at sigma 0, for any data" {
        for (target in listOf(
            threeModes(),
            GaussianMixture.builder(2).component(1.0, doubleArrayOf(0.0, 0.0), 0.4).build(),
        )) {
            val observed = Observation.pixels(intArrayOf(1), doubleArrayOf(0.25), 0.0).of(target)
            val samples = sampler(observed) { noiseRange(20.0, 0.0).solver(Sliding(1e-6)) }.samples(0, 20)
                .collectList().block()!!
            for (sample in samples) sample.values()[1] shouldBe (0.25 plusOrMinus 1e-5)
        }
    }

    "diagonal moments correct only the observed components, and the asynchronous form agrees" {
        val scaled = object : Denoiser {
            override fun dimension() = 3

            override fun moments() = Optional.of(Moments(DoubleArray(3), Covariance.diagonal(1.0, 2.0, 3.0)))

            override fun denoise(rows: Rows, out: DoubleArray) {
                for (i in 0 until 3 * rows.count()) out[i] = rows.values()[i] / 2
            }
        }
        val pixels = Observation.pixels(intArrayOf(1), doubleArrayOf(5.0), 0.5)
        val line = Observation.linear(arrayOf(doubleArrayOf(0.0, 1.0, 0.0)), doubleArrayOf(5.0), 0.5)
        val z = doubleArrayOf(1.0, 2.0, 3.0)
        val expected = 1.0 + (4.0 / 5) / (4.0 / 5 + 0.25) * (5.0 - 1.0)
        pixels.of(scaled).at(1.0, *z).toList() shouldBe listOf(0.5, expected, 1.5)
        for ((i, value) in line.of(scaled).at(1.0, *z).withIndex()) {
            value shouldBe (listOf(0.5, expected, 1.5)[i] plusOrMinus 1e-14)
        }
        line.of(scaled).moments().get().mean()[1] shouldBe
            (pixels.of(scaled).moments().get().mean()[1] plusOrMinus 1e-14)
        val async = pixels.of(
            object : AsyncDenoiser {
                override fun dimension() = 3

                override fun moments() = scaled.moments()

                override fun denoise(rows: Rows) = Mono.fromCallable {
                    DoubleArray(3 * rows.count()).also { scaled.denoise(rows, it) }
                }
            },
        )
        val rows = Rows(3, 1)
        rows.append(z, 0, 1.0)
        Mono.from(async.denoise(rows)).block()!!.toList() shouldBe listOf(0.5, expected, 1.5)
    }

    "near sigma 0 the observation does not change the denoiser, for any data" {
        val observed = Observation.pixels(intArrayOf(1), doubleArrayOf(0.4), 0.3).of(threeModes())
        val plain = threeModes().at(1e-4, 0.9, 0.1)
        for ((i, value) in observed.at(1e-4, 0.9, 0.1).withIndex()) {
            // The correction is s^2 / r^2 of the difference from y.
            value shouldBe (plain[i] plusOrMinus 2e-7)
        }
    }

    "an asynchronous denoiser sees the context of its subscribers" {
        val asking = object : AsyncDenoiser {
            override fun dimension() = 1

            override fun moments() = Optional.of(Moments(doubleArrayOf(0.0), Covariance.isotropic(1.0)))

            override fun denoise(rows: Rows) = Mono.deferContextual { context ->
                Mono.just(DoubleArray(rows.count()) { context.getOrDefault("key", 0.0)!! })
            }
        }
        val rows = Rows(1, 1)
        rows.append(doubleArrayOf(0.3), 0, 1.0)
        val seen = Observation.pixels(intArrayOf(0), doubleArrayOf(5.0), 0.1).of(asking).denoise(rows)
        // The denoiser returns the observed value, so there is no correction.
        Mono.from(seen).contextWrite { it.put("key", 5.0) }.block()!!.toList() shouldBe listOf(5.0)
    }

    "invalid observations are rejected with the name of the argument" {
        shouldThrow<IllegalArgumentException> { Observation.pixels(intArrayOf(0, 0), y, 0.1) }.message shouldBe
            "indices must be distinct, was 0 twice"
        shouldThrow<IllegalArgumentException> { Observation.pixels(intArrayOf(0), y, 0.1) }
        shouldThrow<IllegalArgumentException> { Observation.pixels(picked, y, -0.1) }
        shouldThrow<IllegalArgumentException> { Observation.pixels(intArrayOf(0, 5), y, 0.1).of(gaussian) }
            .message shouldBe "indices must be below 5, the denoiser's dimension, was 5; count from 0"
        shouldThrow<IllegalArgumentException> { Observation.linear(mixed, y, 0.1).of(threeModes()) }
        shouldThrow<IllegalArgumentException> {
            Observation.linear(arrayOf(mixed[0], mixed[0]), y, 0.0).of(gaussian)
        }.message!! shouldContain "must have linearly independent rows"
        shouldThrow<IllegalArgumentException> {
            Observation.pixels(picked, y, 0.1).of(Denoiser.rowwise(5) { _, _, out -> out.fill(0.0) })
        }.message!! shouldContain "must be known for an observation"
    }
})
