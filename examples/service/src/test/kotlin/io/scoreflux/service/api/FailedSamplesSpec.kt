package io.scoreflux.service.api

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.scoreflux.files.format.CsvRows
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.service.PATH
import io.scoreflux.service.Running
import io.scoreflux.service.objects
import io.scoreflux.state.Rows
import org.apache.commons.csv.CSVFormat
import tools.jackson.databind.json.JsonMapper
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Files
import javax.imageio.ImageIO
import kotlin.io.path.writeText

private const val SIDE = 8
private const val COUNT = 6
private const val IMAGES = "/v1/images/generations"
private val json = JsonMapper()

private val images: GaussianMixture = GaussianMixture
    .builder(SIDE * SIDE)
    .component(0.5, DoubleArray(SIDE * SIDE) { -1.0 }, 0.1)
    .component(0.5, DoubleArray(SIDE * SIDE) { 1.0 }, 0.1)
    .build()

/** Some samples fail, far below the noise levels of the first stages. */
private object Faulty : Denoiser by images {
    override fun moments() = images.moments()

    override fun denoise(
        asked: Rows,
        out: DoubleArray,
    ) {
        images.denoise(asked, out)
        for (row in 0 until asked.count()) {
            val offset = asked.offset(row)
            if (asked.sigma(row) < 1 && asked.values()[offset] < 0) out[offset] = Double.NaN
        }
    }
}

/** A failed sample is data where a format has a place for it, and an error where it has none. */
class FailedSamplesSpec : FreeSpec({
    val service = autoClose(
        Running(
            Faulty,
            "--scoreflux.models.test.image.height=$SIDE",
            "--scoreflux.models.test.image.width=$SIDE",
            "--scoreflux.models.test.image.paper=-1",
            "--scoreflux.models.test.image.ink=1",
        ),
    )
    val samples = service.get("?count=$COUNT").objects()
    val failed = samples.filter { it["status"].asString() == "failed" }.map { it["index"].asInt() }

    "both modes have some of the samples" { failed.size.shouldBeInRange(1 until COUNT) }

    "NDJSON and one sample as JSON: a reason instead of values" {
        for (index in failed) {
            samples[index]["reason"].asString() shouldContain "NaN"
            samples[index].has("values") shouldBe false
            service.call("$PATH/$index").let {
                it.statusCode() shouldBe 200
                json.readTree(it.body()) shouldBe samples[index]
            }
        }
    }

    "CSV: empty coordinates, and the reason in the last column; the command line reads the others" {
        val text = service.get("?count=$COUNT&format=csv").body()
        val lines = CSVFormat.RFC4180.parse(text.reader()).records
        lines.first().last() shouldBe "reason"
        lines.size shouldBe COUNT + 1
        lines.drop(1).forEachIndexed { index, cells ->
            withClue(cells) {
                cells.size() shouldBe lines.first().size()
                cells.last() shouldBe (samples[index]["reason"]?.asString() ?: "")
                (cells[4] == "") shouldBe (index in failed)
            }
        }
        val file = Files.createTempFile("samples", ".csv").apply { writeText(text) }
        CsvRows.read(file, true).let { rows ->
            rows.dimension() shouldBe SIDE * SIDE
            rows.rows().size shouldBe COUNT - failed.size
        }
        Files.delete(file)
    }

    "a sheet: a crossed place for each failed sample, and a header with their number" {
        val answer = HttpClient.newHttpClient().send(
            HttpRequest.newBuilder(URI("http://127.0.0.1:${service.port}$PATH?count=$COUNT&format=png")).build(),
            BodyHandlers.ofInputStream(),
        )
        answer.headers().firstValue("Scoreflux-Failed-Samples").get() shouldBe "${failed.size}"
        val sheet = answer.body().use { ImageIO.read(it) }
        // An image of the sheet is enlarged to 128 pixels, and has a frame and a gap of 8 pixels.
        val zoom = 128 / SIDE
        val step = 128 + 2 + 8
        val columns = (sheet.width - 8) / step
        // A cross has black diagonals on white; the samples are all black or all white.
        val crossed = (0 until COUNT).filter { k ->
            (0 until SIDE).all { row ->
                (0 until SIDE).all { column ->
                    val x = 9 + k % columns * step + zoom * column + zoom / 2
                    val y = 9 + k / columns * step + zoom * row + zoom / 2
                    (sheet.getRGB(x, y) and 0xff < 128) == (column == row || column == SIDE - 1 - row)
                }
            }
        }
        crossed shouldBe failed
    }

    "one picture: the error of the sample; for OpenAI's clients too, in a stream after the partial images" {
        for (index in failed) {
            val answer = service.call("$PATH/$index?format=png")
            answer.statusCode() shouldBe 500
            json.readTree(answer.body())["detail"].asString() shouldBe
                "the sample failed: ${samples[index]["reason"].asString()}"
        }
        val seeds = (0 until 20).filter { seed ->
            service.get("?count=1&seed=$seed").objects().single()["status"].asString() == "failed"
        }
        val seed = seeds.first()
        val whole = service.call(IMAGES, """{"prompt":"","seed":$seed}""")
        whole.statusCode() shouldBe 500
        json.readTree(whole.body())["error"]["type"].asString() shouldBe "server_error"
        val stream = service.call(IMAGES, """{"prompt":"","seed":$seed,"stream":true}""")
        withClue(stream.body()) {
            stream.statusCode() shouldBe 500
            stream.headers().firstValue("Content-Type").get() shouldBe "application/problem+json"
            json.readTree(stream.body())["error"]["message"].asString() shouldContain "the sample failed"
        }
        val events = service.call(IMAGES, """{"prompt":"","seed":$seed,"stream":true,"partial_images":3}""")
        withClue(events.body()) {
            events.statusCode() shouldBe 200
            events.body() shouldContain "event:image_generation.partial_image"
            events.body() shouldNotContain "event:image_generation.completed"
            val last = events.body().trim().split("\n\n").last()
            last shouldContain "event:error"
            val error = json.readTree(last.lines().last().substringAfter("data:"))["error"]
            error["message"].asString() shouldContain "the sample failed"
            error["type"].asString() shouldBe "server_error"
        }
    }
})
