package io.scoreflux.posterior

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.Sampler
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Observation
import io.scoreflux.model.ObservedDirections
import io.scoreflux.noise.NormalStream
import kotlin.math.abs
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sqrt

private const val FROM = 6.0
private const val TO = 0.03

class DriftSpec : StringSpec({
    val twist = AnnealedTwist(unequalNoise, 0.25)
    val slopes =
        Slopes(
            doubleArrayOf(ln(FROM), ln(0.3), ln(TO)),
            arrayOf(doubleArrayOf(0.02, 0.01), doubleArrayOf(0.6, 0.5), doubleArrayOf(0.99, 0.97)),
        )

    fun guided(step: Double, centre: DoubleArray? = null, by: AnnealedTwist = twist): Double {
        val steps = StepTable(FROM, TO, step)
        return weightError(FROM, TO, GuidedDrift(by, slopes, centre, steps), steps) { z, s ->
            logPrior(z, s) + logFactor(unequalNoise, z) { by.gap(it, s) }
        }
    }

    fun beta(i: Int, s: Double): Double {
        val slope = twist.slope(i, s)
        val gap = twist.gap(i, s)
        return 0.5 * (gap * (slope - 1) / (s * s / (1 - slopes.at(i, s)) + gap) - slope)
    }

    "the twist decreases from s / kappa to the noise of the observation, and its slope is its derivative" {
        for (i in 0..1) {
            sqrt(twist.square(i, 1e4)) shouldBe (4e4 plusOrMinus 1e-4)
            sqrt(twist.square(i, 1e-4)) shouldBe (unequalNoise.noise(i) plusOrMinus 1e-9)
            for (s in listOf(3.0, 0.2, 0.05)) {
                val h = 1e-5 * s * s
                val difference = (twist.gap(i, sqrt(s * s - h)) - twist.gap(i, sqrt(s * s + h))) / (2 * h)
                twist.slope(i, s) shouldBe (difference plusOrMinus 1e-4)
            }
        }
    }

    "the weights of the guided flow are those of the change of variables" {
        guided(0.02) shouldBeLessThan 2e-4
        guided(0.02, doubleArrayOf(0.4, -0.1)) shouldBeLessThan 2e-4
    }

    "the order of the weights is 4" {
        val ratio = guided(0.1) / guided(0.05)
        ln(ratio) / ln(2.0) shouldBeGreaterThan 3.3
    }

    "the test of the weights detects a missing term" {
        val steps = StepTable(FROM, TO, 0.02)
        val wrong = WithoutScore(GuidedDrift(twist, slopes, null, steps), steps, ::beta) { i, s -> twist.gap(i, s) }
        weightError(FROM, TO, wrong, steps) { z, s ->
            logPrior(z, s) + logFactor(unequalNoise, z) { twist.gap(it, s) }
        } shouldBeGreaterThan 0.1
    }

    "a kink in the twist costs accuracy at the default step" {
        guided(0.2) shouldBeLessThan 0.3 * guided(0.2, null, AnnealedTwist(unequalNoise, 0.25, 400.0))
    }

    "the flow of the bridge transports the law of the states given the observation" {
        val noise = doubleArrayOf(1.0, 1.3)
        val steps = StepTable(0.9, 0.1, 0.02)

        fun error(drift: Drift) = weightError(0.9, 0.1, drift, steps) { z, s ->
            logPrior(z, s) + logFactor(unequalNoise, z) { noise[it].pow(2) - s * s }
        }
        error(BridgeDrift(unequalNoise, noise, steps)) shouldBeLessThan 1e-4
        error(PlainBridge(unequalNoise, noise, steps, 1.0)) shouldBeLessThan 1e-3
        // The test detects the wrong sign of the correction.
        error(PlainBridge(unequalNoise, noise, steps, -1.0)) shouldBeGreaterThan 0.1
    }

    "noise up keeps the law of Gaussian states given the observation" {
        // One observed number of prior variance 2 and mean 0.5, and one free number of variance 3.
        val directions = Observation.pixels(intArrayOf(0), doubleArrayOf(1.7), 0.4).directions(2)
        val noise = doubleArrayOf(1.1)

        fun law(s: Double): Pair<Double, Double> {
            val precision = 1 / (2 + s * s) + 1 / (1.1 * 1.1 - s * s)
            return (0.5 / (2 + s * s) + 1.7 / (1.1 * 1.1 - s * s)) / precision to 1 / precision
        }
        val (mean, variance) = law(0.3)
        val raised = {
            z: Double,
            n: Double,
            ->
            Bridge.raise(directions, noise, doubleArrayOf(z, 0.0), 0.3, 0.9, Fixed(n))
        }
        val slope = raised(mean + 1, 0.0)[0] - raised(mean, 0.0)[0]
        val added = raised(mean, 1.0)[0] - raised(mean, 0.0)[0]
        raised(mean, 0.0)[0] shouldBe (law(0.9).first plusOrMinus 1e-12)
        slope * slope * variance + added * added shouldBe (law(0.9).second plusOrMinus 1e-12)
        raised(0.0, 1.0)[1] shouldBe (sqrt(0.81 - 0.09) plusOrMinus 1e-12)
        // Free noise in the observed direction would not pass.
        abs(variance + 0.81 - 0.09 - law(0.9).second) shouldBeGreaterThan 0.1
    }

    "observed directions have the likelihood of the observation" {
        val a = arrayOf(doubleArrayOf(1.0, 2.0, 0.5), doubleArrayOf(0.3, -1.0, 0.2), doubleArrayOf(1.3, 1.0, 0.7))
        val y = doubleArrayOf(0.4, 1.1, 1.6)
        val std = doubleArrayOf(0.3, 0.5, 0.2)
        val directions = Observation.linear(a, y, Covariance.diagonal(*std)).directions(3)
        // The third row is the sum of the others, so that one direction is not seen.
        directions.count() shouldBe 2
        for (x in listOf(doubleArrayOf(0.1, 0.2, -0.4), doubleArrayOf(1.0, -2.0, 0.3))) {
            val exact = y.indices.sumOf { i ->
                logNormal(y[i] - a[i].indices.sumOf { a[i][it] * x[it] }, std[i] * std[i])
            }
            logFactor(directions, x) { directions.noise(it).pow(2) } + directions.logFactor() shouldBe
                (exact plusOrMinus 1e-9)
        }
    }

    "averages and correlated noise are linear observations" {
        val x = doubleArrayOf(0.3, -0.8, 1.2)
        val averages = Observation.averages(
            3,
            arrayOf(intArrayOf(0, 2), intArrayOf(1)),
            doubleArrayOf(0.5, 0.1),
            0.2,
        ).directions(3)
        logFactor(averages, x) { averages.noise(it).pow(2) } + averages.logFactor() shouldBe
            (logNormal(0.5 - 0.75, 0.04) + logNormal(0.1 + 0.8, 0.04) plusOrMinus 1e-9)
        val correlated = Observation
            .linear(
                arrayOf(doubleArrayOf(1.0, 0.0, 0.0), doubleArrayOf(0.0, 1.0, 0.0)),
                doubleArrayOf(0.5, 0.1),
                Covariance.full(arrayOf(doubleArrayOf(0.5, 0.3), doubleArrayOf(0.3, 0.4))),
            ).directions(3)
        // The first error, and the second given the first.
        val exact = logNormal(0.2, 0.5) + logNormal(0.9 - 0.3 / 0.5 * 0.2, 0.4 - 0.09 / 0.5)
        logFactor(correlated, x) { correlated.noise(it).pow(2) } + correlated.logFactor() shouldBe
            (exact plusOrMinus 1e-9)
    }
})

/** A stream of one number. */
private class Fixed(private val n: Double) : NormalStream {
    override fun fill(out: DoubleArray, at: Int, count: Int) = out.fill(n, at, at + count)

    override fun uniform(): Double = 0.5
}

/** The ends of trajectories, and the growth of their log-weights. */
internal fun solved(
    states: Array<DoubleArray>,
    from: Double,
    to: Double,
    drift: Drift,
    steps: StepTable,
    components: List<GaussianMixture.Component> = twoShapes,
): Pair<List<DoubleArray>, DoubleArray> {
    val solver = LegSolver(steps, drift, states.size, null)
    val ends = Sampler
        .builder(GaussianMixture.of(components))
        .noiseRange(from, to)
        .stages(1)
        .solver(solver)
        .build()
        .decode(states)
        .map { it.values() }
        .collectList()
        .block()!!
    return ends to solver.logWeights()
}

/**
 * The largest error of the log-weights of a flow that must transport [logDensity] at one level to that at another. By the change of variables
 * the log-weight is the change of the log-density along the trajectory, plus the logarithm of the Jacobian determinant, which differences give.
 */
internal fun weightError(
    from: Double,
    to: Double,
    drift: Drift,
    steps: StepTable,
    logDensity: (DoubleArray, Double) -> Double,
): Double {
    val h = 1e-5 * from
    val starts = listOf(0.1 to 0.3, -1.1 to 0.4, 0.9 to -0.6, 0.4 to 1.2, -0.3 to -0.9).map { (x, y) ->
        doubleArrayOf(x * (1 + from), y * (1 + from))
    }
    val states = starts.flatMap { z ->
        listOf(
            z,
            doubleArrayOf(z[0] + h, z[1]),
            doubleArrayOf(z[0] - h, z[1]),
            doubleArrayOf(z[0], z[1] + h),
            doubleArrayOf(z[0], z[1] - h),
        )
    }
    val (ends, weights) = solved(states.toTypedArray(), from, to, drift, steps)
    return starts.indices.maxOf { k ->
        val end = ends.subList(5 * k, 5 * k + 5)
        val j = Array(2) { i -> DoubleArray(2) { c -> (end[1 + 2 * c][i] - end[2 + 2 * c][i]) / (2 * h) } }
        val exact =
            logDensity(end[0], to) - logDensity(starts[k], from) + ln(abs(j[0][0] * j[1][1] - j[0][1] * j[1][0]))
        abs(weights[5 * k] - exact)
    }
}

/** The flow of the bridge without its exact clock, with the given sign of the correction. */
private class PlainBridge(
    private val directions: ObservedDirections,
    private val noise: DoubleArray,
    private val steps: StepTable,
    private val sign: Double,
) : Drift {
    private val weights = steps.weights(StepTable::free)

    override fun directions() = directions

    override fun weights(i: Int): Array<DoubleArray> = weights

    override fun quantity(i: Int, level: Int, coordinate: Double) = coordinate / steps.level(level)

    override fun coordinate(i: Int, level: Int, quantity: Double) = quantity * steps.level(level)

    override fun evaluate(
        level: Int,
        state: DoubleArray,
        answer: DoubleArray,
        coordinates: DoubleArray,
        forces: DoubleArray,
    ): Double {
        val v = steps.level(level) * steps.level(level)
        for (i in forces.indices) {
            forces[i] = directions.coordinate(i, answer, 0) -
                sign * v * (directions.value(i) - coordinates[i]) / (noise[i] * noise[i] - v)
        }
        return 0.0
    }

    override fun logWeight() = 0.0
}

/** A drift whose weights lack the term (1/2 + beta) sc l. */
private class WithoutScore(
    private val inner: Drift,
    private val steps: StepTable,
    private val beta: (Int, Double) -> Double,
    private val gap: (Int, Double) -> Double,
) : Drift by inner {
    override fun evaluate(
        level: Int,
        state: DoubleArray,
        answer: DoubleArray,
        coordinates: DoubleArray,
        forces: DoubleArray,
    ): Double {
        val growth = inner.evaluate(level, state, answer, coordinates, forces)
        val s = steps.level(level)
        return growth +
            coordinates.indices.sumOf { i ->
                2 * (0.5 + beta(i, s)) * (directions().coordinate(i, answer, 0) - coordinates[i]) *
                    (directions().value(i) - coordinates[i]) /
                    gap(i, s)
            }
    }
}
