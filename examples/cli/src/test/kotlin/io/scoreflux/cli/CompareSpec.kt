package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldEndWith
import io.kotest.matchers.string.shouldStartWith
import java.io.File
import javax.imageio.ImageIO
import kotlin.math.abs
import kotlin.math.sqrt

class CompareSpec :
    StringSpec({
        val dir = temporary()
        val gaussian = dir.file(
            "gaussian.json",
            """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[3],"std":2}]}""",
        )

        /** The cells of a CSV file by the names of its header, a map a line. */
        fun csv(path: String): List<Map<String, String>> {
            val lines = File(path).readLines().map { it.split(',') }
            return lines.drop(1).map { lines.first().zip(it).toMap() }
        }

        fun Map<String, String>.number(name: String) = getValue(name).toDouble()

        "options that no solver uses are named, and the comparison runs" {
            val initial = dir.file("used.csv", "1.0\n2.0")
            mapOf(
                "--solvers heun --budgets 8 --tolerances 1e-3" to
                    "--tolerances has no effect, because none of the --solvers heun takes a tolerance",
                "--solvers sliding --tolerances 1e-2 --budgets 8" to
                    "--budgets has no effect, because none of the --solvers sliding takes a number of calls",
                "--solvers heun:karras --budgets 8 --grid uniform" to
                    "--grid has no effect, because none of the --solvers heun:karras",
                "--solvers heun --budgets 8 --seed 3 --initial $initial" to
                    "--seed has no effect with --initial, which gives the states",
            ).forEach { (options, warning) ->
                val run = run("compare", "--target", gaussian, "--count", "2", *options.split(" ").toTypedArray())
                run.code shouldBe 0
                run.err shouldContain "warning: $warning"
            }
        }

        "measures the distance from the exact end states of a Gaussian" {
            // z - mean shrinks by sqrt((std^2 + to^2) / (std^2 + from^2)); the mean and the standard deviation are 3 and 2.
            val starts = listOf(-30.0, -5.5, 0.0, 3.0, 25.0)
            val shrink = sqrt((4 + 0.01) / (4 + 1600))
            val initial = dir.file("initial.csv", starts.joinToString("\n"))
            val ends = dir.file("ends.csv", starts.joinToString("\n") { "${3 + (it - 3) * shrink}" })
            val table = dir.resolve("gaussian.csv").toString()
            val run = run(
                *arrayOf("compare", "--target", gaussian, "--from-sigma", "40", "--to-sigma", "0.1", "--quiet"),
                *arrayOf("--initial", initial, "--reference", ends, "--solvers", "sliding,euler"),
                *arrayOf("--tolerances", "1e-3,1e-6", "--budgets", "1,100", "--csv", table),
            )
            run.code shouldBe 0
            run.err shouldBe ""
            val rows = csv(table)
            rows.map { it["solver"] to it["setting"] } shouldContainExactly
                listOf("sliding" to "0.001", "sliding" to "1.0E-6", "euler" to "1.0", "euler" to "100.0")
            for (row in rows.take(2)) {
                row.number("rmsError") shouldBeLessThan 3 * row.number("setting")
                row.number("failed") shouldBe 0.0
            }
            // One step of Euler ends at keep z + (1 - keep) D, D = 3 + 4 / 1604 (z - 3), keep = 0.1 / 40.
            val errors = starts.map { abs((it - 3) * (0.0025 + 0.9975 * 4 / 1604 - shrink)) / 2 }
            rows[2].number("rmsError") shouldBe (sqrt(errors.sumOf { it * it } / 5) plusOrMinus 1e-12)
            rows[2].number("largestError") shouldBe (errors.max() plusOrMinus 1e-12)
            rows[2].number("meanCalls") shouldBe 1.0
            rows[2]["certificateLow"] shouldBe ""
        }

        "measures the processor time beside the calls, which it does not change" {
            val plain = dir.resolve("plain.csv").toString()
            val timed = dir.resolve("timed.csv").toString()
            val picture = dir.resolve("timed.png").toString()
            val common = arrayOf("compare", "--target", gaussian, "--count", "2", "--solvers", "sliding,budget,heun") +
                arrayOf("--tolerances", "1e-3,1e-5", "--budgets", "8,64", "--floor", "--quiet")
            run(*common, "--csv", plain).out.lines().first() shouldEndWith "high %"
            val run = run(*common, "--csv", timed, "--plot", picture, "--times")
            run.code shouldBe 0
            run.out.lines().first() shouldEndWith "us/row"
            run.out shouldContain "us/row at rms error"
            val rows = csv(timed)
            rows.filter { it["solver"] != "floor" }.forEach { it.number("microseconds") shouldBeGreaterThan 0.0 }
            rows.map { it - "microseconds" } shouldBe csv(plain)
            val one = ImageIO.read(File(picture))
            one.width shouldBe 1920
        }

        "solves rows of one class, with and without guidance" {
            val labelled = dir.file(
                "labelled.json",
                """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[3],"std":2,"label":0},
                    {"weight":1,"mean":[-5],"std":1,"label":1}]}""",
            )
            val starts = listOf(-30.0, -5.5, 0.0, 3.0, 25.0)
            val shrink = sqrt((1 + 0.01) / (1 + 1600))
            val initial = dir.file("initial.csv", starts.joinToString("\n"))
            val ends = dir.file("ends-of-class.csv", starts.joinToString("\n") { "${-5 + (it + 5) * shrink}" })
            val table = dir.resolve("labelled.csv").toString()
            val common =
                arrayOf("compare", "--target", labelled, "--from-sigma", "40", "--to-sigma", "0.1", "--quiet") +
                    arrayOf("--initial", initial, "--label", "1", "--solvers", "sliding,heun", "--budgets", "4,2000") +
                    arrayOf("--tolerances", "1e-6", "--csv", table)
            run(*common, "--reference", ends).code shouldBe 0
            val plain = csv(table)
            for (row in listOf(plain[0], plain[2])) row.number("rmsError") shouldBeLessThan 3e-6
            run(*common, "--guidance", "1.5", "--floor").code shouldBe 0
            val guided = csv(table)
            guided[2].number("rmsError") shouldBeLessThan 1e-4
            // Both branches count.
            guided[2].number("meanCalls") shouldBe 2 * plain[2].number("meanCalls")
            run("compare", "--target", labelled, "--label", "2", "--solvers", "heun").err shouldContain
                "--label 2: the target has the classes 0 to 1"
            run("compare", "--target", labelled, "--label", "0,1", "--solvers", "heun").err shouldContain
                "--label accepts only one class with compare"
        }

        "counts both branches of guidance in the floor too" {
            // Both classes have the same distribution, so D and its nodes are the same at every weight.
            val alike = dir.file(
                "alike.json",
                """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[3],"std":2,"label":0},
                    {"weight":1,"mean":[3],"std":2,"label":1}]}""",
            )
            val table = dir.resolve("alike.csv").toString()

            fun floor(weight: String): List<Double> {
                run(
                    *arrayOf("compare", "--target", alike, "--label", "0", "--guidance", weight, "--floor", "--quiet"),
                    *arrayOf("--count", "2", "--solvers", "euler", "--budgets", "4", "--csv", table),
                ).code shouldBe 0
                return csv(table).filter { it["solver"] == "floor" }.map { it.number("meanCalls") }
            }

            val plain = floor("1")
            plain.size shouldBe 9
            floor("1.5") shouldBe plain.map { 2 * it }
        }

        "takes the initial states of sample with the same seed" {
            val ends = dir.resolve("ends-of-sample.csv").toString()
            val seeded = arrayOf("--target", "ring8", "--count", "5", "--seed", "7")
            run(
                *arrayOf("sample", *seeded, "--tolerance", "1e-12", "--format", "csv", "--out", ends, "--quiet"),
            ).code shouldBe 0
            val table = dir.resolve("seeded.csv").toString()
            run(
                *arrayOf("compare", *seeded, "--reference", ends, "--solvers", "picard"),
                *arrayOf("--tolerances", "1e-8", "--csv", table, "--quiet"),
            ).code shouldBe 0
            csv(table).single().number("rmsError") shouldBeLessThan 3e-8
        }

        "prints one line per setting and the calls at four errors, and says what the reference is" {
            val run = run(
                *arrayOf("compare", "--target", "ring8", "--count", "4", "--solvers", "sliding,heun:karras,dpmpp-3m"),
                *arrayOf("--tolerances", "1e-2,1e-5,1e-9", "--budgets", "16,64"),
            )
            run.code shouldBe 0
            run.err shouldContain
                "the reference is computed by sliding at tolerance 1e-13; its result at 1e-12 differs by "
            val words = run.lines.map { it.split(Regex(" {2,}")) }
            words[0] shouldContainExactly
                listOf("solver", "setting", "mean calls", "99 %", "most", "mean rounds", "rms error", "largest") +
                listOf("failed", "low %", "high %")
            words.subList(1, 8).map { it.take(2).joinToString(" ") } shouldContainExactly
                listOf("sliding 1e-2", "sliding 1e-5", "sliding 1e-9", "heun:karras 16", "heun:karras 64") +
                listOf("dpmpp-3m 16", "dpmpp-3m 64")
            words[8] shouldContainExactly listOf("calls at rms error", "1e-4", "1e-6", "1e-8", "1e-10")
            val calls = words[9].drop(1)
            words[9][0] shouldBe "sliding"
            // Between the calls at the settings above and below.
            calls[0].toDouble().shouldBeBetween(words[1][2].toDouble(), words[2][2].toDouble(), 0.0)
            calls[3] shouldBe "-"
            words[10] shouldContainExactly listOf("heun:karras", "-", "-", "-", "-")
        }

        "gives the same table for any batch and number of threads" {
            val args = arrayOf("compare", "--target", "bimodal", "--count", "9", "--quiet") +
                arrayOf("--solvers", "sliding,picard,unipc", "--tolerances", "1e-4", "--budgets", "10", "--floor")
            val table = run(*args)
            table.code shouldBe 0
            run(*args, "--batch", "3", "--threads", "2").out shouldBe table.out
            run(*args, "--threads", "12").out shouldBe table.out
        }

        "draws the curves and the floor" {
            val picture = dir.resolve("curves.png")
            val table = dir.resolve("floor.csv").toString()
            val run = run(
                *arrayOf("compare", "--target", "bimodal", "--count", "2", "--solvers", "sliding", "--floor"),
                *arrayOf("--tolerances", "1e-2,1e-4,1e-6", "--plot", "$picture", "--csv", table),
            )
            run.code shouldBe 0
            run.err.lines().filter { it.startsWith("wrote") } shouldContainExactly
                listOf("wrote $table", "wrote $picture")
            run.lines.last() shouldStartWith "floor "
            val withFloor = ImageIO.read(picture.toFile())
            withFloor.width shouldBe 1600
            // Without the floor there is no note below the axes.
            run(
                *arrayOf("compare", "--target", "bimodal", "--count", "2", "--solvers", "sliding", "--quiet"),
                *arrayOf("--tolerances", "1e-2,1e-4,1e-6", "--plot", "$picture"),
            ).code shouldBe 0
            val plain = ImageIO.read(picture.toFile())
            plain.height shouldBe 1280
            val notes = withFloor.getRGB(0, plain.height, 1600, withFloor.height - plain.height, null, 0, 1600)
            notes.count { it and 0xff < 0x80 } shouldBeGreaterThan 1000
            val floor = csv(table).filter { it["solver"] == "floor" }.map { it.number("meanCalls") }
            floor shouldBe floor.sorted()
            // Interpolation that knows the path takes fewer calls than the solver, which does not.
            val sliding = csv(table).single { it["solver"] == "sliding" && it["setting"] == "1.0E-6" }
            floor[4] shouldBeLessThan sliding.number("meanCalls")
        }
    })
