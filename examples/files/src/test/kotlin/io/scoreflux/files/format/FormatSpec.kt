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
                    val writer = format.writer().of(out, Columns.ofSamples(2, false), rows.size.toLong())
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

        "a format without a reader is refused as input, with the endings that are read" {
            val written = Format("toy", true, { _, _, _ -> error("not written here") }, null)
            shouldThrow<UserError> { written.read(Path.of("a.toy"), false) }.message shouldBe
                "a.toy: the format toy is written but not read; give a file that ends in ${Format.readEndings()}"
        }
    })
