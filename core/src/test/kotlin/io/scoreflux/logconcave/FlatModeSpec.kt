package io.scoreflux.logconcave

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.SampleFailedException
import java.util.Random
import kotlin.math.abs
import kotlin.math.cosh
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.ln1p
import kotlin.math.max
import kotlin.math.pow
import kotlin.math.sign
import kotlin.math.sqrt
import kotlin.math.tanh

private const val CHAINS = 64

/** Mean and mean square under exp(-f) on an interval, by the midpoint rule. */
private fun moments(from: Double, to: Double, f: (Double) -> Double): Pair<Double, Double> {
    val n = 200_000
    val xs = (0 until n).map { from + (to - from) * (it + 0.5) / n }
    val fs = xs.map(f)
    val least = fs.min()
    val weights = fs.map { exp(least - it) }
    val total = weights.sum()
    val mean = xs.indices.sumOf { xs[it] * weights[it] } / total
    return mean to xs.indices.sumOf { xs[it] * xs[it] * weights[it] } / total
}

/** E x^2 under exp(-|x|^p): Gamma(3/p) / Gamma(1/p), by quadrature, which for p = 4 is 0.33799. */
private fun square(p: Double) = moments(-7.0, 7.0) { abs(it).pow(p) }.second

/**
 * Checks the mean and the mean square of a function of the draws. The standard error follows from the means of 64 independent
 * chains. A correct distribution exceeds 4.5 standard errors with a probability below 4e-5 (Student's t with 63 degrees of freedom) for
 * each moment. Clipping adds a bias, which is about as large as the part of weights above the bound.
 */
private fun holds(
    target: LogConcave,
    mean: Double,
    square: Double,
    draws: Long = 400,
    of: (DoubleArray) -> Double = { it[0] },
    configure: ProximalSamplerBuilder.() -> Unit = {},
): Mode {
    val sampler = ProximalSampler.builder(target).chains(CHAINS).seed(3).apply(configure).build()
    val all = sampler.collect(draws)
    all.filter { it.failed() }.map { it.failure()!!.message() }.distinct().shouldBeEmpty()
    val overflow = all.summary(CHAINS, target.dimension()).overflow()
    val (first, firstError) = all.mean { of(it) }
    val (second, secondError) = all.mean { of(it) * of(it) }
    val mode = sampler.mode().block()!!
    val clue = "mean $first +- $firstError, exactly $mean; $second +- $secondError, exactly $square; beyond $overflow"
    withClue(clue) {
        abs(first - mean) shouldBeLessThan 4.5 * firstError + overflow * sqrt(square)
        abs(second - square) shouldBeLessThan 4.5 * secondError + overflow * square
        // The test can fail: twice the width would be far outside.
        secondError shouldBeLessThan 0.25 * square
    }
    return mode
}

/** The density with f = sum_k |<r_k, x - shift> / scale_k|^p_k, where r_k are the rows of a rotation. */
private class Powers(
    val powers: DoubleArray,
    val scales: DoubleArray,
    val rotation: Array<DoubleArray>,
    val shift: Double,
) {
    private val d = powers.size
    val target = logConcave(d) { x, out ->
        out.fill(0.0)
        for (k in 0 until d) {
            val y = along(k, x) / scales[k]
            val slope = powers[k] * abs(y).pow(powers[k] - 1) * sign(y) / scales[k]
            for (j in 0 until d) out[j] += rotation[k][j] * slope
        }
    }

    fun along(k: Int, x: DoubleArray) = (0 until d).sumOf { rotation[k][it] * (x[it] - shift) }
}

/** Returns a random rotation by the Gram-Schmidt process. */
private fun rotation(d: Int, random: Random): Array<DoubleArray> {
    val rows = Array(d) { DoubleArray(d) { random.nextGaussian() } }
    for (i in 0 until d) {
        for (k in 0 until i) {
            val c = (0 until d).sumOf { rows[i][it] * rows[k][it] }
            for (j in 0 until d) rows[i][j] -= c * rows[k][j]
        }
        val length = sqrt(rows[i].sumOf { it * it })
        for (j in 0 until d) rows[i][j] /= length
    }
    return rows
}

private fun power(p: Double) = logConcave(1) { x, out -> out[0] = p * abs(x[0]).pow(p - 1) * sign(x[0]) }

private fun softplus(x: Double) = if (x > 0) x + ln1p(exp(-x)) else ln1p(exp(x))

private fun sigmoid(x: Double) = 1 / (1 + exp(-x))

class FlatModeSpec : StringSpec({
    "the quadrature gives Gamma(3/4) / Gamma(1/4) for x^4" {
        abs(square(4.0) - 0.3379891200336423) shouldBeLessThan 1e-9
    }

    for (p in listOf(2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)) {
        "exp(-|x|^$p) is sampled correctly by default, from the mode, near it and a thousand deviations away" {
            for (start in listOf(0.0, 0.3, -1000.0)) holds(power(p), 0.0, square(p)) { initialState(start) }
        }
    }

    for (scale in listOf(1e-6, 1e-3, 1e3, 1e6)) {
        "exp(-x^4) is sampled correctly at the scale $scale, around 0 and elsewhere" {
            for (p in listOf(4.0, 10.0)) {
                for (shift in listOf(0.0, 3.0)) {
                    val one = Powers(doubleArrayOf(p), doubleArrayOf(scale), arrayOf(doubleArrayOf(1.0)), shift)
                    holds(one.target, 0.0, scale * scale * square(p), of = { one.along(0, it) })
                }
            }
        }
    }

    "a tiny quadratic term beside x^4 does not determine the scale" {
        for (c in listOf(1e-12, 5e-5, 5e-3, 0.05)) {
            val target = logConcave(1) { x, out -> out[0] = 4 * x[0] * x[0] * x[0] + 2 * c * x[0] }
            holds(target, 0.0, moments(-6.0, 6.0) { it * it * it * it + c * it * it }.second)
        }
    }

    "chains that start a thousand deviations away reach the mode" {
        for (p in listOf(4.0, 8.0)) {
            val far = Array(CHAINS) { doubleArrayOf(if (it % 2 == 0) 600.0 else -600.0) }
            holds(power(p), 0.0, square(p)) { initialStates(far) }
        }
    }

    "random powers, scales, rotations and shifts: each direction has the correct distribution" {
        val random = Random(20)
        repeat(12) {
            val d = 1 + random.nextInt(4)
            val case = Powers(
                DoubleArray(d) { if (random.nextBoolean()) 2.0 else 2 + 4 * random.nextDouble() },
                DoubleArray(d) { 10.0.pow(6 * random.nextDouble() - 3) },
                rotation(d, random),
                if (random.nextBoolean()) 0.0 else random.nextGaussian(),
            )
            val k = random.nextInt(d)
            withClue("powers ${case.powers.toList()}, scales ${case.scales.toList()}, direction $k") {
                val exact = case.scales[k] * case.scales[k] * square(case.powers[k])
                holds(case.target, 0.0, exact, 600, { case.along(k, it) }) { burnIn(1000) }
            }
        }
    }

    "a rotated quartic in ten dimensions, whose differences at the mode are not symmetric" {
        val random = Random(4)
        val case = Powers(DoubleArray(10) { 4.0 }, DoubleArray(10) { 1.0 }, rotation(10, random), 0.0)
        val mode = holds(case.target, 0.0, square(4.0), 600, { case.along(3, it) }) { burnIn(1000) }
        mode.scale().size shouldBe 10
    }

    "domain boundaries and flat modes" {
        val wide = { x: Double -> ln(cosh(5 * (x - 2))) + ln(cosh(5 * (x + 2))) }
        val box = { x: Double -> 50 * max(0.0, abs(x) - 1).pow(2) }
        val hinge = { x: Double -> x * x / 2 + softplus(50 * x) / 50 }
        val pit = { x: Double -> softplus(50 * x) + softplus(-50 * (x + 2)) }
        val boxSlope = { x: Double -> 100 * sign(x) * max(0.0, abs(x) - 1) }
        val cases = listOf<Triple<String, (Double) -> Double, (Double) -> Double>>(
            Triple("log cosh with a wide bottom", wide) { 5 * tanh(5 * (it - 2)) + 5 * tanh(5 * (it + 2)) },
            Triple("a bottom of no slope at all", box, boxSlope),
            Triple("a hinge of slope 50 and a quadratic", hinge) { it + sigmoid(50 * it) },
            Triple("two hinges", pit) { 50 * sigmoid(50 * it) - 50 * sigmoid(-50 * (it + 2)) },
        )
        for ((name, f, slope) in cases) {
            val (mean, square) = moments(-8.0, 8.0, f)
            withClue(name) {
                holds(logConcave(1) { x, out -> out[0] = slope(x[0]) }, mean, square, 800) { burnIn(1000) }
            }
        }
        withClue("a start near the edge of the bottom") {
            holds(logConcave(1) { x, out -> out[0] = boxSlope(x[0]) }, 0.0, moments(-4.0, 4.0, box).second, 800) {
                initialState(0.99).burnIn(1000)
            }
        }
    }

    "terms with a flat f" {
        val quartic = logConcave(1) { x, out -> out[0] = 4 * x[0] * x[0] * x[0] }
        withClue("a box that is far away") {
            holds(quartic, 0.0, square(4.0)) { term(ConvexTerm.box(doubleArrayOf(-1e4), doubleArrayOf(1e3))) }
        }
        withClue("one side") {
            val (mean, second) = moments(0.0, 6.0) { it * it * it * it }
            holds(quartic, mean, second) { term(ConvexTerm.nonNegative(1)) }
        }
        withClue("an exponential distribution at a boundary, where the curvature is 0") {
            val steep = logConcave(1) { x, out -> out[0] = 3 + 4e-8 * x[0] * x[0] * x[0] }
            holds(steep, 1.0 / 3, 2.0 / 9) { term(ConvexTerm.nonNegative(1)) }
            holds(steep, 1.0 / 3, 2.0 / 9) { term(ConvexTerm.halfSpace(doubleArrayOf(-1.0), 0.0)) }
        }
        withClue("an L1 norm") {
            holds(quartic, 0.0, moments(-6.0, 6.0) { it * it * it * it + abs(it) }.second) { term(ConvexTerm.l1(1.0)) }
        }
        withClue("half-space, rotated") {
            val case = Powers(doubleArrayOf(4.0, 6.0), doubleArrayOf(1.0, 20.0), rotation(2, Random(6)), 0.0)
            holds(case.target, moments(0.0, 6.0) { it.pow(4) }.first, square(4.0), 600, { case.along(0, it) }) {
                term(ConvexTerm.halfSpace(case.rotation[0].map { -it }.toDoubleArray(), 0.0)).burnIn(1000)
            }
        }
    }

    "a mode that is steep on one side has the scale of the wide side" {
        for (ratio in listOf(1e3, 1e4, 1e6)) {
            // Differences at the mode average both sides, so the Hessian there is about ratio / 2.
            val steep = logConcave(1) { x, out -> out[0] = if (x[0] < 0) x[0] else ratio * x[0] }
            val found = ProximalSampler.builder(steep).seed(5).build().mode().block()!!
            // On the wide side t f'(t) = t^2 is 1 at t = 1. The root mean square with the narrow side is sqrt(1/2).
            withClue("ratio $ratio") { abs(ln(found.scale()[0][0] / sqrt(0.5))) shouldBeLessThan ln(1.5) }
        }
        val (mean, square) = moments(-9.0, 1.0) { if (it < 0) it * it / 2 else 50 * it * it }
        holds(logConcave(1) { x, out -> out[0] = if (x[0] < 0) x[0] else 100 * x[0] }, mean, square, draws = 1000)
    }

    "if the curvature one deviation away equals that at the mode, the scale is that of the Hessian" {
        val targets = listOf(
            normal(arrayOf(doubleArrayOf(4.0, 1.0), doubleArrayOf(1.0, 9.0))) to 5L,
            logConcave(2) { x, out -> for (i in 0..1) out[i] = kotlin.math.sinh(x[i]) + x[1 - i] / 4 } to 5L,
            // The curvature away from the mode is 4.8 times that at the mode.
            logConcave(1) { x, out -> out[0] = x[0] + 3.8 * x[0] * x[0] * x[0] } to 3L,
        )
        for ((target, hessian) in targets) {
            val sampler = ProximalSampler.builder(target).seed(9).build()
            val found = sampler.mode().block()!!
            found.scale().size shouldBe 0
            val alone = Mode(found.point(), found.hessian(), found.gradients())
            val same = ProximalSampler.builder(target).seed(9).mode(alone).build()
            sampler.collect(20).map { it.values().toList() } shouldBe same.collect(20).map { it.values().toList() }
            // At the mode there are two differences for each axis, and one deviation away there are two rows for each axis.
            found.gradients() shouldBe hessian + 2 * target.dimension()
        }
    }

    "densities without a scale are rejected with the reason: a one-sided hinge, and a rotational field" {
        val hinge = logConcave(1) { x, out -> out[0] = sigmoid(50 * x[0]) }
        val flat = shouldThrow<SampleFailedException> { ProximalSampler.builder(hinge).build().collect(1) }
        flat.message!! shouldContain "the function f must not be flat along a direction at its mode"
        val turning = logConcave(2) { x, out ->
            out[0] = -x[1] * x[1] * x[1]
            out[1] = x[0] * x[0] * x[0]
        }
        val thrown = shouldThrow<SampleFailedException> { ProximalSampler.builder(turning).build().collect(1) }
        thrown.message!! shouldContain "search of the mode"
    }

    "a search moves back from overflowing gradients, and chains start where f is finite" {
        // A Poisson count with a feature of size 50 and a very wide prior. Newton's first steps lead to e^5000.
        val target = logConcave(1) { x, out -> out[0] = 50 * (exp(50 * x[0]) - 20) + 1e-12 * x[0] }
        val (mean, second) = moments(-0.2, 0.3) { exp(50 * it) - 1000 * it }
        for (start in listOf(-10.0, 0.0, 14.0)) {
            val mode = holds(target, mean, second, 300) { initialState(start) }
            abs(mode.point()[0] - ln(20.0) / 50) shouldBeLessThan 1e-5
        }
        val wide = logConcave(1) { x, out -> out[0] = exp(x[0]) - 1e-3 }
        val draws = ProximalSampler.builder(wide).chains(CHAINS).build().collect(2)
        draws.filter { it.failed() }.map { it.failure()!!.message() }.shouldBeEmpty()
    }

    "an overflow at the start is rejected with point, coordinate and remedy" {
        val target = logConcave(2) { x, out ->
            out[0] = x[0]
            out[1] = exp(x[1]) - 1
        }
        val message = shouldThrow<SampleFailedException> {
            ProximalSampler.builder(target).initialState(1.0, 800.0).build().collect(1)
        }.message!!
        val place = "Infinity in coordinate 1 at the initial state [1.0, 800.0]"
        for (part in listOf(place, "exponential", "initialState", "prior", "scale")) message shouldContain part
    }
})
