package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.util.Locale.ROOT
import kotlin.math.PI
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sqrt

/** Encoding, likelihood, classes, guidance, observations, and partly noised inputs. */
class AroundSpec :
    StringSpec({
        val dir = temporary()
        val gaussian = dir.file(
            "gaussian.json",
            """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[3,0],"std":[[4,1.2],[1.2,1]]}]}""",
        )
        val labelled = dir.file(
            "labelled.json",
            """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[-4],"std":0.5,"label":0},
                {"weight":3,"mean":[4],"std":0.5,"label":1}]}""",
        )
        val states = dir.file("states.csv", "3.5,0.2\n-1,1\n3,0\n6,-0.7\n")
        val data = listOf(listOf(3.5, 0.2), listOf(-1.0, 1.0), listOf(3.0, 0.0), listOf(6.0, -0.7))

        fun rows(run: Run): List<JsonNode> {
            run.err shouldBe ""
            run.code shouldBe 0
            return run.lines.map { JsonMapper().readTree(it) }
        }

        fun JsonNode.numbers() = get("values").let { all -> List(all.size()) { all.get(it).doubleValue() } }

        "what encode writes decode brings back" {
            for (target in listOf(gaussian, "ring8")) {
                val file = dir.resolve("encoded.csv").toString()
                val around = arrayOf("--target", target, "--tolerance", "1e-6", "--quiet")
                run("encode", *around, "--input", states, "--format", "csv", "--out", file).code shouldBe 0
                val back = rows(run("decode", *around, "--initial", file))
                back.map { it.numbers() }.zip(data).forEach { (found, given) ->
                    // Twice the tolerance of radii 2.2 and 1, with a factor 10 for points far outside the ring.
                    found.indices.forEach { found[it] shouldBe (given[it] plusOrMinus 5e-5) }
                }
            }
        }

        "encode takes part of the rows with their indices, for any number of threads and any batch" {
            val all = run("encode", "--target", "ring8", "--input", states, "--quiet").lines
            all.size shouldBe 4
            run("encode", "--target", "ring8", "--input", states, "--quiet", "--first-index", "1", "--count", "2")
                .lines shouldBe all.subList(1, 3)
            run("encode", "--target", "ring8", "--input", states, "--quiet", "--threads", "2", "--batch", "3")
                .lines shouldBe all
        }

        "the likelihood of a Gaussian is exact, by probes it comes with its error" {
            val to = 0.05
            val around = arrayOf("encode", "--target", gaussian, "--input", states, "--to-sigma", "$to", "--quiet")
            val found = rows(run(*around, "--likelihood", "--tolerance", "1e-8"))
            val (a, b, c) = Triple(4 + to * to, 1.2, 1 + to * to)
            val det = a * c - b * b
            for ((row, x) in found.zip(data)) {
                val (u, v) = x[0] - 3 to x[1]
                val exact = -ln(2 * PI) - ln(det) / 2 - (c * u * u - 2 * b * u * v + a * v * v) / (2 * det)
                row.get("logDensity").doubleValue() shouldBe (exact plusOrMinus 1e-6)
                row.get("standardError").isNull shouldBe true
                row.get("bitsPerDimension").doubleValue() shouldBe (-exact / 2 / ln(2.0) plusOrMinus 1e-6)
            }
            val probed = rows(run(*around, "--likelihood", "--probes", "64", "--levels-per-unit", "8"))
            for ((row, exact) in probed.zip(found)) {
                val off = row.get("logDensity").doubleValue() - exact.get("logDensity").doubleValue()
                // Four standard errors, which come from 64 probes: a right estimate fails in one of four rows once in a thousand seeds.
                // 2e-3 is the solve's: ten tolerances of 1e-4 for each of two dimensions, as docs/conditions.md says.
                off * off shouldBeLessThan (4 * row.get("standardError").doubleValue() + 2e-3).pow(2)
                row.get("bitsPerDimension").doubleValue() shouldBe
                    (3 - row.get("logDensity").doubleValue() / 2 / ln(2.0) plusOrMinus 1e-9)
            }
            val csv = run(*around, "--likelihood", "--format", "csv").lines
            csv[0] shouldBe "index,status,calls,error,x0,x1,logDensity,standardError,bitsPerDimension"
            csv[1].split(",").size shouldBe 9
        }

        "the mean of the bits has its error, and the number of states without an error estimate" {
            val around =
                arrayOf("encode", "--target", gaussian, "--input", states, "--to-sigma", "0.05", "--likelihood") +
                    arrayOf("--out", dir.resolve("bits.ndjson").toString())
            val told = run(*around).err.lines().single { "bits per dimension" in it }
            val bits = dir.resolve("bits.ndjson").toFile().readLines()
                .map { JsonMapper().readTree(it).get("bitsPerDimension").doubleValue() }
            val error = sqrt(bits.sumOf { (it - bits.average()).pow(2) } / 3 / 4)
            told shouldBe
                "%.4f bits per dimension, standard error %.4f over 4 states".format(ROOT, bits.average(), error)
            run(*around, "--count", "1").err.lines().single { "bits per dimension" in it } shouldBe
                "%.4f bits per dimension over 1 state".format(ROOT, bits[0])
            run(*around, "--solver", "heun", "--budget", "60").err shouldContain
                "over 4 states, of which 4 have no error estimate"
        }

        "labels choose classes, guidance doubles the calls" {
            val around = arrayOf("sample", "--target", labelled, "--count", "20", "--quiet")
            rows(run(*around, "--label", "0")).all { it.numbers()[0] < 0 } shouldBe true
            rows(run(*around, "--label", "1")).all { it.numbers()[0] > 0 } shouldBe true
            val plain = rows(run(*around, "--label", "1", "--solver", "heun", "--budget", "20"))
            val guided = rows(run(*around, "--label", "1", "--guidance", "2", "--solver", "heun", "--budget", "20"))
            guided[0].get("calls").intValue() shouldBe 2 * plain[0].get("calls").intValue()
            refused(listOf("--label 2: the target has the classes 0 to 1"), *around, "--label", "2")
            val half = dir.file(
                "half.json",
                """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[0],"std":1,"label":0},
                    {"weight":1,"mean":[1],"std":1}]}""",
            )
            refused(listOf("label", "for all components or for none"), "sample", "--target", half)
        }

        "samples of a Gaussian given an observation have the conditional distribution" {
            val seen = dir.file("seen.json", """{"indices":[0],"values":[5],"noise":0.5}""")
            val line = dir.file("line.json", """{"matrix":[[1,0]],"values":[5],"noise":0.5}""")
            val found = listOf(seen, line).map { file ->
                rows(
                    run(
                        "sample",
                        "--target",
                        gaussian,
                        "--observe",
                        file,
                        "--count",
                        "2000",
                        "--quiet",
                        "--to-sigma",
                        "1e-3",
                    ),
                ).map { it.numbers()[1] }
            }
            run("sample", "--target", gaussian, "--observe", seen, "--count", "1").err shouldContain
                "--observe uses an approximation"
            // x1 given x0 + noise = 5: gain 1.2 / 4.25, variance 1 - 1.44 / 4.25.
            val std = sqrt(1 - 1.44 / 4.25)
            for (values in found) {
                // Four standard errors.
                values.average() shouldBe (1.2 / 4.25 * 2 plusOrMinus 4 * std / sqrt(2000.0))
            }
            val wrong = dir.file("wrong.json", """{"indices":[2],"values":[5],"noise":0.5}""")
            refused(listOf("wrong.json", "indices must be below 2"), "sample", "--target", gaussian, "--observe", wrong)
            val both = dir.file("both.json", """{"indices":[0],"matrix":[[1,0]],"values":[5],"noise":0.5}""")
            refused(
                listOf("give one of 'indices', 'groups' and 'matrix', indices and matrix are given"),
                "sample",
                "--target",
                gaussian,
                "--observe",
                both,
            )
        }

        "partly noised inputs stay near where little noise is added" {
            val far = rows(
                run(
                    "sample",
                    "--target",
                    labelled,
                    "--renoise",
                    dir.file("line.csv", "4\n-4\n3.6\n"),
                    "--from-sigma",
                    "0.4",
                    "--quiet",
                ),
            )
            far.map { it.numbers()[0] > 0 } shouldBe listOf(true, false, true)
        }

        "encode rejects solvers and ranges that do not support encoding" {
            val around = arrayOf("encode", "--target", gaussian, "--input", states)
            refused(listOf("must be deterministic"), *around, "--solver", "ancestral", "--budget", "9")
            refused(
                listOf(
                    "--solver must be deterministic to encode, was fors; available: sliding, picard, parallel, euler",
                ),
                *around,
                "--solver",
                "fors",
            )
            for (corrector in listOf("fors", "metropolis")) {
                refused(
                    listOf("--correct does not apply to encode, because it draws at random", "; leave it out"),
                    *around,
                    "--correct",
                    corrector,
                )
            }
            refused(
                listOf("--budget does not apply to encode with sliding", "; give --tolerance, or a fixed-step solver"),
                *around,
                "--budget",
                "20",
            )
            refused(listOf("--to-sigma must be greater than 0 to encode"), *around, "--to-sigma", "0")
            refused(listOf("--probes applies to --likelihood only"), *around, "--probes", "2")
            refused(listOf("--probes must be at least 1"), *around, "--likelihood", "--probes", "0")
            refused(listOf("--probes must be at most 1024, was 1025"), *around, "--likelihood", "--probes", "1025")
            refused(
                listOf("--format npy cannot hold"),
                *around,
                "--likelihood",
                "--format",
                "npy",
                "--out",
                "x.npy",
            )
            run("encode", "--help").out shouldContain "--likelihood"
        }
    })
