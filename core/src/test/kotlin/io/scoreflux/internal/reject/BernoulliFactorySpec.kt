package io.scoreflux.internal.reject

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.NormalStream
import io.scoreflux.noise.Purpose
import io.scoreflux.reject.ClippingBound
import io.scoreflux.reject.clipping
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.RejectionStatistics
import java.util.OptionalDouble
import kotlin.math.abs
import kotlin.math.ceil
import kotlin.math.exp
import kotlin.math.expm1
import kotlin.math.ln
import kotlin.math.ln1p
import kotlin.math.sqrt

private fun random(seed: Long = 1) = NoiseSource(seed).normals(Purpose.STEP, 0)

/** Makes one proposal with the weights of [weight], and returns whether it is accepted. */
private fun BernoulliFactory.accepts(random: NormalStream, weight: () -> Double): Boolean {
    if (propose(random)) return true
    while (true) {
        when (flip(weight(), random)) {
            BernoulliFactory.Outcome.ACCEPTED -> return true
            BernoulliFactory.Outcome.REJECTED -> return false
            BernoulliFactory.Outcome.MORE -> Unit
        }
    }
}

class BernoulliFactorySpec : FreeSpec({
    "accepts with probability e^-B exp(E[W]), for any distribution of W within the bound" {
        // W is w - c or w + c with equal probability, and only its mean w matters.
        val n = 200_000
        for (bound in listOf(0.3, 0.5, 1.0, 2.0)) {
            for ((mean, swing) in listOf(0.0 to 0.0, 0.0 to 1.0, 0.4 to 0.6, -0.7 to 0.3, 1.0 to 0.0)) {
                val stream = random()
                val coin = BernoulliFactory(bound)
                val accepted = (1..n).count {
                    coin.begin()
                    coin.accepts(stream) {
                        bound * (mean + if (stream.uniform() < 0.5) swing else -swing)
                    }
                }
                val p = exp(bound * (mean - 1))
                // Four standard errors and a rounding error: p = 6e-5 for each of the 20 cases.
                abs(accepted.toDouble() / n - p) shouldBeLessThan 4 * sqrt(p * (1 - p) / n) + 1e-12
            }
        }
    }

    "a draw takes e^B proposals and 2 (e^B - 1) weights if W is 0" {
        val n = 100_000
        for (bound in listOf(0.3, 0.5, 1.0, 3.0)) {
            val stream = random(2)
            val coin = BernoulliFactory(bound)
            repeat(n) {
                coin.begin()
                while (!coin.accepts(stream) { 0.0 }) Unit
            }
            // The number of proposals is geometric. The limit is five standard errors, each sqrt(e^2B - e^B) / sqrt(n).
            val spread = sqrt((exp(2 * bound) - exp(bound)) / n)
            abs(coin.proposals().toDouble() / n - exp(bound)) shouldBeLessThan 5 * spread
            // The number of weights of a draw varies less than four times as much as that of proposals.
            abs(coin.flips().toDouble() / n - 2 * expm1(bound)) shouldBeLessThan 20 * spread
        }
    }

    "clips and counts weights above the bound" {
        val coin = BernoulliFactory(0.5)
        val stream = random(3)
        repeat(10_000) {
            coin.begin()
            // A weight of 1.5 counts as 0.5, which is always accepted.
            coin.accepts(stream) { 1.5 } shouldBe true
        }
        coin.overflows() shouldBe coin.flips()
    }

    "the products of the clipping bound estimate e^u - 1 - u for each proposal, also with early exits" {
        // Weights exceed B = 0.5 by 1 with probability u, and are otherwise 0.2 or far below -B. The latter end most proposals early.
        val n = 200_000
        for ((share, other) in listOf(1.0 to 0.0, 0.3 to 0.2, 0.3 to -9.0)) {
            val coin = BernoulliFactory(0.5)
            val stream = random(3)
            var above = 0L
            var below = 0.0
            while (coin.proposals() < n) {
                coin.begin()
                coin.accepts(stream) {
                    val high = stream.uniform() < share
                    if (high) above++ else below += maxOf(0.0, -other - 0.5)
                    if (high) 1.5 else other
                }
            }
            val products = coin.clipping() - (above + below)
            // For j of Poisson(1) weights, the first k above B, an addend is at most 2.1 (k - 1): the mean square is below 4 E (J - 1)+^2 < 4.
            abs(products / coin.proposals() - (expm1(share) - share)) shouldBeLessThan 5 * 2 / sqrt(n.toDouble())
        }
    }

    "a huge weight counts as finite, so the clipping bound is vacuous but finite" {
        // The mean of a run has no meaning above 1.
        for (weight in listOf(300.0, 1e60, -1e6, 1e308)) {
            val coin = BernoulliFactory(0.5)
            val stream = random(6)
            while (coin.flips() < 1_000) {
                coin.begin()
                coin.accepts(stream) { weight }
            }
            coin.overflows() shouldBe coin.flips()
            val tally = RejectionStatistics(1, coin.proposals(), coin.flips(), coin.overflows(), coin.clipping())
            val certificate = Certificate(Status.UNESTIMATED, OptionalDouble.empty(), 1, 1, 1, 0, 0, null, tally)
            val bound = ClippingBound()
            repeat(100_000) { bound.add(certificate) }
            bound.mean().isFinite() shouldBe true
            bound.mean() shouldBeGreaterThan 1.0
            bound.standardError().isFinite() shouldBe true
        }
        // One such weight among 1e9 samples without any makes their mean vacuous.
        val coin = BernoulliFactory(3.0)
        coin.begin()
        coin.propose(random()) shouldBe false
        coin.flip(1e108, random())
        coin.clipping() / 1e9 shouldBeGreaterThan 1.0
    }

    "gives up an improbable draw after the number of proposals that follows from the bound" {
        for ((bound, most) in listOf(0.5 to 61, 1.0 to 191)) {
            val coin = BernoulliFactory(bound)
            coin.mostProposals() shouldBe ceil(ln(1e-12) / ln1p(-exp(-2 * bound))).toInt()
            coin.mostProposals() shouldBe most
            val stream = object : NormalStream {
                override fun fill(out: DoubleArray, at: Int, n: Int) = error("no normal is needed")

                // Gives neither an empty proposal nor an accepted weight.
                override fun uniform() = 0.9
            }
            coin.begin()
            val thrown = shouldThrow<RejectionException> {
                repeat(most + 1) { coin.accepts(stream) { -bound } shouldBe false }
            }
            thrown.proposals() shouldBe most
            thrown.bound() shouldBe bound
            thrown.message!! shouldContain "$most rejections in a row"
            coin.begin()
            coin.propose(stream) shouldBe false
        }
    }

    "rejects a weight that is not finite, and names it" {
        for (weight in listOf(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)) {
            val coin = BernoulliFactory(3.0)
            coin.begin()
            val thrown = shouldThrow<RejectionException> {
                val stream = random()
                while (true) coin.accepts(stream) { weight }
            }
            thrown.weight().toRawBits() shouldBe weight.toRawBits()
            thrown.message!! shouldContain "was $weight"
        }
    }

    "rejects a bound outside (0, 3]" {
        for (bound in listOf(0.0, -1.0, 3.0000001, Double.NaN, Double.POSITIVE_INFINITY)) {
            shouldThrow<IllegalArgumentException> { BernoulliFactory(bound) }.message!! shouldContain "was $bound"
        }
        BernoulliFactory(3.0).bound() shouldBe 3.0
    }

    "takes one number of the stream for each proposal and one for each weight" {
        val stream = random(5)
        val twin = random(5)
        val coin = BernoulliFactory(3.0)
        coin.begin()
        var drawn = 0
        repeat(20) {
            if (!coin.propose(stream)) {
                coin.flip(0.0, stream)
                drawn++
            }
            drawn++
        }
        repeat(drawn) { twin.uniform() }
        stream.uniform() shouldBe twin.uniform()
    }
})
