package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeSorted
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.Failure
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.reject.Fors
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Solver
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.StreamListener
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sqrt

private fun Flux<Sample>.states() = map { it.values() }.collectList().block()!!.toTypedArray()

/** The root mean square distance of rows. */
private fun apart(a: Array<DoubleArray>, b: Array<DoubleArray>) =
    sqrt(a.indices.sumOf { k -> a[k].indices.sumOf { (a[k][it] - b[k][it]).pow(2) } } / a.size)

class EncodeSpec : StringSpec({
    val mixtures = mapOf("bimodal" to bimodal(), "three modes" to threeModes())

    fun GaussianMixture.radius() = moments().get().radius()

    fun data(target: GaussianMixture, n: Long = 24) =
        sampler(target) { solver(Sliding(1e-12)).seed(5) }.samples(0, n).states()

    "encoded states of a Gaussian agree with the closed form" {
        val std = doubleArrayOf(0.7, 0.1)
        val mean = doubleArrayOf(0.3, -2.0)
        val gaussian = GaussianMixture.builder(2).component(1.0, mean, Covariance.diagonal(*std)).build()
        val states = data(gaussian)
        for (tolerance in listOf(1e-4, 1e-6, 1e-8)) {
            val ends = sampler(gaussian) { solver(Sliding(tolerance)) }.encode(states).states()
            val exact = Array(states.size) { k ->
                DoubleArray(2) {
                    mean[it] + (states[k][it] - mean[it]) *
                        sqrt((std[it].pow(2) + 400) / (std[it].pow(2) + 0.02.pow(2)))
                }
            }
            // Relative to the largest level.
            apart(ends, exact) / 20 shouldBeLessThan 3 * tolerance
        }
    }

    "decoding inverts encoding within a few tolerances of the radius" {
        for ((name, target) in mixtures) {
            val states = data(target)
            val errors = listOf(1e-4, 1e-5, 1e-6, 1e-7, 1e-8).map { tolerance ->
                val sampler = sampler(target) { solver(Sliding(tolerance)) }
                val encoded = sampler.encode(states).collectList().block()!!
                val back = sampler.decode(encoded.map { it.values() }.toTypedArray()).states()
                val error = apart(back, states) / target.radius()
                withClue("$name at $tolerance: $error") {
                    // The sum of the errors of two solves, each within about two tolerances on average.
                    error shouldBeLessThan 5 * tolerance
                    encoded.all { it.certificate().status() == Status.CONVERGED } shouldBe true
                    encoded.all { it.certificate().error().isPresent } shouldBe true
                }
                error
            }
            // Four decades of the tolerance reduce the error by at least three decades.
            errors.first() / errors.last() shouldBeGreaterThan 1e3
        }
    }

    "the error of the certificate is relative to the largest level" {
        for (target in mixtures.values) {
            val states = data(target, 60)
            val exact = sampler(target) { solver(Sliding(1e-12)) }.encode(states).states()
            val encoded = sampler(target) { solver(Sliding(1e-6)) }.encode(states).collectList().block()!!
            val claimed = sqrt(encoded.map { it.certificate().error().asDouble.pow(2) }.average())
            val error = apart(encoded.map { it.values() }.toTypedArray(), exact) / 20
            // The estimates are within a factor of ten of the true error on average, and seldom below a third of it.
            (claimed / error).shouldBeBetween(0.5, 20.0, 0.0)
        }
    }

    "every solver of the flow encodes, and fixed steps keep their orders" {
        val target = bimodal()
        val states = data(target)
        val exact = sampler(target) { solver(Sliding(1e-12)) }.encode(states).states()
        for (solver in listOf<Solver>(Picard(1e-7), Parallel(1e-7), Sliding(1e-7))) {
            val ends = sampler(target) {
                solver(solver).stages(if (solver is Parallel) 1 else 4)
            }.encode(states).states()
            withClue(solver.name()) { apart(ends, exact) / 20 shouldBeLessThan 1e-5 }
        }
        for ((scheme, order) in mapOf(Scheme.EULER to 1.0, Scheme.HEUN to 2.0, Scheme.DPMPP_2M to 2.0)) {
            val errors = listOf(80, 160, 320).map { steps ->
                val solver = FixedStep(scheme, steps * scheme.callsPerStep())
                apart(sampler(target) { solver(solver) }.encode(states).states(), exact)
            }
            for ((coarse, fine) in errors.zipWithNext()) {
                withClue("$scheme $errors") { ln(coarse / fine) / ln(2.0) shouldBe (order plusOrMinus 0.35) }
            }
        }
    }

    "the number of stages changes no bit, and all calls are counted and in the noise range" {
        val target = threeModes()
        val states = data(target, 6)
        var rows = 0L
        val watched = object : Denoiser {
            override fun dimension() = 2

            override fun moments() = target.moments()

            override fun maxSigma() = 20.0

            override fun denoise(batch: Rows, out: DoubleArray) {
                rows += batch.count()
                for (row in 0 until batch.count()) check(batch.sigma(row) in 0.02..20.0)
                target.denoise(batch, out)
            }
        }
        val ends = listOf(1, 4, 7).map { stages ->
            rows = 0
            val samples =
                sampler(watched) { solver(Sliding(1e-6)).stages(stages) }.encode(states).collectList().block()!!
            samples.sumOf { it.certificate().calls() } shouldBe rows
            samples.map { it.bits() }
        }
        ends.distinct().size shouldBe 1
    }

    "subscribers get the same states, encoding follows demand, and stages pass in ascending order" {
        val target = bimodal()
        val states = data(target)
        val passed = mutableListOf<Double>()
        val listener = object : StreamListener {
            override fun left(passage: StreamListener.StageSummary) {
                if (passage.trajectory().index() == 0L) passed += passage.trajectory().sigma()
            }
        }
        val watched = Watched(target)
        val encoded = sampler(watched) { solver(Sliding(1e-4)).listener(listener).prefetch(0) }.encode(states)
        val all = encoded.collectList().block()!!.map { it.bits() }
        passed.shouldBeSorted()
        passed.size shouldBe 4
        passed.last() shouldBe 20.0
        val before = watched.calls.get()
        StepVerifier.create(encoded.map { it.bits() }, 0)
            .thenRequest(1).expectNext(all[0])
            .then { check(watched.calls.get() - before < 80) { "${watched.calls.get() - before} calls for one" } }
            .thenCancel().verify()
        sampler(target) { solver(Sliding(1e-4)).parallelism(2, Schedulers.parallel()) }.encode(states).map { it.bits() }
            .collectList().block() shouldBe all
    }

    "a failing denoiser fails the state, with a level of the range" {
        val broken = Denoiser.rowwise(1) { z, sigma, out -> out[0] = if (sigma > 1) Double.NaN else z[0] / 2 }
        val sample = sampler(broken) { radius(1.0).solver(Sliding(1e-4)) }.encode(arrayOf(doubleArrayOf(0.3)))
            .blockLast()!!
        val failure = sample.certificate().failure()!!
        failure.kind() shouldBe Failure.Kind.NON_FINITE_ANSWER
        failure.sigma().shouldBeBetween(1.0, 20.0, 0.0)
    }

    "stochastic solvers, ranges from 0 and other dimensions are rejected, and no states give no samples" {
        val one = arrayOf(doubleArrayOf(0.0))
        for (solver in listOf<Solver>(Fors(0.01), FixedStep(Scheme.ANCESTRAL, 8), Budget(10))) {
            shouldThrow<IllegalStateException> { sampler(bimodal()) { solver(solver) }.encode(one) }
                .message!! shouldContain
                "solver must be deterministic and able to stop at any noise level to encode, was ${solver.name()}"
        }
        shouldThrow<IllegalStateException> {
            sampler(bimodal()) { solver(Sliding(1e-4)).noiseRange(20.0, 0.0) }.encode(one)
        }.message!! shouldContain "toSigma must be greater than 0 to encode from it, was 0"
        shouldThrow<IllegalArgumentException> { sampler(threeModes()).encode(one) }
        sampler(bimodal()).encode(arrayOf()).collectList().block() shouldBe listOf<Sample>()
    }

    "renoised inputs start at the chosen level, with the noise of their index" {
        val target = threeModes()
        val inputs = Array(8) { doubleArrayOf(0.1 * it, 1.0 - it) }
        val sampler = sampler(target) { noiseRange(0.8, 0.02).seed(3).solver(Sliding(1e-6)) }
        val samples = sampler.renoise(inputs).collectList().block()!!
        // For D = 0 the sampler starts at s n, so its initial states are the noise of the renoised inputs.
        val noise = sampler(Denoiser.rowwise(2) { _, _, out -> out.fill(0.0) }) {
            noiseRange(0.8, 0.02).seed(3).radius(1.0)
        }.traces(0, 8).map { it.points()[0].z() }.collectList().block()!!
        val starts = Array(8) { k -> DoubleArray(2) { inputs[k][it] + noise[k][it] } }
        samples.map { it.bits() } shouldBe sampler.decode(starts).map { it.bits() }.collectList().block()
    }

    "a gateway does not change the bits" {
        val target = threeModes()
        val states = data(target, 5)
        val gateway = Gateway.builder(target, Schedulers.parallel()).build()
        val over = Sampler.builder(gateway).noiseRange(20.0, 0.02).solver(Sliding(1e-6)).build()
        over.encode(states).map { it.bits() }.collectList().block() shouldBe
            sampler(target) { solver(Sliding(1e-6)) }.encode(states).map { it.bits() }.collectList().block()
    }
})
