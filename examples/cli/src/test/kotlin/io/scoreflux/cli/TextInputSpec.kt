package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.byte
import io.kotest.property.arbitrary.element
import io.kotest.property.arbitrary.int
import io.kotest.property.checkAll
import io.scoreflux.files.format.RowSet
import io.scoreflux.files.format.SampleFile
import io.scoreflux.files.input.TextReader
import io.scoreflux.files.text.UserError
import tools.jackson.databind.json.JsonMapper
import java.nio.charset.Charset
import java.nio.file.Files
import kotlin.math.abs

/** Text input: encodings, byte order marks, headers, cells and lines. */
class TextInputSpec :
    FreeSpec({
        val dir = temporary()
        val mark = "\uFEFF"

        fun values(run: Run) =
            run.lines.map { line ->
                JsonMapper().readTree(line).get("values").values().map { it.doubleValue() }
            }

        fun dataset(
            name: String,
            text: String,
        ): String {
            dir.file("$name.csv", text)
            return dir.file("$name.json", """{"type":"dataset","file":"$name.csv","bandwidth":0.05}""")
        }

        fun read(text: String): RowSet = SampleFile.states(dir.resolve(dir.file("rows.csv", text)))

        fun rows(text: String): List<List<Double>> = read(text).rows().map { it.toList() }

        fun complaint(text: String): String =
            runCatching { read(text) }.exceptionOrNull().let {
                withClue(text) { (it is UserError) shouldBe true }
                it!!.message!!.removePrefix("${dir.resolve("rows.csv")}")
            }

        "a byte order mark changes nothing" - {
            "before a quoted name: two coordinates, the label is not read" {
                val target = dataset("a", "$mark\"x0\",\"x1\",\"label\"\r\n1.0,2.0,7\r\n3.0,4.0,7\r\n")
                val run = run("sample", "--target", target, "--count", "4", "--quiet")
                withClue(run.err) { run.code shouldBe 0 }
                values(run).forEach { it.size shouldBe 2 }
            }
            "before a quoted number: the first row is there" {
                val text = "\"1.0\"\n\"3.0\"\n\"5.0\"\n"
                val marked = run("sample", "--target", dataset("b", mark + text), "--count", "20", "--quiet")
                marked.out shouldBe run("sample", "--target", dataset("b0", text), "--count", "20", "--quiet").out
                val all = values(marked).map { it.single() }
                all[0] shouldBe (3.0009 plusOrMinus 5e-5)
                // Of three equal atoms twenty draws miss one with p = 3 (2/3)^20 = 9e-4; the seed is fixed.
                all.map { x -> listOf(1.0, 3.0, 5.0).minBy { abs(it - x) } }.toSet() shouldBe setOf(1.0, 3.0, 5.0)
                all.forEach { x -> listOf(1.0, 3.0, 5.0).minOf { abs(it - x) } shouldBeLessThan 0.3 }
            }
            "before a quoted label, with a comma and a blank or without" {
                for (label in listOf("y", "y, answer")) {
                    val text = "\"$label\",\"a\"\n0,1.5\n1,2.5\n0,0.5\n1,1.0\n"
                    val answers =
                        listOf(text, mark + text).map {
                            dir.file("c.csv", it)
                            val target = dir.file(
                                "c.json",
                                """{"type":"logistic-regression","file":"c.csv","label":"$label","prior-std":2.5}""",
                            )
                            run("posterior", "--target", target, "--count", "2", "--burn-in", "10", "--quiet")
                        }
                    withClue(answers[1].err) { answers[1].code shouldBe 0 }
                    answers[1].out shouldBe answers[0].out
                }
            }
            "in every kind of text" {
                val json = """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[0,0],"std":1}]}"""
                val observed = """{"indices":[0],"values":[0.5],"noise":0.1}"""
                val states = "{\"values\":[1,2]}\n{\"values\":[3,4]}\n"
                val plan = dir.resolve("plan.json")
                val args = arrayOf("--tolerance", "1e-2", "--quiet")
                run("sample", "--target", dir.file("g.json", json), "--count", "1", *args, "--save-plan", "$plan")
                val saved = Files.readString(plan)
                val runs =
                    listOf("", mark).map {
                        val target = dir.file("g.json", it + json)
                        listOf(
                            arrayOf("sample", "--count", "2"),
                            arrayOf("sample", "--count", "2", "--plan", dir.file("plan.json", it + saved)),
                            arrayOf("sample", "--count", "2", "--observe", dir.file("observed.json", it + observed)),
                            arrayOf("decode", "--initial", dir.file("states.ndjson", it + states)),
                        ).map { command -> run(*command, "--target", target, *args) }
                    }
                runs.flatten().forEach { withClue(it.err) { it.code shouldBe 0 } }
                runs[1].map { it.out } shouldContainExactly runs[0].map { it.out }
            }
            "and nothing but the mark is an empty file" {
                complaint(mark) shouldContain "the file has no rows"
            }
        }

        "other encodings are refused with the remedy, in every kind of text" - {
            fun commands(bytes: (String) -> ByteArray) =
                listOf(
                    Triple("e.json", """{"type":"dataset","file":"ok.csv","bandwidth":1}""", "--target"),
                    Triple("e.csv", "1,2\n3,4\n", "--initial"),
                    Triple("e.ndjson", "{\"values\":[1,2]}\n", "--initial"),
                    Triple("e.plan.json", "{\"cuts\":[1]}", "--plan"),
                    Triple("e.observed.json", """{"indices":[0],"values":[0.5],"noise":0.1}""", "--observe"),
                ).map { (name, text, option) ->
                    val file = Files.write(dir.resolve(name), bytes(text)).toString()
                    val command = if (option == "--initial") "decode" else "sample"
                    val target = if (option == "--target") arrayOf() else arrayOf("--target", "ring8")
                    file to arrayOf(command, *target, option, file)
                }
            dir.file("ok.csv", "1,2\n")
            for ((charset, start) in listOf(
                "UTF-16LE" to byteArrayOf(-1, -2),
                "UTF-16BE" to byteArrayOf(-2, -1),
                "UTF-32LE" to byteArrayOf(-1, -2, 0, 0),
                "UTF-32BE" to byteArrayOf(0, 0, -2, -1),
            )) {
                "$charset with its mark" {
                    commands { start + it.toByteArray(Charset.forName(charset)) }.forEach { (file, command) ->
                        refused(
                            listOf(
                                "$file: not text in UTF-8; save it as UTF-8 (its byte order mark is that of UTF-16 or UTF-32)",
                            ),
                            *command,
                        )
                    }
                }
                "$charset without its mark" {
                    commands { it.toByteArray(Charset.forName(charset)) }.forEach { (file, command) ->
                        refused(
                            listOf(
                                "$file, line 1: the text contains null characters, as UTF-16 does; save it as UTF-8",
                            ),
                            *command,
                        )
                    }
                }
            }
            "a byte that is no UTF-8, with its line and place" {
                commands { "\n \r\n".toByteArray() + it.toByteArray() + byteArrayOf(0xE9.toByte(), 0x20) }
                    .forEach { (file, command) ->
                        val line = 3 + Files.readAllBytes(dir.resolve(file)).drop(4).count { it == '\n'.code.toByte() }
                        val at = Files.size(dir.resolve(file)) - 1
                        refused(
                            listOf(
                                "$file: not text in UTF-8; save it as UTF-8 (line $line: byte $at of the file is 0xE9)",
                            ),
                            *command,
                        )
                    }
            }
            "far behind the start, and at the end" {
                val many = "1,2\n".repeat(10_000)
                for ((bad, byte) in listOf(
                    byteArrayOf(0x31, 0x80.toByte(), 0x0A) to "byte 40002 of the file is 0x80",
                    byteArrayOf(0xC3.toByte()) to "byte 40001 of the file is 0xC3",
                )) {
                    val file = Files.write(dir.resolve("far.csv"), many.toByteArray() + bad).toString()
                    refused(
                        listOf("far.csv: not text in UTF-8; save it as UTF-8 (line 10001: $byte)"),
                        "decode",
                        "--target",
                        "ring8",
                        "--initial",
                        file,
                    )
                }
            }
            "text does not depend on the blocks in which it arrives" {
                val text = "a\uD83D\uDE00é\u2028€\r\n".repeat(5000)
                TextReader.read(dir.resolve(dir.file("text.txt", mark + text))) shouldBe text
            }
        }

        "a first line is a header if each cell is a name" {
            for (names in listOf(
                listOf("a", "b"),
                listOf("_1", "Größe"),
                listOf("price, in EUR", "two words"),
                listOf("x1", "x2"),
                listOf("% fat", "(Intercept)"),
                listOf("年", "e5"),
                listOf("say \"so\"", "#rooms"),
            )) {
                val quoted = names.joinToString(",") { "\"${it.replace("\"", "\"\"")}\"" }
                val set = read("$quoted\n1,2\n")
                set.columns() shouldContainExactly names
                set.rows().map { it.toList() } shouldBe listOf(listOf(1.0, 2.0))
            }
        }

        "a first line that is neither names nor numbers is refused, never a header" {
            val unreadable =
                (
                    "| |\u22121|\u00A01|1\u00A0|1\u202F000|\u200B1|1d|2f|1L|3kg|1e5m|-1d|NaN|-nan|" +
                        "nan(ind)|inf|-Infinity|NA|N/A|#N/A|<NA>|null|None|nil|0x1F|0x1p3|1_000|1'000|50%|$5|" +
                        "€5|1/2|½|１|٣|2024-01-01|12:30|1.2.3|1e|1e+|.|-|--1|+|?|*|#DIV/0!|true|FALSE|1stFlrSF|$mark${mark}1"
                ).split("|")
            for (cell in unreadable) {
                // Beside a name, as all columns, and quoted; a line of blanks is a blank line.
                for (first in listOf(
                    "$cell,$cell",
                    "name,$cell",
                    "$cell,name",
                    "\"${cell.replace("\"", "\"\"")}\"",
                    cell,
                )) {
                    if (first.isNotBlank()) {
                        withClue("first line $first") { complaint("$first\n1,2\n") shouldContain ", line 1, cell " }
                    }
                }
            }
            for (json in listOf("{\"values\":[1]}\n", "{\"index\":0,\"values\":[1,2]}\n", "{\n")) {
                complaint(json) shouldContain
                    ", line 1: the text is JSON, not CSV; give the file a name that ends in .ndjson"
            }
            for ((blank, line) in listOf("\n" to 2, " \r\n\t\r\n" to 3, "\r\r  " to 3)) {
                complaint("$blank{\"index\":0, \"values\":[1,2]}\n") shouldContain
                    ", line $line: the text is JSON, not CSV; give the file a name that ends in .ndjson"
            }
            complaint(",\n1,2\n3,4\n") shouldContain ", line 1, cell 1: '' is not the name of a column"
            complaint("\u00A01,\u00A02\n3,4\n5,6\n") shouldContain ", line 1, cell 1: '<U+00A0>1' is not the name"
            complaint("1d,2f\n3,4\n") shouldContain ", line 1, cell 1: '1d' is not the name of a column"
            complaint("\u22121\n1\n") shouldContain "its minus sign is the character U+2212, write -"
            complaint("a,b,\n1,2,\n") shouldContain ", line 1, cell 3: '' is not the name of a column"
            complaint("a,1\n1,2\n") shouldContain
                ", line 1, cell 1: 'a' is not a number, and in a header every cell must be a name"
            complaint("\"1,000\"\n2\n") shouldContain ", line 1, cell 1: '1,000' is not the name of a column"
            complaint("1,2,\n3,4,\n") shouldContain ", line 1, cell 3: '' is not a number"
            refused(
                listOf("first.csv, line 1, cell 1: '1d' is not the name of a column"),
                *arrayOf("sample", "--target", dataset("first", "1d,2f\n3,4\n")),
            )
        }

        "only decimal numbers are numbers, on every line and in options" {
            for (cell in listOf(
                "1d",
                "1f",
                "0x10",
                "0x1p3",
                "1_0",
                "\u22121",
                "1,5",
                " 1",
                "1\u00A0",
                "٣",
                "Inf",
                "NaN",
                "1e999",
            )) {
                complaint("a,b\n1,2\n3,\"$cell\"\n") shouldContain ", line 3, cell 2: "
            }
            rows("+1,-.5\n1.,1E+5\n") shouldBe listOf(listOf(1.0, -0.5), listOf(1.0, 1e5))
            for (value in listOf("1d", "0.5f", "0x1p-3", "0,5", "1_0", "\u22121")) {
                refused(
                    listOf("--tolerance must be a number, was $value"),
                    *arrayOf("sample", "--target", "ring8", "--tolerance", value),
                )
            }
        }

        "semicolons and tabs are named on any line" {
            val semicolon = ": cells must be separated by commas, was a semicolon; save the table with commas"
            complaint("0,5;1,5\n2,5;3,5\n") shouldContain ", line 1$semicolon"
            complaint("1;2\n") shouldContain ", line 1$semicolon"
            complaint("a;b\n1;2\n") shouldContain ", line 1$semicolon"
            complaint("a, in m;b\n0,5;1\n") shouldContain ", line 2$semicolon"
            complaint("1,2\n0,5;1,5\n") shouldContain ", line 2$semicolon"
            complaint("a,b\n1,2\n3;4\n") shouldContain ", line 3$semicolon"
            complaint("1,2\n3,4\n\n5\t6\n") shouldContain ", line 4: cells must be separated by commas, was a tab"
            complaint("1e0 2e0\n3e0 4e0\n") shouldContain ", line 1: cells must be separated by commas, was a blank"
            complaint("x y,z\n1,2\n3  4\n") shouldContain ", line 3: cells must be separated by commas, was a blank"
            complaint("\"0,5\";\"1,5\"\n") shouldContain
                ", line 1: text follows a quoted cell; separate cells by commas, not"
            dir.file("s.csv", "y,a\n0,1\n1;2,5\n")
            refused(
                listOf("s.csv, line 3$semicolon"),
                "posterior",
                "--target",
                dir.file("s.json", """{"type":"logistic-regression","file":"s.csv","label":"y","prior-std":1}"""),
            )
            // A single column may have one in its name.
            for (name in listOf("a;b", "name;unit", "\"a;b\"", "a\tb")) {
                rows("$name\n1\n2\n") shouldBe listOf(listOf(1.0), listOf(2.0))
            }
            complaint("name;unit\n1\n2;3\n") shouldContain ", line 1$semicolon"
            // A label that is not read may have one.
            rows("x0,label\n1,a;b\n") shouldBe listOf(listOf(1.0))
        }

        "a regression may have the comment mark of NumPy's headers, or names that begin with it" {
            for ((header, label) in listOf(
                "# y,a" to "y",
                "#y,a" to "y",
                "\"# y\",a" to "y",
                "#y,a" to "#y",
                "y,#a" to "y",
            )) {
                dir.file("numpy.csv", "$header\n0,1\n1,2\n1,0.5\n")
                val json = """{"type":"logistic-regression","file":"numpy.csv","label":"$label","prior-std":1}"""
                val run =
                    run(
                        "posterior",
                        "--target",
                        dir.file("numpy.json", json),
                        "--count",
                        "4",
                        "--burn-in",
                        "5",
                        "--quiet",
                    )
                withClue("$header, $label: ${run.err}") { run.code shouldBe 0 }
            }
        }

        "unusual lines, quotes and names have one meaning or one error" {
            val four = listOf(listOf(1.0, 2.0), listOf(3.0, 4.0))
            for (text in listOf(
                "1,2\n3,4",
                "1,2\r3,4\r",
                "1,2\r\n3,4\r\n",
                "\n1,2\n\n3,4\n\n\n",
                "1,2\n   \n3,4\n \t ",
                " 1 , 2\n3,\t4\n",
                "\"1\",\"2\"\n\"3\",\"4\"\n",
                "a,b\r1,2\r3,4",
                "# x0,x1\n1,2\n3,4\n",
                "# x1,x0,# z\n2,1,z\n4,3,z\n",
                "x0\u00A0,label,x1\n1,u,2\n3,\"v\nw\",4\n",
                "\"multi\nline\",b\n1,2\n3,4\n",
            )) {
                withClue(text) { rows(text) shouldBe four }
            }
            mapOf(
                "1\n\"\"\n2\n" to ", line 2, cell 1: '' is not a number",
                "\n\n1,2\n3,x\n" to ", line 4, cell 2: 'x' is not a number",
                "1,2\r3,x\r" to ", line 2, cell 2: 'x' is not a number",
                "\"a\nb\",c\n1,x\n" to ", line 3, cell 2: 'x' is not a number",
                "1\n${mark}2\n" to ", line 2, cell 1: '<U+FEFF>2' is not a number",
                "1,2\n3,4,\n" to ", line 2 has 3 cells, the first line has 2",
                "a,b\n1,2,\n" to ", line 2 has 3 cells, the first line has 2",
                "a,a\n1,2\n" to ", line 1: two columns are named 'a'; rename one",
                "x0,x0,label\n1,2,3\n" to ", line 1: two columns are named 'x0'; rename one",
                "a,b" to "the file has no rows",
                "\n \n" to "the file has no rows",
                "1,2\n3,4\u0000\n" to ", line 2: the text contains null characters",
                "1,\"2\n3,4\n" to ", line 1: a quoted cell is not closed; add the closing quote",
                "1,2\n\"3,4\n" to ", line 2: a quoted cell is not closed; add the closing quote",
                "1,2\n\"3\"x,4\n" to ", line 2: text follows a quoted cell",
                "1,2\u20283,4\n" to ", line 1, cell 2: '2<U+2028>3' is not a number",
            ).forEach { (text, message) -> withClue(text) { complaint(text) shouldContain message } }
        }

        "only the values of written files are read, under any names" {
            read("index,status,calls,error,x0,x1\n0,converged,3,1e-3,5,6\n").columns() shouldContainExactly
                listOf("x0", "x1")
            rows("index,status,calls,error,x0,logDensity,standardError,bitsPerDimension\n0,any,3,,5,1,,2\n") shouldBe
                listOf(listOf(5.0))
            val draws =
                read("index,status,calls,error,intercept,x0,2nd,index,chain,draw\n0,unestimated,3,,1,2,3,4,0,0\n")
            draws.columns() shouldContainExactly listOf("intercept", "x0", "2nd", "index")
            draws.rows().single().toList() shouldContainExactly listOf(1.0, 2.0, 3.0, 4.0)
        }

        "a file of arbitrary bytes is read, or rejected in one line" {
            val config = PropTestConfig(seed = 12, iterations = 800)
            val texts =
                Arb.element(
                    ".csv" to "$mark\"x0\",x1,label\r\n1.5,-2e3,\"a\"\r\n\r\n3,4,b\n",
                    ".ndjson" to "{\"index\":0,\"values\":[1.5,-2e3],\"status\":\"converged\"}\n{\"values\":[0,1]}\n",
                )
            checkAll(config, texts, Arb.int(0, 200), Arb.byte(), Arb.int(0, 200)) { (end, text), at, byte, cut ->
                val bytes = text.toByteArray()
                bytes[at % bytes.size] = byte
                val file = Files.write(dir.resolve("any$end"), bytes.take(bytes.size - cut % 9).toByteArray())
                val outcome = runCatching { SampleFile.read(file) }
                val error = outcome.exceptionOrNull()
                withClue(error?.stackTraceToString()) { (error == null || error is UserError) shouldBe true }
                outcome.getOrNull()?.let { set ->
                    set.rows().forEach { row -> row.all { it.isFinite() && row.size == set.dimension() } shouldBe true }
                }
            }
        }
    })
