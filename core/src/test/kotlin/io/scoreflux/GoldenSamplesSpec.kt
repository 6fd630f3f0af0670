package io.scoreflux

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe
import io.scoreflux.logconcave.ConvexTerm
import io.scoreflux.logconcave.LogConcave
import io.scoreflux.logconcave.ProximalSampler
import io.scoreflux.logconcave.ProximalSamplerBuilder
import io.scoreflux.logconcave.normal
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.DivergenceDenoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Guidance
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.Moments
import io.scoreflux.model.Observation
import io.scoreflux.model.SmoothedDataset
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.reject.Fors
import io.scoreflux.reject.ForsCorrector
import io.scoreflux.reject.Metropolis
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.Solver
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import reactor.core.publisher.Flux
import java.util.Optional

/**
 * Compares the bits of samples, certificates and costs of every solver. `golden-samples.txt` has one line per run, with a 64-bit FNV-1a hash of
 * all values and certificates. If a change alters a line on purpose, replace it by the line that the failing test prints.
 */
class GoldenSamplesSpec : FreeSpec({
    val expected = GoldenSamplesSpec::class.java.getResource("/golden-samples.txt")!!.readText().trim().lines()
        .associate { it.substringBefore(" = ") to it }

    "all runs are listed" {
        runs().map { it.first } shouldBe expected.keys.toList()
    }

    for ((name, run) in runs()) {
        name { "$name = ${run()}" shouldBe expected[name] }
    }
})

private const val FNV_OFFSET = -0x340d631b7bdddcdbL
private const val FNV_PRIME = 0x100000001b3L

private class Digest {
    var hash = FNV_OFFSET

    fun add(bits: Long) {
        for (shift in 0 until Long.SIZE_BITS step Byte.SIZE_BITS) {
            hash = (hash xor ((bits ushr shift) and 0xff)) * FNV_PRIME
        }
    }

    fun add(value: Double) = add(value.toRawBits())

    fun add(certificate: Certificate) {
        add(certificate.status().ordinal.toLong())
        add(certificate.error().orElse(-1.0))
        add(certificate.calls())
        add(certificate.rounds())
        add(certificate.intervals().toLong())
        add(certificate.lowestDegree().toLong())
        add(certificate.highestDegree().toLong())
        certificate.rejection()?.let {
            add(it.draws())
            add(it.proposals())
            add(it.clipping())
        }
    }

    fun add(sample: Sample) {
        add(sample.index())
        if (!sample.failed()) sample.values().forEach { add(it) }
        add(sample.certificate())
    }

    override fun toString() = java.lang.Long.toHexString(hash).padStart(16, '0')
}

private fun describe(samples: List<Sample>): String {
    val digest = Digest()
    samples.forEach { digest.add(it) }
    val first = samples.first()
    val value = if (first.failed()) "failed" else first.values()[0].toString()
    return "$digest, ${samples.size} samples, ${samples.sumOf { it.certificate().calls() }} calls, first $value"
}

private fun Flux<Sample>.digest() = describe(collectList().block()!!)

/** Twelve points in eight dimensions, whose structure is not visible in a single coordinate. */
private fun points() = SmoothedDataset.of(
    Array(12) { row -> DoubleArray(8) { column -> ((row * 7 + column * 5 + row * column) % 11) / 5.0 - 1 } },
    0.05,
)

private fun correlated(): GaussianMixture {
    val covariance = Covariance.full(
        arrayOf(doubleArrayOf(0.5, 0.2, 0.0), doubleArrayOf(0.2, 0.3, 0.1), doubleArrayOf(0.0, 0.1, 0.05)),
    )
    return GaussianMixture
        .builder(3)
        .component(0.7, doubleArrayOf(0.0, 1.0, -1.0), covariance)
        .component(0.3, doubleArrayOf(2.0, -1.0, 0.5), 0.1)
        .build()
}

private val targets: List<Pair<String, DivergenceDenoiser>> =
    listOf("threeModes" to threeModes(), "points" to points(), "correlated" to correlated())

private val solvers: List<Pair<String, Solver>> = buildList {
    for (tolerance in listOf(1e-2, 1e-4, 1e-8)) add("sliding $tolerance" to Sliding(tolerance))
    add("sliding capped" to Sliding(1e-8, 12, 20))
    for (tolerance in listOf(1e-3, 1e-7)) add("picard $tolerance" to Picard(tolerance))
    for (tolerance in listOf(1e-3, 1e-7)) add("parallel $tolerance" to Parallel(tolerance))
    add("parallel look-ahead 2" to Parallel(1e-4, 2, 12, 4000))
    for (calls in listOf(10, 20)) add("budget $calls" to Budget(calls))
    for (scheme in Scheme.values()) add("${scheme.label()} 24" to FixedStep(scheme, 24))
    for (grid in SigmaGrid.values()) add("dpmpp-2m $grid" to FixedStep(Scheme.DPMPP_2M, 16, grid))
    add("fors 0.1" to Fors(0.1))
    add("fors by a pilot" to Fors(0.2, 0.5, Slopes.scalar(), StepRule.Pilot(32)))
    add("fors of gain 8" to Fors(0.1, 0.5, Slopes.lowRank(2), StepRule.FixedGain(8.0)))
    add("fors without slopes" to Fors(0.3, 0.5, Slopes.none(), StepRule.PerChain()))
    add("fors corrector" to CorrectedSolver(Sliding(1e-3), ForsCorrector(0.2)))
    add(
        "metropolis by Simpson's rule" to
            CorrectedSolver(Picard(1e-3), Metropolis(6, 0.4, Metropolis.Form.SIMPSON, 0.5)),
    )
    add("metropolis by Barker's" to CorrectedSolver(Sliding(1e-3), Metropolis(6, 0.4, Metropolis.Form.BARKER, 0.5)))
}

private fun runs(): List<Pair<String, () -> String>> = buildList {
    for ((target, denoiser) in targets) {
        for ((name, solver) in solvers) {
            add("$target, $name" to { sampler(denoiser) { solver(solver).seed(7) }.samples(0, 12).digest() })
        }
    }
    add(
        "threeModes, sliding with one stage" to
            { sampler(threeModes()) { solver(Sliding(1e-5)).stages(1) }.samples(0, 8).digest() },
    )
    add(
        "threeModes, sliding from an unknown radius" to {
            sampler(WithoutMoments(threeModes())) { solver(Sliding(1e-5)) }.samples(0, 8).digest()
        },
    )
    add(
        "threeModes, sliding to 0" to
            { sampler(threeModes()) { noiseRange(20.0, 0.0).solver(Sliding(1e-5)) }.samples(0, 8).digest() },
    )
    add("classes, guided" to { guided().digest() })
    add("classes, requests" to { requested().digest() })
    add(
        "observation" to {
            val observed = Observation.pixels(intArrayOf(0), doubleArrayOf(0.9), 0.1).of(threeModes())
            sampler(observed) { solver(Sliding(1e-4)) }.samples(0, 8).digest()
        },
    )
    for ((name, solver) in listOf("sliding" to Sliding(1e-5), "picard" to Picard(1e-5), "parallel" to Parallel(1e-5))) {
        add("encode, $name" to { sampler(threeModes()) { solver(solver) }.encode(STATES).digest() })
        add("decode, $name" to { sampler(threeModes()) { solver(solver) }.decode(FAR_STATES).digest() })
        add("likelihood, $name" to { likelihoods(solver, Likelihood.exact()) })
        add("likelihood by probes, $name" to { likelihoods(solver, Likelihood.probes(3)) })
    }
    add("renoise" to { sampler(threeModes()) { solver(Sliding(1e-4)).noiseRange(0.5, 0.02) }.renoise(STATES).digest() })
    add("traces" to { traces() })
    add("chains, normal" to { chains(normal(PRECISION)) })
    add(
        "chains, box" to
            { chains(normal(PRECISION)) { term(ConvexTerm.box(doubleArrayOf(-0.5, -1.0), doubleArrayOf(2.0, 0.7))) } },
    )
    add("chains, l1" to { chains(normal(PRECISION)) { term(ConvexTerm.l1(1.5, 0.8)) } })
}

private val PRECISION = arrayOf(doubleArrayOf(2.0, 0.6), doubleArrayOf(0.6, 1.0))
private val STATES =
    arrayOf(doubleArrayOf(1.0, 0.05), doubleArrayOf(-0.4, 0.7), doubleArrayOf(-0.5, -0.88), doubleArrayOf(0.1, 0.2))
private val FAR_STATES = arrayOf(doubleArrayOf(12.0, -7.0), doubleArrayOf(-30.0, 4.0), doubleArrayOf(3.0, 22.0))

/** A denoiser without known moments, so that a pilot estimates the radius. */
private class WithoutMoments(private val inner: Denoiser) : Denoiser by inner {
    override fun moments(): Optional<Moments> = Optional.empty()
}

private fun labelled(): LabelledMixture {
    val plane = Covariance.isotropic(0.1)
    return LabelledMixture.of(
        listOf(
            LabelledMixture.Labelled(0, GaussianMixture.Component(0.5, doubleArrayOf(1.0, 0.3), plane)),
            LabelledMixture.Labelled(1, GaussianMixture.Component(0.25, doubleArrayOf(-1.0, 0.8), plane)),
            LabelledMixture.Labelled(1, GaussianMixture.Component(0.25, doubleArrayOf(-0.6, -0.9), plane)),
        ),
    )
}

private fun guided() = sampler(Guidance.of(labelled())) {
    solver(Sliding(1e-5)).condition(Condition(1, 2.5))
}.samples(0, 8)

private fun requested() = sampler(labelled()) { solver(Sliding(1e-4)) }.samples(
    Flux.just(
        Request.of(3, 5),
        Request.of(3, 5).withTolerance(1e-7),
        Request.of(4, 2).withCondition(Condition(1)),
        Request.of(4, 2).withCondition(Condition(0)),
    ),
)

private fun likelihoods(solver: Solver, how: Likelihood): String {
    val encoded = sampler(threeModes()) { solver(solver) }.likelihood(STATES, how).collectList().block()!!
    val digest = Digest()
    encoded.forEach {
        digest.add(it.logDensity())
        digest.add(it.standardError().orElse(-1.0))
    }
    return "$digest, " + describe(encoded.map { it.sample() })
}

private fun traces(): String {
    val traces = sampler(threeModes()) { solver(Sliding(1e-4)) }.traces(0, 4).collectList().block()!!
    val digest = Digest()
    for (point in traces.flatMap { it.points() }) {
        digest.add(point.sigma())
        point.z().forEach { digest.add(it) }
        point.denoised().forEach { digest.add(it) }
    }
    return "$digest, " + describe(traces.map { it.sample() })
}

private fun chains(target: LogConcave, configure: ProximalSamplerBuilder.() -> Unit = {}): String {
    val sampler = ProximalSampler.builder(target).chains(2).seed(5).burnIn(20).apply(configure).build()
    val digest = Digest()
    val draws = sampler.draws(6).collectList().block()!!
    for (draw in draws) {
        draw.values().forEach { digest.add(it) }
        digest.add(draw.statistics().gradients())
        digest.add(draw.statistics().burnInGradients())
        digest.add(draw.statistics().eta())
    }
    return "$digest, ${draws.size} draws, ${draws.sumOf {
        it.statistics().gradients()
    }} gradients, first ${draws.first().values()[0]}"
}
