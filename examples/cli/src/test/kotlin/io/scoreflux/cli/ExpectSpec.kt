package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.cli.output.Updates
import org.apache.commons.statistics.distribution.NormalDistribution
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import kotlin.math.abs
import kotlin.math.sqrt

private const val TO = 0.05
private val NORMAL = NormalDistribution.of(0.0, 1.0)

/** The probability that a normal number with a mean and a variance is above a threshold. */
private fun above(
    threshold: Double,
    mean: Double,
    variance: Double,
) = NORMAL.survivalProbability((threshold - mean) / sqrt(variance))

class ExpectSpec :
    FreeSpec({
        val dir = temporary()
        val gaussian = dir.file(
            "gaussian.json",
            """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[3,0],"std":[[4,1.2],[1.2,1]]}]}""",
        )
        val mixture = dir.file(
            "mixture.json",
            """{"type":"gaussian-mixture","components":[{"weight":0.6,"mean":[-1],"std":0.3},
                {"weight":0.4,"mean":[1.2],"std":0.4}]}""",
        )
        val labelled = dir.file(
            "labelled.json",
            """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[-4],"std":0.5,"label":0},
                {"weight":3,"mean":[4],"std":0.5,"label":1}]}""",
        )

        fun expect(
            target: String,
            args: String,
        ) = run("expect", "--target", target, "--to-sigma", "$TO", *args.split(" ").toTypedArray())

        fun json(run: Run): JsonNode {
            withClue(run.err) { run.lines.size shouldBe 1 }
            return JsonMapper.shared().readTree(run.lines[0])
        }

        fun JsonNode.entries(name: String) = get(name).let { all -> List(all.size()) { all[it] } }

        /** The numbers of a list, with 0 for a missing bound. */
        fun JsonNode.numbers(name: String) = entries(name).map { if (it.isNull) 0.0 else it.doubleValue() }

        /** A run whose intervals must contain the exact expectations. */
        fun contains(
            target: String,
            args: String,
            vararg exact: Double,
        ): JsonNode {
            val run = expect(target, "$args --quiet")
            withClue("$args: ${run.err} ${run.out}") {
                run.code shouldBe 0
                run.err shouldBe ""
                val result = json(run)
                val estimates = result.numbers("estimate")
                val within = result["within"].doubleValue()
                estimates.size shouldBe exact.size
                for (j in exact.indices) {
                    val total = result.numbers("halfWidth")[j] + result.numbers("biasBound")[j]
                    abs(estimates[j] - exact[j]) shouldBeLessThanOrEqual total
                    total shouldBeLessThanOrEqual within
                }
                result["status"].stringValue() shouldBe "within"
                return result
            }
        }

        // At the end of the noise range, the variances are larger by its square.
        val (a, b) = listOf(4 + TO * TO, 1 + TO * TO)

        // Each interval misses with a probability of at most .001, and the seed is fixed.
        val safe = "--confidence 0.999"

        "intervals contain the exact expectations of a Gaussian:" - {
            mapOf(
                "--function mean --within 0.2" to doubleArrayOf(3.0, 0.0),
                "--function mean --coordinate 1 --within 0.1" to doubleArrayOf(0.0),
                "--function mean --coordinate 1 --coordinate 0 --within 0.2" to doubleArrayOf(0.0, 3.0),
                "--function mean --direction 2,-1 --within 0.3" to doubleArrayOf(6.0),
                "--function mean --direction ones --within 0.3" to doubleArrayOf(3.0),
                "--function second-moment --coordinate 1 --within 0.15" to doubleArrayOf(b),
                "--function second-moment --direction -1,1 --within 1" to doubleArrayOf(9 + a + b - 2.4),
                "--function squared-norm --within 1" to doubleArrayOf(9 + a + b),
                "--function indicator --coordinate 0 --above 4 --within 0.05" to doubleArrayOf(above(4.0, 3.0, a)),
                "--function indicator --above 0 --within 0.05" to doubleArrayOf(above(0.0, 3.0, a), 0.5),
                "--function indicator --direction ones --above 5 --within 0.05" to
                    doubleArrayOf(above(5.0, 3.0, a + b + 2.4)),
            ).forEach { (args, exact) ->
                args { contains(gaussian, "$args $safe", *exact) }
            }
        }

        "intervals contain the exact expectations of a mixture, in every way:" - {
            val (c, d) = listOf(0.09 + TO * TO, 0.16 + TO * TO)
            val exact = mapOf(
                "mean" to -0.6 + 0.4 * 1.2,
                "second-moment" to 0.6 * (1 + c) + 0.4 * (1.44 + d),
                "indicator --above 1" to 0.6 * above(1.0, -1.0, c) + 0.4 * above(1.0, 1.2, d),
            )
            for (way in listOf("", "--levels 1e-2,1e-4", "--quasi-random", "--solver heun --budget 60")) {
                for ((function, value) in exact) {
                    val name = "$function $way".trim()
                    name {
                        contains(mixture, "--function $function --within 0.06 $safe $way".trim(), value)
                    }
                }
            }
            "exact rule" {
                contains(
                    mixture,
                    "--function indicator --above 1 --exact --within 0.08",
                    exact.getValue("indicator --above 1"),
                )
                contains(mixture, "--function mean --exact --bounds -9,9 --within 0.8", exact.getValue("mean"))
            }
        }

        "the object has its fields in order, and the bias has a bound if the solver estimates errors" {
            val result = json(expect(gaussian, "--function mean --within 0.5 --quiet"))
            result.propertyNames().toList() shouldBe listOf(
                "function",
                "of",
                "estimate",
                "halfWidth",
                "biasBound",
                "effectiveSamples",
                "samples",
                "calls",
                "pilotCalls",
                "status",
                "within",
                "confidence",
            )
            result["function"].stringValue() shouldBe "mean"
            result.entries("of").map { it.stringValue() } shouldBe listOf("x0", "x1")
            result["confidence"].doubleValue() shouldBe 0.95
            result["pilotCalls"].longValue() shouldBe 0
            result["calls"].longValue() shouldBeGreaterThan 10 * result["samples"].longValue()
            result.numbers("biasBound").forEach { it shouldBeGreaterThan 0.0 }
            val fixed = json(expect(gaussian, "--function mean --within 0.5 --solver heun --budget 20 --quiet"))
            fixed.entries("biasBound").map { it.isNull } shouldBe listOf(true, true)
            fixed["calls"].longValue() shouldBe 20 * fixed["samples"].longValue()
            val name = { args: String -> json(expect(gaussian, "$args --within 5 --quiet"))["of"][0].stringValue() }
            name("--function indicator --coordinate 1 --above 0.5") shouldBe "x1 > 0.5"
            name("--function second-moment --direction 2,-1") shouldBe "v.x^2"
            name("--function squared-norm") shouldBe "|x|^2"
        }

        "the bound on the bias is the Lipschitz constant times the error, and a given constant is used" {
            // The same samples, so the same errors.
            val one = contains(gaussian, "--function mean --coordinate 0 --within 0.5 --tolerance 1e-3", 3.0)
            val five = contains(gaussian, "--function mean --direction 3,4 --within 2.5 --tolerance 1e-3", 9.0)
            // Not equal, because the numbers of samples differ.
            (five.numbers("biasBound")[0] / one.numbers("biasBound")[0]) shouldBe (5.0 plusOrMinus 1.0)
            val squares = "--function second-moment --coordinate 1 --within 0.5 --tolerance 1e-3"
            json(expect(gaussian, "$squares --quiet"))["biasBound"][0].isNull.shouldBeTrue()
            contains(gaussian, "$squares --lipschitz 8", b).numbers("biasBound")[0] shouldBeGreaterThan
                one.numbers("biasBound")[0]
        }

        "the bytes do not depend on threads and batches, and depend on the seed" {
            for (way in listOf("", " --levels 1e-2,1e-4", " --quasi-random")) {
                val args = "--function mean --within 0.2 --quiet$way"
                val one = expect(gaussian, args)
                one.code shouldBe 0
                expect(gaussian, "$args --threads 2 --batch 3").bytes shouldBe one.bytes
                (expect(gaussian, "$args --seed 5").bytes == one.bytes) shouldBe false
            }
        }

        "quasi-random points are worth more samples than there are, and levels save calls" {
            val quasi = contains(gaussian, "--function mean --coordinate 0 --within 0.05 --quasi-random", 3.0)
            quasi.numbers("effectiveSamples")[0] shouldBeGreaterThan 4 * quasi["samples"].doubleValue()
            val args = "--function mean --within 0.025"
            val fine = contains(mixture, "$args --tolerance 1e-8", -0.12)
            val levels = contains(mixture, "$args --levels 1e-2,1e-4,1e-8", -0.12)
            levels["calls"].longValue() shouldBeLessThan fine["calls"].longValue()
            levels["pilotCalls"].longValue() shouldBeGreaterThan 256L * 3
        }

        "a class and observed values condition the samples" {
            contains(labelled, "--function mean --label 1 --within 0.1 $safe", 4.0)
            val observed = dir.file("observed.json", """{"indices":[0],"values":[5],"noise":0}""")
            // x1 given x0 = 5: the mean is 1.2 / 4 (5 - 3).
            contains(gaussian, "--function mean --coordinate 1 --observe $observed --within 0.1 $safe", 0.6)
        }

        "a pilot run counts in the calls" {
            val result = json(expect(mixture, "--function mean --within 0.1 --budget 20 --quiet"))
            result["pilotCalls"].longValue() shouldBeGreaterThan 0
            result["calls"].longValue() shouldBe 20 * result["samples"].longValue() + result["pilotCalls"].longValue()
        }

        "prints a table, without --quiet" {
            val run = expect(gaussian, "--function mean --within 0.5")
            run.code shouldBe 0
            val lines = run.err.trimEnd().lines()
            lines[0].split(Regex(" {2,}")) shouldBe
                listOf("function", "estimate", "half-width", "bias bound", "effective samples")
            lines[1] shouldStartWith "x0"
            lines[2] shouldStartWith "x1"
            val result = json(run)
            lines[3] shouldBe "${result["samples"]} samples, ${result["calls"]} calls"
            lines.size shouldBe 4
        }

        "a line about a running estimate is due every ten seconds" {
            val err = ByteArrayOutputStream()
            var now = 0L
            val updates = Updates(PrintStream(err, true)) { now }
            for (seconds in listOf(3L, 10L, 12L, 21L)) {
                now = seconds * 1_000_000_000
                updates.offer { "at $seconds" }
            }
            err.toString().trimEnd().lines() shouldBe listOf("at 10", "at 21")
        }

        "a width that the maximum number of samples does not reach: the valid interval, and exit code 1" {
            val run = expect(gaussian, "--function mean --coordinate 0 --within 0.01 --max-samples 500 --quiet")
            run.code shouldBe 1
            val result = json(run)
            result["status"].stringValue() shouldBe "max-samples"
            result["samples"].longValue() shouldBe 500
            val half = result.numbers("halfWidth")[0]
            half shouldBeGreaterThan 2.1 * 2 / sqrt(500.0)
            half shouldBeLessThan 2.0
            abs(result.numbers("estimate")[0] - 3) shouldBeLessThan half
            run.err.trimEnd().lines().size shouldBe 1
            run.err shouldContain "after 500 samples, but --within is 0.01"
            val early = expect(gaussian, "--function mean --within 0.01 --max-samples 50 --quiet")
            early.code shouldBe 1
            json(early).entries("halfWidth").map { it.isNull } shouldBe listOf(true, true)
        }

        "a width below the bound on the bias ends the run, and names options" {
            val run = expect(gaussian, "--function mean --within 0.001 --tolerance 0.1 --quiet")
            run.code shouldBe 1
            run.out shouldBe ""
            run.err shouldContain "--within must be greater than the bound on the bias"
            run.err shouldContain "lower the --tolerance of the solver, or raise --within"
        }

        "a value outside of its bounds ends the run" {
            val run = expect(gaussian, "--function mean --coordinate 0 --bounds 0,5 --within 0.1 --quiet")
            run.code shouldBe 1
            run.out shouldBe ""
            run.err shouldContain Regex("sample \\d+: the function must be in its bounds, 0.0 to 5.0, was")
            run.err shouldContain "; give wider --bounds"
        }

        "refuses options before any work:" - {
            val mean = "--function mean --within 0.1"
            val indicator = "--function indicator --above 1 --within 0.1"
            mapOf(
                "--within 0.1" to "--function",
                "--function mean" to "--within",
                "--function quantile --within 0.1" to
                    "unknown --function 'quantile'; available: mean, second-moment, indicator, squared-norm",
                "--function men --within 0.1" to "unknown --function 'men' (did you mean 'mean'?)",
                "--function mean --within 0" to "--within must be finite and greater than 0, was 0.0",
                "--function mean --within Infinity" to "--within must be finite and greater than 0",
                "$mean --confidence 95" to "--confidence must be at least 0.5 and below 1, was 95.0; 0.95 is usual",
                "$mean --max-samples 0" to "--max-samples must be at least 1, was 0",
                "$mean --coordinate 2" to "--coordinate must be at most 1, as the target has dimension 2, was 2",
                "$mean --coordinate -1" to "--coordinate must be at least 0, was -1",
                "$mean --coordinate x" to "--coordinate must be a whole number, was x",
                "$mean --coordinate 1 --coordinate 1" to "--coordinate 1 is given twice; give each coordinate once",
                "$mean --direction 1,2 --coordinate 0" to "--direction and --coordinate exclude each other",
                "$mean --direction 1,2,3" to "--direction must have 2 numbers, the dimension of the target, has 3",
                "$mean --direction 0,0" to "--direction must have finite numbers that are not all 0, was 0,0",
                "$mean --direction 1,,2" to "--direction must be a list such as a,b,c without empty entries",
                "$mean --direction 1,a" to "--direction: 'a' is not a number",
                "$mean --above 1" to "--above applies to --function indicator only; leave it out",
                "--function indicator --within 0.1" to "--function indicator requires --above T, the threshold",
                "--function indicator --within 0.1 --above NaN" to "--above must be finite, was NaN",
                "$indicator --bounds 0,1" to "--bounds does not apply to indicator, whose bounds are 0 and 1",
                "$mean --bounds 0" to "--bounds must be two numbers A,B, was 0",
                "$mean --bounds 1,0" to "--bounds must be finite with A < B, was 1,0",
                "$mean --lipschitz 1" to "--lipschitz does not apply to mean, whose constant is known; leave it out",
                "--function squared-norm --within 1 --lipschitz 0" to "--lipschitz must be finite and greater than 0",
                "--function squared-norm --within 1 --coordinate 0" to "--coordinate does not apply to squared-norm",
                "--function squared-norm --within 1 --lipschitz 8 --solver heun --budget 20" to
                    "--lipschitz must not be given for the solver heun",
                "$mean --exact" to "--exact requires --bounds A,B, the range of the function; give both, or neither",
                "$indicator --exact --quasi-random" to "--exact and --quasi-random exclude each other",
                "$indicator --exact --levels 1e-2,1e-4" to "--exact and --levels exclude each other",
                "$mean --quasi-random --levels 1e-2,1e-4" to "--quasi-random and --levels exclude each other",
                "$mean --quasi-random --max-samples 100" to
                    "--max-samples must be at least 512 with quasi-random points, was 100",
                "$mean --levels 1e-2" to "--levels must have two to four tolerances, has 1",
                "$mean --levels 1e-4,1e-2" to "--levels must descend from the largest tolerance, was 1e-4,1e-2",
                "$mean --levels 2,1e-2" to "--levels must be in [1e-14, 1) for sliding, was 2.0",
                "$mean --levels 1e-2,1e-4 --tolerance 1e-4" to "--tolerance has no effect with --levels",
                "$mean --levels 1e-2,1e-4 --solver heun --budget 20" to "--levels requires a solver with a tolerance",
                "$mean --levels 1e-2,1e-4 --budget 20" to "--levels requires a solver with a tolerance",
                "$mean --levels 1e-2,1e-4 --solver fors" to "--levels requires a solver with a tolerance",
                "$mean --tolerance 2" to "--tolerance must be in [1e-14, 1) for sliding, was 2.0",
                "$mean --solver huen" to "unknown solver 'huen' (did you mean 'heun'?)",
                "$mean --label 1" to "--label 1: the target has no classes",
                "$mean --count 5" to "unknown option '--count'",
            ).forEach { (args, message) ->
                args { refused(listOf(message), "expect", "--target", "ring8", *args.split(" ").toTypedArray()) }
            }
            "several classes" {
                refused(
                    listOf("--label accepts only one class with expect; several are for samples"),
                    *"expect --target $labelled $mean --label 0,1".split(" ").toTypedArray(),
                )
            }
        }
    })
