package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldMatch
import io.kotest.matchers.string.shouldNotContain
import io.scoreflux.cli.option.CorrectionReport
import io.scoreflux.cli.option.SolverChoice
import io.scoreflux.files.text.Decimal
import io.scoreflux.reject.ClippingBound
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.RejectionStatistics
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.OptionalDouble
import javax.imageio.ImageIO
import kotlin.math.abs
import kotlin.math.sqrt

class SampleSpec :
    StringSpec({
        val dir = temporary()
        val mapper = JsonMapper()

        fun json(run: Run): List<JsonNode> = run.lines.map { mapper.readTree(it) }

        fun values(node: JsonNode): List<Double> = node.get("values").values().map { it.doubleValue() }

        "writes one JSON object per sample, with its certificate" {
            val run = run("sample", "--target", "ring8", "--count", "3", "--quiet")
            run.code shouldBe 0
            run.err shouldBe ""
            json(run).forEachIndexed { k, node ->
                node.propertyNames().toList() shouldContainExactly
                    listOf(
                        "index",
                        "values",
                        "status",
                        "calls",
                        "rounds",
                        "error",
                        "intervals",
                        "lowestDegree",
                        "highestDegree",
                    )
                node.get("index").intValue() shouldBe k
                node.get("status").stringValue() shouldBe "converged"
                node.get("values").size() shouldBe 2
                (node.get("calls").intValue() >= node.get("rounds").intValue()) shouldBe true
                (node.get("error").doubleValue() < 3e-3) shouldBe true
            }
        }

        "rejection sampling reports clipping for each sample and for the run" {
            val run = run("sample", "--target", "bimodal", "--count", "40", "--solver", "fors", "--tolerance", "0.1")
            run.code shouldBe 0
            run.err shouldContain "clipping changes the distribution of this run by at most"
            json(run).forEach { node ->
                node.get("status").stringValue() shouldBe "unestimated"
                node.get("error").isNull shouldBe true
                val draws = node.get("draws").intValue()
                node.get("intervals").intValue() shouldBe draws
                node.get("calls").intValue() shouldBe draws + node.get("weights").intValue()
                (node.get("proposals").intValue() >= draws) shouldBe true
                (node.get("clipping").doubleValue() >= 0) shouldBe true
            }
        }

        "reports only what is known of a correction: moves do not clip, and the error of the solver is not measured" {
            val args = arrayOf("sample", "--target", "ring8", "--solver", "euler", "--budget", "12", "--count", "200")
            val moves = run(*args, "--correct", "metropolis").err
            moves shouldContain "metropolis: accepted 1.000 of moves"
            moves shouldContain "above 0.95: the moves are so short"
            moves shouldContain "; the error of euler is not included"
            moves shouldNotContain "in total variation"
            moves shouldNotContain "clip"
            run(*args, "--correct", "fors").err shouldContain "; the error of euler is not included"
        }

        "reports the clipping bound as far as a run can estimate it" {
            fun line(vararg coins: RejectionStatistics) = ClippingBound()
                .also { bound ->
                    coins.forEach {
                        bound.add(
                            Certificate(
                                Certificate.Status.UNESTIMATED,
                                OptionalDouble.empty(),
                                8,
                                8,
                                2,
                                1,
                                1,
                                null,
                                it,
                            ),
                        )
                    }
                }.let { CorrectionReport("fors", null).line(it) }
            line(RejectionStatistics(2, 4, 8, 0, 0.0), RejectionStatistics(2, 4, 8, 0, 0.0)) shouldBe
                "rejection: accepted 0.500 of proposals; clipped weights: none seen, too rare in this run to estimate" +
                " their effect on the distribution"
            line(RejectionStatistics(2, 4, 8, 1, 0.25), RejectionStatistics(2, 4, 8, 1, 0.25)) shouldContain
                "clipped weights: 0.13 of all; clipping changes the distribution of this run by at most 2.5e-01 +- 0.0e+00"
            line(RejectionStatistics(2, 4, 8, 0, 1e-5), RejectionStatistics(2, 4, 8, 0, 3e-5)) shouldContain
                "clipped weights: none; clipping changes the distribution of this run by at most 2.0e-05 +- 1.0e-05"
            line(RejectionStatistics(2, 4, 8, 2, 0.25)) shouldContain "at most 2.5e-01 in total variation"
            line(RejectionStatistics(2, 4, 8, 8, 3.0), RejectionStatistics(2, 4, 8, 8, 3.0)) shouldContain
                "3.0e+00 +- 0.0e+00, which says nothing: this distance never exceeds 1"
        }

        "corrects a solver's end, by rejection sampling or by moves" {
            for (corrector in listOf("fors", "metropolis")) {
                val args = arrayOf("sample", "--target", "bimodal", "--count", "4", "--correct", corrector, "--quiet")
                val run = run(*args)
                run.code shouldBe 0
                val one = run(*args.map { if (it == "4") "1" else it }.toTypedArray(), "--first-index", "3")
                json(one).single() shouldBe json(run).last()
                json(run).forEach { node ->
                    node.get("status").stringValue() shouldBe "unestimated"
                    node.get("error").isNull shouldBe true
                }
            }
        }

        "ends at sigma 0 close to the result at a tiny sigma, also with a plan" {
            val plan = dir.resolve("zero.json").toString()
            val common = arrayOf("sample", "--target", "bimodal", "--count", "4", "--tolerance", "1e-8", "--quiet")
            val zero = run(*common, "--to-sigma", "0", "--save-plan", plan)
            val tiny = run(*common, "--to-sigma", "1e-7")
            json(zero).zip(json(tiny)).forEach { (at, near) ->
                at.get("status").stringValue() shouldBe "converged"
                // Both may be some tolerances off.
                values(at).zip(values(near)).forEach { (a, b) -> a shouldBe (b plusOrMinus 3e-7) }
            }
            run(*common, "--plan", plan).out shouldBe zero.out
        }

        "help says where a range may end at 0" {
            for (command in listOf("sample", "decode", "compare")) {
                run(command, "--help").out.replace(Regex("\\s+"), " ") shouldContain
                    "In 'sample' and 'decode', 0 is possible with sliding and without --budget"
            }
        }

        "makes 16 samples with seed 0 at tolerance 1e-4 in four stages by default" {
            run("sample", "--target", "bimodal", "--quiet").out shouldBe
                run(
                    "sample",
                    "--target",
                    "bimodal",
                    "--quiet",
                    "--count",
                    "16",
                    "--seed",
                    "0",
                    "--solver",
                    "sliding",
                    "--tolerance",
                    "1e-4",
                    "--stages",
                    "4",
                    "--format",
                    "ndjson",
                    "--first-index",
                    "0",
                ).out
        }

        "gives the same bytes for any batch and number of threads, in every format" {
            for (format in listOf("ndjson", "csv", "npy")) {
                val sample = listOf("sample", "--target", "ring8", "--count", "20", "--quiet", "--format", format)
                val expected = run(*sample.toTypedArray()).bytes
                for (batch in listOf("1", "7", "256")) {
                    for (threads in listOf("1", "2", "5")) {
                        val run = run(*sample.toTypedArray(), "--batch", batch, "--threads", threads)
                        withClue("$format, batch $batch, threads $threads") { (run.bytes == expected) shouldBe true }
                    }
                }
            }
        }

        "gives the same sample k for any first index" {
            val args = arrayOf("sample", "--target", "ring8", "--quiet")
            for (solver in listOf(
                arrayOf("--solver", "sliding"),
                arrayOf("--solver", "picard"),
                arrayOf("--solver", "ancestral", "--budget", "20"),
            )) {
                val whole = run(*args, *solver, "--count", "10").lines
                val head = run(*args, *solver, "--count", "5").lines
                val tail = run(*args, *solver, "--count", "5", "--first-index", "5").lines
                (head + tail) shouldContainExactly whole
            }
        }

        "computes the sample with the largest index" {
            val run =
                run("sample", "--target", "bimodal", "--quiet", "--first-index", "9223372036854775806", "--count", "1")
            run.code shouldBe 0
            json(run).single().get("index").longValue() shouldBe 9223372036854775806
        }

        "gives other samples for another seed" {
            val args = arrayOf("sample", "--target", "bimodal", "--count", "1", "--quiet")
            (run(*args, "--seed", "1").out == run(*args, "--seed", "2").out) shouldBe false
        }

        "runs every fixed-step solver within its budget, without an error estimate" {
            for (solver in SolverChoice.names() - listOf("sliding", "picard", "parallel", "fors")) {
                val run =
                    run("sample", "--target", "ring8", "--solver", solver, "--budget", "12", "--count", "2", "--quiet")
                withClue("$solver: ${run.err}") {
                    run.code shouldBe 0
                    json(run).forEach {
                        it.get("status").stringValue() shouldBe "unestimated"
                        it.get("calls").intValue() shouldBe 12
                        it.get("error").isNull shouldBe true
                    }
                }
            }
        }

        "places fixed steps on the requested grid" {
            val args = arrayOf("sample", "--target", "ring8", "--solver", "heun", "--budget", "12", "--quiet")
            run(*args, "--grid", "uniform").out shouldBe run(*args).out
            (run(*args, "--grid", "karras").out == run(*args).out) shouldBe false
        }

        "writes CSV with the same numbers as NDJSON" {
            val args = arrayOf("sample", "--target", "ring8", "--count", "3", "--quiet")
            val csv = run(*args, "--format", "csv").lines
            csv[0] shouldBe "index,status,calls,error,x0,x1"
            csv.drop(1) shouldContainExactly
                run(*args).lines.map {
                    val node = mapper.readTree(it)
                    val (x0, x1) = it.substringAfter("[").substringBefore("]").split(",")
                    val error = it.substringAfter("\"error\":").substringBefore(",")
                    "${node.get("index")},converged,${node.get("calls")},$error,$x0,$x1"
                }
        }

        "leaves the error cell of CSV empty where there is no estimate" {
            val args = arrayOf("sample", "--target", "bimodal", "--solver", "euler", "--budget", "3", "--count", "1")
            run(*args, "--format", "csv", "--quiet").lines[1] shouldMatch "0,unestimated,3,,-?[0-9.E-]+"
        }

        "writes NumPy arrays of little-endian doubles" {
            val args = arrayOf("sample", "--target", "ring8", "--count", "3", "--quiet")
            val bytes = run(*args, "--format", "npy").bytes.toByteArray()
            bytes.size shouldBe 128 + 3 * 2 * 8
            bytes.copyOfRange(0, 10).toList() shouldBe
                listOf(0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0).map { it.toByte() }
            String(bytes, 10, 118).trimEnd(' ', '\n') shouldBe
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }"
            bytes[127] shouldBe '\n'.code.toByte()
            val numbers = ByteBuffer.wrap(bytes, 128, 48).order(ByteOrder.LITTLE_ENDIAN)
            json(run(*args)).flatMap(::values).forEach { numbers.getDouble() shouldBe it }
        }

        "writes numbers that parse to the same doubles" {
            for (value in listOf(0.1, 1.0 / 3, 1e-300, 5e-324, 1.7976931348623157e308, -0.0, 2e-3, 1e7, 1.0E23)) {
                Decimal.of(value).toDouble() shouldBe value
            }
            // The JDK's own text was longer before JDK 19.
            Decimal.of(2e23) shouldBe "2.0E23"
        }

        "writes valid, empty files for no samples" {
            val args = arrayOf("sample", "--target", "ring8", "--count", "0", "--quiet")
            run(*args).let {
                it.code shouldBe 0
                it.out shouldBe ""
            }
            run(*args, "--format", "csv").out shouldBe "index,status,calls,error,x0,x1\n"
            val npy = run(*args, "--format", "npy")
            npy.bytes.size shouldBe 128
            npy.out shouldContain "'shape': (0, 2)"
            val plot = dir.resolve("none.png")
            run(*args, "--plot", plot.toString()).code shouldBe 0
            (ImageIO.read(plot.toFile()).width > 0) shouldBe true
        }

        "samples a mixture's mean and covariance" {
            val file =
                dir.file(
                    "mixture.json",
                    """{"type":"gaussian-mixture","components":[
                      {"weight":3,"mean":[1,0],"std":0.5},
                      {"weight":1,"mean":[-1,2],"std":[[0.5,0.3],[0.3,0.4]]}]}""",
                )
            val n = 4000
            val run = run("sample", "--target", file, "--count", "$n", "--quiet", "--seed", "5", "--tolerance", "1e-3")
            run.code shouldBe 0
            val rows = json(run).map(::values)
            val mean = (0..1).map { i -> rows.sumOf { it[i] } / n }
            // By hand: mean .75 (1, 0) + .25 (-1, 2); covariance .75 .25 I + .25 C + .75 .25 (2, -2)(2, -2)'.
            val trueMean = listOf(0.5, 0.5)
            val trueCovariance = mapOf((0 to 0) to 1.0625, (0 to 1) to -0.675, (1 to 1) to 1.0375)
            // Five standard errors on each of five numbers: p below 3e-6.
            for (i in 0..1) {
                mean[i] shouldBe (trueMean[i] plusOrMinus 5 * sqrt(trueCovariance.getValue(i to i) / n))
            }
            for ((at, expected) in trueCovariance) {
                val products = rows.map { (it[at.first] - mean[at.first]) * (it[at.second] - mean[at.second]) }
                val covariance = products.average()
                val spread = sqrt(products.sumOf { (it - covariance) * (it - covariance) } / n)
                covariance shouldBe (expected plusOrMinus 5 * spread / sqrt(n.toDouble()))
            }
        }

        "takes per-axis standard deviations and a data set beside its JSON file" {
            val axes = dir.file(
                "axes.json",
                """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[5,5],"std":[1e-3,1]}]}""",
            )
            val spread = json(run("sample", "--target", axes, "--count", "50", "--quiet")).map(::values)
            (spread.maxOf { abs(it[0] - 5) } < 0.01) shouldBe true
            (spread.maxOf { abs(it[1] - 5) } > 0.5) shouldBe true
            dir.file("rows.csv", "\uFEFFa,b\r\n0,0\r\n\r\n10,10\r\n")
            val dataset = dir.file("rows.json", """{"type":"dataset","file":"rows.csv","bandwidth":0.05}""")
            val rows = json(run("sample", "--target", dataset, "--count", "40", "--quiet")).map(::values)
            // Forty draws from two equal atoms: all the same with p = 2^-39.
            rows.map { (it[0] / 10).let { x -> Math.round(x) } }.toSet() shouldBe setOf(0L, 1L)
            rows.forEach { abs(it[0] - it[1]).shouldBeBetween(0.0, 0.5, 0.0) }
        }

        "prints a table of certificates and the files it wrote" {
            val out = dir.resolve("table.csv").toString()
            val run = run("sample", "--target", "ring8", "--count", "4", "--format", "csv", "--out", out)
            run.code shouldBe 0
            run.out shouldBe ""
            val lines = run.err.lines()
            lines[0] shouldMatch "status +samples +mean calls +worst +mean rounds +mean error +worst"
            lines[1] shouldMatch "converged +4 +[0-9.]+ +[0-9]+ +[0-9.]+ +[0-9.]+e-[0-9]+ +[0-9.]+e-[0-9]+"
            lines[2] shouldBe "wrote $out"
        }

        "says none where a solver has no estimate" {
            val run = run("sample", "--target", "ring8", "--count", "4", "--solver", "unipc", "--budget", "9")
            run.err.lines()[1] shouldMatch "unestimated +4 +9\\.0 +9 +9\\.0 +none +none"
        }

        "draws images, histograms and scatter plots" {
            val digits = dir.resolve("digits.png")
            val args = arrayOf("--count", "13", "--quiet", "--tolerance", "1e-2", "--plot")
            run("sample", "--target", "digits", *args, digits.toString()).code shouldBe 0
            ImageIO.read(digits.toFile()).let { image ->
                // Seven in a row leave one of fourteen cells empty: 128 pixels each, a frame of two, and gaps of eight.
                image.width shouldBe 7 * 138 + 8
                image.height shouldBe 2 * 138 + 8
                val greys = (0 until 128).map { image.getRGB(9 + it, 73) and 0xff }
                (greys.min() < 128 && greys.max() > 200) shouldBe true
                val empty = image.getRGB(6 * 138 + 8, 138 + 8, 130, 130, null, 0, 130)
                empty.map { it and 0xffffff }.distinct() shouldBe listOf(0xffffff)
            }
            for (target in listOf("bimodal", "ring8")) {
                val file = dir.resolve("$target.png")
                run("sample", "--target", target, *args, file.toString()).code shouldBe 0
                ImageIO.read(file.toFile()).width shouldBe 1600
            }
        }

        "accepts extensions in upper and lower case" {
            val plot = dir.resolve("a.PNG")
            val plan = dir.resolve("a.Json")
            val args = arrayOf("sample", "--target", "ring8", "--count", "2", "--quiet")
            run(*args, "--plot", "$plot", "--save-plan", "$plan").code shouldBe 0
            ImageIO.read(plot.toFile()).width shouldBe 1600
            val film = dir.resolve("a.Png")
            run("sample", "--target", "digits", "--count", "1", "--tolerance", "1e-2", "--film", "$film").code shouldBe
                0
            val compared =
                arrayOf("compare", "--target", "ring8", "--solvers", "heun", "--budgets", "8", "--count", "1")
            run(*compared, "--plot", "$plot").code shouldBe 0
            val draws = arrayOf("posterior", "--target", "tumours", "--count", "1", "--burn-in", "5", "--quiet")
            run(*draws, "--plot", "$plot", "--summary", dir.resolve("a.JSON").toString()).code shouldBe 0
        }

        "shows no number without data: for no samples and for one" {
            val states = dir.file("states.csv", "0.5,1\n1,2\n")
            val plot = dir.resolve("few.png").toString()
            for (count in listOf("0", "1")) {
                for (args in listOf(
                    arrayOf("sample", "--target", "ring8", "--plot", plot),
                    arrayOf("sample", "--target", "ring8", "--format", "csv", "--solver", "fors"),
                    arrayOf("sample", "--target", "ring8", "--correct", "fors"),
                    arrayOf("sample", "--target", "ring8", "--correct", "metropolis"),
                    arrayOf("sample", "--target", "ring8", "--budget", "12"),
                    arrayOf("sample", "--target", "ring8", "--renoise", states, "--from-sigma", "1"),
                    arrayOf("decode", "--target", "ring8", "--initial", states),
                    arrayOf("encode", "--target", "ring8", "--input", states),
                    arrayOf("encode", "--target", "ring8", "--input", states, "--likelihood", "--probes", "1"),
                    arrayOf(
                        "posterior",
                        "--target",
                        "tumours",
                        "--burn-in",
                        "5",
                        "--plot",
                        plot,
                        "--summary",
                        "-",
                        "--out",
                        dir.resolve("few.ndjson").toString(),
                    ),
                    arrayOf("posterior", "--target", "tumours", "--burn-in", "0", "--chains", "1", "--format", "csv"),
                )) {
                    val run = run(*args, "--count", count)
                    withClue("${args.toList()} $count: ${run.err} ${run.out}") {
                        run.code shouldBe 0
                        listOf("NaN", "Infinity", "java", "Exception").forEach {
                            (run.out + run.err) shouldNotContain it
                        }
                    }
                }
            }
        }

        "prints its help and version" {
            val commands = listOf("sample", "decode", "encode", "expect", "evaluate", "compare", "posterior")
            for (command in commands) {
                val help = run(command, "--help").out
                help shouldContain "Usage: scoreflux $command"
                for (args in listOf(
                    arrayOf(command, "-h"),
                    arrayOf("help", command),
                    arrayOf(command, "--target", "no-such", "--help"),
                )) {
                    val asked = run(*args)
                    withClue(args.toList()) {
                        asked.code shouldBe 0
                        asked.err shouldBe ""
                        asked.out shouldBe help
                    }
                }
                run(command, "--version").out shouldBe run("--version").out
                run("--version", command).out shouldBe run("--version").out
                run(command, "-V").out shouldBe run("--version").out
            }
            val all = run("--help").out
            listOf(arrayOf("-h"), arrayOf("help"), arrayOf("--help", "sample")).forEach { run(*it).out shouldBe all }
            run("help", "help").code shouldBe 0
            run("--version").out shouldMatch "scoreflux \\d+\\.\\d+\\.\\d+.*\\R"
            run("--help").out shouldContain "evaluate"
            val help = run("sample", "--help")
            help.code shouldBe 0
            help.err shouldBe ""
            listOf("--first-index", "lowestDegree", "Exit code", "Without --out").forEach { help.out shouldContain it }
        }
    })
