package io.scoreflux.posterior

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Moments
import io.scoreflux.model.Observation
import io.scoreflux.model.ObservedDirections
import reactor.core.publisher.Flux
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt

private const val FROM = 6.0
private const val TO = 0.03

/** The moments of two shapes, and only their variances. */
private val full = GaussianMixture.of(twoShapes).moments().get()
private val diagonal = Moments(
    full.mean(),
    Covariance.diagonal(sqrt(full.covariance().variance(0)), sqrt(full.covariance().variance(1))),
)

private val twoShapesSeen = Observation.linear(
    arrayOf(doubleArrayOf(1.0, 0.5), doubleArrayOf(-0.2, 0.4)),
    doubleArrayOf(0.7, -0.3),
    Covariance.diagonal(0.1, 0.4),
)

class ScoutSpec : StringSpec({
    for ((name, moments) in listOf("full" to full, "diagonal" to diagonal)) {
        val twist = MomentsTwist(unequalNoise, moments)

        fun error(step: Double, drift: (StepTable) -> Drift): Double {
            val steps = StepTable(FROM, TO, step)
            return weightError(FROM, TO, drift(steps), steps) { z, s -> logPrior(z, s) + twist.at(s).log(z) }
        }

        "the twist is the density of the observation for Gaussian data, $name covariance" {
            for (s in listOf(20.0, 0.7, 0.05)) {
                val factor = twist.at(s)
                for (z in listOf(doubleArrayOf(0.3, -0.2), doubleArrayOf(-1.4, 0.9))) {
                    factor.log(z) shouldBe (logTwist(unequalNoise, moments, s, z) plusOrMinus 1e-9)
                }
                for (i in 0 until factor.directions().count()) {
                    val square = factor.noise()[i] * factor.noise()[i]
                    square - s * s shouldBe (factor.gaps()[i] plusOrMinus 1e-12 * square)
                }
            }
        }

        "the weights of scouts are those of the change of variables, $name covariance" {
            error(0.02) { MomentsDrift(twist, it) } shouldBeLessThan 2e-4
            // The order is 4.
            ln(
                error(0.1) {
                    MomentsDrift(twist, it)
                } / error(0.05) { MomentsDrift(twist, it) },
            ) / ln(2.0) shouldBeGreaterThan
                3.0
        }

        "the test of the weights of scouts detects a missing term and a wrong pull, $name covariance" {
            error(0.02) {
                ScoutWithout(MomentsDrift(twist, it), twist, it, score = true, pull = 0.0)
            } shouldBeGreaterThan
                0.1
            error(0.02) {
                ScoutWithout(MomentsDrift(twist, it), twist, it, score = false, pull = 0.5)
            } shouldBeGreaterThan
                0.1
            // The wrapper alone changes nothing.
            error(0.02) { ScoutWithout(MomentsDrift(twist, it), twist, it, score = false, pull = 0.0) } shouldBeLessThan
                2e-4
        }
    }

    "the weights of scouts do not vary for Gaussian data" {
        val gaussian = listOf(GaussianMixture.Component(1.0, full.mean(), full.covariance()))
        val steps = StepTable(FROM, TO, 0.05)
        val states = arrayOf(doubleArrayOf(0.3, -4.0), doubleArrayOf(5.0, 1.0), doubleArrayOf(-2.0, -7.0))
        val drift = MomentsDrift(MomentsTwist(unequalNoise, full), steps)
        // D and D_G are computed in different ways, which agree up to rounding.
        for (weight in solved(states, FROM, TO, drift, steps, gaussian).second) weight shouldBe (0.0 plusOrMinus 1e-9)
    }

    "the last of eight islands is a scout, unless islands are not guided" {
        fun scouts(configure: PosteriorBuilder.() -> Unit) =
            Posterior.builder(GaussianMixture.of(twoShapes), twoShapesSeen).noiseRange(20.0, 0.05).particles(16)
                .apply(configure).build().islands(0, 17).filter {
                    it.scout()
                }.map { it.index() }.collectList().block()!!
        scouts { } shouldContainExactly listOf(7L, 15L)
        scouts { guided(false) } shouldContainExactly emptyList()
    }

    "no island is a scout if the data do not vary in the observed directions" {
        // The second number is always 1, so that scouts have nothing to follow. A pilot and all islands still succeed.
        val line = Observation.pixels(intArrayOf(1), doubleArrayOf(1.0), 0.0).of(GaussianMixture.of(twoShapes))

        fun scouts(seen: Observation) =
            Posterior.builder(line, seen).noiseRange(20.0, 0.05).particles(16).build().islands(7, 8).blockLast()!!
        scouts(Observation.pixels(intArrayOf(1), doubleArrayOf(1.1), 0.3)).scout() shouldBe false
        // One of two directions suffices, even if the value in the other is far from the data.
        val both = scouts(Observation.pixels(intArrayOf(0, 1), doubleArrayOf(0.8, 4.5), 0.3))
        both.scout() shouldBe true
        both.failed() shouldBe false
    }

    "Z of scouts is unbiased, and scouts alone have the right posterior" {
        val posterior = Posterior.builder(GaussianMixture.of(twoShapes), twoShapesSeen)
            .noiseRange(30.0, 0.02).step(0.1).particles(64).seed(3).build()
        val scouts = Flux.range(0, 20).concatMap { posterior.islands(8L * it + 7, 8L * it + 8) }.collectList().block()!!
        val (evidence, exact) = posteriorOfShapes()
        val ratios = scouts.map { exp(it.logEvidence() - evidence) }
        val mean = ratios.average()
        val error = sqrt(ratios.sumOf { (it - mean) * (it - mean) } / 19 / 20)
        error shouldBeLessThan 0.06
        // Three standard errors, and 0.01 for the error of the steps.
        abs(mean - 1) shouldBeLessThan 3 * error + 0.01
        val summary = PosteriorSummary.of(scouts)
        for (i in 0..1) {
            val estimate = summary.mean(i)
            abs(estimate.value() - exact[i]) shouldBeLessThan 3.5 * estimate.standardError() + 0.003
        }
    }

    "scouts find a distant mode that other islands miss, and the summary is right and warns" {
        // Eleven standard deviations away, with a prior weight of 1e-6, and nearly certain given the observation.
        val d = 8
        val rare = GaussianMixture.builder(d)
            .component(1 - 1e-6, DoubleArray(d), 1.0)
            .component(1e-6, DoubleArray(d) { 4.0 }, 0.3)
            .build()
        val seen = Observation.pixels(IntArray(4) { it }, doubleArrayOf(4.2, 3.7, 4.1, 3.9), 0.1)
        val posterior = Posterior.builder(rare, seen).noiseRange(60.0, 0.02).particles(128).build()
        val islands = posterior.islands(0, 8).collectList().block()!!

        fun mean(island: Island) = (0 until 128).sumOf { island.weight(it) * island.state(it)[7] }
        islands.filter { mean(it) > 3 }.map { it.index() } shouldContainExactly listOf(7L)
        val summary = PosteriorSummary.of(islands)
        // N(4, 0.3^2), as the mode is isotropic and the eighth number is not observed. One island decides: 128 particles with few ancestors.
        summary.mean(7).value() shouldBe (4.0 plusOrMinus 0.2)
        summary.warnings().shouldNotBeEmpty()
    }
})

/** ln N(y; A (mean + G (z - mean)), M) in two numbers, plus the factor that does not depend on z. */
private fun logTwist(seen: ObservedDirections, moments: Moments, s: Double, z: DoubleArray): Double {
    val c = moments.covariance().toMatrix(2)
    val v = s * s
    val g = times(c, inverse(arrayOf(doubleArrayOf(c[0][0] + v, c[0][1]), doubleArrayOf(c[1][0], c[1][1] + v))))
    val a = Array(2) { i ->
        DoubleArray(2) { k ->
            seen.coordinate(
                i,
                DoubleArray(2) {
                    if (it ==
                        k
                    ) {
                        1.0
                    } else {
                        0.0
                    }
                },
                0,
            )
        }
    }
    val transposed = Array(2) { i -> DoubleArray(2) { a[it][i] } }
    val m = times(times(a, Array(2) { i -> DoubleArray(2) { v * g[i][it] } }), transposed)
    for (i in 0..1) m[i][i] += seen.noise(i) * seen.noise(i)
    val mean = moments.mean()
    val expected = DoubleArray(2) { i -> mean[i] + (0..1).sumOf { g[i][it] * (z[it] - mean[it]) } }
    val rest = DoubleArray(2) { i -> seen.value(i) - (0..1).sumOf { a[i][it] * expected[it] } }
    val inverse = inverse(m)
    val form = (0..1).sumOf { i -> (0..1).sumOf { rest[i] * inverse[i][it] * rest[it] } }
    return -0.5 * (form + ln(m[0][0] * m[1][1] - m[0][1] * m[1][0])) - ln(2 * Math.PI) + seen.logFactor()
}

/** ln p(y) and the posterior mean of the two shapes. */
private fun posteriorOfShapes(): Pair<Double, DoubleArray> {
    val a = Array(2) { i ->
        DoubleArray(2) { k -> unequalNoise.coordinate(i, DoubleArray(2) { if (it == k) 1.0 else 0.0 }, 0) }
    }
    val parts = twoShapes.map { one ->
        val c = one.covariance().toMatrix(2)
        val cross = times(c, Array(2) { i -> DoubleArray(2) { a[it][i] } })
        val s = times(a, cross)
        for (i in 0..1) s[i][i] += unequalNoise.noise(i) * unequalNoise.noise(i)
        val inverse = inverse(s)
        val rest = DoubleArray(2) { i -> unequalNoise.value(i) - (0..1).sumOf { a[i][it] * one.mean()[it] } }
        val solved = DoubleArray(2) { i -> (0..1).sumOf { inverse[i][it] * rest[it] } }
        val log = ln(one.weight()) - 0.5 * (rest[0] * solved[0] + rest[1] * solved[1]) - ln(2 * Math.PI) -
            0.5 * ln(s[0][0] * s[1][1] - s[0][1] * s[1][0]) + unequalNoise.logFactor()
        exp(log) to DoubleArray(2) { i -> one.mean()[i] + (0..1).sumOf { cross[i][it] * solved[it] } }
    }
    val total = parts.sumOf { it.first }
    return ln(total) to DoubleArray(2) { i -> parts.sumOf { it.first * it.second[i] } / total }
}

private fun times(a: Array<DoubleArray>, b: Array<DoubleArray>) =
    Array(2) { i -> DoubleArray(2) { j -> a[i][0] * b[0][j] + a[i][1] * b[1][j] } }

private fun inverse(a: Array<DoubleArray>): Array<DoubleArray> {
    val det = a[0][0] * a[1][1] - a[0][1] * a[1][0]
    return arrayOf(doubleArrayOf(a[1][1] / det, -a[0][1] / det), doubleArrayOf(-a[1][0] / det, a[0][0] / det))
}

/**
 * The drift of scouts, without the term (D - z) . grad ln psi in the weights, or with more pull towards the observation than the weights allow
 * for.
 */
private class ScoutWithout(
    private val inner: Drift,
    private val twist: MomentsTwist,
    private val steps: StepTable,
    private val score: Boolean,
    private val pull: Double,
) : Drift by inner {
    override fun count() = inner.count()

    override fun evaluate(
        level: Int,
        state: DoubleArray,
        answer: DoubleArray,
        coordinates: DoubleArray,
        forces: DoubleArray,
    ): Double {
        val s = steps.level(level)
        val factor = twist.at(s)
        val h = 1e-4
        val gradient = DoubleArray(2) { k ->
            val up = state.clone().also { it[k] += h }
            val down = state.clone().also { it[k] -= h }
            (factor.log(up) - factor.log(down)) / (2 * h)
        }
        val towards = gradient.indices.sumOf { gradient[it] * (answer[it] - state[it]) }
        val growth = inner.evaluate(level, state, answer, coordinates, forces)
        for (k in gradient.indices) answer[k] += pull * s * s * gradient[k]
        return if (score) growth + 2 * towards else growth
    }
}
