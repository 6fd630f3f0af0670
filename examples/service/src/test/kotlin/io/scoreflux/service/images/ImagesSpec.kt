package io.scoreflux.service.images

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.service.Running
import io.scoreflux.service.twoModes
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.io.ByteArrayInputStream
import java.util.Base64
import javax.imageio.ImageIO
import kotlin.math.abs

private val json = JsonMapper()

/** OpenAI's image API, for models whose samples are images. */
class ImagesSpec : FreeSpec({
    val service = autoClose(
        Running(
            twoModes(),
            "--scoreflux.models.digits.target=classpath:models/digits/digits.json",
            "--scoreflux.models.digits.tolerance=1e-2",
            "--scoreflux.models.digits.image.height=28",
            "--scoreflux.models.digits.image.width=28",
            "--scoreflux.models.digits.image.paper=-1",
            "--scoreflux.models.digits.image.ink=1",
            "--scoreflux.models.digits.fixed-rows=4",
        ),
    )

    fun generate(body: String): JsonNode =
        json.readTree(service.call("/v1/images/generations", body).also { it.statusCode() shouldBe 200 }.body())

    fun image(base64: String) = ImageIO.read(ByteArrayInputStream(Base64.getDecoder().decode(base64)))

    "images of a class: their size, and the seed and index that give them again" {
        val images = generate("""{"model":"digits","prompt":"7","n":2,"size":"56x56"}""")["data"].values().toList()
        images.map { it["index"].asLong() } shouldContainExactly listOf(0L, 1L)
        images.forEach { image(it["b64_json"].asString()).width shouldBe 56 }
        val seed = images[0]["seed"].asLong()
        val again = generate("""{"prompt":"7","n":2,"size":"56x56","seed":$seed}""")["data"].values().toList()
        again.map { it["b64_json"] } shouldContainExactly images.map { it["b64_json"] }
        withClue("without a seed, a new picture") {
            generate("""{"prompt":"7"}""")["data"][0]["seed"].asLong() shouldNotBe seed
        }
    }

    "the image of the API is the PNG of the sample, and parameters of other models have no effect" {
        val one = generate(
            """{"prompt":"3","seed":5,"quality":"hd","style":"vivid","user":"u","background":"auto"}""",
        )["data"][0]
        val bytes = Base64.getDecoder().decode(one["b64_json"].asString())
        val sample = service.call("/v1/models/digits/samples/0?seed=5&condition=3").body()
        val values = json.readTree(sample)["values"]
        val picture = image(one["b64_json"].asString())
        bytes.size shouldNotBe 0
        for (i in 0 until 784) {
            // White is -1, black is 1.
            val grey = Math.round(255 * (1 - ((values[i].asDouble() + 1) / 2).coerceIn(0.0, 1.0))).toInt()
            abs(picture.raster.getSample(i % 28, i / 28, 0) - grey).shouldBeInRange(0..1)
        }
        generate("""{"prompt":"3","seed":5,"response_format":"url"}""")["data"][0]["url"].asString() shouldStartWith
            "data:image/png;base64,"
    }

    "a stream: partial images with less and less noise, and the image" {
        val events = service.call(
            "/v1/images/generations",
            """{"prompt":"3","seed":5,"stream":true,"partial_images":3}""",
        ).body().split("\n\n").filter { it.isNotBlank() }.map { event ->
            event.lines().first { it.startsWith("event:") }.substringAfter(":") to
                json.readTree(event.lines().first { it.startsWith("data:") }.substringAfter(":"))
        }
        events.map { it.first } shouldContainExactly
            List(events.size - 1) { "image_generation.partial_image" } + "image_generation.completed"
        // The model has four stages, and the last one ends with the image.
        events.dropLast(1).map { it.second["partial_image_index"].asInt() } shouldContainExactly listOf(0, 1, 2)
        events.last().second["b64_json"] shouldBe generate("""{"prompt":"3","seed":5}""")["data"][0]["b64_json"]
    }
})
