package io.scoreflux.solve.sliding

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.nulls.shouldNotBeNull
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.at
import io.scoreflux.model.distance
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Problem
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.problem
import io.scoreflux.solve.ring8
import io.scoreflux.solve.solve
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sin
import kotlin.math.sqrt

/**
 * Tests the default solver on difficult problems. Prints a table of costs, errors and certificates (`docs/accuracy.md`). Fails on
 * stalls, on ends without a status or failure, and on silent errors ("lies"): rows that are `converged` with an error above 30 tolerances and an
 * estimated error below a third of it. The tests list the known silent errors of each case, and there must not be more.
 */
class RobustnessSpec : FreeSpec({
    val fine = 1e-13
    val tolerances = listOf(1e-4, 1e-7, 1e-10)

    class Case(
        val name: String,
        val denoiser: Denoiser,
        val problem: Problem,
        val starts: List<DoubleArray>,
        val ends: List<DoubleArray>,
    )

    /**
     * Measures and prints, and checks for every row that it has a status, at most [most] calls, and no silent error except for the
     * [known] ones. [noise] is the relative noise of the denoiser; if it is not null, the rms error is checked too.
     */
    fun check(
        case: Case,
        at: List<Double> = tolerances,
        most: Long = 300,
        known: Map<Double, Int> = emptyMap(),
        noise: Double? = null,
    ) {
        val trials = at.map { measure(case.denoiser, case.problem, case.starts, case.ends, it) }
        for (trial in trials) {
            println(trial.line(case.name))
            trial.lies.take(3).forEach { println("    lie: $it") }
        }
        for (trial in trials) {
            withClue("${case.name} at ${trial.tolerance}") {
                for (outcome in trial.outcomes) {
                    withClue("row ${outcome.row}") {
                        outcome.calls shouldBeLessThanOrEqual most
                        if (outcome.status == Status.FAILED) {
                            outcome.failure.shouldNotBeNull()
                        } else {
                            outcome.estimate shouldBeGreaterThanOrEqual 0.0
                        }
                    }
                }
                trial.lies.size shouldBeLessThanOrEqual (known[trial.tolerance] ?: 0)
                if (noise != null) trial.rmsError shouldBeLessThan 3 * trial.tolerance + 10 * noise
            }
        }
    }
    println(Trial.HEAD)

    class Target(
        val name: String,
        val law: GaussianMixture,
        val liesKink: Map<Double, Int>,
        val liesRadius: Map<Double, Map<Double, Int>>,
    )
    val ring = ring8()
    val targets = listOf(
        Target("ring8", ring, emptyMap(), emptyMap()),
        Target(
            "uneven8",
            uneven8(),
            emptyMap(),
            emptyMap(),
        ),
    )
    for (target in targets) {
        val name = target.name
        val law = target.law
        val problem = law.problem(20.0, 0.01)
        val starts = law.initialStates(20.0, 48)
        val ends by lazy { starts.map { solve(law, Picard(fine), problem, it) } }

        "$name: an exact denoiser" {
            check(Case("$name, clean", law, problem, starts, ends), noise = 0.0)
            // Here the reference has a smaller tolerance.
            val finest = starts.map { solve(law, Picard(1e-14), problem, it) }
            check(Case("$name, clean", law, problem, starts, finest), listOf(fine), noise = 0.0)
        }

        "$name: values in float32" {
            // The relative rounding is 1 / 1.7e7.
            check(Case("$name, float32", law.inFloat32(), problem, starts, ends), most = 700, noise = 6e-8)
        }

        "$name: values with noise" {
            for (noise in listOf(1e-7, 1e-4)) {
                val noisy = Case("$name, noise %.0e".format(noise), law.withNoise(noise), problem, starts, ends)
                check(noisy, most = 700, noise = noise)
            }
        }

        "$name: kinks and jumps" {
            val centre = 0.5

            fun scaled(factor: (Double) -> Double) =
                law.changed { _, sigma, out -> for (k in out.indices) out[k] *= factor(sigma) }
            // The references solve each smooth piece separately.
            val up = scaled { 1 + 0.05 * (1 - ln(it / centre)) }
            val down = scaled { 1 + 0.05 * (1 + ln(it / centre)) }
            val pieces = listOf(centre * exp(1.0) to law, centre to up, centre / exp(1.0) to down, 0.01 to law)
            val tent = scaled { 1 + 0.05 * tent(it, centre) }
            val tentEnds = starts.map { piecewise(pieces, problem, it, fine) }
            check(Case("$name, three kinks in sigma", tent, problem, starts, tentEnds))

            val halves = listOf(centre to scaled { 1.05 }, 0.01 to law)
            val jump = scaled { if (it > centre) 1.05 else 1.0 }
            val jumpEnds = starts.map { piecewise(halves, problem, it, fine) }
            check(Case("$name, jump of 5% in sigma", jump, problem, starts, jumpEnds))

            val kink = law.changed { z, sigma, out -> out[0] += 0.1 * abs(z[0] - 0.1) / (1 + sigma * sigma) }
            val kinkEnds = starts.map { solve(kink, Sliding(fine, 12, 100_000), problem, it) }
            // The crossing is not known in advance, so the reference is a solution on which two solvers agree.
            starts.zip(kinkEnds).take(8).forEach { (start, end) ->
                distance(solve(kink, Picard(1e-12, 12, 100_000), problem, start), end) shouldBeLessThan 1e-10
            }
            check(Case("$name, kink in z", kink, problem, starts, kinkEnds), known = target.liesKink)
        }

        "$name: sigma from 1e4 R to 1e-5 R" {
            val wide = law.problem(1e4 * problem.radius(), 1e-5 * problem.radius())
            val far = law.initialStates(wide.fromSigma(), 48)
            check(
                Case("$name, 1e4 R to 1e-5 R", law, wide, far, far.map { solve(law, Picard(fine), wide, it) }),
                noise = 0.0,
            )
        }

        "$name: a wrong radius" {
            // Tolerance, error and certificate are relative to the given radius.
            val many = law.initialStates(20.0, 100)
            val manyEnds = many.map { solve(law, Picard(fine), problem, it) }
            for (factor in listOf(0.1, 0.3, 3.0, 10.0)) {
                val wrong = Problem(law.dimension(), 20.0, 0.01, problem.radius() * factor)
                val known = target.liesRadius[factor] ?: emptyMap()
                check(Case("$name, radius x $factor", law, wrong, many, manyEnds), known = known)
            }
        }
    }

    "components of width 1e-3 R" {
        val narrow = GaussianMixture.builder(2)
        for (k in 0 until 8) narrow.component(1.0, doubleArrayOf(cos(2 * PI * k / 8), sin(2 * PI * k / 8)), 1e-3)
        val corners = GaussianMixture.builder(8)
        for (k in 0 until 8) {
            corners.component(1.0 + k, DoubleArray(8) { if (it == k) 1.0 else 0.1 * it }, 1e-3 * (1 + k % 3))
        }
        val laws = listOf("ring8 of width 1e-3" to narrow.build(), "8-d, widths 1e-3 to 3e-3" to corners.build())
        for ((name, law) in laws) {
            val problem = law.problem(20.0, 1e-4)
            val starts = law.initialStates(20.0, 48)
            check(Case(name, law, problem, starts, starts.map { solve(law, Sliding(fine), problem, it) }), noise = 0.0)
        }
    }

    "one dimension, compared with quantiles" {
        val weights = doubleArrayOf(0.6, 0.3, 0.1)
        val stds = doubleArrayOf(0.08, 0.2, 0.02)
        val means = doubleArrayOf(1.0, -0.4, 1.2)
        val builder = GaussianMixture.builder(1)
        for (k in 0..2) builder.component(weights[k], doubleArrayOf(means[k]), stds[k])
        val line = builder.build()
        val problem = line.problem(20.0, 0.002)
        val flow = QuantileFlow(weights, stds, means)
        val starts = line.initialStates(20.0, 1_000)
        val ends = starts.map { doubleArrayOf(flow.end(it[0], 20.0, 0.002)) }
        // The quantiles agree with the finest solve.
        starts.zip(ends).take(20).forEach { (start, end) ->
            distance(solve(line, Picard(1e-14), problem, start), end) shouldBeLessThan 1e-12
        }
        check(Case("one dimension, 1,000 rows", line, problem, starts, ends))
    }

    for (std in listOf(0.3, 0.05)) {
        val two = GaussianMixture.builder(
            2,
        ).component(1.0, doubleArrayOf(1.0, 0.0), std).component(1.0, doubleArrayOf(-1.0, 0.0), std).build()
        val problem = two.problem(20.0, std / 10)
        val flow = QuantileFlow(doubleArrayOf(1.0, 1.0), doubleArrayOf(std, std), doubleArrayOf(-1.0, 1.0))

        // The axes are independent: a mixture on the first, a Gaussian on the second.
        fun end(z: DoubleArray) = doubleArrayOf(
            if (z[0] == 0.0) 0.0 else flow.end(z[0], 20.0, std / 10),
            z[1] * sqrt((std * std + std * std / 100) / (std * std + 400)),
        )

        "two modes of width $std" {
            val random = two.initialStates(20.0, 1_000)
            val known = mapOf(1e-7 to 1)
            check(Case("two modes of $std, 1,000 rows", two, problem, random, random.map { end(it) }), known = known)
        }

        "between two modes of width $std" {
            val along = (-12..12).map { 4.0 * it + 0.3 }
            // Errors away from the axis grow like the offset, and the certificate underestimates this.
            val wide = mapOf(
                1e-2 to emptyMap(),
                1e-3 to mapOf(1e-7 to 2),
                1e-6 to mapOf(1e-7 to 1, 1e-10 to 2),
            )
            val narrow = mapOf(1e-2 to emptyMap(), 1e-3 to mapOf(1e-7 to 2, 1e-10 to 3), 1e-6 to emptyMap())
            for ((offset, known) in if (std == 0.3) wide else narrow) {
                val near = along.map { doubleArrayOf(20 * offset, it) }
                val name = "two modes of $std, off by %.0e".format(offset)
                check(Case(name, two, problem, near, near.map { end(it) }), known = known)
            }
            val on = along.map { doubleArrayOf(0.0, it) }
            val straight = Case("two modes of $std, on the axis", two, problem, on, on.map { end(it) })
            check(straight, tolerances + fine, 450)
            val turned = GaussianMixture.builder(2)
                .component(
                    1.0,
                    doubleArrayOf(cos(0.3), sin(0.3)),
                    std,
                ).component(1.0, doubleArrayOf(-cos(0.3), -sin(0.3)), std).build()

            fun turn(z: DoubleArray) = doubleArrayOf(-sin(0.3) * z[1], cos(0.3) * z[1])
            val axis = Case("two modes of $std, axis turned", turned, problem, on.map(::turn), on.map { turn(end(it)) })
            check(axis, most = 450)
        }
    }

    "between the modes of ring8" {
        val problem = ring.problem(20.0, 0.01)
        val starts = (0 until 16).map { k ->
            doubleArrayOf((1.0 + 3 * k) * cos(PI * (2 * k + 1) / 8), (1.0 + 3 * k) * sin(PI * (2 * k + 1) / 8))
        }
        // By symmetry the exact solution keeps its direction, so the problem has one dimension.
        val ends = starts.map { start ->
            val radius = distance(start, DoubleArray(2))
            val unit = DoubleArray(2) { start[it] / radius }
            val line = Denoiser.rowwise(1) { r, sigma, out ->
                val answer = ring.at(sigma, r[0] * unit[0], r[0] * unit[1])
                out[0] = answer[0] * unit[0] + answer[1] * unit[1]
            }
            val end = solve(line, Picard(fine), Problem(1, 20.0, 0.01, problem.radius()), doubleArrayOf(radius))
            DoubleArray(2) { end[0] * unit[it] }
        }
        check(Case("ring8, on the axes", ring, problem, starts, ends), known = mapOf(1e-7 to 2))
    }
})
