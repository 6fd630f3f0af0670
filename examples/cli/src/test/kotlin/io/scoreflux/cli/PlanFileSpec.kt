package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Solvers
import io.scoreflux.solve.budget.Budget
import tools.jackson.databind.json.JsonMapper
import tools.jackson.databind.node.ObjectNode
import java.nio.file.Files
import java.nio.file.Path

private val MODELS: Path = Path.of("../../core/src/test/resources/onnx").toAbsolutePath().normalize()

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
                node.get("status").stringValue() shouldBe "unestimated"
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
            other.err shouldContain "plan must be for the solver's budget of 9 calls, was 8"
            val none = run("sample", "--target", "ring8", "--plan", "$plan")
            none.code shouldBe 2
            none.err shouldContain
                "plan must be for the solver sliding, was for a budget of 8 calls"
            val elsewhere = run("sample", "--target", "digits", "--budget", "8", "--plan", "$plan")
            elsewhere.code shouldBe 2
            elsewhere.err shouldContain
                "--plan $plan: the plan must be for the target digits, of dimension 64, was for " +
                "ring8, of dimension 2; make a plan for this target with --save-plan"
            elsewhere.err.lines().size shouldBe 2
            val broken = dir.resolve("broken.json")
            val whole = Files.readString(plan)
            for ((text, rule) in listOf(
                "" to "it is empty",
                "null" to "it is empty",
                "[]" to "is not a plan",
                "{\"cuts\":[1]}" to "'radius' is missing",
                whole.dropLast(40) to "not valid JSON",
                whole.replace("\"radius\" : ", "\"radius\" : -") to "radius must be finite and greater than 0, was -",
                whole.replace(
                    "\"cuts\" : [ ",
                    "\"cuts\" : [ null, ",
                ) to "cuts[0] must be finite, was null",
                whole.replace("\"floor\" : ", "\"floor\" : -1") to "floor must be in [0.0, Infinity), was -1",
                whole.replace("\"pilotError\" : ", "\"pilotError\" : -1") to "pilotError must be at least 0",
                whole.replace("\"radiusFrom\" : \"denoiser\"", "\"radiusFrom\" : null") to "'radiusFrom' is missing",
                whole.replace("\"estimate\"", "\"guess\" : 1, \"estimate\"") to "it has no field 'guess'",
                whole.replace("\"sha256\"", "\"hash\"") to "is not a plan: ",
                whole.replace("\"name\" : \"ring8\"", "\"name\" : null") to "'name' is missing",
            )) {
                Files.writeString(broken, text)
                val refused = run("sample", "--target", "ring8", "--plan", "$broken")
                refused.code shouldBe 2
                refused.err shouldContain rule
                refused.err.lines().size shouldBe 2
            }
        }

        "the caution that a pilot of rejection sampling found is saved, and serves the same settings without a pilot" {
            val plan = dir.resolve("caution.json").toString()
            val sample = arrayOf("sample", "--target", "bimodal", "--count", "6", "--solver", "fors", "--seed", "3")
            val settings = arrayOf("--tolerance", "0.2", "--pilot-chains", "40")
            val first = run(*sample, *settings, "--save-plan", plan)
            first.code shouldBe 0
            first.err shouldContain "the caution of fors by 40 chains at tolerance 0.2"
            val second = run(*sample, *settings, "--plan", plan, "--quiet")
            second.out shouldBe first.out
            second.err shouldBe ""
            val others = listOf(
                arrayOf("--tolerance", "0.1", "--pilot-chains", "40"),
                arrayOf("--tolerance", "0.2", "--pilot-chains", "41"),
                arrayOf("--tolerance", "0.2"),
            )
            for (other in others) {
                val refused = run(*sample, *other, "--plan", plan)
                refused.code shouldBe 2
                refused.err shouldContain "was for the caution of fors by 40 chains at tolerance 0.2"
            }
            for ((options, rule) in listOf(
                listOf("--solver", "fors", "--pilot-chains", "31") to "--pilot-chains must be 32 to 100000, was 31",
                listOf("--pilot-chains", "40") to "--pilot-chains applies to --solver fors only; leave it out",
            )) {
                val refused = run("sample", "--target", "bimodal", *options.toTypedArray())
                refused.code shouldBe 2
                refused.err shouldContain rule
            }
        }

        "a plan file keeps its fields, and one without the newest of them is read" {
            val plan = dir.resolve("fields.json")
            val sample = arrayOf("sample", "--target", "ring8", "--count", "1", "--budget", "8", "--quiet")
            val first = run(*sample, "--save-plan", "$plan")
            val fields = mapper.readTree(Files.readString(plan))
            fields.propertyNames().toList() shouldBe listOf(
                "cuts",
                "radius",
                "radiusFrom",
                "momentsFrom",
                "estimate",
                "budget",
                "pilotCalls",
                "trajectoryBytes",
                "target",
            )
            fields["target"].propertyNames().toList() shouldBe listOf("name", "dimension", "sha256")
            fields["budget"].propertyNames().toSet() shouldBe
                setOf("method", "sigma", "order", "floor", "slopes", "corrections", "pilotError", "pilotCalls")
            fields["budget"]["order"].isInt shouldBe true
            (fields as ObjectNode).remove("target")
            Files.writeString(plan, mapper.writeValueAsString(fields))
            run(*sample, "--plan", "$plan").out shouldBe first.out
            val elsewhere = run("sample", "--target", "digits", "--budget", "8", "--plan", "$plan")
            elsewhere.code shouldBe 2
            elsewhere.err shouldContain "make a plan for this denoiser"
            fields.remove("trajectoryBytes")
            Files.writeString(plan, mapper.writeValueAsString(fields))
            run(*sample, "--plan", "$plan").out shouldBe first.out
            (fields["budget"] as ObjectNode).remove("corrections")
            Files.writeString(plan, mapper.writeValueAsString(fields))
            // This sample stays on the levels with and without corrections.
            run(*sample, "--plan", "$plan").out shouldBe first.out
        }

        "a plan is for the content of its target, wherever the file is and whatever range it states" {
            fun network(name: String, more: String, model: String = "v-ve-sigma-double") = dir.file(
                name,
                """{"type":"onnx","file":"${MODELS.resolve("$model.onnx")}","parametrization":"v","time":"time",
                    "radius":1,$more}""",
            )
            val made = network("made.json", """"from-sigma":10,"to-sigma":0.1""")
            val plan = dir.resolve("network.json").toString()
            val sample = arrayOf("sample", "--count", "2", "--quiet", "--target")
            run(*sample, made, "--save-plan", plan).code shouldBe 0
            val moved = network("moved.json", """"to-sigma":0.2,"from-sigma":20""")
            run(*sample, moved, "--plan", plan).out shouldBe run(*sample, made, "--plan", plan).out
            val others = mapOf(
                network("other.json", """"from-sigma":10""", "v-ve-sigma-float") to
                    "other.json, of dimension 2, was for",
                network("made.json", """"schedule":{"type":"ve"}""") to
                    "made.json, of dimension 2, was for made.json, of dimension 2 with other content; make a plan",
            )
            for ((other, message) in others) {
                refused(
                    listOf("--plan $plan: the plan must be for the target $message"),
                    *sample,
                    other,
                    "--plan",
                    plan,
                )
            }
        }

        "help names every solver with the range of its tolerance" {
            val help = run("sample", "--help").out.replace(Regex("\\s+"), " ")
            for (descriptor in Solvers.all() - Budget.DESCRIPTOR) {
                help shouldContain Regex("\\b${descriptor.name()}\\b")
                descriptor.setting("tolerance").ifPresent { help shouldContain "in ${it.range()}" }
            }
            help shouldContain "any number for fixed-step solvers; 5 to 100 for sliding"
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
