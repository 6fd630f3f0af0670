package io.scoreflux.cli.format

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.cli.run
import io.scoreflux.cli.temporary
import io.scoreflux.cli.text.UserError
import java.nio.file.Files
import java.nio.file.Path

/** Whatever depends on the set of formats derives from the list of formats. */
class FormatSpec :
    StringSpec({
        "every format reads back what it writes, and skips the rows that failed" {
            val rows = listOf(doubleArrayOf(0.1, -2e-300), null, doubleArrayOf(1e22, 3.0))
            for (format in Format.ALL.filter { it.reader() != null }) {
                val file = temporary().resolve("rows.$format")
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

        "the help of every command that writes samples or draws names every format" {
            for (command in listOf("sample", "decode", "encode", "posterior")) {
                val help = run(command, "--help").out.replace(Regex("\\s+"), " ")
                help shouldContain "${Format.names()} (default: by the extension of --out: ${Format.endings()};"
            }
            run("evaluate", "--help").out.replace(Regex("\\s+"), " ") shouldContain Format.readEndings()
        }

        "a format without a reader is refused as input, with the endings that are read" {
            val written = Format("toy", true, { _, _, _ -> error("not written here") }, null)
            shouldThrow<UserError> { written.read(Path.of("a.toy"), false) }.message shouldBe
                "a.toy: the format toy is written but not read; give a file that ends in ${Format.readEndings()}"
        }
    })
