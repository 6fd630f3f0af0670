package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import tools.jackson.databind.json.JsonMapper
import java.io.File

/** The four problems of `examples/problems`, through the program: true errors against their references. */
class ProblemsSpec :
    StringSpec({
        data class Problem(val name: String, val from: String, val to: String, val radius: String)
        val problems = listOf(
            Problem("ring8-2d", "20", "0.005", "1"),
            Problem("grid25-2d", "20", "0.01", "2"),
            Problem("sphere10-64d", "80", "0.02", "5"),
            Problem("uneven3-1d", "20", "0.002", "1.2"),
        )
        val runs = listOf("1e-3", "1e-5", "1e-7", "1e-9").map { "picard" to it } + (3..11).map { "sliding" to "1e-$it" }
        val dir = temporary()

        fun file(name: String) = File("../problems/$name").path

        for (problem in problems) {
            for ((solver, tolerance) in runs) {
                "$solver solves ${problem.name} to $tolerance" {
                    val out = dir.resolve("$solver-${problem.name}-$tolerance.csv").toString()
                    run(
                        *arrayOf("decode", "--target", file("${problem.name}.target.json")),
                        *arrayOf("--initial", file("${problem.name}.initial.csv"), "--solver", solver),
                        *arrayOf("--from-sigma", problem.from, "--to-sigma", problem.to, "--tolerance", tolerance),
                        *arrayOf("--format", "csv", "--out", out, "--quiet"),
                    ).code shouldBe 0
                    val line = run(
                        *arrayOf("evaluate", "--samples", out, "--reference", file("${problem.name}.reference.csv")),
                        *arrayOf("--paired", "--radius", problem.radius),
                    ).lines.single()
                    val json = JsonMapper().readTree(line)
                    val rms = json.get("pairedRootMeanSquare").doubleValue() / tolerance.toDouble()
                    val largest = json.get("pairedLargest").doubleValue() / tolerance.toDouble()
                    val calls = File(out).readLines().drop(1).map { it.split(',')[2].toDouble() }
                    println(
                        "%-7s %-13s %s: rms %.2f and worst row %.2f times the tolerance, %.1f calls (most %.0f)"
                            .format(solver, problem.name, tolerance, rms, largest, calls.average(), calls.max()),
                    )
                    // What the tolerance promises: 3 times for all rows together, 30 times for the worst.
                    rms shouldBeLessThan 3.0
                    largest shouldBeLessThan 30.0
                }
            }
        }
    })
