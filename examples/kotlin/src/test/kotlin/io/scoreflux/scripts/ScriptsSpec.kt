package io.scoreflux.scripts

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.longs.shouldBeInRange
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.model.GaussianMixture
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import javax.imageio.ImageIO
import kotlin.math.sqrt

private val NUMBER = Regex("-?[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?")

class ScriptsSpec :
    FunSpec({
        val folder = tempdir()
        val runner = ScriptRunner(File(folder, "cache"))

        fun printed(script: File, vararg arguments: String): String {
            val out = ByteArrayOutputStream()
            val before = System.out
            System.setOut(PrintStream(out, true, Charsets.UTF_8))
            try {
                failures(runner.run(script, arguments.toList())).shouldBeEmpty()
            } finally {
                System.setOut(before)
            }
            return out.toString(Charsets.UTF_8)
        }

        fun printed(script: String, vararg arguments: String) = printed(File("scripts/$script.kts"), *arguments)

        fun file(name: String) = File(folder, name)

        fun numbers(text: String) = NUMBER.findAll(text).map { it.value.toDouble() }.toList()

        test("first samples are those of the same sampler in Java") {
            val mixture = GaussianMixture.builder(
                2,
            ).component(0.7, doubleArrayOf(1.0, 0.0), 0.1).component(0.3, doubleArrayOf(-1.0, 0.5), 0.2).build()
            val expected = Sampler.builder(mixture).noiseRange(20.0, 0.01).seed(42).build()
                .samples(0, 5).collectList().block()!!
            val lines = printed("first-samples", "5").lines()
            lines.subList(1, 6).zip(expected) { line, sample ->
                val cells = line.trim().split(Regex(" +"))
                cells.take(3).shouldContainExactly("${sample.index()}", "converged", "${sample.certificate().calls()}")
                // Six digits are printed.
                sample.values().zip(cells.drop(4)) { value, cell -> cell.toDouble() shouldBe (value plusOrMinus 1e-5) }
            }
            lines[8] shouldBe "status    converged"
        }

        test("a custom denoiser of switches gives the distribution of the switches") {
            val (share, count, distance) = numbers(
                printed("custom-denoiser", "500").replace("+1", "1").lines().take(2)
                    .joinToString("\n") { it.substringAfter(":") },
            )
            count shouldBe 1500.0
            // 4 standard errors: fails by chance for one seed in 16,000. From sigma 80 on, the start costs 0.002.
            share shouldBe (0.7 plusOrMinus 4 * sqrt(0.7 * 0.3 / 1500))
            // 5 of the last noise level's deviations of 0.05: one seed in 1,000.
            distance shouldBeLessThan 0.25
        }

        test(
            "a simulated cluster without failures and slow machines takes the least time, and failures cost more in larger parts",
        ) {
            val samples = file("calls.csv")
            samples.writeText("index,status,calls\n0,converged,40\n1,converged,40\n")

            fun ratios(vararg more: String) =
                printed("cluster", samples.path, "1e8", "10", "1e-3", *more).lines().filter {
                    it.startsWith("| ")
                }.drop(1)
                    .map { line -> line.split("|").map { it.trim() } }
            val ideal = ratios("1e9", "0")
            ideal.map { it[4] }.toSet() shouldBe setOf("1.00")
            ideal.map { it[5] }.toSet() shouldBe setOf("0.000 %")
            // 1e8 samples of 40 calls of 1 ms on 10 machines.
            ideal.map { it[3] }.toSet() shouldBe setOf("4.63 d")
            val failing = ratios("1", "0")
            val lost = failing.map { it[5].removeSuffix(" %").toDouble() }
            for (k in failing.indices step 3) {
                // Part durations of 400, 4,000 and 40,000 s: a failure a day loses half a part.
                lost[k] shouldBeLessThan lost[k + 1]
                lost[k + 1] shouldBeLessThan lost[k + 2]
            }
            // With one shard for each machine, a machine of half the speed doubles the time; with more, it does less.
            val slow = ratios("1e9", "0.1").map { it[4].toDouble() }
            slow[0] shouldBe (1.9 plusOrMinus 0.01)
            slow.last() shouldBeLessThan 1.1
        }

        fun parabola(seed: Long): Sampler {
            val builder = GaussianMixture.builder(2)
            for (x in -2..2) builder.component(1.0, doubleArrayOf(x.toDouble(), x * x / 2.0), 0.1)
            return Sampler.builder(builder.build()).noiseRange(40.0, 0.01).seed(seed).build()
        }

        fun lines(samples: List<Sample>) = samples.map { "${it.index()},${it.values().joinToString(",")}" }

        test("a file gets the samples that it asks for, and few more are started") {
            val file = file("samples.csv")
            val told = numbers(printed("flow-to-file", file.path, "3000"))
            val written = file.readLines()
            told.take(2) shouldContainExactly listOf(written.size.toDouble(), file.length().toDouble())
            file.length() shouldBeInRange 3000L..3000L + written.last().length
            written shouldContainExactly lines(parabola(0).samples(0, written.size.toLong()).collectList().block()!!)
            // One in the hands of the sink, one in those of the sampler, 16 in the buffer, 32 prefetched.
            told[2].toInt() shouldBeInRange written.size..written.size + 50
        }

        test("moments by Multik are those of the mixture, and the picture is drawn") {
            val file = file("moons.png")
            val found = numbers(printed("multik-statistics", file.path, "1000").substringBefore("wrote"))
            withClue(found) { found shouldHaveSize 10 }
            // 4 standard errors of a thousand samples: variances are 1.3 and 0.3; of their products, 1.38, 0.49 and 0.18.
            found.take(6).zip(listOf(0.0, 0.0, 1.3, 0.0, 0.0, 0.3)).zip(listOf(1.3, 0.3, 1.38, 0.49, 0.49, 0.18)) {
                (value, exact),
                v,
                ->
                value shouldBe (exact plusOrMinus 4 * sqrt(v / 1000))
            }
            // Rounding of sums of a thousand numbers of about 1.
            found.takeLast(4).zip(found.subList(2, 6)) { all, running -> all shouldBe (running plusOrMinus 1e-12) }
            ImageIO.read(file).width shouldBe 960
        }

        test("the posterior's moments are those of quadrature") {
            val csv = File("../files/src/main/resources/io/scoreflux/files/tumours/tumours.csv")
            val lines = printed("posterior", csv.path, "500").lines()
            val (rhat, size) = numbers(lines[3])
            rhat shouldBeLessThan 1.05
            val exact = Quadrature.of(csv)
            for (j in 0..2) {
                val (mean, deviation) = numbers(lines[j])
                // 4 standard errors and the rounding to three decimals; the deviations' for a nearly Gaussian distribution.
                mean shouldBe (exact.mean[j] plusOrMinus 4 * exact.deviation[j] / sqrt(size) + 5e-4)
                deviation shouldBe (exact.deviation[j] plusOrMinus 4 * exact.deviation[j] / sqrt(2 * size) + 5e-4)
            }
        }

        test("three runs, of which one was interrupted, make the file of one run") {
            val file = file("resumed.csv")
            printed("resume", file.path, "7").trim() shouldBe "samples 0 to 6 in $file"
            file.writeText(file.readText().dropLast(10))
            printed("resume", file.path, "5").trim() shouldBe "samples 6 to 10 in $file"
            printed("resume", file.path, "4").trim() shouldBe "samples 11 to 14 in $file"
            file.readLines() shouldContainExactly lines(parabola(7).samples(0, 15).collectList().block()!!)
        }

        test("the documentation's pictures are drawn") {
            printed("pictures", folder.path, "1.0")
            listOf("scatter", "trajectories", "error").map {
                ImageIO.read(file("$it.png"))
            }.map { it.width to it.height }
                .shouldContainExactly(640 to 600, 640 to 460, 640 to 460)
        }

        test("a compiled script is used again until its text changes") {
            val script = file("own.kts").apply { writeText("println(args.toList())") }

            fun kept() = File(folder, "cache").list()!!.toSet()
            val before = kept()
            printed(script, "a").trim() shouldBe "[a]"
            val once = kept()
            (once - before) shouldHaveSize 1
            printed(script, "b", "c").trim() shouldBe "[b, c]"
            kept() shouldBe once
            script.writeText("println(args.size)")
            printed(script, "b", "c").trim() shouldBe "2"
            (kept() - once) shouldHaveSize 1
        }

        test("the program ends with 0 for a script that ran, 1 for one that did not, 2 where there is none") {
            run(arrayOf(file("none.kts").apply { writeText("") }.path)) shouldBe 0
            val error = ByteArrayOutputStream()
            val before = System.err
            System.setErr(PrintStream(error, true, Charsets.UTF_8))
            try {
                run(arrayOf(file("bad.kts").apply { writeText("error(\"no\")") }.path)) shouldBe 1
                run(arrayOf("nowhere.kts")) shouldBe 2
                run(emptyArray()) shouldBe 2
            } finally {
                System.setErr(before)
            }
            error.toString(Charsets.UTF_8) shouldContain "script must be a file, was nowhere.kts; give a Kotlin script"
        }

        test("compiler errors and exceptions are reported with their lines") {
            val script = file("wrong.kts").apply { writeText("println(1)\nprintln(nothing)\n") }
            failures(runner.run(script, emptyList())).single().let {
                it shouldContain "nothing"
                it shouldContain "wrong.kts:2:9"
            }
            script.writeText("println()\nerror(\"thrown by ${'$'}{args[0]}\")")
            failures(runner.run(script, listOf("me"))).single().let {
                it shouldContain "thrown by me"
                it shouldContain "wrong.kts:2"
            }
        }
    })
