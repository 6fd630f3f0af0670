package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.evaluation.metrics.EnergyDistance
import io.scoreflux.evaluation.metrics.Estimate
import io.scoreflux.evaluation.metrics.SharedRows
import io.scoreflux.evaluation.metrics.SlicedWasserstein
import tools.jackson.databind.json.JsonMapper
import java.math.BigDecimal
import java.math.RoundingMode
import java.nio.file.Files
import java.util.Random
import kotlin.math.abs
import kotlin.math.sqrt

private fun line(vararg values: Double): Array<DoubleArray> = values.map { doubleArrayOf(it) }.toTypedArray()

private fun normals(
    seed: Long,
    n: Int,
    d: Int,
    shift: Double,
): Array<DoubleArray> {
    val random = Random(seed)
    return Array(n) { DoubleArray(d) { random.nextGaussian() + shift } }
}

class EvaluateSpec :
    StringSpec({
        "computes the energy distance by hand" {
            // E|X-Y| = (0 + 2 + 1 + 1) / 4 = 1, E|X-X'| = 1, E|Y-Y'| = 2.
            EnergyDistance.between(line(0.0, 1.0), line(0.0, 2.0)).value() shouldBe (-1.0 plusOrMinus 1e-15)
            // A 3-4-5 triangle: E|X-Y| = (5 + 5 + 0 + 0) / 4, E|X-X'| = 5, E|Y-Y'| = 0.
            val x = arrayOf(doubleArrayOf(0.0, 0.0), doubleArrayOf(3.0, 4.0))
            val y = arrayOf(doubleArrayOf(3.0, 4.0), doubleArrayOf(3.0, 4.0))
            EnergyDistance.between(x, y).value() shouldBe (2 * 2.5 - 5 plusOrMinus 1e-15)
        }

        "agrees with twice the integral of (F - G)^2 on the line" {
            val x = normals(1, 60, 1, 0.0).map { it[0] }.sorted()
            val y = normals(2, 45, 1, 0.7).map { it[0] }.sorted()

            fun within(v: List<Double>) = v.sumOf { a -> v.sumOf { b -> abs(a - b) } }
            val all = (x + y).sorted()
            val integral =
                all.zipWithNext().sumOf { (a, b) ->
                    val f = x.count { it <= a } / 60.0 - y.count { it <= a } / 45.0
                    2 * f * f * (b - a)
                }
            // The identity holds for means over all pairs; ours leave out the n pairs of a row with itself.
            val correction = within(x) * (1 / (60.0 * 59) - 1 / 3600.0) + within(y) * (1 / (45.0 * 44) - 1 / 2025.0)
            val distance = EnergyDistance.between(line(*x.toDoubleArray()), line(*y.toDoubleArray())).value()
            distance shouldBe (integral - correction plusOrMinus 1e-12)
        }

        "measures the shift of a shifted sample on the line" {
            val x = normals(3, 50, 1, 0.0)
            val shifted = x.map { doubleArrayOf(it[0] + 1.25) }.reversed().toTypedArray()
            val estimate = SlicedWasserstein.between(x, shifted)
            estimate.value() shouldBe (1.25 plusOrMinus 1e-12)
        }

        "couples quantiles of samples of unequal size" {
            // Two thirds of the mass: 1/3 at 0 goes to 0; 1/6 of 1 goes to 0, 1/6 to 4; 1/3 of 2 goes to 4.
            val expected = (1.0 / 6) * 1 + (1.0 / 6) * 9 + (1.0 / 3) * 4
            SlicedWasserstein.between(line(1.0, 2.0, 0.0), line(4.0, 0.0)).value() shouldBe
                (sqrt(expected) plusOrMinus 1e-14)
        }

        "measures a shift in space by its mean square over directions" {
            // The root mean square of <shift, u> is |shift| / sqrt(d) over the sphere; 128 directions know it to
            // about sqrt(2 / 128) / 2 = 6%, and this is three times that.
            val x = normals(4, 200, 3, 0.0)
            val shifted = x.map { row -> DoubleArray(3) { row[it] + 2 } }.toTypedArray()
            SlicedWasserstein.between(x, shifted).value() shouldBe (2.0 plusOrMinus 0.36)
        }

        "gives standard errors that match the spread over repetitions" {
            val repetitions = 100

            fun check(
                shift: Double,
                distance: (Array<DoubleArray>, Array<DoubleArray>) -> Estimate,
            ) {
                val estimates =
                    (0L until repetitions).map {
                        distance(normals(2 * it, 120, 2, 0.0), normals(2 * it + 1, 90, 2, shift))
                    }
                val values = estimates.map { it.value() }
                val spread =
                    sqrt(values.sumOf { (it - values.average()) * (it - values.average()) } / (repetitions - 1))
                val claimed = sqrt(estimates.map { it.standardError().asDouble.let { e -> e * e } }.average())
                // The spread of a hundred is known to 7%; the contract is a factor 2.
                (claimed / spread).shouldBeBetween(0.5, 2.0, 0.0)
            }
            check(1.0, EnergyDistance::between)
            check(0.0, EnergyDistance::between)
            check(1.0, SlicedWasserstein::between)
        }

        "gives no standard error if no pairs remain without a group" {
            EnergyDistance.between(line(0.0, 1.0), line(0.0, 2.0)).standardError().isPresent shouldBe false
            EnergyDistance.between(line(0.0, 1.0, 5.0), line(0.0, 2.0, 3.0)).standardError().isPresent shouldBe true
        }

        "reads every format and gives the same answer" {
            val dir = temporary()
            for (format in listOf("ndjson", "csv", "npy")) {
                run(
                    "sample",
                    "--target",
                    "ring8",
                    "--count",
                    "50",
                    "--quiet",
                    "--format",
                    format,
                    "--out",
                    "$dir/a.$format",
                ).code shouldBe 0
            }
            run(
                "sample",
                "--target",
                "ring8",
                "--count",
                "40",
                "--first-index",
                "50",
                "--quiet",
                "--out",
                "$dir/b.ndjson",
            )
            val answers =
                listOf("ndjson", "csv", "npy").map {
                    run("evaluate", "--samples", "$dir/a.$it", "--reference", "$dir/b.ndjson").also { run ->
                        run.code shouldBe
                            0
                    }.out
                }
            answers.toSet().size shouldBe 1
            val answer = JsonMapper().readTree(answers[0])
            answer.get("samples").intValue() shouldBe 50
            answer.get("reference").intValue() shouldBe 40
            answer.get("dimension").intValue() shouldBe 2
            // Equal distributions: the energy distance is zero but for chance; four standard errors, p about 1e-4.
            abs(answer.get("energyDistance").doubleValue())
                .shouldBeBetween(0.0, 4 * answer.get("energyDistanceStandardError").doubleValue(), 0.0)
            answer.get("slicedWasserstein").doubleValue() shouldBeGreaterThan 0.0
        }

        "counts failed samples and leaves them out" {
            val dir = temporary()
            val failed = """{"index":1,"status":"failed","reason":"x"}"""
            val samples = dir.file("a.ndjson", "{\"values\":[1]}\n$failed\n{\"values\":[2]}\n")
            val reference = dir.file("b.csv", "index,status,x0\n0,converged,1\n1,failed,\n2,converged,2\n")
            val answer = JsonMapper().readTree(run("evaluate", "--samples", samples, "--reference", reference).out)
            listOf("samples", "samplesFailed", "reference", "referenceFailed").map {
                answer.get(it).intValue()
            } shouldBe
                listOf(2, 1, 2, 1)
            answer.get("energyDistanceStandardError").isNull shouldBe true
        }

        "refuses a radius that makes paired distances overflow" {
            val dir = temporary()
            val samples = dir.file("a.csv", "1\n2\n")
            val reference = dir.file("b.csv", "3\n4\n")
            refused(
                listOf("--radius 1e-310 is too small for the distance 2.0; give a larger one"),
                "evaluate",
                "--samples",
                samples,
                "--reference",
                reference,
                "--paired",
                "--radius",
                "1e-310",
            )
        }

        "warns of sets that are not independent: a file and itself, under any name, and shared rows" {
            val dir = temporary()
            val rows = normals(7, 30, 2, 0.0).map { it.joinToString(",") }
            val file = dir.file("a.csv", rows.joinToString("\n"))
            val link = Files.createSymbolicLink(dir.resolve("link.csv"), java.nio.file.Path.of(file)).toString()
            val copy = dir.file("copy.csv", rows.reversed().joinToString("\n"))
            val others = normals(8, 30, 2, 0.0).map { it.joinToString(",") }
            val half = dir.file("half.csv", (rows.take(15) + others.take(15)).joinToString("\n"))
            val independent = dir.file("b.csv", others.joinToString("\n"))
            val discrete = dir.file("c.csv", List(30) { "${it % 3},0" }.joinToString("\n"))
            val alike = dir.file("d.csv", List(20) { "${it % 3},0" }.joinToString("\n"))

            fun evaluate(
                samples: String,
                reference: String,
                vararg more: String,
            ) = run("evaluate", "--samples", samples, "--reference", reference, *more)

            fun shared(run: Run) = JsonMapper().readTree(run.out).get("sharedRows").intValue()
            for (reference in listOf(file, link, "$dir/./a.csv")) {
                val run = evaluate(file, reference)
                run.code shouldBe 0
                run.err shouldContain "warning: $file is compared with itself: the two sets are not independent"
                run.err shouldContain "draw the reference with another seed, or compare row by row, with --paired\n"
                shared(run) shouldBe 30
            }
            evaluate(file, file, "--paired").err shouldContain "draw the reference with another seed\n"
            evaluate(file, copy).err shouldContain
                "warning: 30 of 30 rows of $file also occur in $copy, with identical numbers"
            evaluate(half, file).let {
                shared(it) shouldBe 15
                it.err shouldContain "warning: 15 of 30 rows of $half also occur in $file"
            }
            evaluate(file, file, "--quiet").err shouldBe ""
            evaluate(file, independent).let {
                shared(it) shouldBe 0
                it.err shouldBe ""
            }
            // Three atoms are in every set of many draws.
            evaluate(discrete, alike).let {
                shared(it) shouldBe 30
                it.err shouldBe ""
            }
        }

        "rows that independent sets share by chance do not indicate dependence, for any rounding" {
            fun rounded(
                seed: Long,
                n: Int,
                places: Int,
            ) = normals(seed, n, 1, 0.0).map { row ->
                doubleArrayOf(BigDecimal(row[0]).setScale(places, RoundingMode.HALF_EVEN).toDouble())
            }.toTypedArray()

            fun floats(
                seed: Long,
                n: Int,
            ) = normals(seed, n, 1, 0.0).map { doubleArrayOf(it[0].toFloat().toDouble()) }.toTypedArray()
            var shared = 0L
            for (seed in 0L until 40 step 2) {
                val cases =
                    listOf(
                        1 to 1000,
                        2 to 30,
                        2 to 1000,
                        3 to 100,
                        3 to 1000,
                        4 to 1000,
                        4 to 5000,
                    ).map { (places, n) ->
                        "$n rows of $places decimals" to
                            SharedRows.of(rounded(seed, n, places), rounded(seed + 1, n, places))
                    } + listOf(
                        "sets of unlike size" to SharedRows.of(rounded(seed, 100, 4), rounded(seed + 1, 5000, 4)),
                        "20,000 rows of float32" to SharedRows.of(floats(seed, 20_000), floats(seed + 1, 20_000)),
                    )
                cases.forEach { (what, rows) ->
                    shared += rows.count()
                    withClue("$what, seed $seed: $rows") { rows.indicatesDependence() shouldBe false }
                }
            }
            shared shouldBeGreaterThan 1000L
        }

        "real dependence is found: a copy, a subset, a tenth of the rows; of full precision, rounded and float32" {
            val precisions = mapOf<String, (Double) -> Double>(
                "full" to { it },
                "4 decimals" to { BigDecimal(it).setScale(4, RoundingMode.HALF_EVEN).toDouble() },
                "float32" to { it.toFloat().toDouble() },
            )
            for ((name, precision) in precisions) {
                for (n in listOf(100, 1000, 5000)) {
                    for (seed in 0L until 20 step 2) {
                        fun rows(s: Long) = normals(s, n, 1, 0.0).map { doubleArrayOf(precision(it[0])) }
                        val x = rows(seed)
                        val y = rows(seed + 1)
                        val tenth = x.take(n / 10) + y.drop(n / 10)
                        for ((what, other) in mapOf(
                            "copy" to x.reversed(),
                            "subset" to x.take(n / 2),
                            "superset" to x + y,
                            "tenth" to tenth,
                        )) {
                            // Chance explains a tenth of few numbers with 4 decimals, and of so many that most coincide.
                            if (what != "tenth" || name != "4 decimals" || n == 1000) {
                                val rows = SharedRows.of(x.toTypedArray(), other.toTypedArray())
                                withClue("$what of $n, $name, seed $seed: $rows") {
                                    rows.indicatesDependence() shouldBe
                                        true
                                }
                            }
                        }
                    }
                }
            }
        }

        "says that the two sets must be independent" {
            run("evaluate", "--help").out shouldContain "The two sets must be independent"
        }

        "thins large files and says so" {
            val dir = temporary()
            val many = dir.file("many.csv", (0 until 20_001).joinToString("\n"))
            val few = dir.file("few.csv", "0\n20000\n10000\n")
            val run = run("evaluate", "--samples", many, "--reference", few)
            run.code shouldBe 0
            run.err shouldContain "using 20000 evenly spaced rows of 20001"
            JsonMapper().readTree(run.out).get("samplesUsed").intValue() shouldBe 20_000
        }
    })
