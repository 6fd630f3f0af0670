package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.cli.output.Progress
import io.scoreflux.files.format.SampleFile
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Files
import javax.imageio.ImageIO
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln1p
import kotlin.math.sign
import kotlin.math.sqrt

private val JSON = JsonMapper()

private fun summary(vararg args: String): JsonNode {
    val file = temporary().resolve("summary.json")
    val run = run("posterior", *args, "--summary", file.toString(), "--quiet")
    withClue(run.err) { run.code shouldBe 0 }
    return JSON.readTree(Files.readString(file))
}

private fun JsonNode.coefficients() = get("coefficients").values().toList()

class PosteriorSpec :
    FreeSpec({
        val dir = temporary()
        dir.file("rows.csv", "dose,age,sick\n1,20,0\n2,35,0\n3,30,1\n4,50,0\n5,42,1\n6,61,1\n")
        val logistic = dir.file(
            "logistic.json",
            """{"type":"logistic-regression","file":"rows.csv","label":"sick","prior-std":2.5,"standardize":true}""",
        )

        "delivers the same draws in order for any count, batch, number of threads and output" {
            val all = run("posterior", "--target", logistic, "--count", "41", "--burn-in", "50", "--quiet")
            all.code shouldBe 0
            all.err shouldBe ""
            val lines = all.lines.map { JSON.readTree(it) }
            lines.map { it.get("index").intValue() } shouldContainExactly (0 until 41).toList()
            lines.map { it.get("chain").intValue() } shouldContainExactly List(41) { it % 4 }
            lines.map { it.get("draw").intValue() } shouldContainExactly List(41) { it / 4 }
            lines.forEach {
                it.get("status").stringValue() shouldBe "unestimated"
                it.get("error").isNull shouldBe true
                it.get("values").size() shouldBe 3
            }
            run(
                "posterior",
                "--target",
                logistic,
                "--count",
                "7",
                "--burn-in",
                "50",
                "--threads",
                "3",
                "--batch",
                "1",
                "--quiet",
            ).lines shouldContainExactly
                all.lines.take(7)
            val file = dir.resolve("draws.ndjson")
            run("posterior", "--target", logistic, "--count", "41", "--burn-in", "50", "--out", file.toString())
            Files.readAllLines(file) shouldContainExactly all.lines
        }

        "writes CSV and NPY that read back" {
            val csv = dir.resolve("draws.csv")
            val npy = dir.resolve("draws.npy")
            run(
                "posterior",
                "--target",
                logistic,
                "--count",
                "9",
                "--format",
                "csv",
                "--out",
                csv.toString(),
                "--quiet",
            ).code shouldBe
                0
            run(
                "posterior",
                "--target",
                logistic,
                "--count",
                "9",
                "--format",
                "npy",
                "--out",
                npy.toString(),
                "--quiet",
            ).code shouldBe
                0
            Files.readAllLines(csv)[0] shouldBe "index,status,calls,error,intercept,dose,age,chain,draw"
            val rows = SampleFile.read(csv).rows().map { it.toList() }
            rows.size shouldBe 9
            SampleFile.read(npy).rows().map { it.toList() } shouldContainExactly rows
        }

        "writes any names of coefficients to CSV, and reads them back" {
            val names = listOf("x0", "x2", "chain", "status", "a, b", "6\" tall", "größe", "draw")
            val quoted = names.joinToString(",") { "\"" + it.replace("\"", "\"\"") + "\"" }
            dir.file(
                "names.csv",
                "$quoted,sick\n" + (1..12).joinToString("\n") { k ->
                    names.indices.joinToString(",") { "${(k * k * (it + 2) + 5 * it * k) % 19}" } + ",${k % 2}"
                },
            )
            val target = dir.file(
                "names.json",
                """{"type":"logistic-regression","file":"names.csv","label":"sick","prior-std":1,"standardize":true}""",
            )
            val args = arrayOf("posterior", "--target", target, "--count", "5", "--burn-in", "20", "--quiet")
            val csv = dir.resolve("named.csv")
            val npy = dir.resolve("named.npy")
            run(*args, "--format", "csv", "--out", csv.toString()).code shouldBe 0
            run(*args, "--format", "npy", "--out", npy.toString()).code shouldBe 0
            Files.readAllLines(csv)[0] shouldBe
                "index,status,calls,error,intercept,x0,x2,chain,status,\"a, b\",\"6\"\" tall\",größe,draw,chain,draw"
            val rows = SampleFile.read(csv).rows().map { it.toList() }
            rows.map { it.size } shouldContainExactly List(5) { 9 }
            rows shouldContainExactly SampleFile.read(npy).rows().map { it.toList() }
            val evaluated = run("evaluate", "--samples", csv.toString(), "--reference", npy.toString(), "--paired")
            JSON.readTree(evaluated.out).get("pairedLargest").doubleValue() shouldBe 0.0
        }

        "omits statistics that need more draws" {
            val none = run("posterior", "--target", logistic, "--count", "0", "--burn-in", "20")
            none.err.lines()[1].split(Regex(" +")) shouldContainExactly listOf("intercept") + List(7) { "-" }
            none.err.lines()[4] shouldBe "0 draws, 0 gradients, 0 more in burn-in"
            val one = run("posterior", "--target", logistic, "--count", "1", "--burn-in", "20", "--chains", "1")
            one.err shouldContain "burn-in: 20 steps of 1 chain\n"
            one.err shouldContain "\n1 draw, "
            one.err shouldNotContain "per effective draw"
            summary("--target", logistic, "--count", "1", "--burn-in", "20").coefficients().forEach {
                it.get("sd").isNull shouldBe true
                it.get("q50").isNull shouldBe false
            }
        }

        "warns that there are too few draws, not that chains disagree" {
            for (few in listOf("0 draws", "1 draw", "7 draws")) {
                val count = few.substringBefore(' ')
                val run = run("posterior", "--target", logistic, "--count", count, "--chains", "3", "--burn-in", "20")
                withClue(run.err) {
                    run.code shouldBe 0
                    run.err shouldContain
                        "warning: $few of 3 chains are too few to tell whether the chains agree; draw at least 4 from each"
                    run.err shouldNotContain "do not agree"
                    run.err shouldNotContain "warning: the effective"
                }
            }
            summary("--target", logistic, "--count", "15", "--burn-in", "20").get("warnings").values().map {
                it.stringValue()
            } shouldContainExactly
                listOf(
                    "15 draws of 4 chains are too few to tell whether the chains agree; draw at least 4 from each",
                )
            run("posterior", "--target", logistic, "--count", "16", "--burn-in", "20").err shouldNotContain "too few"
        }

        "counts draws while it runs" {
            val err = ByteArrayOutputStream()
            var seconds = 0L
            Progress.Lines(PrintStream(err, true), 3, "draws") { 11_000_000_000 * seconds++ }.step()
            err.toString() shouldBe "1 of 3 draws${System.lineSeparator()}"
        }

        "summarizes a normal distribution" {
            val target = dir.file("normal.json", """{"type":"gaussian","mean":[1,-2],"std":[[4,1],[1,1]]}""")
            val found = summary("--target", target, "--count", "8000")
            found.get("overflow").doubleValue() shouldBe 0.0
            // Almost independent draws: an effective size of 6000 or more; four standard errors.
            val (x, y) = found.coefficients()
            x.get("mean").doubleValue() shouldBe (1.0 plusOrMinus 4 * 2 / sqrt(6000.0))
            y.get("mean").doubleValue() shouldBe (-2.0 plusOrMinus 4 / sqrt(6000.0))
            x.get("sd").doubleValue() shouldBe (2.0 plusOrMinus 4 * 2 / sqrt(2 * 6000.0))
            // The density of a quantile at 2.5% is .058 / sd: standard error sqrt(.025 * .975 / 6000) / .058 = .035 sd.
            y.get("q2.5").doubleValue() shouldBe (-2 - 1.96 plusOrMinus 4 * 0.035)
            found.get("warnings").size() shouldBe 0
        }

        "restricts a normal distribution to a box, a half-space, or adds an L1 term" {
            // |N(0, 1)|: mean sqrt(2 / pi).
            val half = dir.file("half.json", """{"type":"gaussian","mean":[0,0],"std":1,"lower":[0,null]}""")
            val box = summary("--target", half, "--count", "8000").coefficients()

            fun JsonNode.check(mean: Double) =
                get("mean").doubleValue() shouldBe (mean plusOrMinus 4 * get("mcse").doubleValue())
            box[0].check(sqrt(2 / Math.PI))
            box[1].check(0.0)
            val plane = dir.file(
                "plane.json",
                """{"type":"gaussian","mean":[0,0],"std":1,"half-space":{"normal":[-3,-4],"offset":0}}""",
            )
            val cut = summary("--target", plane, "--count", "8000").coefficients()
            cut[0].check(0.6 * sqrt(2 / Math.PI))
            cut[1].check(0.8 * sqrt(2 / Math.PI))
            val norm = dir.file("norm.json", """{"type":"gaussian","mean":[0],"std":1,"l1":[1]}""")
            // E|x| under exp(-|x| - x^2 / 2) is the inverse Mills ratio at 1 less 1; the mean is 0 by symmetry.
            summary("--target", norm, "--count", "8000").coefficients()[0].check(0.0)
        }

        "names the coefficients, and estimates larger ones under a weaker prior" {
            val names = { found: JsonNode -> found.coefficients().map { it.get("name").stringValue() } }
            val base = """"type":"logistic-regression","file":"rows.csv","label":"sick","standardize":true"""
            val tight = summary("--target", dir.file("t.json", """{$base,"prior-std":0.1}"""), "--count", "2000")
            names(tight) shouldContainExactly listOf("intercept", "dose", "age")
            // Where the prior rules, the posterior is the prior, to the likelihood's curvature of 6 / 4 against 100.
            tight.coefficients().forEach { it.get("sd").doubleValue() shouldBe (0.1 plusOrMinus 0.01) }
            val laplace =
                summary(
                    "--target",
                    dir.file("l.json", """{$base,"prior-std":0.1,"prior":"laplace"}"""),
                    "--count",
                    "4000",
                )
            laplace.coefficients().forEach { it.get("sd").doubleValue() shouldBe (0.1 plusOrMinus 0.015) }
            val without =
                summary("--target", dir.file("w.json", """{$base,"prior-std":1,"intercept":false}"""), "--count", "100")
            names(without) shouldContainExactly listOf("dose", "age")
        }

        "regresses counts" {
            dir.file("counts.csv", "n\n3\n5\n4\n6\n2\n")
            val target = dir.file(
                "counts.json",
                """{"type":"poisson-regression","file":"counts.csv","label":"n","prior-std":1000}""",
            )
            val found = summary("--target", target, "--count", "8000").coefficients()[0]
            // ln of a Gamma(20, 5) rate: mean digamma(20) - ln 5 under the flat prior.
            found.get("mean").doubleValue() shouldBe
                (2.970523992 - 1.609437912 plusOrMinus 4 * found.get("mcse").doubleValue())
        }

        "the built-in regression on real data says which features go with malignant tumours" {
            val out = temporary().resolve("tumours.png")
            val run =
                run("posterior", "--target", "tumours", "--count", "2000", "--plot", out.toString(), "--format", "csv")
            withClue(run.err) {
                run.code shouldBe 0
                run.err shouldContain "burn-in: 500 steps of 4 chains"
                run.err shouldContain "coefficient"
                run.err shouldContain "gradients per effective draw"
                run.lines.size shouldBe 2001
            }
            ImageIO.read(out.toFile()).width shouldBe 1600
        }

        "means and deviations on the real data agree with a long HMC run, for both priors" {
            val lines = javaClass.getResourceAsStream(
                "/io/scoreflux/files/tumours/tumours.csv",
            )!!.bufferedReader().readLines()
            Files.write(dir.resolve("tumours.csv"), lines)
            val cells = lines.drop(1).map { line -> line.split(',').map { it.toDouble() } }
            val columns = (0 until 10).map { i -> cells.map { it[i] } }.map { column ->
                val mean = column.average()
                val deviation = sqrt(column.sumOf { (it - mean) * (it - mean) } / (column.size - 1))
                column.map { (it - mean) / deviation }
            }
            val rows = cells.indices.map { k -> DoubleArray(11) { if (it == 0) 1.0 else columns[it - 1][k] } }
            val labels = DoubleArray(cells.size) { cells[it][10] }
            for (prior in listOf("gaussian", "laplace")) {
                val target = dir.file(
                    "tumours-$prior.json",
                    """{"type":"logistic-regression","file":"tumours.csv","label":"malignant","prior":"$prior","prior-std":2.5,"standardize":true}""",
                )
                // As many threads as cores: the draws do not depend on them.
                val ours = summary(
                    "--target",
                    target,
                    "--count",
                    "40000",
                    "--chains",
                    "16",
                    "--threads",
                    "2",
                ).coefficients()

                fun product(
                    row: DoubleArray,
                    b: DoubleArray,
                ): Double {
                    var sum = 0.0
                    for (i in b.indices) sum += row[i] * b[i]
                    return sum
                }
                val reference = Hmc(
                    11,
                    { b ->
                        var f = 0.0
                        for (i in b.indices) {
                            if (prior == "gaussian") f += b[i] * b[i] / 12.5 else f += sqrt(2.0) / 2.5 * abs(b[i])
                        }
                        for (k in rows.indices) {
                            val eta = product(rows[k], b)
                            f += maxOf(eta, 0.0) + ln1p(exp(-abs(eta))) - labels[k] * eta
                        }
                        f
                    },
                    { b, gradient ->
                        for (i in b.indices) {
                            gradient[i] = if (prior == "gaussian") b[i] / 6.25 else sqrt(2.0) / 2.5 * sign(b[i])
                        }
                        for (k in rows.indices) {
                            val residual = 1 / (1 + exp(-product(rows[k], b))) - labels[k]
                            for (i in b.indices) gradient[i] += residual * rows[k][i]
                        }
                    },
                )
                val theirs = reference.estimates(DoubleArray(11) { ours[it].get("mean").doubleValue() }, 16, 1000, 1500)
                ours.forEachIndexed { i, line ->
                    val (mean, meanError) = theirs[i].first
                    val (deviation, deviationError) = theirs[i].second
                    val ess = line.get("ess").doubleValue()
                    val sd = line.get("sd").doubleValue()
                    // Three standard errors of the difference. That of a deviation is sd / sqrt(2 n) for a normal
                    // distribution, and these distributions have longer tails.
                    withClue("$prior $line against $mean +- $meanError, $deviation +- $deviationError") {
                        line.get("mean").doubleValue() shouldBe
                            (mean plusOrMinus 3 * sqrt(sd * sd / ess + meanError * meanError))
                        sd shouldBe (deviation plusOrMinus 3 * sqrt(sd * sd / ess + deviationError * deviationError))
                    }
                }
            }
        }

        "refuses targets, with place, rule and value:" - {
            dir.file("words.csv", "a,sick\n1,yes\n2,no\n")
            dir.file("three.csv", "a,sick\n1,0\n2,2\n")
            dir.file("constant.csv", "a,b,sick\n1,5,0\n2,5,1\n")
            dir.file("nan.csv", "a,sick\n1,0\nNaN,1\n")
            dir.file("ragged.csv", "a,sick\n1,0\n2\n")
            dir.file("unnamed.csv", "1,0\n2,1\n")
            dir.file("twice.csv", "a,a,sick\n1,2,0\n")
            dir.file("none.csv", "a,sick\n")
            dir.file("half.csv", "a,n\n1,0.5\n")
            dir.file("counts-huge.csv", "a,n\n1,3\n2,1e300\n")
            dir.file("open.csv", "a,sick\n1,0\n\"2,1\n")
            dir.file("semicolon.csv", "a;sick\n1,5;0\n")
            dir.file("tab.csv", "a\tsick\n1\t0\n")
            dir.file("huge.csv", "a,sick\n1e200,1\n-1e200,0\n")
            dir.file("cell.csv", "a,sick\n1,0\n1e308,1\n")
            dir.file("close.csv", "a,sick\n1e-300,0\n2e-300,1\n")
            dir.file("named.csv", "a,intercept,sick\n1,2,0\n2,1,1\n")
            dir.file("zero.csv", "a,b,sick\n1,0,0\n2,0,1\n")
            Files.write(dir.resolve("latin.csv"), "größe,sick\n1,0\n2,1\n".toByteArray(Charsets.ISO_8859_1))
            Files.write(dir.resolve("utf16.csv"), "a,sick\n1,0\n2,1\n".toByteArray(Charsets.UTF_16))
            Files.write(dir.resolve("bare16.csv"), "a,sick\n1,0\n2,1\n".toByteArray(Charsets.UTF_16LE))
            Files.createDirectory(dir.resolve("folder.csv"))

            fun logistic(
                file: String,
                more: String = """"label":"sick","prior-std":1""",
            ) = """{"type":"logistic-regression","file":"$file",$more}"""
            mapOf(
                logistic("no-such.csv") to "no-such.csv: no such file",
                logistic("words.csv") to
                    "words.csv, line 2, column 'sick': the label must be 0 or 1, was 'yes'; write 1 for",
                logistic("latin.csv") to "latin.csv: not text in UTF-8; save it as UTF-8",
                logistic("utf16.csv") to "utf16.csv: not text in UTF-8; save it as UTF-8",
                logistic("bare16.csv") to
                    "bare16.csv, line 1: the text contains null characters, as UTF-16 does; save it as UTF-8",
                logistic("folder.csv") to "folder.csv: it is a directory; name a file",
                logistic("open.csv") to "open.csv, line 3: a quoted cell is not closed; add the closing quote",
                logistic("semicolon.csv") to
                    "semicolon.csv, line 1: cells must be separated by commas, was a semicolon;",
                logistic("tab.csv") to "tab.csv, line 1: cells must be separated by commas, was a tab;",
                logistic("cell.csv") to
                    "cell.csv, line 3, column 'a': numbers must be at most 1e150 in absolute value, was 1e308; scale the column",
                logistic("huge.csv") to "huge.csv, line 2, column 'a': numbers must be at most 1e150 in absolute value",
                logistic("close.csv", """"label":"sick","prior-std":1,"standardize":true""") to
                    "close.csv: the column 'a' varies too little for double precision; scale it or remove it",
                logistic("named.csv") to
                    "named.csv, line 1: a column is named 'intercept', like the additional coefficient; rename",
                logistic("zero.csv", """"label":"sick","prior-std":1,"intercept":false""") to
                    "zero.csv: the column 'b' is 0 in all rows, so its coefficient is undetermined; remove",
                logistic("words.csv", """"label":"a","prior-std":1""") to
                    "words.csv, line 2, column 'sick': 'yes' is not a number; write one like -1.5 or 2e-3",
                """{"type":"poisson-regression","file":"counts-huge.csv","label":"n","prior-std":1}""" to
                    "counts-huge.csv, line 3, column 'n': the label must be a count, a whole number from 0 to 1e9, was '1e300'",
                logistic("three.csv") to "three.csv, line 3, column 'sick': the label must be 0 or 1, was '2'",
                logistic("constant.csv") to "constant.csv: the column 'b' is 5.0 in all rows",
                logistic("nan.csv") to
                    "nan.csv, line 3, column 'a': numbers must be finite, was NaN; replace it by a finite number",
                logistic("ragged.csv") to "ragged.csv, line 3 has 1 cells, the first line has 2",
                logistic("unnamed.csv") to "unnamed.csv, line 1: '1' is not the name of a column",
                logistic("twice.csv") to "twice.csv, line 1: two columns are named 'a'",
                logistic("none.csv") to "none.csv: the file has no rows",
                logistic("rows.csv", """"label":"sik","prior-std":1""") to
                    "rows.csv: there is no column 'sik' (did you mean 'sick'?); columns: dose, age, sick",
                logistic("rows.csv", """"label":"sick"""") to "the field 'prior-std' is missing; add it",
                logistic("rows.csv", """"label":"sick","prior-std":0""") to
                    "prior-std must be greater than 0, was 0.0; it is the prior's standard deviation, often 2.5",
                logistic("rows.csv", """"label":"sick","prior-std":1,"prior":"laplas"""") to
                    "prior 'laplas' is unknown (did you mean 'laplace'?); available: gaussian, laplace",
                logistic("rows.csv", """"label":"sick","prior-std":1,"intercept":1""") to
                    "intercept must be true or false, was 1",
                logistic("rows.csv", """"label":"sick","prior-sd":1""") to
                    "unknown field 'prior-sd' (did you mean 'prior-std'?)",
                """{"type":"poisson-regression","file":"half.csv","label":"n","prior-std":1}""" to
                    "half.csv, line 2, column 'n': the label must be a count, a whole number from 0 to 1e9, was '0.5'",
                """{"type":"logistic"}""" to
                    "type 'logistic' is not a log-concave target; available: logistic-regression",
                """{"type":"gaussian-mixture"}""" to "type 'gaussian-mixture' is not a log-concave target",
                """{"type":"gaussian","mean":[0,0],"std":[1]}""" to "std must have 2 entries like the mean, has 1",
                """{"type":"gaussian","mean":[0],"std":1,"lower":[1],"upper":[1]}""" to
                    "lower[0] must be below upper[0], was 1.0 >= 1.0",
                """{"type":"gaussian","mean":[0],"std":1,"lower":[1,2]}""" to
                    "lower must have 1 numbers like the mean, has 2",
                """{"type":"gaussian","mean":[0],"std":1,"lower":[1],"l1":[1]}""" to "allows only one of a box",
                """{"type":"gaussian","mean":[0],"std":1,"half-space":{"normal":[0],"offset":1}}""" to
                    "normal must have an entry other than 0",
                """{"type":"gaussian","mean":[0],"std":1,"l1":[-1]}""" to
                    "weights[0] must be in [0.0, Infinity), was -1.0",
            ).toList().forEachIndexed { i, (text, message) ->
                message {
                    refused(listOf(message), "posterior", "--target", dir.file("bad$i.json", text))
                }
            }
        }

        "refuses options:" - {
            mapOf(
                "--bound 3.5" to "--bound must be greater than 0 and at most 3, was 3.5",
                "--bound NaN" to "--bound must be greater than 0 and at most 3, was NaN",
                "--safety 0.5" to "--safety must be finite and at least 1, was 0.5",
                "--chains 0" to "--chains must be at least 1, was 0",
                "--chains 10001" to "--chains must be at most 10000, was 10001",
                "--burn-in -1" to "--burn-in must be at least 0, was -1",
                "--every 0" to "--every must be at least 1, was 0",
                "--count -1" to "--count must be at least 0, was -1",
                "--precondition mod" to "unknown --precondition 'mod' (did you mean 'mode'?)",
                "--format xml" to "unknown --format 'xml'",
                "--plot a.jpg" to "name a file that ends in .png",
                "--summary s.csv" to "--summary writes JSON; name a file that ends in .json, was s.csv",
                "--summary a.json --out a.json" to "--out and --summary name the same file",
                "--target tumors" to "unknown target 'tumors' (did you mean 'tumours'?)",
            ).forEach { (options, message) ->
                options {
                    val target = if (options.startsWith("--target")) emptyArray() else arrayOf("--target", logistic)
                    refused(listOf(message), "posterior", *target, *options.split(' ').toTypedArray())
                }
            }
        }

        "sample points to posterior for log-concave targets" {
            refused(
                listOf("'logistic-regression' is a log-concave target, for the command posterior"),
                "sample",
                "--target",
                logistic,
            )
        }

        "if unscaled columns prevent the search of the mode, the error says how to scale them" {
            // Beside the intercept a column that differs from a constant in the tenth digit: condition numbers near 1e20.
            dir.file("far.csv", "year,sick\n5e9,0\n5000000001,0\n5000000002,1\n5000000003,0\n5000000004,1\n")
            val base = """{"type":"logistic-regression","file":"far.csv","label":"sick","prior-std":2.5"""
            val run = run("posterior", "--target", dir.file("far.json", "$base}"), "--quiet")
            run.code shouldBe 1
            run.err.trimEnd().lines().size shouldBe 1
            run.err shouldStartWith "scoreflux: search of the mode: "
            run.err shouldContain """; give "standardize":true in the target"""
            run.err shouldNotContain "preconditioner"
            run(
                "posterior",
                "--target",
                dir.file("near.json", """$base,"standardize":true}"""),
                "--quiet",
            ).code shouldBe
                0
        }

        "a Poisson regression on unscaled columns under an enormous prior finds its mode" {
            dir.file("steep.csv", "a,n\n1,1\n1000,3\n2000,8\n3000,20\n")
            val target = dir.file(
                "steep.json",
                """{"type":"poisson-regression","file":"steep.csv","label":"n","prior-std":1e6}""",
            )
            val run = run("posterior", "--target", target, "--count", "400", "--burn-in", "200", "--quiet")
            run.err shouldBe ""
            run.code shouldBe 0
        }
    })
