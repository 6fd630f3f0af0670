package io.scoreflux.columnar

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.files.format.Columns
import io.scoreflux.files.format.Field
import io.scoreflux.files.format.Format
import io.scoreflux.files.format.OutputRow
import io.scoreflux.files.format.SampleFile
import io.scoreflux.files.text.UserError
import org.apache.arrow.vector.complex.FixedSizeListVector
import org.apache.arrow.vector.ipc.ArrowFileReader
import org.apache.parquet.ParquetReadOptions
import org.apache.parquet.conf.PlainParquetConfiguration
import org.apache.parquet.hadoop.ParquetFileReader
import org.apache.parquet.io.LocalInputFile
import java.io.ByteArrayOutputStream
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import kotlin.random.Random

class ColumnarFormatsSpec :
    FreeSpec({
        val dir = tempdir().toPath()
        val formats = listOf("parquet", "arrow").map { Format.of(it, null) }

        fun foreign(name: String): Path = Path.of(ColumnarFormatsSpec::class.java.getResource("/$name")!!.toURI())

        "the formats are found on the class path" {
            Format.ALL.map { it.name() } shouldContainExactly listOf("ndjson", "csv", "npy", "parquet", "arrow")
        }

        "what is written is read back, with the bits of all numbers and with all fields" {
            for (format in formats) {
                for (columns in listOf(
                    Columns.ofSamples(3, true, true),
                    Columns.ofSamples(1, false, false),
                    Columns.ofDraws(listOf("slope", "x,y")),
                )) {
                    // More than one batch of Arrow.
                    val rows = rows(columns, 9000)
                    val file = dir.resolve("rows.$format")
                    Files.write(file, written(format, columns, rows))
                    val back = ArrayList<OutputRow>()
                    format.rows().read(file, columns) { back += it }
                    withClue("$format $columns") {
                        back.map(::comparable) shouldBe rows.map(::comparable)
                        val read = SampleFile.read(file)
                        read.rows().map { it.toList() } shouldBe rows.mapNotNull { it.values()?.toList() }
                        read.failed() shouldBe rows.count { it.values() == null }
                    }
                }
            }
        }

        "several groups of Parquet are read" {
            val columns = Columns.ofSamples(400, false, false)
            val rows = rows(columns, 8000)
            val file = Files.write(dir.resolve("groups.parquet"), written(formats[0], columns, rows))
            ParquetFileReader.open(LocalInputFile(file), options()).use { it.rowGroups.size shouldBe 2 }
            val back = ArrayList<Long>()
            formats[0].rows().read(file, columns) { back += it.index() }
            back shouldBe rows.map { it.index() }
        }

        "wide rows of Parquet are in groups that fit into memory" {
            val columns = Columns.ofSamples(300_000, false, false)
            val rows = rows(columns, 20)
            val file = Files.write(dir.resolve("wide.parquet"), written(formats[0], columns, rows))
            ParquetFileReader.open(LocalInputFile(file), options()).use {
                // A row has 2.4 MB, a group 16 MiB.
                it.rowGroups.all { group -> group.rowCount <= 8 } shouldBe true
            }
        }

        "the same rows have the same bytes, in whatever order the metadata are given" {
            for (format in formats) {
                // These keys have the same hash.
                val metadata = listOf("Aa" to "1", "BB" to "2", "AaAa" to "3", "BBBB" to "4", "AaBB" to "5")
                val columns = Columns.ofSamples(2, false, false)
                val rows = rows(columns, 100)
                written(format, columns.withMetadata(metadata.toMap()), rows).toList() shouldBe
                    written(format, columns.withMetadata(metadata.reversed().toMap()), rows).toList()
            }
        }

        "a file without rows is complete" {
            for (format in formats) {
                val columns = Columns.ofSamples(2, false, false)
                val file = Files.write(dir.resolve("none.$format"), written(format, columns, listOf()))
                SampleFile.read(file).rows().size shouldBe 0
            }
        }

        "the metadata are in the footer, and Arrow's values are a list of fixed size" {
            val columns = Columns.ofSamples(2, false, false).withMetadata(mapOf("scoreflux.target" to "ring8"))
            val rows = rows(columns, 3)
            val parquet = Files.write(dir.resolve("meta.parquet"), written(formats[0], columns, rows))
            ParquetFileReader.open(LocalInputFile(parquet), options()).use {
                it.fileMetaData.keyValueMetaData["scoreflux.target"] shouldBe "ring8"
            }
            val arrow = Files.write(dir.resolve("meta.arrow"), written(formats[1], columns, rows))
            ArrowMemory.allocator().use { allocator ->
                ArrowFileReader(FileChannel.open(arrow), allocator).use {
                    it.vectorSchemaRoot.schema.customMetadata["scoreflux.target"] shouldBe "ring8"
                    (it.vectorSchemaRoot.getVector("values") as FixedSizeListVector).listSize shouldBe 2
                }
            }
        }

        "a file with other columns is refused where its fields are needed" {
            for (format in formats) {
                val file = dir.resolve("other.$format")
                Files.write(file, written(format, Columns.ofSamples(2, false, false), listOf()))
                shouldThrow<UserError> {
                    format.rows().read(file, Columns.ofSamples(2, true, false)) { }
                }.message shouldContain "must have the columns index, values, status, calls"
            }
        }

        "files of pyarrow are read, compressed or not" {
            for (ending in listOf("parquet", "arrow")) {
                withClue(ending) {
                    SampleFile.states(foreign("plain.$ending")).let {
                        it.columns() shouldBe listOf("a", "b")
                        it.rows().map { row -> row.toList() } shouldBe
                            listOf(listOf(0.5, 1.0), listOf(-2.0, 2.0), listOf(3.25, 3.0))
                    }
                    SampleFile.states(foreign("lists.$ending")).rows().map { it.toList() } shouldBe
                        listOf(listOf(1.5, 2.5), listOf(3.5, -4.5))
                    SampleFile.states(foreign("numbered.$ending")).let {
                        it.columns() shouldBe listOf("x0", "x1")
                        it.rows().map { row -> row.toList() } shouldBe listOf(listOf(1.0, 2.0), listOf(3.0, 4.0))
                    }
                }
            }
        }

        "unsigned integers of Parquet are read, those of Arrow are refused" {
            SampleFile.states(foreign("unsigned.parquet")).rows().single().toList() shouldBe listOf(200.0, 4e9)
            shouldThrow<UserError> { SampleFile.states(foreign("type-byte.arrow")) }.message shouldContain
                "the column 'a' must have numbers, has the type Int(8, false)"
        }

        "bad files are refused with the file and the reason" {
            for (ending in listOf("parquet", "arrow")) {
                fun refused(
                    file: Path,
                    part: String,
                ) {
                    val message = shouldThrow<UserError> { SampleFile.states(file) }.message!!
                    message shouldContain file.fileName.toString()
                    message shouldContain part
                }
                withClue(ending) {
                    refused(foreign("gap.$ending"), "row 1, column 'a' must have a number, is null")
                    refused(foreign("names.$ending"), "the column 'name' must have numbers, has the type")
                    refused(foreign("skipped.$ending"), "there is no column x1; columns must be x0 to x1")
                    for (type in listOf("half", "flag", "long", "day", "time", "code")) {
                        if (ending == "arrow" || type != "code") {
                            refused(foreign("type-$type.$ending"), "the column '$type' must have numbers, has the type")
                        }
                    }
                    refused(foreign("ragged.$ending"), "row 1 must have 2 numbers like the first, has 1")
                    refused(Files.write(dir.resolve("text.$ending"), "a,b\n1,2\n".toByteArray()), "write it again")
                    refused(Files.write(dir.resolve("empty.$ending"), ByteArray(0)), "write it again")
                    val whole = Files.readAllBytes(foreign("plain.$ending"))
                    refused(
                        Files.write(dir.resolve("cut.$ending"), whole.copyOf(whole.size - 20)),
                        "write it again",
                    )
                    refused(dir.resolve("absent.$ending"), "no such file")
                }
            }
        }
    })

private fun options() = ParquetReadOptions.builder(PlainParquetConfiguration()).build()

private fun written(
    format: Format,
    columns: Columns,
    rows: List<OutputRow>,
): ByteArray {
    val out = ByteArrayOutputStream()
    format.writer().of(out, columns, rows.size.toLong()).use { writer ->
        writer.begin()
        rows.forEach(writer::write)
        writer.end()
    }
    return out.toByteArray()
}

/** Rows of which each tenth failed and each third has unknown numbers. */
private fun rows(
    columns: Columns,
    count: Int,
): List<OutputRow> {
    val random = Random(7)
    return (0 until count).map { k ->
        val failed = k % 10 == 9
        val fields = columns.fields().associate { field ->
            field.name() to
                when (field.type()) {
                    Field.Type.TEXT -> {
                        if (field.isRequired) {
                            if (failed) "failed" else "converged"
                        } else {
                            if (failed) "ö \"why\"" else null
                        }
                    }

                    Field.Type.INTEGER -> {
                        if (field.isRequired || k % 3 != 0) random.nextLong() else null
                    }

                    Field.Type.NUMBER -> {
                        if (k % 3 != 1) random.nextDouble() * 1e-300 else null
                    }
                }
        }
        val values = if (failed) {
            null
        } else {
            DoubleArray(columns.coordinates().size) {
                Double.fromBits(random.nextLong())
            }
        }
        OutputRow(1L + k, values?.map { if (it.isFinite()) it else -0.0 }?.toDoubleArray(), fields)
    }
}

private fun comparable(row: OutputRow) = Triple(row.index(), row.values()?.map { it.toRawBits() }, row.fields())
