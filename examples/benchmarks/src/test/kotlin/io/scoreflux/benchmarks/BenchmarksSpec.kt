package io.scoreflux.benchmarks

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.evaluation.Measurement
import io.scoreflux.solve.budget.Budget
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.OutputStream
import java.io.PrintStream
import java.nio.file.Path

class BenchmarksSpec :
    StringSpec({
        val problems = Path.of("../problems")

        "every general integrator ends where the reference does" {
            val rows = 2
            for (problem in KnownProblem.values()) {
                val experiment = problem.experiment(problems, rows)
                for (integrator in GeneralIntegrator.values()) {
                    val one = Measurement.of(
                        integrator.label(),
                        1e-10,
                        integrator.run(experiment, 1e-10),
                        problem.reference(problems, rows),
                        problem.radius(),
                    )
                    one.failed() shouldBe 0
                    // Local errors of 1e-10 add up over about a hundred steps.
                    one.rmsError() shouldBeLessThan 1e-8
                }
            }
        }

        "sliding-window collocation needs fewer calls at 1e-8 than every general integrator" {
            val bytes = ByteArrayOutputStream()
            val sweep = Benchmarks.print(
                problems,
                listOf(KnownProblem.RING8),
                4,
                listOf(4, 6, 7, 8, 9, 10, 11),
                PrintStream(bytes, true, Charsets.UTF_8),
                PrintStream(OutputStream.nullOutputStream()),
            ).single()
            val calls = sweep.curves().associate { it.name() to it.costAt(1e-8).asDouble }
            for (integrator in GeneralIntegrator.values()) {
                calls.getValue("sliding") shouldBeLessThan calls.getValue(integrator.label())
            }
            calls.getValue("floor") shouldBeLessThan calls.getValue("sliding")
            val lines = bytes.toString(Charsets.UTF_8).lines()
            // In two tables: the integrators, and sliding, picard and the floor.
            lines.filter { it.startsWith("mean ") } shouldHaveSize 2 * (GeneralIntegrator.values().size + 3)
            lines.filter { it.startsWith("1e-") } shouldHaveSize 7
        }

        "fits a power of the digits" {
            val law = PowerLaw.fit(listOf(1.0, 2.0, 4.0), listOf(3.0, 12.0, 48.0))
            law.factor() shouldBe (3.0 plusOrMinus 1e-12)
            law.exponent() shouldBe (2.0 plusOrMinus 1e-12)
        }

        "prints the pilot's calls, in the columns of the page" {
            fun words(line: String) = line.trim().split(Regex(" +"))
            val all = Budgets.pilots(problems, KnownProblem.values().toList(), listOf())
            File("../../docs/budget.md").readLines() shouldContain all.single()
            val (header, row) = Budgets.pilots(problems, listOf(KnownProblem.RING8), listOf(5)).map(::words)
            header shouldBe listOf("calls", "ring8-2d", "mean")
            val plan = KnownProblem.RING8.experiment(problems, 1).sampler(Budget(5)).plan()
            row[0] shouldBe "5"
            row[1].toDouble() shouldBe plan.pilotCalls().toDouble()
            row[2] shouldBe row[1]
        }

        "has the noise ranges and radii that the problems' page states" {
            val page = File("../problems/README.md").readText()
            for (problem in KnownProblem.values()) {
                val ends = problem.experiment(problems, 1).problem()
                val cells = listOf(ends.fromSigma(), ends.toSigma(), problem.radius())
                    .joinToString(" | ") { it.toBigDecimal().stripTrailingZeros().toPlainString() }
                page shouldContain "| ${problem.label()} | $cells |"
            }
        }
    })
