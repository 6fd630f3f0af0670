package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import tools.jackson.databind.json.JsonMapper
import kotlin.math.sqrt

class DecodeSpec :
    StringSpec({
        val dir = temporary()
        val gaussian = dir.file(
            "gaussian.json",
            """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[3],"std":2}]}""",
        )
        val states = dir.file("states.csv", "-30\n-5.5\n0\n3\n25\n")
        val args =
            arrayOf("decode", "--target", gaussian, "--from-sigma", "40", "--to-sigma", "0.1", "--quiet")

        fun values(run: Run) = run.lines.map { JsonMapper().readTree(it).get("values").get(0).doubleValue() }

        "solves each state along the exact flow of a Gaussian" {
            // z - mean shrinks by sqrt((std^2 + to^2) / (std^2 + from^2)).
            // The bound is 1e-8 relative to the radius 2, and a factor 5.
            val shrink = sqrt((4 + 0.01) / (4 + 1600))
            val run = run(*args, "--initial", states, "--tolerance", "1e-8")
            run.code shouldBe 0
            values(run).zip(listOf(-30.0, -5.5, 0.0, 3.0, 25.0)).forEach { (value, z) ->
                value shouldBe (3 + (z - 3) * shrink plusOrMinus 1e-7)
            }
        }

        "takes part of the states with their indices" {
            val noisy = arrayOf(*args, "--initial", states, "--solver", "ancestral", "--budget", "30")
            val whole = run(*noisy).lines
            whole.size shouldBe 5
            run(*noisy, "--first-index", "2").lines shouldContainExactly whole.drop(2)
            run(*noisy, "--first-index", "1", "--count", "3").lines shouldContainExactly whole.subList(1, 4)
            run(*noisy, "--count", "0").let {
                it.code shouldBe 0
                it.out shouldBe ""
            }
        }

        "reads states from what sample wrote" {
            val file = dir.resolve("written.csv").toString()
            run(
                "sample",
                "--target",
                gaussian,
                "--count",
                "4",
                "--format",
                "csv",
                "--out",
                file,
                "--quiet",
            ).code shouldBe
                0
            val plain = dir.file(
                "plain.csv",
                java.io.File(file).readLines().drop(1).joinToString("\n") {
                    it.substringAfterLast(",")
                },
            )
            run(*args, "--initial", file).out shouldBe run(*args, "--initial", plain).out
        }
    })
