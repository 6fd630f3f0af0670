package io.scoreflux.model

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.long
import io.kotest.property.arbitrary.numericDouble
import io.kotest.property.checkAll
import io.scoreflux.model.GaussianMixture.Component
import java.util.Random
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sqrt

/** An orthogonal matrix by the Gram-Schmidt process on normal numbers. Row i is direction i. */
internal fun rotation(d: Int, random: Random): List<DoubleArray> {
    val rows = mutableListOf<DoubleArray>()
    repeat(d) {
        val row = DoubleArray(d) { random.nextGaussian() }
        // Two passes are sufficient for orthogonality up to rounding.
        repeat(2) {
            for (other in rows) {
                val along = row.indices.sumOf { row[it] * other[it] }
                for (i in row.indices) row[i] -= along * other[i]
            }
            val length = norm(row)
            for (i in row.indices) row[i] /= length
        }
        rows += row
    }
    return rows
}

/** Q' diag(values) Q. */
private fun matrix(q: List<DoubleArray>, values: DoubleArray) =
    Array(q.size) { i -> DoubleArray(q.size) { j -> q.indices.sumOf { k -> values[k] * q[k][i] * q[k][j] } } }

/** Q' x. */
private fun turn(q: List<DoubleArray>, x: DoubleArray) =
    DoubleArray(x.size) { i -> x.indices.sumOf { k -> q[k][i] * x[k] } }

private fun randomMixture(d: Int, components: Int, random: Random): List<Component> =
    List(components) { k ->
        val stds = DoubleArray(d) { 0.1 + random.nextDouble() }
        val covariance = when (k % 3) {
            0 -> Covariance.isotropic(stds[0])
            1 -> Covariance.diagonal(*stds)
            else -> Covariance.full(matrix(rotation(d, random), DoubleArray(d) { stds[it] * stds[it] }))
        }
        Component(0.1 + random.nextDouble(), DoubleArray(d) { 2 * random.nextGaussian() }, covariance)
    }

/** The log-density at z by elimination on C + s^2 I. Unlike the code under test, it uses no eigenvalues. */
private fun logDensity(components: List<Component>, s: Double, z: DoubleArray): Double {
    val logs = components.map { component ->
        val d = z.size
        val a = component.covariance.toMatrix(d)
        val y = DoubleArray(d) { z[it] - component.mean[it] }
        var log = ln(component.weight)
        for (i in 0 until d) a[i][i] += s * s
        for (i in 0 until d) {
            for (j in i + 1 until d) {
                val factor = a[j][i] / a[i][i]
                for (k in i until d) a[j][k] -= factor * a[i][k]
                y[j] -= factor * y[i]
            }
            // z' C^-1 z is the sum of the squared right-hand sides of the elimination, divided by the pivots.
            log -= 0.5 * (ln(a[i][i]) + y[i] * y[i] / a[i][i])
        }
        log
    }
    val most = logs.max()
    return most + ln(logs.sumOf { exp(it - most) })
}

class GaussianMixtureSpec : FreeSpec({
    val config = PropTestConfig(seed = 20_260_113, iterations = 200)
    val levels = Arb.numericDouble(ln(1e-3), ln(100.0))

    "a single Gaussian" - {
        "isotropic: D = m + v / (v + s^2) (z - m)" {
            checkAll(config, levels, Arb.numericDouble(0.01, 5.0), Arb.numericDouble(-9.0, 9.0)) { level, std, z ->
                val s = exp(level)
                val mixture = GaussianMixture.builder(2).component(3.0, doubleArrayOf(1.5, -0.5), std).build()
                val gain = std * std / (std * std + s * s)
                val d = mixture.at(s, z, 2.0)
                // A few rounding errors of numbers below 10.
                abs(d[0] - (1.5 + gain * (z - 1.5))) shouldBeLessThan 1e-14
                abs(d[1] - (-0.5 + gain * 2.5)) shouldBeLessThan 1e-14
            }
        }

        "diagonal: each axis separately" {
            checkAll(config, levels, Arb.numericDouble(-9.0, 9.0)) { level, z ->
                val s = exp(level)
                val mixture =
                    GaussianMixture.builder(
                        3,
                    ).component(1.0, doubleArrayOf(1.0, 2.0, 3.0), Covariance.diagonal(0.1, 1.0, 4.0)).build()
                val d = mixture.at(s, z, -z, 2 * z)
                for ((i, state) in listOf(z, -z, 2 * z).withIndex()) {
                    val std = listOf(0.1, 1.0, 4.0)[i]
                    val expected = i + 1 + std * std / (std * std + s * s) * (state - i - 1)
                    abs(d[i] - expected) shouldBeLessThan 2e-14
                }
            }
        }

        "full: D = m + C (C + s^2 I)^-1 (z - m), by the inverse of a 2 x 2 matrix" {
            checkAll(config, levels, Arb.numericDouble(-0.9, 0.9), Arb.numericDouble(-5.0, 5.0)) { level, rho, z ->
                val v = exp(2 * level)
                val covariance = Covariance.full(arrayOf(doubleArrayOf(1.0, 2 * rho), doubleArrayOf(2 * rho, 4.0)))
                val d = GaussianMixture.builder(
                    2,
                ).component(1.0, doubleArrayOf(1.0, -1.0), covariance).build().at(exp(level), z, 2.0)
                val determinant = (1 + v) * (4 + v) - 4 * rho * rho
                val x = ((4 + v) * (z - 1) - 2 * rho * 3) / determinant
                val y = ((1 + v) * 3 - 2 * rho * (z - 1)) / determinant
                // The rounding of eigenvectors for numbers below 10. The condition number of C is below 40.
                abs(d[0] - (1 + x + 2 * rho * y)) shouldBeLessThan 5e-14
                abs(d[1] - (-1 + 2 * rho * x + 4 * y)) shouldBeLessThan 5e-14
            }
        }
    }

    "a mixture in one dimension gives the posterior mean by quadrature" {
        val weights = listOf(0.2, 0.5, 0.3)
        val means = listOf(-1.5, 0.2, 1.0)
        val stds = listOf(0.1, 0.5, 0.08)
        val builder = GaussianMixture.builder(1)
        for (k in 0..2) builder.component(weights[k], doubleArrayOf(means[k]), stds[k])
        val mixture = builder.build()
        for (s in listOf(0.05, 0.3, 1.0, 5.0)) {
            for (z in listOf(-2.0, -0.7, 0.0, 0.61, 0.8, 1.9)) {
                var mass = 0.0
                var moment = 0.0
                // The trapezoidal rule converges faster than any power. The step is a ninth of the narrowest factor.
                for (i in -2400..2400) {
                    val x = i * 0.0025
                    val prior = (0..2).sumOf {
                        weights[it] / stds[it] * exp(-0.5 * ((x - means[it]) / stds[it]).pow(2))
                    }
                    val p = prior * exp(-0.5 * ((z - x) / s).pow(2))
                    mass += p
                    moment += p * x
                }
                withClue("s $s z $z") {
                    // The rounding of a sum of 4800 terms, times the cancellation between modes.
                    abs(mixture.at(s, z)[0] - moment / mass) shouldBeLessThan 1e-12
                }
            }
        }
    }

    "Tweedie's formula holds: D = z + s^2 grad ln p(z; s)" {
        val random = Random(5)
        repeat(40) {
            val components = randomMixture(3, 4, random)
            val mixture = GaussianMixture.of(components)
            val s = exp(-2 + 4 * random.nextDouble())
            val z = DoubleArray(3) { 2 * random.nextGaussian() }
            val d = mixture.at(s, *z)
            // The length scale of ln p is s + the narrowest std.
            val h = 2e-3 * (s + 0.1)
            for (i in 0..2) {
                fun moved(by: Double) = logDensity(components, s, z.clone().also { it[i] += by })
                val gradient = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)
                // The error of fourth-order differences: h^4 / 30 times the fifth derivative in units of the scale, and 1e-16 ln p / h.
                abs(d[i] - z[i] - s * s * gradient) shouldBeLessThan 1e-8 * (1 + s) * (1 + norm(z))
            }
        }
    }

    "a full covariance agrees with a diagonal one in rotated axes" {
        val random = Random(6)
        for (d in listOf(1, 2, 5, 17)) {
            val q = rotation(d, random)
            val stds = List(3) { DoubleArray(d) { 0.05 + random.nextDouble() } }
            val means = List(3) { DoubleArray(d) { random.nextGaussian() } }
            val straight = GaussianMixture.of(
                List(3) {
                    Component(it + 1.0, means[it], Covariance.diagonal(*stds[it]))
                },
            )
            val turned = GaussianMixture.of(
                List(3) { k ->
                    val squares = DoubleArray(d) { stds[k][it] * stds[k][it] }
                    Component(k + 1.0, turn(q, means[k]), Covariance.full(matrix(q, squares)))
                },
            )
            for (s in listOf(0.01, 0.3, 10.0)) {
                val z = DoubleArray(d) { random.nextGaussian() }
                // The rounding of |z|^2 / v in ln p_k, up to 17 / 0.05^2, changes the probabilities by 1e-12.
                distance(turned.at(s, *turn(q, z)), turn(q, straight.at(s, *z))) shouldBeLessThan 2e-12
            }
            abs(turned.smallestStd() - straight.smallestStd()) shouldBeLessThan 1e-13
        }
    }

    "a diagonal covariance with equal axes agrees with the isotropic one" {
        val random = Random(7)
        val means = List(3) { DoubleArray(6) { random.nextGaussian() } }
        val isotropic = GaussianMixture.of(means.map { Component(1.0, it, Covariance.isotropic(0.3)) })
        val diagonal = GaussianMixture.of(
            means.map {
                Component(1.0, it, Covariance.diagonal(*DoubleArray(6) { 0.3 }))
            },
        )
        for (s in listOf(0.01, 0.5, 20.0)) {
            val z = DoubleArray(6) { random.nextGaussian() }
            // The rounding of |z|^2 / (2 v), which is about 100 here, changes probabilities by 1e-14.
            distance(isotropic.at(s, *z), diagonal.at(s, *z)) shouldBeLessThan 1e-13
        }
    }

    "the order of the components and the scale of the weights do not matter" {
        checkAll(config, Arb.long(), Arb.numericDouble(-20.0, 20.0)) { seed, logScale ->
            val random = Random(seed)
            val components = randomMixture(3, 5, random)
            val other = components.shuffled(random).map { Component(it.weight * exp(logScale), it.mean, it.covariance) }
            val z = DoubleArray(3) { 3 * random.nextGaussian() }
            val s = exp(-3 + 6 * random.nextDouble())
            // Only the order of five additions and ln w change.
            distance(GaussianMixture.of(components).at(s, *z), GaussianMixture.of(other).at(s, *z)) shouldBeLessThan
                1e-12
        }
    }

    "far away the nearest component determines D, and everything is finite" {
        val equal = GaussianMixture.builder(
            2,
        ).component(1.0, doubleArrayOf(-1.0, 0.0), 0.1).component(1.0, doubleArrayOf(1.0, 0.0), 0.1).build()
        // p of the left component, exp(-2 z / v), is negligible.
        val gain = 0.01 / (0.01 + 0.25)
        distance(equal.at(0.5, 1e6, 0.0), doubleArrayOf(1 + gain * (1e6 - 1), 0.0)) shouldBeLessThan 1e-9
        distance(equal.at(0.5, -1e6, 0.0), doubleArrayOf(-1 + gain * (1 - 1e6), 0.0)) shouldBeLessThan 1e-9
        // Far enough away, the wide component dominates regardless of its weight.
        val wide = GaussianMixture.builder(
            1,
        ).component(1.0, doubleArrayOf(0.0), 0.1).component(1e-300, doubleArrayOf(0.0), 1.0).build()
        relative(wide.at(0.01, 1e6)[0], 1e6 / (1 + 1e-4)) shouldBeLessThan 1e-14
        for (s in listOf(1e-6, 1.0, 1e6)) {
            for (far in listOf(1e6, -1e6, 1e100, 1e150)) {
                equal.at(s, far, -far).all { it.isFinite() } shouldBe true
            }
        }
    }

    "at a large level D is the mean, and at a small level it is the state" {
        val components = randomMixture(3, 4, Random(8))
        val mixture = GaussianMixture.of(components)
        val z = doubleArrayOf(0.3, -0.2, 0.5)
        // D - mean is of order z radius^2 / s^2, and z - D is s^2 times the score, at most z / 0.1^2.
        distance(mixture.at(1e8, *z), mixture.moments().get().mean()) shouldBeLessThan 1e-14
        distance(mixture.at(1e-7, *z), z) shouldBeLessThan 1e-10
    }

    "the bits of a row do not depend on the other rows" {
        val random = Random(9)
        for (d in listOf(1, 3, 4, 7)) {
            val mixture = GaussianMixture.of(randomMixture(d, 6, random))
            val states = List(13) { DoubleArray(d) { 3 * random.nextGaussian() } }
            val together = mixture.atAll(0.4, states)
            states.zip(together).forEach { (z, answer) -> mixture.at(0.4, *z).toList() shouldBe answer.toList() }
        }
    }

    "moments" - {
        val random = Random(10)
        val components = randomMixture(3, 4, random)
        val total = components.sumOf { it.weight }
        val moments = GaussianMixture.of(components).moments().get()
        val mean = DoubleArray(3) { i -> components.sumOf { it.weight * it.mean[i] } / total }

        "follow the formula" {
            distance(moments.mean(), mean) shouldBeLessThan 1e-14
            val covariance = moments.covariance().toMatrix(3)
            for (i in 0..2) {
                for (j in 0..2) {
                    val expected = components.sumOf {
                        it.weight / total * (it.covariance.toMatrix(3)[i][j] + it.mean[i] * it.mean[j])
                    } - mean[i] * mean[j]
                    // The covariance passes through an eigenvalue decomposition of entries below 10.
                    abs(covariance[i][j] - expected) shouldBeLessThan 1e-13
                }
            }
            val trace = (0..2).sumOf { covariance[it][it] }
            relative(moments.radius(), sqrt(trace)) shouldBeLessThan 1e-14
        }

        "agree with those of drawn points" {
            val n = 100_000
            val sum = DoubleArray(3)
            val squares = Array(3) { DoubleArray(3) }
            val factors = components.map { lower(it.covariance.toMatrix(3)) }
            repeat(n) {
                var left = random.nextDouble() * total
                val k = components.indices.first { k ->
                    left -= components[k].weight
                    left < 0
                }
                val normal = DoubleArray(3) { random.nextGaussian() }
                val x = DoubleArray(3) { i -> components[k].mean[i] + (0..i).sumOf { factors[k][i][it] * normal[it] } }
                for (i in 0..2) {
                    sum[i] += x[i]
                    for (j in 0..2) squares[i][j] += (x[i] - mean[i]) * (x[j] - mean[j])
                }
            }
            val covariance = moments.covariance().toMatrix(3)
            for (i in 0..2) {
                // Five standard errors: p = 6e-7 for each.
                abs(sum[i] / n - mean[i]) shouldBeLessThan 5 * sqrt(covariance[i][i] / n)
                for (j in 0..2) {
                    // The variance of a product is at most that of heavy modes: 3 C_ii C_jj for a Gaussian, and less here.
                    val error = sqrt(3 * covariance[i][i] * covariance[j][j] / n)
                    abs(squares[i][j] / n - covariance[i][j]) shouldBeLessThan 5 * error
                }
            }
        }

        "above ${Moments.FULL_LIMIT} dimensions keep the diagonal" {
            val d = Moments.FULL_LIMIT + 1
            val far = DoubleArray(d) { if (it == 0) 1.0 else 0.0 }
            val big = GaussianMixture.builder(d).component(1.0, far, 0.5).component(3.0, DoubleArray(d), 0.5).build()
            val covariance = big.moments().get().covariance()
            // The components have 1/4 of the variance, and the means add 3/16 along the first axis.
            abs(covariance.variance(0) - (0.25 + 3.0 / 16)) shouldBeLessThan 1e-15
            abs(covariance.variance(d - 1) - 0.25) shouldBeLessThan 1e-15
        }
    }

    "is not affected by later changes of its arguments" {
        val mean = doubleArrayOf(1.0, 2.0)
        val rows = arrayOf(doubleArrayOf(1.0, 0.5), doubleArrayOf(0.5, 1.0))
        val mixture = GaussianMixture.builder(2).component(1.0, mean, Covariance.full(rows)).build()
        val components = GaussianMixture.of(listOf(Component(1.0, mean, Covariance.full(rows))))
        val before = mixture.at(1.0, 0.0, 0.0).toList()
        mean.fill(9.0)
        rows.forEach { it.fill(0.3) }
        mixture.at(1.0, 0.0, 0.0).toList() shouldBe before
        components.at(1.0, 0.0, 0.0).toList() shouldBe before
    }

    "rejects" - {
        fun refusal(build: () -> Any) = shouldThrow<IllegalArgumentException> { build() }.message!!
        val unit = Covariance.isotropic(1.0)

        "no components" {
            refusal { GaussianMixture.of(listOf()) } shouldContain "components must have at least 1 entry, was 0"
        }
        "weights that are not positive and finite, by component" {
            for (bad in listOf(0.0, -1.0, Double.NaN, Double.POSITIVE_INFINITY)) {
                val message =
                    refusal {
                        GaussianMixture.builder(
                            1,
                        ).component(1.0, doubleArrayOf(0.0), 1.0).component(bad, doubleArrayOf(0.0), 1.0).build()
                    }
                message shouldContain "components[1].weight"
                message shouldContain "$bad"
            }
        }
        "means of different lengths, by component" {
            refusal {
                GaussianMixture.of(
                    listOf(Component(1.0, doubleArrayOf(0.0, 0.0), unit), Component(1.0, doubleArrayOf(0.0), unit)),
                )
            } shouldContain "components[1].mean must have 2 numbers"
            refusal { GaussianMixture.builder(3).component(1.0, doubleArrayOf(0.0), 1.0) } shouldContain
                "components[0].mean must have 3"
        }
        "means that are not finite, by component and entry" {
            refusal { GaussianMixture.builder(2).component(1.0, doubleArrayOf(0.0, Double.NaN), 1.0) } shouldContain
                "components[0].mean[1] must be finite, was NaN"
        }
        "dimension 0" {
            refusal { GaussianMixture.builder(0) } shouldContain "dimension must be at least 1, was 0"
        }
        "standard deviations that are not positive and finite" {
            for (bad in listOf(0.0, -1.0, Double.NaN, Double.POSITIVE_INFINITY)) {
                refusal { Covariance.isotropic(bad) } shouldContain "std must be finite and greater than 0, was $bad"
                refusal { Covariance.diagonal(1.0, bad) } shouldContain
                    "std[1] must be finite and greater than 0, was $bad"
            }
        }
        "a covariance of another dimension, by component" {
            refusal {
                GaussianMixture.builder(
                    2,
                ).component(
                    1.0,
                    doubleArrayOf(0.0, 0.0),
                    unit,
                ).component(1.0, doubleArrayOf(0.0, 0.0), Covariance.diagonal(1.0)).build()
            } shouldContain "components[1].covariance must have dimension 2 like the means, was 1"
        }
        "a covariance that is not square, not symmetric or not finite" {
            refusal { Covariance.full(arrayOf(doubleArrayOf(1.0, 0.0), doubleArrayOf(0.0))) } shouldContain
                "covariance[1] must have 2 numbers"
            refusal { Covariance.full(arrayOf(doubleArrayOf(1.0, 0.5), doubleArrayOf(0.4, 1.0))) } shouldContain
                "covariance[0][1] must be equal to entry [1][0], as the matrix is symmetric, was 0.5 and 0.4"
            refusal { Covariance.full(arrayOf(doubleArrayOf(Double.NaN))) } shouldContain
                "covariance[0][0] must be finite, was NaN"
            refusal { Covariance.full(arrayOf()) } shouldContain "covariance must have at least 1 entry, was 0"
        }
        "a covariance that is not positive definite, with its smallest eigenvalue" {
            refusal { Covariance.full(arrayOf(doubleArrayOf(1.0, 2.0), doubleArrayOf(2.0, 1.0))) } shouldContain
                "covariance must be positive definite, was one with the eigenvalue -1"
            refusal { Covariance.full(arrayOf(doubleArrayOf(1.0, 1.0), doubleArrayOf(1.0, 1.0))) } shouldContain
                "positive definite"
            refusal { Covariance.full(arrayOf(doubleArrayOf(0.0))) } shouldContain "positive definite"
        }
        "moments whose covariance has another dimension" {
            refusal { Moments(doubleArrayOf(0.0), Covariance.diagonal(1.0, 2.0)) } shouldContain
                "covariance must have 1 rows like mean, was 2"
        }
    }

    "accepts components that are much narrower than their distance" {
        // The covariance is rank-deficient up to rounding, but each component is a proper Gaussian.
        val mixture = GaussianMixture.builder(
            2,
        ).component(1.0, doubleArrayOf(-1.0, 0.0), 1e-8).component(1.0, doubleArrayOf(1.0, 0.0), 1e-8).build()
        abs(mixture.moments().get().radius() - 1) shouldBeLessThan 1e-12
    }

    "accepts weights whose sum overflows" {
        val mixture = GaussianMixture.builder(
            1,
        ).component(1e308, doubleArrayOf(-1.0), 1.0).component(1e308, doubleArrayOf(1.0), 1.0).build()
        mixture.at(1.0, 0.0)[0] shouldBe 0.0
    }
})

/** The lower Cholesky factor. */
internal fun lower(a: Array<DoubleArray>): Array<DoubleArray> {
    val l = Array(a.size) { DoubleArray(a.size) }
    for (i in a.indices) {
        for (j in 0..i) {
            val rest = a[i][j] - (0 until j).sumOf { l[i][it] * l[j][it] }
            l[i][j] = if (i == j) sqrt(rest) else rest / l[j][j]
        }
    }
    return l
}
