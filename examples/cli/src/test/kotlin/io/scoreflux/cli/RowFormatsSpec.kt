package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.byte
import io.kotest.property.arbitrary.filter
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.long
import io.kotest.property.arbitrary.map
import io.kotest.property.checkAll
import io.kotest.property.random
import io.scoreflux.files.format.Columns
import io.scoreflux.files.format.Format
import io.scoreflux.files.format.JsonOutput
import io.scoreflux.files.format.OutputRow
import io.scoreflux.files.format.SampleFile
import io.scoreflux.files.input.Json
import io.scoreflux.files.text.Decimal
import io.scoreflux.files.text.UserError
import tools.jackson.databind.json.JsonMapper
import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path

private fun bits(rows: List<DoubleArray>) = rows.map { row -> row.map { it.toRawBits() } }

/** All commands read every format that is written; and how the output format is chosen. */
class RowFormatsSpec :
    FreeSpec({
        val dir = temporary()
        val formats = Format.ALL.map { it.toString() }
        val quick = arrayOf("--tolerance", "1e-2", "--quiet")

        fun npy(
            name: String,
            header: String,
            data: ByteArray,
            version: Int = 1,
        ): Path {
            val text = header.toByteArray(Charsets.UTF_8)
            val bytes = ByteBuffer.allocate(12 + text.size + data.size).order(ByteOrder.LITTLE_ENDIAN)
            bytes.put(byteArrayOf(0x93.toByte())).put("NUMPY".toByteArray()).put(version.toByte()).put(0)
            if (version == 1) bytes.putShort(text.size.toShort()) else bytes.putInt(text.size)
            bytes.put(text).put(data)
            return Files.write(dir.resolve(name), bytes.array().copyOf(bytes.position()))
        }

        fun header(
            shape: String,
            descr: String = "'<f8'",
            order: String = "False",
        ) = "{'descr': $descr, 'fortran_order': $order, 'shape': $shape, }"

        fun doubles(
            vararg values: Double,
            order: ByteOrder = ByteOrder.LITTLE_ENDIAN,
        ): ByteArray =
            ByteBuffer.allocate(8 * values.size).order(order).also { all ->
                values.forEach { all.putDouble(it) }
            }.array()

        fun floats(
            vararg values: Float,
            order: ByteOrder = ByteOrder.LITTLE_ENDIAN,
        ): ByteArray =
            ByteBuffer.allocate(4 * values.size).order(order).also { all ->
                values.forEach { all.putFloat(it) }
            }.array()

        fun read(file: Path): List<List<Double>> = SampleFile.states(file).rows().map { it.toList() }

        /** The same rows in every format, as the program writes numbers. */
        fun write(
            name: String,
            rows: List<DoubleArray>,
        ): Map<String, Path> {
            val lines = ByteArrayOutputStream()
            rows.forEachIndexed { index, row ->
                JsonOutput.generator(lines).use {
                    it.writeStartObject()
                    it.writeNumberProperty("index", index)
                    it.writeName("values")
                    it.writeArray(row, 0, row.size)
                    it.writeEndObject()
                }
                lines.write('\n'.code)
            }
            val columns = Columns.ofSamples(rows.first().size, false, false)
            val binary = Format.ALL.filter { it != Format.NDJSON && it != Format.CSV }.associate { format ->
                val array = ByteArrayOutputStream()
                format.writer().of(array, columns, rows.size.toLong()).use { writer ->
                    writer.begin()
                    rows.forEachIndexed { index, row ->
                        writer.write(OutputRow(index.toLong(), row, mapOf("status" to "converged", "calls" to 1L)))
                    }
                    writer.end()
                }
                "$format" to Files.write(dir.resolve("$name.$format"), array.toByteArray())
            }
            val table = rows.joinToString("\n") { row -> row.joinToString(",") { Decimal.of(it) } }
            return mapOf(
                "ndjson" to Files.write(dir.resolve("$name.ndjson"), lines.toByteArray()),
                "csv" to Files.writeString(dir.resolve("$name.csv"), table),
            ) + binary
        }

        "tables are the same bit for bit in every format" {
            val finite = Arb.long().map { Double.fromBits(it) }.filter { it.isFinite() }
            checkAll(PropTestConfig(seed = 14, iterations = 100), Arb.int(1, 7), Arb.int(1, 9), Arb.long()) {
                n,
                d,
                seed,
                ->
                val random = seed.random()
                val edges = listOf(0.0, -0.0, Double.MIN_VALUE, -Double.MAX_VALUE, 0.1, 1e22, 9007199254740993.0)
                val rows = List(n) {
                    DoubleArray(d) {
                        if (random.random.nextInt(4) ==
                            0
                        ) {
                            edges.random(random.random)
                        } else {
                            finite.sample(random).value
                        }
                    }
                }
                write("random", rows).forEach { (format, file) ->
                    withClue(format) { bits(SampleFile.states(file).rows()) shouldBe bits(rows) }
                    withClue(format) { bits(SampleFile.read(file).rows()) shouldBe bits(rows) }
                }
            }
        }

        "NumPy's own files: versions, byte orders, widths, orders of axes, and one axis" {
            val six = doubles(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
            val rows = listOf(listOf(1.0, 2.0, 3.0), listOf(4.0, 5.0, 6.0))
            for (version in 1..3) read(npy("v.npy", header("(2, 3)") + "   \n", six, version)) shouldBe rows
            read(npy("o.npy", header("(3, 2)", order = "True"), six)) shouldBe
                listOf(listOf(1.0, 4.0), listOf(2.0, 5.0), listOf(3.0, 6.0))
            val big = doubles(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, order = ByteOrder.BIG_ENDIAN)
            read(npy("b.npy", header("(2, 3)", "'>f8'"), big)) shouldBe rows
            read(npy("f.npy", header("(2, 3)", "'<f4'"), floats(1f, 2f, 3f, 4f, 5f, 6f))) shouldBe rows
            val bigFloats = floats(1f, 2f, 3f, 4f, 5f, 6f, order = ByteOrder.BIG_ENDIAN)
            read(npy("g.npy", header("(2L, 3L)", "'>f4'"), bigFloats)) shouldBe rows
            read(npy("c.npy", header("(3,)"), doubles(1.0, 2.0, 3.0))) shouldBe
                listOf(listOf(1.0), listOf(2.0), listOf(3.0))
            read(npy("w.NPY", "{'shape':(1,2),'descr':'<f8','fortran_order':False}", doubles(1.0, 2.0))) shouldBe
                listOf(listOf(1.0, 2.0))
            val long = DoubleArray(3000) { it.toDouble() }
            read(npy("l.npy", header("(2, 1500)"), doubles(*long))).flatten() shouldBe long.toList()
        }

        "the size in a NumPy header is checked before allocation" {
            val one = doubles(1.0)

            fun wrong(
                message: String,
                header: String,
                data: ByteArray = one,
                version: Int = 1,
            ) {
                val file = npy("wrong.npy", header, data, version)
                refused(listOf("$file", message), "decode", "--target", "bimodal", "--initial", "$file")
            }
            wrong("has the shape (1000000000, 0) without columns", header("(1000000000, 0)"), byteArrayOf())
            wrong("has the shape (0, 0) without columns", header("(0, 0)"), byteArrayOf())
            wrong("the file has no rows", header("(0, 1)"), byteArrayOf())
            wrong("the file has no rows", header("(0,)"), byteArrayOf())
            wrong("has 0 rows of 999999999999999999 numbers", header("(0, 999999999999999999)"), byteArrayOf())
            wrong("declares 8000000000 bytes of numbers in its header, but has 8", header("(1000000000, 1)"))
            // The product is 2^64, or 0 of a long; of an int it is 8.
            wrong("declares 18446744073709551616 bytes of numbers", header("(1073741824, 2147483648)"), byteArrayOf())
            wrong("declares 34359738376 bytes of numbers", header("(4294967297, 1)"))
            wrong("declares 34359738376 bytes of numbers", header("(1, 4294967297)"))
            wrong("has the shape (9999999999999999999, 1)", header("(9999999999999999999, 1)"))
            wrong("has the shape (-1, 1), which must be (rows, columns)", header("(-1, 1)"))
            wrong("has the shape (1), which must be (rows, columns)", header("(1)"))
            wrong("has the shape (), which must be (rows, columns); save a single number as", header("()"))
            wrong(
                "has the shape (1, 1, 1), which must be (rows, columns); save it as array.reshape",
                header("(1, 1, 1)"),
            )
            wrong(
                "has the shape (${"1, ".repeat(13)}..., which must be (rows, columns); save it as",
                header("(${"1, ".repeat(20_000)})"),
            )
            wrong("in its header, but has 16; store one array per file", header("(1, 1)"), doubles(1.0, 2.0))
            wrong("in its header, but has 7; it may be truncated", header("(1, 1)"), one.copyOf(7))
            for (type in listOf("'<i8'", "'|u1'", "'<f2'", "'<c16'", "'|O'", "'<U3'", "[('a', '<f8')]")) {
                wrong(
                    "has numbers of the type $type, but only f4 and f8 can be read; save it as",
                    header("(1, 1)", type),
                )
            }
            wrong("has fortran_order (1,), which must be True or False", header("(1, 1)", order = "(1,)"))
            wrong("must have a dictionary as its header", header("(1, 1)", order = "Maybe"))
            wrong("must have a dictionary as its header", "{'descr': '<f8', 'descr': '<f8'}")
            wrong("must have a dictionary as its header", "")
            wrong("must have a header with exactly descr, fortran_order and shape", "{'descr': '<f8'}")
            wrong("has version 4.0 of NumPy's format", header("(1, 1)"), version = 4)
            wrong("has version 0.0 of NumPy's format", header("(1, 1)"), version = 0)
            wrong("row 0: numbers must be finite", header("(1, 1)"), doubles(Double.POSITIVE_INFINITY))
            wrong("row 1: numbers must be finite", header("(2, 2)"), doubles(1.0, 2.0, Double.NaN, 2.0))
            val lines = listOf(
                byteArrayOf() to "is not a NumPy array file",
                "hello".toByteArray() to "is not a NumPy array file",
                Files.readAllBytes(npy("h.npy", header("(1, 1)"), one)).copyOf(9) to "is truncated in its header",
                Files.readAllBytes(npy("h.npy", header("(1, 1)"), one)).copyOf(40) to "is truncated in its header",
                Files.readAllBytes(npy("h.npy", " ".repeat(70_000), one, 2)) to "has a header of 70000 bytes",
                Files.readAllBytes(npy("h.npy", "", one, 2)).also { it[11] = -1 } to "is truncated in its header",
            )
            for ((bytes, message) in lines) {
                val file = Files.write(dir.resolve("start.npy"), bytes)
                refused(listOf("$file $message"), "decode", "--target", "bimodal", "--initial", "$file")
            }
        }

        "a NumPy file with arbitrary first bytes is read, or rejected in one line" {
            val whole = Files.readAllBytes(npy("whole.npy", header("(3, 2)"), doubles(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)))
            val file = dir.resolve("any.npy")
            val config = PropTestConfig(seed = 15, iterations = 1500)
            checkAll(config, Arb.int(0, whole.size - 1), Arb.byte(), Arb.int(0, whole.size - 1), Arb.byte()) {
                a,
                x,
                b,
                y,
                ->
                val bytes = whole.clone()
                bytes[a] = x
                bytes[b] = y
                Files.write(file, if (a % 5 == 0) bytes.copyOf(b) else bytes)
                val outcome = runCatching { SampleFile.read(file) }
                val error = outcome.exceptionOrNull()
                withClue(error?.stackTraceToString()) { (error == null || error is UserError) shouldBe true }
                error?.let { it.message!!.length shouldBeLessThan 400 + "$file".length }
                outcome.getOrNull()?.let { set ->
                    set.rows().forEach { row -> row.all { it.isFinite() } shouldBe true }
                    (set.failed() + set.rows().size) * maxOf(1, set.dimension()) shouldBe 6L
                }
            }
        }

        "every option for rows accepts every format" - {
            val states = listOf(doubleArrayOf(0.3), doubleArrayOf(-1.25), doubleArrayOf(2.5))
            val files = write("states", states)
            val wide =
                write("wide", List(12) { k -> doubleArrayOf(k % 5 - 2.0, (k * k % 7) / 2.0, (k % 2).toDouble()) })

            fun alike(arguments: (Path) -> Array<String>) = alike(files.values.toList(), arguments)
            "decode --initial" { alike { arrayOf("decode", "--target", "bimodal", "--initial", "$it", *quick) } }
            "encode --input" { alike { arrayOf("encode", "--target", "bimodal", "--input", "$it", *quick) } }
            "sample --renoise" {
                alike { arrayOf("sample", "--target", "bimodal", "--renoise", "$it", "--from-sigma", "1", *quick) }
            }
            "compare --initial and --reference" {
                alike {
                    arrayOf("compare", "--target", "bimodal", "--solvers", "sliding", "--tolerances", "1e-2") +
                        arrayOf("--initial", "$it", "--reference", "$it", "--quiet")
                }
            }
            "evaluate --samples and --reference" {
                alike { arrayOf("evaluate", "--samples", "$it", "--reference", "$it", "--quiet") }
            }
            "data sets" {
                alike {
                    val target = dir.file("set.json", """{"type":"dataset","file":"${it.fileName}","bandwidth":0.1}""")
                    arrayOf("sample", "--target", target, "--count", "3", *quick)
                }
            }
            "regressions, whose columns are x0, x1, ..." {
                val table = wide.getValue("csv")
                Files.writeString(table, "x0,x1,x2\n" + Files.readString(table))
                alike(wide.values.toList()) {
                    val target = dir.file(
                        "regression.json",
                        """{"type":"logistic-regression","file":"${it.fileName}","label":"x2","prior-std":1}""",
                    )
                    arrayOf("posterior", "--target", target, "--count", "4", "--burn-in", "10", "--quiet")
                }
                for (name in listOf("wide.npy", "wide.ndjson")) {
                    fun target(label: String) =
                        dir.file(
                            "regression.json",
                            """{"type":"logistic-regression","file":"$name","label":"$label","prior-std":1}""",
                        )
                    refused(
                        listOf("$name: there is no column 'y'", "columns: x0, x1, x2"),
                        *arrayOf("posterior", "--target", target("y")),
                    )
                    refused(
                        listOf("$name, row 0, column 'x0': the label must be 0 or 1, was -2.0"),
                        *arrayOf("posterior", "--target", target("x0")),
                    )
                }
            }
            "files with an unknown extension are CSV, and the case of extensions is ignored" {
                val text = Files.copy(files.getValue("csv"), dir.resolve("states.txt"))
                val loud = Files.copy(files.getValue("npy"), dir.resolve("STATES.NPY"))
                alike(listOf(files.getValue("csv"), text, loud)) {
                    arrayOf("decode", "--target", "bimodal", "--initial", "$it", *quick)
                }
            }
        }

        "the output of a command can be the input of the next, with the same result" {
            for (made in listOf(
                arrayOf("sample", "--target", "ring8", "--count", "5", *quick),
                arrayOf("sample", "--target", "ring8", "--count", "5", "--solver", "heun", "--budget", "8", "--quiet"),
                arrayOf("encode", "--target", "ring8", "--input", dir.file("in.csv", "1,0\n0,1\n"), *quick),
                arrayOf("posterior", "--target", dir.file("n.json", """{"type":"gaussian","mean":[1,2],"std":1}""")) +
                    arrayOf("--count", "6", "--burn-in", "10", "--quiet"),
            )) {
                val written = formats.map { dir.resolve("made.$it") }
                written.forEach { run(*made, "--out", "$it").let { run -> withClue(run.err) { run.code shouldBe 0 } } }
                bits(SampleFile.read(written[1]).rows()) shouldBe bits(SampleFile.read(written[0]).rows())
                alike(written) { arrayOf("decode", "--target", "ring8", "--initial", "$it", *quick) }
            }
            val likelihood = formats.take(2).map { dir.resolve("dense.$it") }
            likelihood.forEach {
                run(
                    "encode",
                    "--target",
                    "ring8",
                    "--input",
                    "$dir/in.csv",
                    "--likelihood",
                    *quick,
                    "--out",
                    "$it",
                ).code shouldBe
                    0
            }
            alike(likelihood) { arrayOf("decode", "--target", "ring8", "--initial", "$it", *quick) }
        }

        "a failed sample is rejected as a state, with its line and a remedy, and counted by evaluate" {
            val nan = Double.NaN
            for ((file, place) in listOf(
                dir.file("failed.csv", "index,status,x0\n0,odd,1\n1,failed,\n2,converged,2\n") to "line 3" to "line",
                dir.file(
                    "failed.ndjson",
                    "{\"index\":0,\"status\":\"odd\",\"values\":[1]}\n{\"index\":1,\"status\":\"failed\"}\n{\"values\":[2]}\n",
                ) to "line 2" to "line",
                "${npy("failed.npy", header("(3, 1)"), doubles(1.0, nan, 2.0))}" to "row 1" to "row",
            )) {
                val message = "${file.first}, ${file.second} is a failed sample without values; remove the $place"
                val set = dir.file("failed.json", """{"type":"dataset","file":"${file.first}","bandwidth":1}""")
                refused(listOf(message), "decode", "--target", "bimodal", "--initial", file.first)
                refused(listOf(message), "sample", "--target", set)
                val run = run("evaluate", "--samples", file.first, "--reference", file.first, "--quiet")
                withClue(run.err) { run.code shouldBe 0 }
                JsonMapper().readTree(run.out).let {
                    listOf(it.get("samples").intValue(), it.get("samplesFailed").intValue()) shouldContainExactly
                        listOf(2, 1)
                }
            }
        }

        "binary formats under the names of text are recognized by their first bytes" {
            val array = Files.readAllBytes(npy("h.npy", header("(1, 2)"), doubles(1.0, 2.0)))
            val parquet = "PAR1".toByteArray() + byteArrayOf(0x15, 0x04, 0x15, 0x10) + "PAR1".toByteArray()
            val arrow = "ARROW1".toByteArray() + byteArrayOf(0, 0, -1, -1, -1, -1)
            for (ending in listOf("csv", "ndjson", "txt", "json")) {
                for ((bytes, message) in listOf(
                    array to "the file is a NumPy array, not text; give it a name that ends in .npy",
                    parquet to "the file is in the format Parquet, not text; give it a name that ends in .parquet",
                    arrow to "the file is in the format Arrow, not text; give it a name that ends in .arrow",
                )) {
                    val file = Files.write(dir.resolve("binary.$ending"), bytes)
                    val args = if (ending == "json") {
                        arrayOf("sample", "--target", "$file")
                    } else {
                        arrayOf("decode", "--target", "ring8", "--initial", "$file")
                    }
                    refused(listOf("$file: $message"), *args)
                }
            }
            // Columns may have these names.
            for (name in listOf("PAR1", "ARROW1", "NUMPY")) {
                read(Path.of(dir.file("named.csv", "$name,b\n1,2\n"))) shouldBe listOf(listOf(1.0, 2.0))
                read(Path.of(dir.file("named.csv", "$name\n1\n"))) shouldBe listOf(listOf(1.0))
            }
        }

        "the help of every command that writes samples or draws names every format" {
            for (command in listOf("sample", "decode", "encode", "posterior")) {
                val help = run(command, "--help").out.replace(Regex("\\s+"), " ")
                help shouldContain "${Format.names()} (default: by the extension of --out: ${Format.endings()};"
            }
            run("evaluate", "--help").out.replace(Regex("\\s+"), " ") shouldContain Format.readEndings()
        }

        "the format of the output follows its name" - {
            fun start(
                name: String,
                vararg options: String,
            ): String {
                val out = dir.resolve(name)
                Files.deleteIfExists(out)
                val run = run("sample", "--target", "bimodal", "--count", "2", *quick, "--out", "$out", *options)
                withClue(run.err) { run.code shouldBe 0 }
                return Files.readString(out, Charsets.ISO_8859_1)
            }
            "without --format" {
                start("a.ndjson") shouldStartWith "{\"index\":0,"
                start("a.csv") shouldStartWith "index,status,calls,error,x0\n"
                start("a.npy").drop(1) shouldStartWith "NUMPY"
                start("A.CSV") shouldStartWith "index,"
                start("a.b.Npy").drop(1) shouldStartWith "NUMPY"
                listOf("a.txt", "a", "csv", "a.csv.bak", "acsv").forEach { start(it) shouldStartWith "{\"index\":0," }
            }
            "with --format, which other endings leave alone" {
                start("a.txt", "--format", "csv") shouldStartWith "index,"
                start("a", "--format", "npy").drop(1) shouldStartWith "NUMPY"
                start("b.csv", "--format", "csv") shouldStartWith "index,"
                start("b.CSV", "--format", "csv") shouldStartWith "index,"
            }
            "without --out it is NDJSON" {
                run("sample", "--target", "bimodal", "--count", "1", *quick).out shouldStartWith "{\"index\":0,"
            }
            "of draws too" {
                val target = dir.file("n.json", """{"type":"gaussian","mean":[1],"std":1}""")
                val args = arrayOf("posterior", "--target", target, "--count", "2", "--burn-in", "5", "--quiet")
                run(*args, "--out", "$dir/draws.csv").code shouldBe 0
                Files.readString(dir.resolve("draws.csv")) shouldStartWith "index,status,calls,error,"
                refused(
                    listOf("--format csv contradicts --out $dir/draws.npy"),
                    *args,
                    "--format",
                    "csv",
                    "--out",
                    "$dir/draws.npy",
                )
            }
            "a contradiction is refused before any work" {
                for (given in formats) {
                    for (ending in formats - given) {
                        val out = dir.resolve("no.${ending.uppercase()}")
                        for (command in listOf(
                            arrayOf("sample"),
                            arrayOf("decode", "--initial", "none.csv"),
                            arrayOf("encode", "--input", "none.csv"),
                        )) {
                            refused(
                                listOf(
                                    "--format $given contradicts --out $out; leave out --format, or name a file that ends in .$given",
                                ),
                                *command,
                                *arrayOf("--target", "ring8", "--format", given, "--out", "$out"),
                            )
                        }
                        Files.exists(out) shouldBe false
                    }
                }
                refused(
                    listOf("unknown --format 'cvs'"),
                    "sample",
                    "--target",
                    "none.json",
                    "--format",
                    "cvs",
                    "--out",
                    "a.csv",
                )
            }
            "NumPy's format cannot have densities, with --format or by the extension" {
                val args = arrayOf("encode", "--target", "bimodal", "--input", dir.file("d.csv", "1\n"), "--likelihood")
                refused(
                    listOf("--likelihood adds fields that --format npy cannot hold"),
                    *args,
                    "--format",
                    "npy",
                )
                val message = "--likelihood adds fields that --out $dir/d.npy, in the format npy, cannot hold"
                refused(listOf(message), *args, "--out", "$dir/d.npy")
            }
        }
    })

/** The program must succeed with the same output for each of the files. */
private fun alike(
    files: List<Path>,
    arguments: (Path) -> Array<String>,
) {
    val runs = files.map { run(*arguments(it)) }
    runs.forEach { withClue(it.err) { it.code shouldBe 0 } }
    runs.forEach { it.out shouldBe runs[0].out }
    runs[0].out shouldContain "0"
}
