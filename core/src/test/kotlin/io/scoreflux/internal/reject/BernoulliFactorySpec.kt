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

/** One proposal, all of whose weights [weight] gives; whether it is accepted. */
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
    "accepts with probability e^-B exp(E[W]), whatever the law of W within the bound" {
        // W is w - c or w + c with equal chances: only its mean w may count.
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
                // Four standard errors and a rounding: p = 6e-5 for each of the 20 cases.
                abs(accepted.toDouble() / n - p) shouldBeLessThan 4 * sqrt(p * (1 - p) / n) + 1e-12
            }
        }
    }

    "a draw takes e^B proposals and 2 (e^B - 1) weights where W is 0" {
        val n = 100_000
        for (bound in listOf(0.3, 0.5, 1.0, 3.0)) {
            val stream = random(2)
            val coin = BernoulliFactory(bound)
            repeat(n) {
                coin.begin()
                while (!coin.accepts(stream) { 0.0 }) Unit
            }
            // Proposals are geometric: standard error sqrt(e^2B - e^B) / sqrt(n), five of them.
            val spread = sqrt((exp(2 * bound) - exp(bound)) / n)
            abs(coin.proposals().toDouble() / n - exp(bound)) shouldBeLessThan 5 * spread
            // Weights of a draw vary less than four times as much as proposals.
            abs(coin.flips().toDouble() / n - 2 * expm1(bound)) shouldBeLessThan 20 * spread
        }
    }

    "clips what lies beyond the bound, and counts it" {
        val coin = BernoulliFactory(0.5)
        val stream = random(3)
        repeat(10_000) {
            coin.begin()
            // A weight of 1.5 counts as 0.5, which is always kept.
            coin.accepts(stream) { 1.5 } shouldBe true
        }
        coin.overflows() shouldBe coin.flips()
    }

    "the clipping bound's products estimate e^u - 1 - u for each proposal, early exits or not" {
        // Of weights that are above B = 0.5 by 1 in a share u of cases, and else 0.2 or far below -B: the latter end most proposals early.
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
            // With j of Poisson(1) weights, of which k are first ones above B, an addend is 2.1 (k - 1) or less: a mean square below 4 E (J - 1)+^2 < 4.
            abs(products / coin.proposals() - (expm1(share) - share)) shouldBeLessThan 5 * 2 / sqrt(n.toDouble())
        }
    }

    "a weight beyond all exponents counts as a finite one, which leaves the bound vacuous and its sums numbers" {
        // A run's mean says nothing once it is above 1.
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
        // One such weight among 1e9 samples without any still makes their mean vacuous.
        val coin = BernoulliFactory(3.0)
        coin.begin()
        coin.propose(random()) shouldBe false
        coin.flip(1e108, random())
        coin.clipping() / 1e9 shouldBeGreaterThan 1.0
    }

    "gives up a draw that chance does not allow, at the number that the bound gives" {
        for ((bound, most) in listOf(0.5 to 61, 1.0 to 191)) {
            val coin = BernoulliFactory(bound)
            coin.mostProposals() shouldBe ceil(ln(1e-12) / ln1p(-exp(-2 * bound))).toInt()
            coin.mostProposals() shouldBe most
            val stream = object : NormalStream {
                override fun fill(out: DoubleArray, at: Int, n: Int) = error("no normal is needed")

                // Never an empty proposal, never a kept weight.
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

    "names a weight that is not finite, and never goes on with it" {
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

    "refuses a bound outside (0, 3]" {
        for (bound in listOf(0.0, -1.0, 3.0000001, Double.NaN, Double.POSITIVE_INFINITY)) {
            shouldThrow<IllegalArgumentException> { BernoulliFactory(bound) }.message!! shouldContain "was $bound"
        }
        BernoulliFactory(3.0).bound() shouldBe 3.0
    }

    "takes one number of the stream for a proposal and one for a weight" {
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
