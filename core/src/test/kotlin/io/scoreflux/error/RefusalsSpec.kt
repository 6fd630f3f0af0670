package io.scoreflux.error

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.Request
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.logconcave.ConvexTerm
import io.scoreflux.logconcave.Curvature
import io.scoreflux.logconcave.Preconditioner
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Guidance
import io.scoreflux.model.Moments
import io.scoreflux.model.Observation
import io.scoreflux.model.SmoothedDataset
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.reject.Fors
import io.scoreflux.reject.ForsCorrector
import io.scoreflux.reject.Metropolis
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import reactor.core.scheduler.Schedulers

private val normal = GaussianMixture.builder(2).component(1.0, doubleArrayOf(0.0, 0.0), 1.0).build()

private fun sampler(settings: SamplerBuilder.() -> Unit): () -> Any =
    { Sampler.builder(normal).noiseRange(20.0, 0.01).apply(settings).build() }

/** The sentences of rejections in all packages. */
private val SENTENCES: Map<() -> Any, String> = mapOf(
    { Sampler.builder(normal).build() } to "fromSigma must be given, with toSigma; call noiseRange(from, to)",
    sampler { noiseRange(0.002, 80.0) } to "fromSigma must be greater than toSigma, was 0.002 <= 80.0; swap them",
    sampler { noiseRange(1.0, -0.1) } to "toSigma must be finite and at least 0, was -0.1",
    sampler { noiseRange(1.0, 0.0).solver(Picard(1e-4)) } to
        "toSigma must be greater than 0 for the solver picard, was 0; end at a small noise level, or use sliding",
    sampler { stages(0) } to "stages must be at least 1 and at most 1000, was 0",
    sampler { stages(1001) } to "stages must be at least 1 and at most 1000, was 1001",
    sampler { boundaries(*DoubleArray(1000) { 10.0 - it / 1e3 }) } to
        "boundaries must have fewer than 1000 entries, was 1000",
    sampler { boundaries(1.0, 2.0) } to
        "boundaries[1] must be at least 0 and less than the previous value, was 2.0 after 1.0",
    sampler { boundaries(30.0) } to "boundaries must lie inside the noise range from 20.0 to 0.01, was 30.0",
    sampler { afterStage(7) { it } } to
        "afterStage must be below 4, the number of stages, because stages are counted from 0, was 7; use a lower " +
        "number, or raise stages",
    sampler { radius(-1.0) } to "radius must be finite and greater than 0, was -1.0",
    sampler { concurrency(0) } to "concurrency must be at least 1 and at most 1048576, was 0",
    sampler { concurrency(2).parallelism(4, Schedulers.immediate()) } to
        "parallelism must be at most concurrency, which the rails share, was 4 > 2",
    sampler { condition(Condition(0)) } to
        "label must be absent, as the denoiser has no classes, was 0; leave out label, or use a denoiser " +
        "whose classes() " +
        "is greater than 0",
    { Request.of(0, -1) } to "index must be at least 0, was -1",
    { Request.of(0, 0).withTolerance(1.0) } to
        "tolerance must be greater than 0 and below 1, relative to the radius of the data, was 1.0",
    { Condition(-1) } to "label must be at least 0, was -1",
    { Guidance.of(normal) } to
        "denoiser must accept conditions for guidance, was one whose isConditional() is false; use it without " +
        "guidance, or state its number of labels",
    { Sliding(1e-15) } to "tolerance must be in [1e-14, 1.0), was 1e-15",
    { Parallel(Double.NaN) } to "tolerance must be in [1e-13, 1.0), was NaN",
    { Budget(200) } to "calls must be at least 5 and at most 100, was 200",
    { FixedStep(Scheme.HEUN, 1) } to "calls must be at least 2 for the scheme heun, was 1",
    { StepRule.FixedGain(0.0) } to "gain must be at least 0.1 and at most 10000, was 0.0",
    { Fors(1e-7) } to "tolerance must be in [1e-6, 1.0), was 1e-7",
    { Metropolis.of(2).let { Metropolis(0, it.step(), it.form(), it.bound()) } } to
        "moves must be at least 1 and at most 10000, was 0",
    { CorrectedSolver(Fors(0.1), ForsCorrector(0.1)) } to
        "correct must not be given for a solver that draws from the distribution itself, was given for fors; " +
        "leave out correct",
    { SigmaGrid.requireRadius(1e80) } to
        "radius must be at least 1e-75 and at most 1e75, was 1e80; scale the data",
    { NoiseSchedule.vpLinear(1.0, 0.5) } to "betaMax must be finite and at least betaMin, which was 1.0, was 0.5",
    { GaussianMixture.builder(1).component(0.0, doubleArrayOf(0.0), 1.0) } to
        "components[0].weight must be finite and greater than 0, was 0.0",
    { Covariance.diagonal(1.0, 1e-160) } to
        "std[1] must be at least 1.5e-154 and at most 1.3e154, so that its square is a normal number of double " +
        "precision, was " +
        "1e-160; scale the data",
    { Covariance.full(arrayOf(doubleArrayOf(1.0, 0.5), doubleArrayOf(0.4, 1.0))) } to
        "covariance[0][1] must be equal to entry [1][0], as the matrix is symmetric, was 0.5 and 0.4",
    { Moments(doubleArrayOf(0.0), Covariance.diagonal(1.0, 2.0)) } to "covariance must have 1 rows like mean, was 2",
    { SmoothedDataset.of(arrayOf(doubleArrayOf(1.0), doubleArrayOf(Double.NaN)), 0.1) } to
        "data[1][0] must be finite, was NaN",
    { Observation.pixels(intArrayOf(1, 1), doubleArrayOf(1.0, 2.0), 0.1) } to "indices must be distinct, was 1 twice",
    { Observation.pixels(intArrayOf(2), doubleArrayOf(1.0), 0.1).of(normal) } to
        "indices must be below 2, the denoiser's dimension, was 2; count from 0",
    { ConvexTerm.box(doubleArrayOf(1.0), doubleArrayOf(0.0)) } to "lower[0] must be below upper[0], was 1.0 >= 0.0",
    { ConvexTerm.halfSpace(doubleArrayOf(0.0), 1.0) } to "normal must have an entry other than 0, was 0",
    { Curvature.diagonal(1.0, -1.0) } to "entries[1] must be in [0.0, Infinity), was -1.0",
    { Preconditioner.diagonal(1.0, 0.0) } to "deviations[1] must be finite and greater than 0, was 0.0",
)

class RefusalsSpec : FreeSpec({
    for ((refusal, sentence) in SENTENCES) {
        sentence {
            val thrown = runCatching { refusal() }.exceptionOrNull()
            (thrown is IllegalArgumentException || thrown is IllegalStateException) shouldBe true
            val violation = (thrown as HasViolation).violation()
            thrown.message shouldBe sentence
            violation.message() shouldBe sentence
            violation.setting().isBlank() shouldBe false
            violation.rule() shouldStartWith "must "
            // Only missing settings have no value.
            if (violation.value() == null) violation.rule() shouldStartWith "must be given"
            sentence shouldNotContain "{"
            violation.setting() shouldNotBe violation.named { "--option" }.setting()
        }
    }
})
