package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.DivergenceDenoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.GaussianMixture.Component
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.LabelledMixture.Labelled
import io.scoreflux.model.SmoothedDataset
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers
import java.util.Random
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.pow

/** The log-density of a mixture of axis-aligned Gaussians, smoothed to level s. */
private fun logDensity(components: List<Component>, s: Double, z: DoubleArray): Double {
    val total = components.sumOf { it.weight() }
    val logs = components.map { component ->
        ln(component.weight() / total) + z.indices.sumOf {
            val variance = component.covariance().variance(it) + s * s
            -0.5 * ((z[it] - component.mean()[it]).pow(2) / variance + ln(2 * PI * variance))
        }
    }
    val largest = logs.max()
    return largest + ln(logs.sumOf { exp(it - largest) })
}

private const val TO = 0.01

class LikelihoodSpec : StringSpec({
    fun Flux<Encoded>.all() = collectList().block()!!

    fun states(target: Denoiser, n: Long = 12) =
        sampler(target) { noiseRange(20.0, TO).solver(Sliding(1e-10)) }.samples(0, n).map { it.values() }
            .collectList().block()!!.toTypedArray()

    val random = Random(4)
    val gaussian = listOf(
        Component(1.0, DoubleArray(5) { random.nextGaussian() }, Covariance.diagonal(1.0, 0.6, 0.3, 0.2, 0.1)),
    )
    val three = List(3) { k ->
        Component(
            1.0 + k,
            DoubleArray(6) { random.nextGaussian() },
            Covariance.diagonal(*DoubleArray(6) { exp(-2 * random.nextDouble()) }),
        )
    }

    "divergences agree with differences of the values" {
        val full = Array(3) { i -> DoubleArray(3) { j -> if (i == j) 0.5 + i else 0.2 } }
        val data = Array(30) { DoubleArray(3) { random.nextGaussian() } }
        val labelled = LabelledMixture.of(
            List(4) { Labelled(it % 2, Component(1.0, data[it], Covariance.isotropic(0.3 + 0.1 * it))) },
        )
        for (denoiser in listOf<DivergenceDenoiser>(
            GaussianMixture.of(
                listOf(
                    Component(1.0, data[0], Covariance.full(full)),
                    Component(2.0, data[1], Covariance.diagonal(0.3, 0.5, 0.9)),
                    Component(0.5, data[2], Covariance.isotropic(0.4)),
                ),
            ),
            SmoothedDataset.of(data, 0.2),
            labelled,
        )) {
            for (s in listOf(0.1, 0.7, 5.0)) {
                val condition = if (denoiser === labelled) Condition(1) else null
                val h = 1e-5 * s
                val z = DoubleArray(3) { data[5][it] + s * random.nextGaussian() }
                val rows = Rows(3, 7)
                rows.append(z, 0, s)
                for (i in 0 until 3) {
                    for (side in listOf(h, -h)) rows.append(z.clone().also { it[i] += side }, 0, s)
                }
                rows.condition(0, condition)
                val plain = DoubleArray(21)
                denoiser.denoise(rows, plain)
                val out = DoubleArray(21)
                val divergence = DoubleArray(7)
                denoiser.denoise(rows, out, divergence)
                out.toList() shouldBe plain.toList()
                val differences = (0 until 3).sumOf {
                    (out[3 * (1 + 2 * it) + it] - out[3 * (2 + 2 * it) + it]) /
                        (2 * h)
                }
                // The errors are h^2 and rounding divided by h, both about 1e-10 of a trace of at most 3.
                divergence[0] shouldBe (differences plusOrMinus 1e-7)
            }
        }
    }

    "log-densities of a Gaussian are exact to 1e-6" {
        val target = GaussianMixture.of(gaussian)
        val states = states(target)
        val found = sampler(target) {
            noiseRange(20.0, TO).solver(Sliding(1e-9))
        }.likelihood(states, Likelihood.exact())
        for ((k, encoded) in found.all().withIndex()) {
            encoded.logDensity() shouldBe (logDensity(gaussian, TO, states[k]) plusOrMinus 1e-6)
            encoded.standardError().isPresent shouldBe false
        }
    }

    "log-densities of a mixture converge with the tolerance" {
        val target = GaussianMixture.of(three)
        val states = states(target)
        // At sigma 400 the initial distribution agrees with the mixture to 1e-7.
        val errors = listOf(1e-4, 1e-6, 1e-8).map { tolerance ->
            val found = sampler(target) { noiseRange(400.0, TO).solver(Sliding(tolerance)) }
                .likelihood(states, Likelihood.exact()).all()
            found.indices.maxOf { abs(found[it].logDensity() - logDensity(three, TO, states[it])) }
        }
        for ((error, tolerance) in errors.zip(listOf(1e-4, 1e-6, 1e-8))) {
            // 400 is about 150 radii. There the tolerance of the integral is 150 times that at the radius, in each of six dimensions.
            withClue("$errors") { error shouldBeLessThan 900 * tolerance }
        }
    }

    "log-densities by probes are within three of their standard errors" {
        val target = GaussianMixture.of(three)
        val states = states(target, 20)
        val sampler = sampler(target) { noiseRange(400.0, TO).solver(Sliding(1e-5)) }
        val found = sampler.likelihood(states, Likelihood.probes(32)).all()
        val scores = found.indices.map {
            (found[it].logDensity() - logDensity(three, TO, states[it])) / found[it].standardError().asDouble
        }
        // 20 values of Student's t with 31 degrees of freedom exceed 3 for a tenth of the seeds, but not for this one.
        scores.maxOf { abs(it) } shouldBeLessThan 3.0
        // The standard errors have the right size: the mean square is 1.07 on average, with a standard error of 0.36.
        scores.sumOf { it * it } / scores.size shouldBe (1.07 plusOrMinus 1.1)
    }

    "standard errors of few probes have the right mean square and the tails of Student's t" {
        // Many directions are correlated, so the estimate of a probe, a sum over pairs of axes, is nearly normal.
        val d = 24
        val covariance = Array(d) { i -> DoubleArray(d) { j -> 0.8.pow(abs(i - j)) } }
        val target = GaussianMixture.of(listOf(Component(1.0, DoubleArray(d), Covariance.full(covariance))))
        // All states are equal, and the index of each row gives it other probes.
        val again = states(target, 1)[0].let { state -> Array(500) { state } }
        val found = sampler(target) { noiseRange(20.0, TO).solver(Sliding(1e-4)) }
            .likelihood(again, Likelihood.probes(8)).all()
        val mean = found.map { it.logDensity() }.average()
        val spread = found.sumOf { (it.logDensity() - mean).pow(2) } / (found.size - 1)
        val claimed = found.map { it.standardError().asDouble.pow(2) }.average()
        // Both variances have relative standard errors of at most about sqrt(2 / 500) = 0.06.
        claimed / spread shouldBe (1.0 plusOrMinus 0.25)
        // The 0.975 quantile of Student's t with 7 degrees of freedom: 25 of 500 on average, with a standard deviation of 4.9.
        val beyond = found.count { abs(it.logDensity() - mean) > 2.365 * it.standardError().asDouble }
        withClue("$beyond of 500") { beyond.toDouble() shouldBe (25.0 plusOrMinus 15.0) }
    }

    "if the Jacobian is diagonal, every probe gives the exact trace" {
        val target = GaussianMixture.of(gaussian)
        val states = states(target, 4)
        val found = sampler(target) { noiseRange(20.0, TO).solver(Sliding(1e-8)) }
            .likelihood(states, Likelihood.probes(3)).all()
        for ((k, encoded) in found.withIndex()) {
            encoded.logDensity() shouldBe (logDensity(gaussian, TO, states[k]) plusOrMinus 1e-5)
            encoded.standardError().asDouble shouldBeLessThan 1e-6
        }
    }

    "single precision uses longer differences, and the result is correct up to its rounding" {
        val exact = GaussianMixture.of(three)
        val single = object : Denoiser {
            override fun dimension() = 6

            override fun moments() = exact.moments()

            override fun rounding() = 1.0 / (1 shl 24)

            override fun denoise(rows: Rows, out: DoubleArray) {
                exact.denoise(rows, out)
                for (i in 0 until 6 * rows.count()) out[i] = out[i].toFloat().toDouble()
            }
        }
        val states = states(exact, 6)

        fun found(denoiser: Denoiser, how: Likelihood) =
            sampler(denoiser) { noiseRange(20.0, TO).solver(Sliding(1e-4)) }.likelihood(states, how).all()
        val precise = found(exact, Likelihood.probes(8))
        val rough = found(single, Likelihood.probes(8))
        for (k in states.indices) {
            // Both use the same probes. They differ by rounding and by the error of the difference, (h / s)^2, at most 6e-4 for each dimension.
            rough[k].logDensity() shouldBe (precise[k].logDensity() plusOrMinus 0.05)
        }
    }

    "probes depend on seed and index, and rows are counted" {
        val target = GaussianMixture.of(three)
        val states = states(target, 6)

        fun sampler(seed: Long) = sampler(target) {
            noiseRange(20.0, TO).solver(Sliding(1e-4)).seed(seed).concurrency(2)
        }
        val all = sampler(1).likelihood(states, Likelihood.probes(2)).all()
        val again = Sampler.builder(Gateway.builder(target, Schedulers.parallel()).maxRows(3).build())
            .noiseRange(20.0, TO).solver(Sliding(1e-4)).seed(1).build().likelihood(states, Likelihood.probes(2)).all()
        again.map { it.logDensity() } shouldBe all.map { it.logDensity() }
        for (encoded in all) (encoded.sample().certificate().calls() % 5) shouldBe 0
        (sampler(2).likelihood(states, Likelihood.probes(2)).all()[0].logDensity() == all[0].logDensity()) shouldBe
            false
        sampler(1).likelihood(states, Likelihood.probes(1)).blockFirst()!!.standardError().isPresent shouldBe false
    }

    "bits per dimension are those of the cells of a grid" {
        // A uniform distribution on [-1, 1]^2 with 256 levels has 8 bits.
        val sample = sampler(threeModes()).samples(0, 1).blockLast()!!
        Encoded(sample, -2 * ln(2.0), java.util.OptionalDouble.empty()).bitsPerDimension(128.0) shouldBe
            (8.0 plusOrMinus 1e-12)
    }

    "a denoiser without a divergence or behind a gateway is rejected, and failed states have no density" {
        val plain = Denoiser.rowwise(1) { z, sigma, out -> out[0] = if (sigma > 1) Double.NaN else z[0] / 2 }
        val sampler = sampler(plain) { radius(1.0).solver(Sliding(1e-4)) }
        val one = arrayOf(doubleArrayOf(0.0))
        shouldThrow<IllegalStateException> { sampler.likelihood(one, Likelihood.exact()) }.message!! shouldContain
            "use Likelihood.probes(n)"
        val failed = sampler.likelihood(one, Likelihood.probes(2)).blockLast()!!
        failed.sample().failed() shouldBe true
        failed.logDensity().isNaN() shouldBe true
        shouldThrow<IllegalArgumentException> { Likelihood.probes(0) }
        shouldThrow<IllegalArgumentException> { Likelihood(1025) }
    }
})
