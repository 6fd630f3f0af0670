package io.scoreflux.solve.picard

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.Failure
import io.scoreflux.error.shouldBeOf
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.distance
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.Problem
import io.scoreflux.solve.bimodal
import io.scoreflux.solve.drive
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.problem
import io.scoreflux.solve.ring8
import io.scoreflux.solve.rms
import io.scoreflux.solve.rungeKutta
import io.scoreflux.solve.solve
import io.scoreflux.state.Rows
import java.util.Random
import kotlin.math.cos
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sin
import kotlin.math.sqrt

class PicardSpec : FreeSpec({
    val ring = ring8()
    val problem = ring.problem(20.0, 0.01)
    val starts = ring.initialStates(20.0, 60)
    val ends = starts.map { solve(ring, Picard(1e-13), problem, it) }
    val bimodal = bimodal()
    val bimodalProblem = bimodal.problem(20.0, 0.01)
    val bimodalStarts = bimodal.initialStates(20.0, 60)
    val bimodalEnds = bimodalStarts.map { solve(bimodal, Picard(1e-13), bimodalProblem, it) }
    val tolerances = (3..11).map { 10.0.pow(-it) }

    "the reference of the ring agrees with 8000 Runge-Kutta steps to 2e-13" {
        starts.zip(ends).take(6).forEach { (start, end) ->
            // Measured 6e-15 to 4e-14. Both methods are independent.
            distance(rungeKutta(ring, problem, start, 8000), end) shouldBeLessThan 2e-13
        }
    }

    "the reference of the ring agrees with 4000 UniPC steps up to the error of UniPC" {
        starts.zip(ends).take(6).forEach { (start, end) ->
            // UniPC has order 3. Its error is at most 1e-10 at 8000 steps, and eight times that here.
            distance(solve(ring, FixedStep(Scheme.UNIPC, 4000), problem, start), end) shouldBeLessThan 2e-9
        }
    }

    "agrees with the closed form of a Gaussian to the tolerance" {
        val std = doubleArrayOf(1.0, 0.3, 0.02)
        val mean = doubleArrayOf(0.5, -0.5, 3.0)
        val target = GaussianMixture.builder(3).component(1.0, mean, Covariance.diagonal(*std)).build()
        val range = target.problem(20.0, 0.01)
        for (tolerance in tolerances) {
            val errors = target.initialStates(20.0, 20).map { start ->
                val exact = DoubleArray(3) {
                    mean[it] + (start[it] - mean[it]) * sqrt((std[it].pow(2) + 1e-4) / (std[it].pow(2) + 400))
                }
                distance(solve(target, Picard(tolerance), range, start), exact) / range.radius()
            }
            println("picard Gaussian %.0e: largest error / tolerance %.2f".format(tolerance, errors.max() / tolerance))
            // The tolerance limits the residual of each window, not the sum of the residuals.
            withClue("tolerance $tolerance") { errors.max() shouldBeLessThan 3 * tolerance }
        }
    }

    for ((name, target, range, from, to) in listOf(
        Case("bimodal", bimodal, bimodalProblem, bimodalStarts, bimodalEnds),
        Case("ring8", ring, problem, starts, ends),
    )) {
        "$name: the error is below three tolerances from 1e-3 to 1e-11, at a cost that grows slowly" {
            var before = 0.0
            for (tolerance in tolerances) {
                val solved = from.map { drive(target, Picard(tolerance), range, it) }
                val errors = solved.zip(to).map { (it, end) -> distance(it.z(), end) / range.radius() }
                val calls = solved.map { it.calls() }.average()
                println(
                    "picard $name %.0e: rms error / tolerance %.2f, largest %.2f, calls %.0f"
                        .format(tolerance, rms(errors) / tolerance, errors.max() / tolerance, calls),
                )
                withClue("tolerance $tolerance") {
                    errors.max() shouldBeLessThan 3 * tolerance
                    solved.forEach { it.certificate().status() shouldBe Certificate.Status.CONVERGED }
                    // Polylogarithmic: a decade costs a factor below 1.7, which decreases with the tolerance.
                    if (before > 0) calls shouldBeLessThan 1.7 * before
                }
                before = calls
            }
        }
    }

    "the certificate is seldom below a third of the error" {
        val many = ring.initialStates(20.0, 100, seed = 8)
        for (toSigma in listOf(0.01, 0.001)) {
            val range = ring.problem(20.0, toSigma)
            val references = many.map { solve(ring, Picard(1e-13), range, it) }
            for (tolerance in listOf(1e-4, 1e-6, 1e-8, 1e-10)) {
                val low = many.zip(references).count { (start, end) ->
                    val solved = drive(ring, Picard(tolerance), range, start)
                    val error = distance(solved.z(), end) / range.radius()
                    solved.certificate().error().asDouble < error / 3
                }
                println(
                    "picard certificate, ring8 to $toSigma at %.0e: %d of 100 below a third of the error"
                        .format(tolerance, low),
                )
                // The estimate uses mean slopes, not the largest ones.
                withClue("to $toSigma at $tolerance") { low shouldBeLessThanOrEqual 5 }
            }
        }
    }

    "the number of stages changes no bit and costs no call" {
        for (tolerance in listOf(1e-3, 1e-6, 1e-10)) {
            for (start in starts.take(5)) {
                val whole = drive(ring, Picard(tolerance), problem, start)
                for (stages in listOf(2, 4, 7, 40)) {
                    val cut = drive(ring, Picard(tolerance), problem, start, stages)
                    cut.z().toList() shouldBe whole.z().toList()
                    cut.certificate() shouldBe whole.certificate()
                }
            }
        }
    }

    "the state at a stage boundary is as accurate as the end" {
        for (tolerance in listOf(1e-4, 1e-8)) {
            for (start in starts.take(8)) {
                drive(ring, Picard(tolerance), problem, start, stages = 7) { landed ->
                    val s = landed.sigma()
                    val range = Problem(2, 20.0, s, problem.radius())
                    val error = distance(landed.z(), solve(ring, Picard(1e-13), range, start))
                    // The unit of errors grows with the level, because errors made at large sigma shrink with it. In the middle of the
                    // split of modes an error is several times as large as it is at the end.
                    error / sqrt(1 + s * s) shouldBeLessThan 6 * tolerance
                }
            }
        }
    }

    "a sample that needs more than maxCalls fails, with a reason" {
        val failed = drive(ring, Picard(1e-8, 12, 60), problem, starts[0])
        val failure = failed.failure()!!
        failure.kind() shouldBe Failure.Kind.NOT_CONVERGED
        failure.violation().shouldBeOf("maxCalls", "must suffice to reach tolerance 1e-8", 60)
        failure.violation().remedies() shouldBe listOf("raise {maxCalls}", "raise {tolerance}")
        failure.sigma() shouldBeGreaterThan 0.01
        failed.certificate().status() shouldBe Certificate.Status.FAILED
        failed.certificate().error().isEmpty shouldBe true
        // The last round may exceed the limit.
        failed.calls() shouldBeLessThanOrEqual 60L + 13
    }

    "a denoiser with jumps ends in bounded calls, with a solution or a failure" {
        val random = Random(11)
        val centres = List(5) { doubleArrayOf(cos(1.3 * it), sin(1.3 * it)) }
        val nearest = Denoiser.rowwise(2) { z, _, out -> centres.minBy { distance(it, z) }.copyInto(out) }
        val range = Problem(2, 20.0, 0.01, 1.0)
        var failed = 0
        repeat(40) {
            val start = DoubleArray(2) { 20 * random.nextGaussian() }
            for (tolerance in listOf(1e-2, 1e-6, 1e-10)) {
                val solved = drive(nearest, Picard(tolerance, 12, 3000), range, start)
                solved.calls() shouldBeLessThanOrEqual 3000L + 13
                when (val failure = solved.failure()) {
                    null -> {
                        // At s = 0.01 the state has reached its center up to 0.01 / 20 of the initial distance.
                        centres.minOf { distance(it, solved.z()) } shouldBeLessThan 0.1
                    }

                    else -> {
                        failed++
                        failure.kind() shouldBe Failure.Kind.NOT_CONVERGED
                    }
                }
            }
        }
        println("picard on a denoiser with jumps: $failed of 120 solves end with a reason")
    }

    "a constant D is solved in a few windows" {
        val point = Denoiser.rowwise(2) { _, _, out -> doubleArrayOf(0.6, -0.8).copyInto(out) }
        val range = Problem(2, 20.0, 0.01, 1.0)
        for (tolerance in listOf(1e-3, 1e-6, 1e-10, 1e-13)) {
            val solved = drive(point, Picard(tolerance, 12, 300), range, doubleArrayOf(16.0, -18.0))
            withClue("tolerance $tolerance: ${solved.certificate()}") {
                solved.failure() shouldBe null
                // z - D shrinks exactly with s. 7.6 units of ln sigma are at most 8 windows of growing length.
                val exact = doubleArrayOf(0.6 + 15.4 * 0.01 / 20, -0.8 - 17.2 * 0.01 / 20)
                distance(solved.z(), exact) shouldBeLessThan 1e-14
                solved.calls() shouldBeLessThanOrEqual 60L
            }
        }
    }

    "one dimension is solved to the tolerance, also with a radius wrong by a factor of 10" {
        val target = GaussianMixture.builder(
            1,
        ).component(0.5, doubleArrayOf(-1.0), 0.3).component(0.5, doubleArrayOf(1.0), 0.3).build()
        val right = target.problem(20.0, 0.01)
        val from = target.initialStates(20.0, 30)
        val to = from.map { solve(target, Picard(1e-13), right, it) }
        for (factor in listOf(0.1, 1.0, 10.0)) {
            val range = Problem(1, 20.0, 0.01, factor * right.radius())
            for (tolerance in listOf(1e-3, 1e-6, 1e-10)) {
                val errors = from.zip(to).map { (start, end) ->
                    distance(solve(target, Picard(tolerance), range, start), end) / range.radius()
                }
                // In units of the given radius.
                withClue("radius x $factor, tolerance $tolerance") { errors.max() shouldBeLessThan 3 * tolerance }
            }
        }
    }

    "a tolerance near rounding is accepted and met up to a few rounding errors" {
        starts.zip(ends).take(10).forEach { (start, end) ->
            // The tolerance of the reference is 1e-13.
            distance(solve(ring, Picard(1e-14), problem, start), end) shouldBeLessThan 3e-13
        }
    }

    "tolerances, degrees and limits out of range are rejected" {
        for (bad in listOf(0.0, 1.0, 9e-15, -1e-6, Double.NaN)) {
            shouldThrow<IllegalArgumentException> { Picard(bad) }.message shouldContain "tolerance must be in"
        }
        for (bad in listOf(2, 17)) {
            shouldThrow<IllegalArgumentException> { Picard(1e-6, bad, 100) }.message shouldContain
                "maxDegree must be at least 4 and at most 16"
        }
        shouldThrow<IllegalArgumentException> { Picard(1e-6, 12, 0) }.message shouldContain
            "maxCalls must be at least 1, was 0"
    }

    "degrees are at least 4 and at most maxDegree" {
        for (highest in listOf(4, 5, 16)) {
            val certificate = drive(ring, Picard(1e-7, highest, 20_000), problem, starts[0]).certificate()
            (certificate.highestDegree() in 4..highest) shouldBe true
            (certificate.lowestDegree() in 4..certificate.highestDegree()) shouldBe true
            certificate.intervals() shouldBeGreaterThan 3
        }
    }

    "a round has several rows: at 1e-8 there are fewer rounds than a third of the calls" {
        val solved = starts.take(20).map { drive(ring, Picard(1e-8), problem, it).certificate() }
        // Measured: 43 rounds and 280 calls.
        solved.sumOf { it.rounds() }.toDouble() / solved.sumOf { it.calls() } shouldBeLessThan 1 / 3.0
    }

    "the last window ends exactly at the last level, and no tiny window follows it" {
        val target = GaussianMixture.builder(
            1,
        ).component(0.5, doubleArrayOf(-1.0), 0.3).component(0.5, doubleArrayOf(1.0), 0.3).build()
        val slivers = (1..200).filter { i ->
            var sliver = false
            val watched = object : Denoiser {
                override fun dimension() = 1

                override fun denoise(rows: Rows, out: DoubleArray) {
                    val levels = List(rows.count()) { rows.sigma(it) }
                    if (levels.size > 1 && ln(levels.max() / levels.min()) < 1e-9) sliver = true
                    target.denoise(rows, out)
                }
            }
            drive(watched, Picard(1e-6), Problem(1, 20.0, 0.3 + 0.011 * i, 1.0), doubleArrayOf(14.0))
            sliver
        }
        withClue("of 200 last levels, with a sliver: ${slivers.size}") { slivers.isEmpty() shouldBe true }
    }

    "a range shorter than the first window is solved" {
        val range = Problem(2, 1.0, 0.999, problem.radius())
        val start = doubleArrayOf(0.4, -0.9)
        // The error of Runge-Kutta over 0.001 in ln sigma is below rounding.
        distance(solve(ring, Picard(1e-10), range, start), rungeKutta(ring, range, start, 20)) shouldBeLessThan 1e-12
    }
})

private data class Case(
    val name: String,
    val target: GaussianMixture,
    val range: Problem,
    val starts: List<DoubleArray>,
    val ends: List<DoubleArray>,
)
