package io.scoreflux.posterior

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.InvalidArgumentException
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Observation
import io.scoreflux.reject.Fors
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.Trajectory
import io.scoreflux.stream.StreamListener
import reactor.core.scheduler.Schedulers
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt

/** The documented case of two modes. */
private val modes = GaussianMixture.builder(2)
    .component(0.5, doubleArrayOf(-1.0, -1.0), 0.3)
    .component(0.5, doubleArrayOf(1.0, 1.0), 0.3)
    .build()
private val seen = Observation.pixels(intArrayOf(1), doubleArrayOf(0.4), 0.3)

private fun posterior(configure: PosteriorBuilder.() -> Unit) =
    Posterior.builder(modes, seen).noiseRange(30.0, 0.02).rejectionSampling(Fors(1e-2)).apply(configure).build()

private fun Island.bits() = (0 until particles()).map { state(it).map(Double::toRawBits) to weight(it).toRawBits() } to
    logEvidence().toRawBits()

class RejectionSpec : StringSpec({
    "the documented case" {
        val likelihoods = listOf(-1.0, 1.0).map { exp(logNormal(0.4 - it, 0.18)) }
        val share = likelihoods[1] / likelihoods.sum()
        val summary = posterior { particles(128) }.summary(7).block()!!
        val mean = summary.mean(0)
        withClue(mean) { abs(mean.value() - (2 * share - 1)) shouldBeLessThan 3 * mean.standardError() + 0.005 }
        summary.logEvidence() shouldBe (ln(likelihoods.average()) plusOrMinus 0.05)
        // Four standard errors of about 900 particles.
        summary.standardDeviation(0) shouldBe (sqrt(0.09 + 1 - (2 * share - 1) * (2 * share - 1)) plusOrMinus 0.03)
        summary.warnings() shouldBe emptyList()
    }

    "Gaussian data" {
        val gaussian = GaussianMixture.builder(2)
            .component(
                1.0,
                doubleArrayOf(0.5, -0.3),
                Covariance.full(arrayOf(doubleArrayOf(1.0, 0.6), doubleArrayOf(0.6, 0.8))),
            )
            .build()
        val summary = Posterior.builder(gaussian, Observation.pixels(intArrayOf(0), doubleArrayOf(1.2), 0.5))
            .noiseRange(20.0, 0.05).particles(256).rejectionSampling(Fors(1e-2)).build().summary(7).block()!!
        // S = 1.25, the residual is 0.7.
        for ((i, exact) in listOf(0.5 + 0.7 / 1.25, -0.3 + 0.6 * 0.7 / 1.25).withIndex()) {
            abs(summary.mean(i).value() - exact) shouldBeLessThan 3 * summary.mean(i).standardError() + 0.003
        }
        summary.standardDeviation(0) shouldBe (sqrt(1 - 1 / 1.25) plusOrMinus 0.03)
        summary.standardDeviation(1) shouldBe (sqrt(0.8 - 0.36 / 1.25) plusOrMinus 0.05)
    }

    "an island states the effect of clipping, which falls with the tolerance and is 0 for moves by the flow" {
        fun clipping(configure: PosteriorBuilder.() -> Unit) = posterior { particles(64).configure() }
            .islands(0, 2).map { it.clipping() }.collectList().block()!!.average()
        val coarse = clipping { rejectionSampling(Fors(0.1)) }
        coarse shouldBeGreaterThan 0.0
        clipping { } shouldBeLessThan coarse
        val summary = posterior { particles(16).rejectionSampling(Fors(0.5)) }.summary(4).block()!!
        val islands = posterior { particles(16).rejectionSampling(Fors(0.5)) }.islands(0, 4).collectList().block()!!
        summary.clipping() shouldBe (islands.map { it.clipping() }.average() plusOrMinus 1e-12)
        summary.warnings().any { it.setting() == "the effect of clipping" } shouldBe (summary.clipping() > 1)
        // The engine's certificates have the contributions of all particles and legs.
        var sum = 0.0
        val listener = object : StreamListener {
            override fun delivered(trajectory: Trajectory) {
                sum += trajectory.certificate().rejection()?.clipping() ?: 0.0
            }
        }
        val one = posterior { particles(32).rejectionSampling(Fors(0.3)).engine { it.listener(listener) } }
        one.pilotCalls().block()
        sum = 0.0
        one.islands(0, 1).blockLast()!!.clipping() shouldBe (sum / 32 plusOrMinus 1e-9)
        Posterior.builder(modes, seen).noiseRange(30.0, 0.02).particles(64).build().islands(0, 1).blockLast()!!
            .clipping() shouldBe 0.0
    }

    "an island is a function of the seed and its index, for any engine" {
        val expected = posterior { particles(16).seed(7) }.islands(6, 8).map { it.bits() }.collectList().block()!!
        posterior { particles(16).seed(7) }.islands(7, 8).map { it.bits() }.blockLast() shouldBe expected[1]
        val batches = posterior { particles(16).seed(7).engine { it.maxRows(5).concurrency(7).seed(3) } }
        batches.islands(6, 7).map { it.bits() }.blockLast() shouldBe expected[0]
        val scheduler = Schedulers.newParallel("rails", 2)
        try {
            val rails = posterior { particles(16).seed(7).engine { it.parallelism(2, scheduler) } }
            rails.islands(7, 8).map { it.bits() }.blockLast() shouldBe expected[1]
        } finally {
            scheduler.dispose()
        }
        (posterior { particles(16).seed(8) }.islands(6, 7).map { it.bits() }.blockLast() == expected[0]) shouldBe false
    }

    "legs draw different numbers" {
        val keys = listOf(Keys(7, 0), Keys(7, 1), Keys(8, 0), Keys.ofPilot(7, 0))
        keys.flatMap { one -> (0 until 100).map(one::seed) }.distinct().size shouldBe 400
        Keys(7, 1).seed(3) shouldBe Keys(7, 1).seed(3)
    }

    "a solver whose steps need a pilot is refused" {
        val placed = Fors(1e-2, 0.5, Slopes.secants(6), StepRule.Pilot(64))
        shouldThrow<InvalidArgumentException> { posterior { rejectionSampling(placed) } }.message shouldContain
            "must not need a pilot"
    }
})
