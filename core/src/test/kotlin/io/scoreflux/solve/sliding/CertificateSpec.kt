package io.scoreflux.solve.sliding

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.distance
import io.scoreflux.sampler
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.drive
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.problem
import io.scoreflux.solve.solve
import java.util.Random
import kotlin.math.pow

/**
 * Tests the certificate on targets to which no constant of the estimate was fitted: data on several scales, and data whose Jacobian has a wide
 * spectrum.
 */
class CertificateSpec : FreeSpec({
    class Line(val weights: DoubleArray, val means: DoubleArray, val std: Double) {
        val law = GaussianMixture.builder(1).also { builder ->
            means.indices.forEach { builder.component(weights[it], doubleArrayOf(means[it]), std) }
        }.build()
        val flow = QuantileFlow(weights, DoubleArray(means.size) { std }, means)

        /** Solves from [starts] down to [to] at each tolerance, and compares with the quantiles. */
        fun trials(starts: List<Double>, from: Double, to: Double, vararg tolerances: Double): List<Trial> {
            val ends = starts.map { doubleArrayOf(flow.end(it, from, to)) }
            return tolerances.map {
                measure(
                    law,
                    law.problem(from, to),
                    starts.map { z ->
                        doubleArrayOf(z)
                    },
                    ends,
                    it,
                )
            }
        }

        fun starts(from: Double, count: Int) = law.initialStates(from, count).map { it[0] }
    }

    /** Two pairs of modes at distance 2, each of the distance 2 [half] and the width [std]. */
    fun twoScale(half: Double, std: Double) =
        Line(DoubleArray(4) { 1.0 }, doubleArrayOf(-1 - half, -1 + half, 1 - half, 1 + half), std)

    /** The intervals of the Cantor set after [steps] steps, with random weights. */
    fun cantor(steps: Int, seed: Long): Line {
        val random = Random(seed)
        val means = (0 until (1 shl steps)).map { code ->
            (0 until steps).sumOf { step -> (if (code shr step and 1 == 0) -1 else 1) * 3.0.pow(-1 - step) }
        }
        return Line(
            means.map { 0.3 + random.nextDouble() }.toDoubleArray(),
            means.toDoubleArray(),
            0.1 * 3.0.pow(-steps),
        )
    }

    /** Gaussians whose covariances have the given condition number, along different axes. */
    fun anisotropic(components: Int, dimension: Int, condition: Double, seed: Long): GaussianMixture {
        val random = Random(seed)
        val builder = GaussianMixture.builder(dimension)
        repeat(components) {
            val std = DoubleArray(dimension) { 0.5 * condition.pow(-0.5 * it / (dimension - 1)) }
            std.shuffle(kotlin.random.Random(random.nextLong()))
            builder.component(1.0, DoubleArray(dimension) { 0.7 * random.nextGaussian() }, Covariance.diagonal(*std))
        }
        return builder.build()
    }

    /** Two thin Gaussians in the plane, far apart. */
    fun needles(seed: Long): GaussianMixture {
        val random = Random(seed)
        val builder = GaussianMixture.builder(2)
        for (x in listOf(-2.0, 2.0)) {
            val angle = 2 * Math.PI * random.nextDouble()
            val (c, s) = StrictMath.cos(angle) to StrictMath.sin(angle)
            val (a, b) = 0.16 to 4e-6
            builder.component(
                1.0,
                doubleArrayOf(x, 0.3 * random.nextGaussian()),
                Covariance.full(
                    arrayOf(
                        doubleArrayOf(a * c * c + b * s * s, (a - b) * c * s),
                        doubleArrayOf((a - b) * c * s, a * s * s + b * c * c),
                    ),
                ),
            )
        }
        return builder.build()
    }

    /** Encodes [starts] from level [to] up to level [from], and compares with [ends]. Errors are relative to [from]. */
    fun encode(
        law: GaussianMixture,
        from: Double,
        to: Double,
        starts: List<DoubleArray>,
        ends: List<DoubleArray>,
        tolerance: Double,
    ): Trial {
        val encoded = sampler(law) { noiseRange(from, to).solver(Sliding(tolerance)) }.encode(starts.toTypedArray())
            .collectList().block()!!
        return Trial(
            tolerance,
            encoded.mapIndexed { row, sample ->
                val certificate = sample.certificate()
                Outcome(
                    row,
                    certificate.status(),
                    certificate.calls(),
                    distance(sample.values(), ends[row]) / from,
                    certificate.error().orElse(Double.NaN),
                    certificate.failure(),
                )
            },
        )
    }

    fun print(name: String, trials: List<Trial>) = trials.forEach { println(it.line(name)) }

    /** Checks that errors upwards are near the tolerance, and estimates near the errors. */
    fun check(name: String, trials: List<Trial>) {
        print(name, trials)
        for (trial in trials) {
            withClue("$name ${trial.tolerance}") {
                val rms = trial.rmsError
                rms shouldBeLessThan 4 * trial.tolerance
                trial.lies.size shouldBe 0
                trial.count(Status.UNCONVERGED) shouldBeLessThanOrEqual 2
                trial.outcomes.count { it.understated() } shouldBeLessThanOrEqual trial.outcomes.size / 20
                trial.outcomes.count { it.estimate > 10 * maxOf(it.error, rms) } shouldBeLessThanOrEqual
                    trial.outcomes.size / 10
            }
        }
    }

    println(Trial.HEAD)

    "a step to sigma 0 does not skip modes that D shows only below the nodes" {
        // Without a value of D below the nodes, the ends are between two modes: 0.9999967 instead of 0.9990149.
        val starts =
            listOf(12.456864178880952, 13.520029641924465, -13.795059061724571, 12.2557009270198, -12.55938952542712)
        val known = twoScale(1e-3, 1e-5).trials(starts, 20.0000100009975, 0.0, 1e-5).single()
        known.worstError shouldBeLessThan 30e-5
        for ((half, std) in listOf(1e-3 to 1e-5, 1e-2 to 1e-4, 3e-3 to 3e-6, 1e-2 to 1e-3)) {
            val line = twoScale(half, std)
            val rows = line.starts(20.0, 400)
            val trials = line.trials(rows, 20.0, 0.0, 1e-4, 1e-5, 1e-6, 1e-8)
            print("modes at 1 +- %.0e of width %.0e, to 0".format(half, std), trials)
            // A row that starts within 1e-4 widths of the split between two such modes can be silent.
            for (trial in trials) {
                withClue("$half $std ${trial.tolerance}") {
                    trial.lies.size shouldBeLessThanOrEqual 1
                }
            }
            trials.sumOf { it.lies.size } shouldBeLessThanOrEqual 2
        }
    }

    "a step to sigma 0 does not skip thin directions" {
        for (seed in 1L..2L) {
            val law = needles(seed)
            val problem = law.problem(40.0, 0.0)
            val starts = law.initialStates(40.0, 100)
            val ends = starts.map { solve(law, Sliding(1e-12), problem, it) }
            val trials = listOf(1e-4, 1e-5, 1e-6).map { measure(law, problem, starts, ends, it) }
            print("needles, to 0", trials)
            for (trial in trials) {
                withClue("$seed ${trial.tolerance}") {
                    trial.lies.size shouldBe 0
                    trial.outcomes.count { it.understated() } shouldBeLessThanOrEqual 10
                }
            }
        }
    }

    "point masses: pairs of equal values count, so that estimates stay near the errors" {
        val points = Line(doubleArrayOf(0.4, 0.6), doubleArrayOf(-1.0, 1.0), 1e-9)
        for (to in listOf(1e-2, 1e-4)) {
            val trial = points.trials(points.starts(20.0, 100), 20.0, to, 1e-8).single()
            println(trial.line("two points, to %.0e".format(to)))
            trial.lies.size shouldBe 0
            trial.rmsError shouldBeLessThan 1e-8
            // Without such pairs, 14 of the first 100 rows had estimates of up to 1e3 tolerances.
            trial.count(Status.UNCONVERGED) shouldBeLessThanOrEqual 5
        }
    }

    "data on many scales: hardly any silent error, and few low estimates" {
        for (steps in listOf(3, 7)) {
            val line = cantor(steps, 5L)
            val rows = line.starts(10.0, 300)
            for (to in listOf(0.0, 0.1 * line.std)) {
                val trials = line.trials(rows, 10.0, to, 1e-4, 1e-5, 1e-6, 1e-8)
                print("Cantor set, $steps steps, to %.0e".format(to), trials)
                for (trial in trials) {
                    withClue("$steps steps, to $to, ${trial.tolerance}") {
                        // One row passes close to a split of modes at 1e-4.
                        trial.lies.size shouldBeLessThanOrEqual if (steps == 7 && trial.tolerance == 1e-4) 1 else 0
                        // The smallest intervals of seven steps are about ten tolerances of 1e-4 apart. D hardly shows them.
                        val hidden = steps == 7 && to == 0.0 && trial.tolerance == 1e-4
                        trial.outcomes.count { it.understated() } shouldBeLessThanOrEqual
                            rows.size / (if (hidden) 10 else 20)
                    }
                }
            }
        }
    }

    "directions of very different width: few estimates are low or high" {
        val laws = listOf(
            "aniso, 12 dimensions" to anisotropic(5, 12, 1e6, 3L),
            "aniso, 6 dimensions" to anisotropic(3, 6, 1e4, 4L),
            "needles" to needles(3L),
        )
        for ((name, law) in laws) {
            val to = 0.1 * law.smallestStd()
            val problem = law.problem(30.0, to)
            val starts = law.initialStates(30.0, 60)
            val ends = starts.map { solve(law, Sliding(1e-12), problem, it) }
            val trials = listOf(1e-3, 1e-4, 1e-5, 1e-6, 1e-8).map { measure(law, problem, starts, ends, it) }
            print(name, trials)
            // One row in twenty is allowed on average, which is three of 60 here, and six are allowed at one tolerance.
            for (trial in trials) {
                withClue("$name ${trial.tolerance}") {
                    val rms = trial.rmsError
                    trial.lies.size shouldBe 0
                    trial.outcomes.count { it.understated() } shouldBeLessThanOrEqual 6
                    trial.outcomes.count { it.estimate > 10 * maxOf(it.error, rms) } shouldBeLessThanOrEqual 6
                }
            }
            trials.sumOf { trial -> trial.outcomes.count { it.understated() } } shouldBeLessThanOrEqual 15
        }
    }

    "upwards from data on several scales, errors and estimates are near the tolerance" {
        // At each scale, steps meet the onset of structure, and errors that they make there persist to the end.
        val lines = mapOf("two scales" to twoScale(5e-3, 1e-4), "Cantor set, 4 steps" to cantor(4, 6L))
        for ((name, line) in lines) {
            val to = 0.1 * line.std
            val ends = line.starts(20.0, 40)
            val starts = ends.map { doubleArrayOf(line.flow.end(it, 20.0, to)) }
            check(
                "$name, upwards",
                listOf(1e-3, 1e-4, 1e-5, 1e-6).map { tolerance ->
                    encode(line.law, 20.0, to, starts, ends.map { doubleArrayOf(it) }, tolerance)
                },
            )
        }
    }

    "upwards from directions of very different width, errors and estimates are near the tolerance" {
        val laws = listOf(
            "aniso, 12 dimensions" to anisotropic(5, 12, 1e6, 3L),
            "aniso, 6 dimensions" to anisotropic(3, 6, 1e4, 4L),
        )
        for ((name, law) in laws) {
            val to = 0.1 * law.smallestStd()
            val starts = law.initialStates(30.0, 40).map { solve(law, Sliding(1e-12), law.problem(30.0, to), it) }
            val exact = sampler(law) { noiseRange(30.0, to).solver(Sliding(1e-11)) }.encode(starts.toTypedArray())
                .map { it.values() }.collectList().block()!!
            check(
                "$name, upwards",
                listOf(1e-3, 1e-5, 1e-7).map { encode(law, 30.0, to, starts, exact, it) },
            )
        }
    }

    "no estimate is far below the tolerance" {
        val law = needles(1L)
        for (tolerance in listOf(1e-3, 1e-5, 1e-7)) {
            val solved = drive(law, Sliding(tolerance), law.problem(40.0, 1e-4), law.initialStates(40.0, 1)[0])
            (solved.certificate().error().asDouble > 0.5 * tolerance) shouldBe true
        }
    }
})
