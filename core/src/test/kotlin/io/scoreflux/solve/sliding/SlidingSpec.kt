package io.scoreflux.solve.sliding

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.distance
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.NO_NOISE
import io.scoreflux.solve.Problem
import io.scoreflux.solve.SolverRun
import io.scoreflux.solve.bimodal
import io.scoreflux.solve.drive
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.problem
import io.scoreflux.solve.ring8
import io.scoreflux.solve.rms
import io.scoreflux.solve.solve
import io.scoreflux.state.Rows
import java.util.Random
import kotlin.math.cos
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sin
import kotlin.math.sqrt

class SlidingSpec : FreeSpec({
    data class Case(
        val name: String,
        val target: GaussianMixture,
        val problem: Problem,
        val starts: List<DoubleArray>,
        val ends: List<DoubleArray>,
    )

    fun case(name: String, target: GaussianMixture): Case {
        val problem = target.problem(20.0, 0.01)
        val starts = target.initialStates(20.0, 60)
        return Case(name, target, problem, starts, starts.map { solve(target, Picard(1e-13), problem, it) })
    }
    val ring = case("ring8", ring8())
    val cases = listOf(ring, case("bimodal", bimodal()))

    for (case in cases) {
        "${case.name}: the error is about the tolerance from 1e-3 to 1e-11, for about ten calls a decade" {
            var before = 0.0
            for (digits in 3..11) {
                val tolerance = 10.0.pow(-digits)
                val solved = case.starts.map { drive(case.target, Sliding(tolerance), case.problem, it) }
                val errors = solved.zip(case.ends).map { (it, end) -> distance(it.z(), end) / case.problem.radius() }
                val calls = solved.map { it.calls() }.average()
                println(
                    "sliding ${case.name} %.0e: rms error / tolerance %.2f, largest %.2f, calls %.0f"
                        .format(tolerance, rms(errors) / tolerance, errors.max() / tolerance, calls),
                )
                withClue("tolerance $tolerance") {
                    rms(errors) shouldBeLessThan 3 * tolerance
                    errors.max() shouldBeLessThan 30 * tolerance
                    solved.forEach { it.certificate().status() shouldBe Status.CONVERGED }
                    // Polylogarithmic: each decade from 1e-3 to 1e-11 costs 8 to 35 calls.
                    if (before > 0) calls - before shouldBeLessThan 40.0
                }
                before = calls
            }
        }

        "${case.name}: the certificate is too small or far too large for at most 5 per cent of rows" {
            var low = 0
            var high = 0
            var rows = 0
            // 60 rows would be too few: for ring8 the part is about 3 per cent, and 1 to 5 rows for other initial states.
            val starts = case.target.initialStates(20.0, 240)
            val ends = starts.map { solve(case.target, Picard(1e-13), case.problem, it) }
            for (tolerance in listOf(1e-4, 1e-6, 1e-8, 1e-10)) {
                val solved = starts.map { drive(case.target, Sliding(tolerance), case.problem, it) }
                val errors = solved.zip(ends).map { (it, end) -> distance(it.z(), end) / case.problem.radius() }
                val estimates = solved.map { it.certificate().error().asDouble }
                low += estimates.zip(errors).count { (estimate, error) -> estimate < error / 3 }
                high += estimates.zip(errors).count { (estimate, error) -> estimate > 10 * maxOf(error, rms(errors)) }
                rows += errors.size
            }
            println("sliding certificate, ${case.name}: of $rows rows $low below a third, $high above ten times")
            low shouldBeLessThanOrEqual rows / 20
            high shouldBeLessThanOrEqual rows / 20
        }
    }

    "needs fewer than half of Picard's calls" {
        val sliding = ring.starts.sumOf { drive(ring.target, Sliding(1e-8), ring.problem, it).calls() }
        val picard = ring.starts.sumOf { drive(ring.target, Picard(1e-8), ring.problem, it).calls() }
        sliding.toDouble() / picard shouldBeLessThan 0.5
    }

    "agrees with the closed form of a Gaussian, far below its noise floor and away from the origin" {
        for (mean in listOf(0.0, 3.0, 1e4)) {
            val target = GaussianMixture.builder(1).component(1.0, doubleArrayOf(mean), 0.5).build()
            for (to in listOf(0.1, 1e-4, 1e-8)) {
                val problem = target.problem(50.0, to)
                for (tolerance in listOf(1e-3, 1e-6, 1e-9)) {
                    val worst = (-5..5).maxOf { k ->
                        val start = mean + 20.0 * k + 1
                        val exact = mean + (start - mean) * sqrt((0.25 + to * to) / (0.25 + 2500))
                        distance(
                            solve(target, Sliding(tolerance), problem, doubleArrayOf(start)),
                            doubleArrayOf(exact),
                        ) /
                            0.5
                    }
                    withClue("mean $mean, to $to, tolerance $tolerance") { worst shouldBeLessThan 4 * tolerance }
                }
            }
        }
    }

    "agrees with the closed form of a Gaussian at sigma 0" {
        for (mean in listOf(0.0, 3.0)) {
            val target = GaussianMixture.builder(1).component(1.0, doubleArrayOf(mean), 0.5).build()
            val problem = target.problem(50.0, 0.0)
            for (tolerance in listOf(1e-3, 1e-6, 1e-9, 1e-12)) {
                for (k in -5..5) {
                    val start = mean + 20.0 * k + 1
                    val exact = mean + (start - mean) * sqrt(0.25 / (0.25 + 2500))
                    val solved = drive(target, Sliding(tolerance), problem, doubleArrayOf(start))
                    withClue("mean $mean, tolerance $tolerance, start $start") {
                        solved.sigma() shouldBe 0.0
                        distance(solved.z(), doubleArrayOf(exact)) / 0.5 shouldBeLessThan 4 * tolerance
                    }
                }
            }
        }
    }

    for (case in cases) {
        "${case.name}: at sigma 0 the error is about the tolerance, and certificate and cost are as above 0" {
            // The reference ends at 1e-8, which changes the end by (s / std)^2, at most 1e-13.
            val near = case.target.problem(20.0, 1e-8)
            val ends = case.starts.map { solve(case.target, Picard(1e-13), near, it) }
            val problem = case.target.problem(20.0, 0.0)
            var low = 0
            for (tolerance in listOf(1e-3, 1e-4, 1e-6, 1e-8, 1e-10)) {
                val solved = case.starts.map { drive(case.target, Sliding(tolerance), problem, it) }
                val errors = solved.zip(ends).map { (it, end) -> distance(it.z(), end) / problem.radius() }
                val calls = solved.map { it.calls() }.average()
                val above = case.starts.map {
                    drive(case.target, Sliding(tolerance), case.problem, it).calls()
                }.average()
                low += solved.zip(errors).count { (it, error) -> it.certificate().error().asDouble < error / 3 }
                println(
                    "sliding ${case.name} to 0, %.0e: rms error / tolerance %.2f, largest %.2f, calls %.1f, to 0.01 %.1f"
                        .format(tolerance, rms(errors) / tolerance, errors.max() / tolerance, calls, above),
                )
                withClue("tolerance $tolerance") {
                    rms(errors) shouldBeLessThan 3 * tolerance
                    errors.max() shouldBeLessThan 30 * tolerance
                    solved.forEach { it.certificate().status() shouldBe Status.CONVERGED }
                    calls shouldBeLessThan 1.15 * above
                }
            }
            low shouldBeLessThanOrEqual 5 * case.starts.size / 20
        }
    }

    "data without a noise floor are reached exactly at sigma 0" {
        val points = List(20) { k -> doubleArrayOf(cos(0.31 * k), sin(0.47 * k)) }
        val builder = GaussianMixture.builder(2)
        points.forEach { builder.component(1.0, it, 1e-14) }
        val target = builder.build()
        val problem = target.problem(20.0, 0.0)
        for (tolerance in listOf(1e-3, 1e-6, 1e-9)) {
            for (start in target.initialStates(20.0, 20)) {
                val solved = drive(target, Sliding(tolerance), problem, start)
                points.minOf { distance(solved.z(), it) } shouldBeLessThan tolerance * problem.radius()
            }
        }
    }

    "the bits at sigma 0 do not depend on the number of stages, and the states between are accurate" {
        val problem = ring.target.problem(20.0, 0.0)
        for (start in ring.starts.take(3)) {
            val whole = drive(ring.target, Sliding(1e-7), problem, start)
            for (cuts in listOf(listOf(1.0, 0.01), listOf(3e-3, 1e-3, 1e-4), listOf(1e-12))) {
                val cut = SolverRun(0, start.clone(), 20.0, NO_NOISE, Sliding(1e-7).prepare(problem))
                val rows = Rows(2, 1)
                for (level in cuts + 0.0) {
                    cut.target(level)
                    while (!cut.done()) {
                        rows.clear()
                        cut.ask(rows)
                        rows.sigma(0) shouldBeGreaterThan 0.0
                        val answer = DoubleArray(2)
                        ring.target.denoise(rows, answer)
                        cut.tell(rows, answer, 0)
                    }
                    cut.sigma() shouldBe level
                    if (level > 0) {
                        val exact = solve(ring.target, Picard(1e-12), ring.target.problem(20.0, level), start)
                        distance(cut.z(), exact) / sqrt(1 + level * level) shouldBeLessThan 1e-5
                    }
                }
                cut.z().toList() shouldBe whole.z().toList()
                cut.certificate() shouldBe whole.certificate()
            }
        }
    }

    "a sample that runs out of calls before sigma 0 finishes coarsely" {
        val problem = ring.target.problem(20.0, 0.0)
        val near = ring.target.problem(20.0, 1e-8)
        for (most in listOf(10, 17, 40)) {
            val outcomes = ring.starts.take(30).map { start ->
                val end = drive(ring.target, Sliding(1e-11, 12, most), problem, start, stages = 3)
                end.calls() shouldBeLessThanOrEqual most.toLong()
                end.sigma() shouldBe 0.0
                end.certificate().status() shouldBe Status.UNCONVERGED
                val exact = solve(ring.target, Picard(1e-12), near, start)
                distance(end.z(), exact) / problem.radius() to end.certificate().error().asDouble
            }
            // With 10 calls the coarse finish has five steps over seven units of ln sigma.
            rms(outcomes.map { it.first }) shouldBeLessThan 0.5
            outcomes.count { (error, estimate) -> estimate < error / 3 } shouldBeLessThanOrEqual outcomes.size / 10
        }
    }

    "the bits do not depend on the number of stages, and a state at a boundary is accurate" {
        for (start in ring.starts.take(5)) {
            val whole = drive(ring.target, Sliding(1e-7), ring.problem, start)
            for (stages in listOf(2, 4, 7, 40)) {
                val cut = drive(ring.target, Sliding(1e-7), ring.problem, start, stages) { landed ->
                    val here = landed.sigma()
                    if (here > ring.problem.toSigma()) {
                        val exact = solve(ring.target, Picard(1e-12), ring.target.problem(20.0, here), start)
                        val unit = sqrt(1 + here * here)
                        distance(landed.z(), exact) / unit shouldBeLessThan 1e-5
                    }
                }
                cut.z().toList() shouldBe whole.z().toList()
                cut.certificate() shouldBe whole.certificate()
            }
        }
    }

    "a radius wrong by a factor of ten does no harm" {
        for (factor in listOf(0.1, 10.0)) {
            val problem = Problem(2, 20.0, 0.01, ring.problem.radius() * factor)
            // The absolute tolerance is the same.
            val tolerance = 1e-5 / factor
            val errors = ring.starts.zip(ring.ends).map { (start, end) ->
                distance(solve(ring.target, Sliding(tolerance), problem, start), end) / ring.problem.radius()
            }
            println("sliding, radius x $factor: rms error / tolerance %.2f".format(rms(errors) / 1e-5))
            rms(errors) shouldBeLessThan 10 * 1e-5
        }
    }

    "a noisy denoiser ends in bounded calls, and the certificate shows the noise" {
        for (noise in listOf(1e-7, 1e-4)) {
            val random = Random(3)
            val noisy = Denoiser.rowwise(2) { z, sigma, out ->
                val row = Rows(2, 1)
                row.append(z, 0, sigma)
                ring.target.denoise(row, out)
                for (k in 0 until 2) out[k] *= 1 + noise * random.nextGaussian()
            }
            val solved = ring.starts.take(30).map { drive(noisy, Sliding(noise / 100), ring.problem, it) }
            val errors = solved.zip(ring.ends).map { (it, end) -> distance(it.z(), end) / ring.problem.radius() }
            for ((trajectory, error) in solved.zip(errors)) {
                trajectory.calls() shouldBeLessThanOrEqual 1_000
                // The error due to noise is known only up to a factor.
                trajectory.certificate().error().asDouble shouldBeGreaterThan error / 30
            }
            // The error is about thirty times the noise, because the split of modes amplifies noise.
            rms(errors) shouldBeLessThan 100 * noise
        }
    }

    "a piecewise constant denoiser ends in bounded calls" {
        val centres = listOf(-1.0, 0.2, 1.0)
        val nearest = Denoiser.rowwise(1) { z, _, out -> out[0] = centres.minBy { kotlin.math.abs(it - z[0]) } }
        for (tolerance in listOf(1e-4, 1e-7, 1e-10)) {
            for (k in -6..6) {
                val trajectory = drive(nearest, Sliding(tolerance), Problem(1, 20.0, 0.01, 1.0), doubleArrayOf(3.7 * k))
                trajectory.calls() shouldBeLessThanOrEqual 4_000
            }
        }
    }

    "a range that lies within the first steps has a correct certificate" {
        val target = GaussianMixture.builder(
            1,
        ).component(
            1.0,
            doubleArrayOf(-1.0),
            0.1,
        ).component(1.0, doubleArrayOf(0.2), 0.1).component(1.0, doubleArrayOf(1.0), 0.1).build()
        for ((from, to) in listOf(20.0 to 5.0, 1.0 to 0.9)) {
            val problem = Problem(1, from, to, 1.0)
            for (k in -3..3) {
                val start = doubleArrayOf(from * (0.3 * k + 0.05))
                val solved = drive(target, Sliding(1e-8), problem, start)
                val error = distance(solved.z(), solve(target, Picard(1e-13), problem, start))
                withClue("from $from to $to, start ${start[0]}, error $error") {
                    solved.certificate().error().asDouble shouldBeGreaterThan error / 10
                }
            }
        }
    }

    "a jump of the denoiser is crossed with the accuracy of the tolerance" {
        val step = Denoiser.rowwise(1) { _, sigma, out -> out[0] = if (sigma > 1) 1.0 else -1.0 }
        for (tolerance in listOf(1e-5, 1e-7, 1e-9)) {
            // Below the jump at 1: z + 1 = (z(1) + 1) sigma. Above it: z - 1 = (z(20) - 1) sigma / 20.
            val exact = -1 + (1 + (7.0 - 1) / 20 + 1) * 0.01
            val solved = drive(step, Sliding(tolerance), Problem(1, 20.0, 0.01, 1.0), doubleArrayOf(7.0))
            withClue("tolerance $tolerance") {
                distance(solved.z(), doubleArrayOf(exact)) shouldBeLessThan
                    10 * tolerance
            }
        }
    }

    "a sample that needs more calls than allowed finishes coarsely, and estimates its error" {
        for (most in listOf(10, 17, 40, 90)) {
            val errors = ring.starts.indices.map { row ->
                val end = drive(ring.target, Sliding(1e-11, 12, most), ring.problem, ring.starts[row], stages = 3)
                end.calls() shouldBe most.toLong()
                end.sigma() shouldBe ring.problem.toSigma()
                end.certificate().status() shouldBe Status.UNCONVERGED
                val error = distance(end.z(), ring.ends[row]) / ring.problem.radius()
                error to end.certificate().error().asDouble
            }
            println(
                "sliding, at most $most calls: rms error %.1e, estimated %.1e".format(
                    rms(errors.map { it.first }),
                    rms(errors.map { it.second }),
                ),
            )
            rms(errors.map { it.first }) shouldBeLessThan 0.1
            errors.count { (error, estimate) -> estimate < error / 3 } shouldBeLessThanOrEqual errors.size / 10
        }
    }

    "minDegree is kept once it is reached, and the error stays" {
        fun degrees(solver: Sliding) = ring.starts.flatMap { start ->
            val seen = mutableListOf<Int>()
            drive(ring.target, solver, ring.problem, start, stages = 30) { seen += it.degree() }
            seen.dropWhile { it < 8 }
        }
        degrees(Sliding(1e-6)).min() shouldBeInRange 1..7
        degrees(Sliding(1e-6, 8, 12, 4_000)).min() shouldBe 8
        val ends = ring.starts.map { solve(ring.target, Sliding(1e-6, 8, 12, 4_000), ring.problem, it) }
        val errors = ends.zip(ring.ends).map { (end, exact) -> distance(end, exact) / ring.problem.radius() }
        // The limit of the accuracy test above.
        rms(errors) shouldBeLessThan 3e-6
    }

    "settings out of range are rejected" {
        for (bad in listOf(0.0, 1.0, 9e-15, Double.NaN)) {
            shouldThrow<IllegalArgumentException> { Sliding(bad) }.message shouldContain "tolerance must be in"
        }
        shouldThrow<IllegalArgumentException> { Sliding(1e-6, 3, 10) }.message shouldContain
            "maxDegree must be at least 4 and at most 16, was 3"
        shouldThrow<IllegalArgumentException> { Sliding(1e-6, 9, 8, 4_000) }.message shouldContain
            "minDegree must be at least 1 and at most 8, was 9"
        shouldThrow<IllegalArgumentException> { Sliding(1e-6, 12, 9) }.message shouldContain
            "maxCalls must be at least 10, was 9"
    }

    "the cost hardly grows with the noise range" {
        // The range grows by 6.2 and 6.9 units of ln sigma, from 20 to 1e4 and from 0.01 to 1e-5, where D hardly changes.
        val near = drive(ring.target, Sliding(1e-6), ring.problem, ring.starts[0]).calls()
        val wide = ring.target.problem(1e4, 1e-5)
        val far = drive(ring.target, Sliding(1e-6), wide, ring.starts[0].map { it * 500 }.toDoubleArray()).calls()
        println(
            "sliding, 20 to 0.01: $near calls, 1e4 to 1e-5: $far calls; ratio of ranges %.1f".format(
                ln(1e9) / ln(2000.0),
            ),
        )
        far.toDouble() / near shouldBeLessThan 1.5
    }
})
