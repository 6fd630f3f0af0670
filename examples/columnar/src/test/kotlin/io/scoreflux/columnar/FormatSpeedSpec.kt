package io.scoreflux.columnar

import io.kotest.core.spec.style.FreeSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import io.scoreflux.files.format.Columns
import io.scoreflux.files.format.Format
import io.scoreflux.files.format.OutputRow
import io.scoreflux.files.format.SampleFile
import java.io.BufferedOutputStream
import java.nio.file.Files
import java.util.Locale
import java.util.Random

private const val RUNS = 5
private const val NUMBERS = 4_000_000

/** Size and speed of all formats, only with -Dspeed. Prints the table of docs/planning.md; speeds are megabytes of values a second. */
class FormatSpeedSpec :
    FreeSpec({
        "bytes a sample, and the speed of writing and reading".config(enabled = System.getProperty("speed") != null) {
            val dir = tempdir().toPath()
            println("| numbers in a sample | format | bytes a sample | write, MB/s | read, MB/s |")
            println("|---|---|---|---|---|")
            for (dimension in listOf(2, 64, 784)) {
                val rows = rows(dimension, minOf(200_000, NUMBERS / dimension))
                val columns = Columns.ofSamples(dimension, false, false)
                val megabytes = 8e-6 * dimension * rows.size
                for (format in Format.ALL) {
                    val file = dir.resolve("rows.$format")
                    val write = best {
                        BufferedOutputStream(Files.newOutputStream(file), 1 shl 16).use { out ->
                            format.writer().of(out, columns, rows.size.toLong()).use { writer ->
                                writer.begin()
                                rows.forEach(writer::write)
                                writer.end()
                            }
                        }
                    }
                    val read = best { SampleFile.states(file).rows().size shouldBe rows.size }
                    println(
                        "| %d | %s | %.0f | %.0f | %.0f |".format(
                            Locale.ROOT,
                            dimension,
                            format,
                            Files.size(file).toDouble() / rows.size,
                            megabytes / write,
                            megabytes / read,
                        ),
                    )
                }
            }
        }
    })

/** The shortest of several runs, in seconds. */
private fun best(run: () -> Unit): Double =
    (1..RUNS).minOf {
        val start = System.nanoTime()
        run()
        1e-9 * (System.nanoTime() - start)
    }

private fun rows(
    dimension: Int,
    count: Int,
): List<OutputRow> {
    val random = Random(1)
    return (0 until count).map { k ->
        OutputRow(
            k.toLong(),
            DoubleArray(dimension) { random.nextGaussian() },
            mapOf(
                "status" to "converged",
                "calls" to 30L + random.nextInt(20),
                "rounds" to 30L,
                "error" to 1e-5 * random.nextDouble(),
                "intervals" to 12L,
                "lowestDegree" to 2L,
                "highestDegree" to 6L,
            ),
        )
    }
}
