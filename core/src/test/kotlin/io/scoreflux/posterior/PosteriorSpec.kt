package io.scoreflux.posterior

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.collections.shouldNotContain
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.Watched
import io.scoreflux.error.InvalidArgumentException
import io.scoreflux.error.InvalidConfigurationException
import io.scoreflux.error.SampleFailedException
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Moments
import io.scoreflux.model.Observation
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import io.scoreflux.stream.Stage
import reactor.core.publisher.Mono
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import java.util.Optional
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt

/** The documented case: two modes of width 0.3 at -(1, 1) and (1, 1), the second number observed as 0.4 with noise 0.3. */
private val modes = GaussianMixture.builder(2)
    .component(0.5, doubleArrayOf(-1.0, -1.0), 0.3)
    .component(0.5, doubleArrayOf(1.0, 1.0), 0.3)
    .build()
private val seen = Observation.pixels(intArrayOf(1), doubleArrayOf(0.4), 0.3)
private val share = run {
    val likelihoods = listOf(-1.0, 1.0).map { exp(logNormal(0.4 - it, 0.18)) }
    likelihoods[1] / likelihoods.sum()
}
private val evidence = ln(listOf(-1.0, 1.0).sumOf { 0.5 * exp(logNormal(0.4 - it, 0.18)) })

private fun posterior(
    denoiser: Denoiser = modes,
    observation: Observation = seen,
    configure: PosteriorBuilder.() -> Unit = {
    },
) =
    Posterior.builder(denoiser, observation).noiseRange(30.0, 0.02).apply(configure).build()

private fun Island.bits() = (0 until particles()).map { state(it).map(Double::toRawBits) to weight(it).toRawBits() } to
    logEvidence().toRawBits()

class PosteriorSpec : StringSpec({
    for (guided in listOf(false, true)) {
        "the documented case, guided = $guided" {
            val summary = posterior { particles(1024).guided(guided) }.summary(16).block()!!
            val mean = summary.mean(0)
            val exact = 2 * share - 1
            exact shouldBe (0.9768 plusOrMinus 1e-4)
            withClue(mean) {
                abs(mean.value() - exact) shouldBeLessThan 2 * mean.standardError() + 0.003
                mean.standardError() shouldBeLessThan 0.008
            }
            summary.expectation({ if (it[0] > 0) 1.0 else 0.0 }, 0.95).value() shouldBe (share plusOrMinus 0.004)
            summary.standardDeviation(0) shouldBe (sqrt(0.09 + 1 - exact * exact) plusOrMinus 0.015)
            // N(0.4 or 0.7, 0.045) in the observed direction.
            summary.mean(1).value() shouldBe (share * 0.7 - (1 - share) * 0.3 plusOrMinus 0.006)
            summary.logEvidence() shouldBe (evidence plusOrMinus 0.02)
            summary.quantile(0, 0.5) shouldBe (1.0 plusOrMinus 0.02)
            summary.warnings().shouldBeEmpty()
        }
    }

    "Gaussian data: mean, covariance and evidence for correlated noise" {
        val c = arrayOf(doubleArrayOf(1.0, 0.5), doubleArrayOf(0.5, 0.8))
        val gaussian = GaussianMixture.builder(2).component(1.0, doubleArrayOf(0.5, -0.3), Covariance.full(c)).build()
        // y = x + e with cov e = [[0.2, 0.1], [0.1, 0.3]]: S = C + cov e.
        val noise = arrayOf(doubleArrayOf(0.2, 0.1), doubleArrayOf(0.1, 0.3))
        val observation =
            Observation.linear(
                arrayOf(doubleArrayOf(1.0, 0.0), doubleArrayOf(0.0, 1.0)),
                doubleArrayOf(1.2, 0.4),
                Covariance.full(noise),
            )
        val s = Array(2) { i -> DoubleArray(2) { c[i][it] + noise[i][it] } }
        val det = s[0][0] * s[1][1] - s[0][1] * s[1][0]
        val inverse =
            arrayOf(doubleArrayOf(s[1][1] / det, -s[0][1] / det), doubleArrayOf(-s[1][0] / det, s[0][0] / det))
        val residual = doubleArrayOf(0.7, 0.7)
        val solved = DoubleArray(2) { i -> inverse[i][0] * residual[0] + inverse[i][1] * residual[1] }
        val exact = DoubleArray(2) { i -> doubleArrayOf(0.5, -0.3)[i] + c[i][0] * solved[0] + c[i][1] * solved[1] }
        val gain = Array(2) { i -> DoubleArray(2) { j -> c[i][0] * inverse[0][j] + c[i][1] * inverse[1][j] } }
        val variance = DoubleArray(2) { i -> c[i][i] - gain[i][0] * c[0][i] - gain[i][1] * c[1][i] }
        val summary = posterior(gaussian, observation) { particles(1024) }.summary(12).block()!!
        for (i in 0..1) {
            abs(summary.mean(i).value() - exact[i]) shouldBeLessThan 3 * summary.mean(i).standardError()
            summary.standardDeviation(i) shouldBe (sqrt(variance[i]) plusOrMinus 0.01)
        }
        summary.logEvidence() shouldBe
            (-0.5 * (residual.indices.sumOf { residual[it] * solved[it] } + ln(det)) - ln(2 * Math.PI) plusOrMinus 0.01)
    }

    for (guided in listOf(false, true)) {
        "Z is unbiased where islands select particles, so that ln Z must grow at each selection, guided = $guided" {
            val islands = posterior { particles(64).guided(guided) }.islands(0, 64).collectList().block()!!
            islands.sumOf { it.resamplings() } shouldBeInRange 60..400
            // The pilot chooses the selections of even and of odd islands.
            for (parity in 0..1) {
                islands.filter {
                    !it.scout() && it.index() % 2 == parity.toLong()
                }.map { it.resamplings() }.distinct().size shouldBe
                    1
            }
            val ratios = islands.map { exp(it.logEvidence() - evidence) }
            val mean = ratios.average()
            val error = sqrt(ratios.sumOf { (it - mean) * (it - mean) } / 63 / 64)
            error shouldBeLessThan 0.05
            abs(mean - 1) shouldBeLessThan 3 * error + 0.02
            // The start alone has the evidence of a Gaussian with the moments of the data, which the test tells apart.
            val start = ln(1 / sqrt(2 * Math.PI * (1.09 + 0.09))) - 0.5 * 0.16 / 1.18
            abs(exp(start - evidence) - 1) shouldBeGreaterThan 0.1
        }
    }

    "pooling by Z mends islands that miss a narrow mode, and the summary warns" {
        // A needle of prior weight 1e-3 and a larger posterior weight in eight numbers, half of them observed.
        val needle = GaussianMixture.builder(8)
            .component(0.999, DoubleArray(8), 1.0)
            .component(0.001, DoubleArray(8), 0.1)
            .build()
        val y = doubleArrayOf(0.02, -0.05, 0.08, 0.01)
        val observation = Observation.pixels(intArrayOf(0, 1, 2, 3), y, 0.05)

        /** The probability of the needle for numbers with noise of a variance. */
        fun share(numbers: DoubleArray, noise: Double): Double {
            val odds = 0.001 / 0.999 *
                exp(numbers.sumOf { logNormal(it, 0.01 + noise) - logNormal(it, 1 + noise) })
            return odds / (1 + odds)
        }
        val islands = posterior(needle, observation) { particles(64) }.islands(0, 64).collectList().block()!!
        val equal = islands.map { island ->
            (0 until island.particles()).sumOf { island.weight(it) * share(island.state(it), 0.0) }
        }.average()
        val summary = PosteriorSummary.of(islands)
        val pooled = summary.expectation({ share(it, 0.0) }, 0.95).value()
        val exact = share(y, 0.0025)
        withClue("exact $exact, pooled $pooled, equal weights $equal") {
            abs(pooled - exact) shouldBeLessThan abs(equal - exact) / 2
            // Without the weights Z the answer is wrong.
            abs(equal - exact) shouldBeGreaterThan 0.1
        }
        summary.sdLogEvidence() shouldBeGreaterThan 0.5
        summary.warnings().shouldNotBeEmpty()
        summary.warnings()[0].message() shouldContain "double particles"
        summary.warnings().any { it.setting() == "the effective part of the particles" } shouldBe true
    }

    "a posterior keeps the settings that it was built with" {
        val builder = Posterior.builder(modes, seen).noiseRange(30.0, 0.02).particles(16).seed(1)
        val posterior = builder.build()
        builder.noiseRange(20.0, 0.05).particles(32).step(0.4).guided(false).seed(2).engine { error("not called") }
        posterior.islands(0, 2).map { it.bits() }.collectList().block() shouldBe
            posterior { particles(16).seed(1) }.islands(0, 2).map { it.bits() }.collectList().block()
    }

    "the settings of the engine are checked when the posterior is built" {
        fun refused(rule: String, engine: (SamplerBuilder) -> SamplerBuilder) {
            withClue(rule) {
                shouldThrow<InvalidConfigurationException> { posterior { engine(engine) } }.message shouldContain rule
            }
        }
        val only = "must not be set where only settings of the engine are allowed"
        refused("condition $only") { it.condition(Condition(0, 3.0)) }
        refused("conditions $only") { it.conditions { null } }
        val plan = Sampler.builder(modes).noiseRange(30.0, 0.02).build().plan()
        refused("plan $only") { it.plan(plan) }
        refused("afterStage $only") { it.afterStage(0, Stage.filter { _ -> false }) }
        refused("must return the builder that it receives") { Sampler.builder(modes) }
        refused("parallelism must be at most concurrency") { it.concurrency(2).parallelism(4, Schedulers.parallel()) }
    }

    "an island is the unit of demand" {
        fun calls(islands: Long): Int {
            val rows = Watched(modes)
            posterior(rows) { particles(16).guided(false) }.islands(0, islands).blockLast()
            return rows.calls.get()
        }
        val rows = Watched(modes)
        StepVerifier.create(posterior(rows) { particles(16).guided(false) }.islands(), 0)
            .then { rows.calls.get() shouldBe 0 }
            .thenRequest(1)
            .expectNextMatches { it.index() == 0L }
            .then { rows.calls.get() shouldBe calls(1) }
            .thenRequest(2)
            .expectNextCount(2)
            .then { rows.calls.get() shouldBe calls(3) }
            .thenCancel()
            .verify()
    }

    "the pilot runs once, and a failed one runs again" {
        var broken = true
        val rows = Watched(modes, { _, out -> if (broken) out[0] = Double.NaN })
        val posterior = posterior(rows) { particles(16) }
        shouldThrow<InvalidConfigurationException> { posterior.islands(0, 1).blockLast() }.message shouldContain
            "the pilot must finish"
        broken = false
        val pilot = posterior.pilotCalls().block()!!
        val before = rows.calls.get()
        posterior.pilotCalls().block() shouldBe pilot
        rows.calls.get() shouldBe before
        posterior.islands(0, 1).blockLast()!!.failed() shouldBe false
    }

    "an island is a function of the seed and its index, for any engine" {
        val expected = posterior { particles(48).seed(7) }.islands(1, 3).map { it.bits() }.collectList().block()!!
        val later = posterior { particles(48).seed(7) }.islands(2, 3).map { it.bits() }.blockLast()
        later shouldBe expected[1]
        val batches = posterior { particles(48).seed(7).engine { it.maxRows(5).concurrency(7) } }
        batches.islands(1, 3).map { it.bits() }.collectList().block() shouldBe expected
        val scheduler = Schedulers.newParallel("rails", 2)
        try {
            val rails = posterior { particles(48).seed(7).engine { it.parallelism(2, scheduler) } }
            rails.islands(1, 3).map { it.bits() }.collectList().block() shouldBe expected
        } finally {
            scheduler.dispose()
        }
        val later2 = object : AsyncDenoiser {
            override fun dimension() = 2

            override fun moments() = modes.moments()

            override fun denoise(rows: Rows) = Mono.fromSupplier {
                DoubleArray(rows.count() * 2).also { modes.denoise(rows, it) }
            }
        }
        val asynchronous = Posterior.builder(later2, seen).noiseRange(30.0, 0.02).particles(48).seed(7).build()
        asynchronous.islands(1, 3).map { it.bits() }.collectList().block() shouldBe expected
        (posterior { particles(48).seed(8) }.islands(1, 2).map { it.bits() }.blockLast() == expected[0]) shouldBe false
    }

    "a failed particle fails its island only" {
        val first = posterior { particles(16).guided(false) }.islands(0, 1).blockLast()!!
        // NaN for one state of island 0, which no other island has.
        val state = first.state(3)
        val broken = Denoiser.rowwise(2) { z, sigma, out ->
            val rows = Rows(2, 1)
            rows.append(z, 0, sigma)
            modes.denoise(rows, out)
            if (sigma == 30.0 && z.contentEquals(start(3))) out[0] = Double.NaN
        }
        val withMoments = object : Denoiser by broken {
            override fun moments() = modes.moments()
        }
        state.size shouldBe 2
        val islands = posterior(withMoments) { particles(16).guided(false) }.islands(0, 5).collectList().block()!!
        islands.map { it.failed() } shouldBe listOf(true, false, false, false, false)
        islands[0].failure().shouldNotBeNull()
        shouldThrow<SampleFailedException> { islands[0].draw() }
        val summary = PosteriorSummary.of(islands)
        summary.failures() shouldBe 1
        summary.islands() shouldBe 4
        summary.warnings().any { it.message().contains("failed islands") } shouldBe true
        shouldThrow<InvalidArgumentException> { PosteriorSummary.of(islands.take(4)) }.message shouldContain
            "at least 4"
    }

    "a draw of an island is one of its particles" {
        val island = posterior { particles(32) }.islands(0, 1).blockLast()!!
        (0 until island.particles()).any { island.state(it).contentEquals(island.draw()) } shouldBe true
        (0 until island.particles()).sumOf { island.weight(it) } shouldBe (1.0 plusOrMinus 1e-12)
        island.ancestors() shouldBeInRange 1..32
    }

    "noise above the whole range needs no annealing" {
        val far = posterior(modes, Observation.pixels(intArrayOf(1), doubleArrayOf(0.4), 1000.0)) { particles(256) }
        val summary = far.summary(8).block()!!
        // Symmetric data: the mean is 0 up to 1e-6.
        abs(summary.mean(0).value()) shouldBeLessThan 3.5 * summary.mean(0).standardError()
        summary.logEvidence() shouldBe (logNormal(0.0, 1e6) plusOrMinus 1e-4)
    }

    "bad input is refused with the rule" {
        fun refused(rule: String, build: () -> Unit) {
            withClue(rule) { shouldThrow<InvalidArgumentException> { build() }.message shouldContain rule }
        }
        refused("must have rows of the denoiser's dimension 2") {
            posterior(modes, Observation.linear(arrayOf(doubleArrayOf(1.0, 0.0, 0.0)), doubleArrayOf(1.0), 0.3))
        }
        refused("must be below 2") { posterior(modes, Observation.pixels(intArrayOf(2), doubleArrayOf(1.0), 0.3)) }
        refused("must be greater than 0") {
            posterior(modes, Observation.pixels(intArrayOf(1), doubleArrayOf(1.0), 0.0))
        }
        refused("must be greater than toSigma") {
            posterior(modes, Observation.pixels(intArrayOf(1), doubleArrayOf(1.0), 0.01))
        }
        refused("must be in the range of the matrix") {
            val twice = arrayOf(doubleArrayOf(1.0, 2.0), doubleArrayOf(2.0, 4.0))
            posterior(modes, Observation.linear(twice, doubleArrayOf(1.0, 5.0), 0.1))
        }
        refused("must have an entry that is not 0") {
            posterior(modes, Observation.linear(arrayOf(doubleArrayOf(0.0, 0.0)), doubleArrayOf(1.0), 0.1))
        }
        refused("must be positive definite") {
            Observation.linear(
                arrayOf(doubleArrayOf(1.0, 0.0), doubleArrayOf(0.0, 1.0)),
                doubleArrayOf(1.0, 1.0),
                Covariance.full(arrayOf(doubleArrayOf(1.0, 2.0), doubleArrayOf(2.0, 1.0))),
            )
        }
        refused("must be at least 16") { posterior { particles(8) } }
        refused("must be at least 4") { posterior().summary(3) }
        refused("guided denoiser belongs to no distribution") { posterior { condition(Condition(0, 3.0)) } }
        refused("must be known for a posterior") {
            posterior(Denoiser.rowwise(2) { z, _, out -> z.copyInto(out) })
        }
        val constant = object : Denoiser by Denoiser.rowwise(2, { _, _, out -> out.fill(1.0) }) {
            override fun moments() = Optional.of(Moments(doubleArrayOf(1.0, 1.0), Covariance.Isotropic(0.0)))
        }
        refused("the covariance of the denoiser's moments must not be 0") { posterior(constant) }
        refused("must be greater than 0 for a posterior") { posterior { noiseRange(30.0, 0.0) } }
        for (extreme in listOf(-2e6, 1e9, 1e200, Double.MAX_VALUE)) {
            refused("must be within a million standard deviations of the mean") {
                posterior(modes, Observation.pixels(intArrayOf(1), doubleArrayOf(extreme), 0.3))
            }
        }
        refused("fromSigma must be at least 3.0 times the largest standard deviation of the data") {
            posterior { noiseRange(3.0, 0.02) }
        }
        refused("must be at least 0.001 and at most 0.5") { posterior { step(1e-9) } }
        refused("must be at least 0.001 and at most 0.5") { posterior { step(0.6) } }
        refused("must have singular values of at least 1e-100 times the noise") {
            posterior(modes, Observation.linear(arrayOf(doubleArrayOf(1e-200, 0.0)), doubleArrayOf(1.0), 0.3))
        }
        refused("must be at most 2^46") { posterior().islands(0, Posterior.MOST_ISLANDS + 1) }
    }

    "intervals have Student's quantile with one degree of freedom fewer than islands" {
        fun factor(islands: Int, level: Double): Double {
            val estimate = posterior { particles(16) }.summary(islands).block()!!.expectation({ it[0] }, level)
            estimate.upper() - estimate.value() shouldBe
                (estimate.value() - estimate.lower() plusOrMinus 1e-12)
            return (estimate.upper() - estimate.value()) / estimate.standardError()
        }
        factor(8, 0.95) shouldBe (2.364624 plusOrMinus 1e-5)
        factor(4, 0.99) shouldBe (5.840909 plusOrMinus 1e-5)
    }

    "systematic resampling keeps each weight up to one particle" {
        val weights = doubleArrayOf(0.05, 0.4, 0.0, 0.35, 0.2)
        repeat(20) { k ->
            val counts = LogWeights.systematic(weights, NoiseSource(k.toLong()).normals(Purpose.ISLAND_RESAMPLE, 0))
                .groupBy { it }
                .mapValues { it.value.size }
            for (j in weights.indices) abs((counts[j] ?: 0) - 5 * weights[j]) shouldBeLessThan 1.0
        }
    }

    "noise near the smallest level causes a warning that names the level" {
        fun warnings(noise: Double) = posterior(modes, Observation.pixels(intArrayOf(1), doubleArrayOf(0.4), noise)) {
            particles(64)
        }.summary(4).block()!!.warnings().map { it.setting() }
        warnings(0.2) shouldNotContain "the noise of the observation"
        warnings(0.19) shouldContain "the noise of the observation"
    }

    "if one island has all the weight, nothing is known about the error" {
        // Far from all data, so that the ln Z of islands differ by far more than 1.
        val summary = posterior(modes, Observation.pixels(intArrayOf(1), doubleArrayOf(1e3), 0.3)) { particles(16) }
            .summary(4).block()!!
        summary.effectiveIslands() shouldBeLessThan 2.0
        summary.mean(1).standardError() shouldBe Double.POSITIVE_INFINITY
        summary.mean(1).upper() shouldBe Double.POSITIVE_INFINITY
    }

    "a summary takes as many islands as the width of its interval needs" {
        // x ~ N(0, 1), and y = x + 0.5 n = 0.8: x given y is N(0.8 / 1.25, 0.2).
        val normal = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), 1.0).build()
        val observed = Observation.pixels(intArrayOf(0), doubleArrayOf(0.8), 0.5)
        val within = 0.05
        val repetitions = 60
        var hits = 0
        val counts = mutableSetOf<Int>()
        for (seed in 0L until repetitions) {
            val summary = posterior(normal, observed) {
                particles(16).seed(seed)
            }.summary({ it[0] }, within, 512).block()!!
            val mean = summary.mean(0)
            (mean.upper() - mean.value()) shouldBeLessThan within
            counts += summary.islands()
            if (abs(mean.value() - 0.64) <= within) hits++
        }
        // If intervals hold with probability .95, fewer than 52 of 60 do so with probability .003.
        hits shouldBeGreaterThanOrEqual 52
        counts.forEach { (it and (it - 1)) shouldBe 0 }
        counts.max() shouldBeGreaterThanOrEqual 16
    }

    "an event that has not occurred does not end the islands of a summary" {
        val never = posterior { particles(16) }.summary({ if (it[0] > 100) 1.0 else 0.0 }, 0.1, 16).block()!!
        never.islands() shouldBe 16
    }

    "a summary has no more islands than permitted, and the islands of a summary with that number" {
        val coarse = posterior { particles(16) }.summary({ it[0] }, 1e-6, 12).block()!!
        coarse.islands() shouldBe 12
        coarse.mean(0) shouldBe posterior { particles(16) }.summary(12).block()!!.mean(0)
        shouldThrow<InvalidArgumentException> { posterior().summary({ it[0] }, 0.0, 8) }.message shouldBe
            "within must be finite and greater than 0, was 0.0"
        shouldThrow<InvalidArgumentException> { posterior().summary({ it[0] }, 0.1, 7) }.message shouldBe
            "most must be at least 8, was 7"
        shouldThrow<InvalidArgumentException> {
            posterior { particles(16) }.summary({ Double.NaN }, 0.1, 8).block()
        }.message shouldBe "function must return finite numbers, was NaN"
    }
})

/** The initial state of a particle of island 0. */
private fun start(particle: Int): DoubleArray {
    val twist = AnnealedTwist(seen.directions(2), 0.25)
    val law = StartLaw(seen.directions(2), modes.moments().get(), 30.0, doubleArrayOf(twist.gap(0, 30.0)))
    val random = Keys(0, 0).normals(Purpose.ISLAND_START, 0)
    return (0..particle).map { law.draw(random) }.last()
}
