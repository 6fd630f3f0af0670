package io.scoreflux.files.format

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import io.scoreflux.files.text.UserError
import java.nio.file.Files
import java.nio.file.Path

/** Whatever depends on the set of formats derives from the list of formats. */
class FormatSpec :
    StringSpec({
        val dir = tempdir().toPath()

        "every format reads back what it writes, and skips the rows that failed" {
            val rows = listOf(doubleArrayOf(0.1, -2e-300), null, doubleArrayOf(1e22, 3.0))
            for (format in Format.ALL.filter { it.reader() != null }) {
                val file = dir.resolve("rows.$format")
                Files.newOutputStream(file).use { out ->
                    val writer = format.writer().of(out, Columns.ofSamples(2, false, false), rows.size.toLong())
                    writer.begin()
                    rows.forEachIndexed { index, values ->
                        val status = if (values == null) "failed" else "converged"
                        writer.write(OutputRow(index.toLong(), values, mapOf("status" to status, "calls" to 7L)))
                    }
                }
                withClue(format) {
                    val read = SampleFile.read(file)
                    read.rows().map { it.toList() } shouldBe rows.filterNotNull().map { it.toList() }
                    read.failed() shouldBe 1
                    Format.of(null, file) shouldBe format
                    Format.of(format.name(), null) shouldBe format
                }
            }
        }

        "what is read back is what was written, with all its fields" {
            for (format in Format.ALL) {
                for (columns in listOf(
                    Columns.ofSamples(2, true, true),
                    Columns.ofDraws(listOf("slope", "x,y")),
                )) {
                    val rows = listOf(doubleArrayOf(0.1, -0.0), null, doubleArrayOf(Double.MIN_VALUE, 3.0)).mapIndexed {
                        k,
                        values,
                        ->
                        val fields = columns.fields().associate { field ->
                            field.name() to
                                when (field.type()) {
                                    Field.Type.TEXT -> if (field.name() == "status") "failed" else "why \"not\""
                                    Field.Type.INTEGER -> Long.MAX_VALUE - k
                                    Field.Type.NUMBER -> if (k == 2) null else 1e-300 / (k + 3)
                                }
                        }
                        OutputRow(k.toLong(), values, fields)
                    }
                    val file = dir.resolve("back.$format")
                    Files.newOutputStream(file).use { out ->
                        format.writer().of(out, columns, 3).use { writer ->
                            writer.begin()
                            rows.forEach(writer::write)
                            writer.end()
                        }
                    }
                    val back = ArrayList<OutputRow>()
                    format.rows().read(file, columns) { back += it }
                    withClue("$format") {
                        back.map { it.index() } shouldBe listOf(0L, 1L, 2L)
                        back.map { it.values()?.map { value -> value.toRawBits() } } shouldBe
                            rows.map { it.values()?.map { value -> value.toRawBits() } }
                        for ((read, written) in back.zip(rows)) {
                            // CSV has some of the fields, NumPy's format has none.
                            read.fields() shouldBe written.fields().filterKeys { it in read.fields() }
                            (read.fields().size > 3) shouldBe format.hasFields()
                        }
                    }
                }
            }
        }

        "the columnar formats are refused without their module" {
            for (ending in listOf("parquet", "arrow", "PARQUET", "Arrow")) {
                val file = dir.resolve("no.$ending")
                val name = ending.lowercase().replaceFirstChar { it.uppercase() }
                for (use in listOf<() -> Any?>({
                    SampleFile.states(file)
                }, { SampleFile.read(file) }, { Format.of(null, file) })) {
                    shouldThrow<UserError> { use() }.message shouldBe
                        "$file: the format $name is neither read nor written; give a file that ends in " +
                        Format.readEndings()
                }
            }
        }

        "a format without a reader is refused as input, with the endings that are read" {
            val written = Format("toy", true, false, { _, _, _ -> error("not written here") }, { _, _, _ -> }, null)
            shouldThrow<UserError> { written.read(Path.of("a.toy"), false) }.message shouldBe
                "a.toy: the format toy is written but not read; give a file that ends in ${Format.readEndings()}"
        }
    })
