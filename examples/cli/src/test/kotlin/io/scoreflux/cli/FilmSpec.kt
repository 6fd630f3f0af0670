package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import java.awt.image.BufferedImage
import java.nio.file.Files
import java.nio.file.Path
import javax.imageio.ImageIO
import kotlin.math.abs

/** Eight by eight pixels, enlarged sixteen times. */
private const val SIDE = 128

/** The gap between frames. */
private const val GAP = 8

/** An image, its frame's lines, and the gap after it. */
private const val CELL = SIDE + 2 + GAP

private fun BufferedImage.cell(row: Int, column: Int): List<Int> =
    getRGB(GAP + column * CELL + 1, GAP + row * CELL + 1, SIDE, SIDE, null, 0, SIDE).toList()

/** How samples come about, in pictures. */
class FilmSpec : StringSpec({
    val folder = temporary()
    val args = arrayOf("sample", "--target", "digits", "--tolerance", "1e-2", "--quiet")

    fun image(file: Path) = ImageIO.read(file.toFile())

    "one row per sample, with a frame per stage and the sample at the end" {
        val film = folder.resolve("film.png")
        val plot = folder.resolve("plot.png")
        run(*args, "--count", "3", "--stages", "6", "--film", "$film", "--plot", "$plot").code shouldBe 0
        val strip = image(film)
        strip.width shouldBe 7 * CELL + GAP
        strip.height shouldBe 3 * CELL + GAP
        for (row in 0 until 3) {
            strip.cell(row, 6) shouldBe image(plot).cell(0, row)
            strip.cell(row, 0) shouldNotBe strip.cell(row, 6)
        }
        // At 20 radii the denoiser knows a twentieth of what the data differ in: an eighth of the greys leaves room.
        for ((one, other) in strip.cell(0, 0).zip(strip.cell(2, 0))) {
            abs((one and 0xff) - (other and 0xff)) shouldBeLessThan 32
        }
    }

    "the output is the same with and without a film" {
        val film = folder.resolve("beside.png")
        // More than are drawn, and no more.
        for (count in listOf("23", "3")) {
            val plain = run(*args, "--count", count, "--stages", "6")
            plain.lines.size shouldBe count.toInt()
            val filmed = run(*args, "--count", count, "--stages", "6", "--film", "$film")
            filmed.code shouldBe 0
            filmed.bytes shouldBe plain.bytes
        }
    }

    "of many samples the first twenty, and of none one blank cell" {
        val film = folder.resolve("many.png")
        run(*args, "--count", "23", "--stages", "2", "--film", "$film").lines.size shouldBe 23
        image(film).height shouldBe 20 * CELL + GAP
        run(*args, "--count", "0", "--film", "$film").code shouldBe 0
        image(film).cell(0, 0).distinct() shouldBe listOf(-1)
    }

    "what cannot be drawn or written is refused before any work, in one line" {
        val film = folder.resolve("refused.png").toString()
        val inputs = folder.file("inputs.csv", "0.5\n")
        refused(listOf("--film writes PNG", "was a.gif"), *args, "--film", "a.gif")
        refused(listOf("--film must name a file"), *args, "--film", "")
        refused(listOf("--film: there is no directory"), *args, "--film", "no/such/film.png")
        refused(listOf("--out and --film name the same file"), *args, "--film", film, "--out", film)
        refused(listOf("--plot and --film name the same file"), *args, "--film", film, "--plot", film)
        refused(
            listOf("--film needs a target of images", "leave out --film"),
            "sample",
            "--target",
            "ring8",
            "--film",
            film,
        )
        refused(
            listOf("--film does not apply to --renoise"),
            *args,
            "--renoise",
            inputs,
            "--from-sigma",
            "1",
            "--film",
            film,
        )
        // The plot's place is taken first; it is given up again.
        val plot = folder.resolve("given-up.png")
        refused(listOf("--film: there is no directory"), *args, "--plot", "$plot", "--film", "no/such/film.png")
        Files.list(folder).use { files -> files.noneMatch { "given-up" in "$it" } } shouldBe true
        run("sample", "--help").out shouldContain "--film"
    }

    "of samples that all failed there is no picture" {
        val plot = folder.resolve("no-plot.png")
        val film = folder.resolve("no-film.png")
        val reasons = folder.resolve("reasons.ndjson")
        val failed = run(
            *arrayOf(
                "sample",
                "--target",
                "../digits/digits.json",
                "--label",
                "1",
                // Infinite in the network's single precision.
                "--from-sigma",
                "1e40",
                "--count",
                "2",
            ),
            *arrayOf("--plot", "$plot", "--film", "$film", "--out", "$reasons"),
        )
        failed.code shouldBe 1
        failed.err shouldContain "2 of 2 samples failed"
        Files.readAllLines(reasons).size shouldBe 2
        Files.list(folder).use { files -> files.noneMatch { "no-" in it.fileName.toString() } } shouldBe true
    }
})
