package io.scoreflux.logconcave

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.util.Random
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln1p
import kotlin.math.sign
import kotlin.math.sqrt

private const val D = 4
private const val CHAINS = 64

/** 60 rows of an intercept and three features, two of which are correlated. */
private val FEATURES = Random(1).let { random ->
    Array(60) {
        val common = random.nextGaussian()
        doubleArrayOf(1.0, common, 0.8 * common + 0.6 * random.nextGaussian(), random.nextGaussian())
    }
}
private val LABELS = Random(2).let { random ->
    IntArray(60) { k ->
        if (random.nextDouble() <
            1 / (1 + exp(-0.5 - 1.5 * FEATURES[k][1] + FEATURES[k][3]))
        ) {
            1
        } else {
            0
        }
    }
}

private fun likelihood(x: DoubleArray): Double = FEATURES.indices.sumOf { k ->
    val eta = FEATURES[k].indices.sumOf { FEATURES[k][it] * x[it] }
    (if (eta > 0) eta + ln1p(exp(-eta)) else ln1p(exp(eta))) - LABELS[k] * eta
}

private fun gradient(
    x: DoubleArray,
    precision: Double,
): DoubleArray {
    val at = io.scoreflux.state.Rows(D, 1).also { it.append(x, 0, 1.0) }
    return DoubleArray(D).also { Logistic(FEATURES, LABELS, precision).gradient(at, it) }
}

/** Returns means and standard deviations with standard errors from the independent chains. */
private fun estimates(chains: List<List<DoubleArray>>): List<Pair<Double, Double>> {
    fun over(of: (List<DoubleArray>) -> Double): Pair<Double, Double> {
        val each = chains.map(of)
        val mean = each.average()
        return mean to sqrt(each.sumOf { (it - mean) * (it - mean) } / (each.size - 1) / each.size)
    }
    return (0 until D).flatMap { i ->
        val mean = over { chain -> chain.sumOf { it[i] } / chain.size }
        // Squares are relative to the mean of all chains, and the root is taken once at the end. The mean of a chain follows its own draws, and
        // the mean of roots is biased. A slow chain has about twenty effective draws, so each bias would exceed the error of this test.
        val (variance, error) = over { chain ->
            chain.sumOf { (it[i] - mean.first) * (it[i] - mean.first) } / chain.size
        }
        listOf(mean, sqrt(variance) to error / (2 * sqrt(variance)))
    }
}

class LogisticSpec : StringSpec({
    val priors = mapOf(
        "normal prior" to Triple(
            ConvexTerm.none(),
            Logistic(FEATURES, LABELS, 0.16),
            Known(D, { x -> likelihood(x) + 0.08 * x.sumOf { it * it } }, { gradient(it, 0.16) }),
        ),
        "Laplace prior" to Triple(
            ConvexTerm.l1(1.0, 1.0, 1.0, 1.0),
            Logistic(FEATURES, LABELS, 0.0),
            Known(D, { x -> likelihood(x) + x.sumOf { abs(it) } }, { x ->
                gradient(x, 0.0).also { for (i in 0 until D) it[i] += sign(x[i]) }
            }),
        ),
    )
    for ((name, case) in priors) {
        "means and standard deviations of a logistic regression agree with a long HMC run: $name" {
            val (term, target, known) = case
            val draws = ProximalSampler
                .builder(target)
                .term(term)
                .chains(CHAINS)
                .thinning(if (term == ConvexTerm.none()) 1 else 8)
                .burnIn(300)
                .seed(6)
                .build()
                .collect(2000)
            val ours = estimates(draws.groupBy { it.chain() }.values.map { chain -> chain.map { it.values() } })
            val theirs = estimates(
                List(CHAINS) { chain ->
                    hmc(known, 0.3, 6, DoubleArray(D) { 0.5 }, DoubleArray(D) { 0.3 * (chain % 5 - 2) }, 100L + chain)
                        .drop(200)
                        .take(3000)
                        .toList()
                },
            )
            // Three standard errors of the difference: each of the eight comparisons fails by chance for 0.3% of seeds.
            ours.zip(theirs).forEachIndexed { i, (our, their) ->
                val error = sqrt(our.second * our.second + their.second * their.second)
                withClue("estimate $i: $our against $their") {
                    // The error must be small compared with the estimate, so that the test can fail.
                    error shouldBeLessThan 0.02 * ours[2 * (i / 2) + 1].first
                    our.first shouldBe (their.first plusOrMinus 3 * error)
                }
            }
        }
    }
})
