package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import tools.jackson.databind.json.JsonMapper
import java.nio.file.Files

/** Budgets, plans and parallel collocation, through the program. */
class PlanFileSpec :
    StringSpec({
        val dir = temporary()
        val mapper = JsonMapper()

        "a budget is spent exactly, its pilot is shown, and its saved plan gives the same bytes without one" {
            val plan = dir.resolve("plan.json").toString()
            val sample = arrayOf("sample", "--target", "ring8", "--count", "5", "--budget", "14", "--seed", "3")
            val first = run(*sample, "--save-plan", plan)
            first.code shouldBe 0
            first.err shouldContain "14 calls by"
            first.err shouldContain "pilot"
            for (line in first.lines) {
                val node = mapper.readTree(line)
                node.get("calls").intValue() shouldBe 14
                node.get("status").stringValue() shouldBe "budget"
                node.get("error").isNull shouldBe true
            }
            val second = run(*sample, "--plan", plan, "--quiet")
            second.out shouldBe first.out
            second.err shouldBe ""
            run(*sample, "--quiet").out shouldBe first.out
        }

        "a plan of another budget, and a file that is no plan, are refused" {
            val plan = dir.resolve("eight.json")
            run(
                "sample",
                "--target",
                "ring8",
                "--count",
                "1",
                "--budget",
                "8",
                "--save-plan",
                "$plan",
                "--quiet",
            ).code shouldBe
                0
            val other = run("sample", "--target", "ring8", "--budget", "9", "--plan", "$plan")
            other.code shouldBe 2
            other.err shouldContain "the plan is for a budget of 8 calls, the solver asks for 9"
            val broken = dir.resolve("broken.json")
            for (text in listOf(
                "",
                "[]",
                "{\"cuts\":[1]}",
                Files.readString(plan).replace("\"radius\" : ", "\"radius\" : -"),
            )) {
                Files.writeString(broken, text)
                val refused = run("sample", "--target", "ring8", "--plan", "$broken")
                refused.code shouldBe 2
                refused.err shouldContain "is not a plan"
                refused.err.lines().size shouldBe 2
            }
        }

        "parallel collocation is a solver like the others, in fewer rounds" {
            val run =
                run(
                    "sample",
                    "--target",
                    "ring8",
                    "--count",
                    "6",
                    "--solver",
                    "parallel",
                    "--tolerance",
                    "1e-6",
                    "--quiet",
                )
            run.code shouldBe 0
            for (line in run.lines) {
                val node = mapper.readTree(line)
                node.get("status").stringValue() shouldBe "converged"
                node.get("rounds").doubleValue() shouldBeLessThan 15.0
                (node.get("calls").intValue() > 100) shouldBe true
            }
        }

        "compare takes both" {
            val run = run(
                *arrayOf("compare", "--target", "bimodal", "--solvers", "budget,parallel", "--tolerances", "1e-3,1e-5"),
                *arrayOf("--budgets", "8,16", "--count", "4", "--quiet"),
            )
            run.code shouldBe 0
            run.out shouldContain "budget"
            run.out shouldContain "parallel"
        }
    })
