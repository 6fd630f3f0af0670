package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import java.awt.image.BufferedImage
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import javax.imageio.ImageIO
import kotlin.math.abs

class ImageSpec :
    StringSpec({
        val pipeline = "../tiny-pipeline"
        val prompt = "a photo of the digit three"

        fun image(out: Path, vararg arguments: String, budget: String = "6") =
            run(
                "image",
                "--pipeline",
                pipeline,
                "--out",
                out.toString(),
                "--solver",
                "unipc",
                "--budget",
                budget,
                *arguments,
            )

        fun bytes(folder: Path, name: String) = Files.readAllBytes(folder.resolve(name)).toList()

        "writes a PNG file for each index, with the prompts in turn, independent of the other images" {
            val all = Files.createTempDirectory("images").resolve("new")
            val prompts = arrayOf("--prompt", prompt, "--prompt", "a photo of the digit seven", "--fixed-rows", "16")
            val ended = image(all, *prompts, "--count", "3", "--guidance", "3")
            ended.code shouldBe 0
            ended.err shouldContain "wrote 3 images"
            all.toFile().list()!!.toList() shouldContainExactlyInAnyOrder
                listOf("000000.png", "000001.png", "000002.png")
            ImageIO.read(all.resolve("000002.png").toFile()).width shouldBe 16
            bytes(all, "000000.png") shouldNotBe bytes(all, "000002.png")

            val last = Files.createTempDirectory("images")
            image(last, *prompts, "--count", "1", "--first-index", "2", "--guidance", "3").code shouldBe 0
            bytes(last, "000002.png") shouldBe bytes(all, "000002.png")
        }

        "starts from a given image, with the prompts in turn" {
            val out = Files.createTempDirectory("images")
            image(out, "--prompt", prompt).code shouldBe 0
            val init = arrayOf("--init", out.resolve("000000.png").toString(), "--strength", "0.5")
            val prompts = arrayOf("--prompt", prompt, "--prompt", "a photo of the digit seven", "--fixed-rows", "16")
            val changed = Files.createTempDirectory("images")
            image(changed, *prompts, *init, "--count", "4").code shouldBe 0
            bytes(changed, "000000.png") shouldNotBe bytes(out, "000000.png")
            bytes(changed, "000000.png") shouldNotBe bytes(changed, "000002.png")
            // Index 3 has the second prompt, alone as well as with the others.
            val last = Files.createTempDirectory("images")
            image(last, *prompts, *init, "--count", "1", "--first-index", "3").code shouldBe 0
            bytes(last, "000003.png") shouldBe bytes(changed, "000003.png")
            image(last, "--prompt", prompt, "--fixed-rows", "16", *init, "--count", "1", "--first-index", "3")
                .code shouldBe 0
            bytes(last, "000003.png") shouldNotBe bytes(changed, "000003.png")
        }

        "keeps what the mask does not cover" {
            val folder = Files.createTempDirectory("images")
            image(folder, "--prompt", prompt).code shouldBe 0
            val init = folder.resolve("000000.png").toString()

            /** The image with new content from a column on. */
            fun redrawn(column: Int): BufferedImage {
                val mask = BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB)
                for (y in 0 until 16) for (x in column until 16) mask.setRGB(x, y, 0xffffff)
                val file = folder.resolve("mask-$column.png")
                ImageIO.write(mask, "png", file.toFile())
                val out = folder.resolve("from-$column")
                val arguments = arrayOf("--prompt", "a photo of the digit seven", "--seed", "5", "--init", init)
                val ended = image(out, *arguments, "--mask", file.toString(), budget = "20")
                withClue(ended.err) { ended.code shouldBe 0 }
                return ImageIO.read(out.resolve("000000.png").toFile())
            }

            val most = redrawn(14)
            val half = redrawn(8)

            /** The mean difference of some columns. The decoder spreads each latent, so kept pixels change a little. */
            fun difference(columns: IntRange) =
                columns.flatMap { x ->
                    (0 until 16).flatMap { y ->
                        (0 until 3).map { abs(half.raster.getSample(x, y, it) - most.raster.getSample(x, y, it)) }
                    }
                }.average()
            difference(0..3) shouldBeLessThan difference(9..12) / 4
            difference(9..12) shouldBeGreaterThan 10.0
        }

        "refuses an index of a given image beyond the rows of inputs, before it creates the folder" {
            val folder = Files.createTempDirectory("images")
            image(folder, "--prompt", prompt).code shouldBe 0
            val init = folder.resolve("000000.png").toString()
            val out = folder.resolve("none")
            val ended = image(out, "--prompt", prompt, "--init", init, "--first-index", "1048576")
            ended.code shouldBe 2
            ended.err shouldContain "indices below 1048576, was 1048576"
            Files.exists(out) shouldBe false
        }

        "has the tolerance 0.01 for all solvers with a tolerance" {
            for (solver in listOf("sliding", "picard")) {
                fun drawn(vararg tolerance: String): List<Byte> {
                    val out = Files.createTempDirectory("images")
                    run(
                        "image",
                        "--pipeline",
                        pipeline,
                        "--out",
                        out.toString(),
                        "--prompt",
                        prompt,
                        "--guidance",
                        "3",
                        "--solver",
                        solver,
                        *tolerance,
                    ).code shouldBe 0
                    return bytes(out, "000000.png")
                }
                val usual = drawn()
                usual shouldBe drawn("--tolerance", "0.01")
                usual shouldNotBe drawn("--tolerance", "0.3")
            }
        }

        "encodes a negative prompt, which changes the image" {
            val plain = Files.createTempDirectory("images")
            image(plain, "--prompt", prompt, "--guidance", "3").code shouldBe 0
            val negative = Files.createTempDirectory("images")
            image(negative, "--prompt", prompt, "--guidance", "3", "--negative", "a photo of the digit eight")
                .code shouldBe 0
            bytes(negative, "000000.png") shouldNotBe bytes(plain, "000000.png")
        }

        "refuses given images of another size" {
            val folder = Files.createTempDirectory("images")

            fun picture(side: Int) = folder.resolve("$side.png").also {
                ImageIO.write(BufferedImage(side, side, BufferedImage.TYPE_INT_RGB), "png", it.toFile())
            }.toString()
            val all = arrayOf("image", "--pipeline", pipeline, "--prompt", prompt, "--out", "$folder/none")
            refused(
                listOf("--init must be an image of 16 x 16 pixels, the size of the results, was 20 x 20; scale it"),
                *all,
                "--init",
                picture(20),
            )
            refused(
                listOf("--mask must be an image of 16 x 16 pixels, the size of the results, was 20 x 20; scale it"),
                *arrayOf(*all, "--init", picture(16), "--mask", picture(20)),
            )
            refused(
                listOf("--mask: the mask must be bright somewhere"),
                *arrayOf(*all, "--init", picture(16), "--mask", picture(16)),
            )
        }

        "refuses a decoder that is missing or does not fit before any call of the networks" {
            // Any call of a network but the decoder's would fail on the damaged text encoder.
            fun damaged(damage: (Path) -> Any): Path {
                val copy = Files.createTempDirectory("pipeline")
                Path.of(pipeline).toFile().copyRecursively(copy.toFile(), overwrite = true)
                Files.writeString(copy.resolve("text_encoder/model.onnx"), "no network")
                damage(copy)
                return copy
            }
            for ((damage, message) in listOf<Pair<(Path) -> Any, String>>(
                { it: Path -> Files.delete(it.resolve("vae_decoder/model.onnx")) } to
                    "vae_decoder/model.onnx: the network does not exist; export this component to ONNX",
                { it: Path -> Files.writeString(it.resolve("vae_decoder/model.onnx"), "x") } to
                    "vae_decoder/model.onnx: ONNX Runtime cannot load the network",
                { it: Path ->
                    Files.copy(
                        it.resolve("vae_encoder/model.onnx"),
                        it.resolve("vae_decoder/model.onnx"),
                        StandardCopyOption.REPLACE_EXISTING,
                    )
                } to "vae_decoder/model.onnx: input 'sample' must be [1, 4, 8, 8], is [-1, 3, -1, -1]; use the network",
                { it: Path -> Files.delete(it.resolve("unet/model.onnx")) } to
                    "unet/model.onnx: the network does not exist",
            )) {
                val out = Files.createTempDirectory("images").resolve("none")
                val folder = damaged { damage(it) }.toString()
                refused(listOf(message), "image", "--pipeline", folder, "--prompt", prompt, "--out", "$out")
                Files.exists(out) shouldBe false
            }
        }

        for (
        (arguments, complaint) in
        listOf(
            listOf("--prompt", prompt, "--pipeline", "nowhere") to "nowhere: is no folder",
            listOf("--prompt", prompt, "--size", "17x16") to
                "--size: width must be a multiple of 2, was 17; choose 16 or 18",
            listOf("--prompt", prompt, "--size", "2x2") to
                "--size must be a size that the network accepts, was 2x2; leave",
            listOf("--prompt", prompt, "--size", "16384x16384") to "--size: an image of 16384 x 16384 pixels exceeds",
            listOf("--prompt", prompt, "--negative", "three ".repeat(80)) to "--negative: the prompt has 82 tokens",
            listOf("--prompt", prompt, "--guidance", "1", "--negative", "a") to
                "--negative has no effect with --guidance 1",
            listOf("--prompt", prompt, "--guidance", "1e308") to "--guidance must be at least -10000 and at most 10000",
            listOf("--prompt", prompt, "--fixed-rows", "100000", "--memory", "1") to
                "raise the limit with --memory, or fix fewer rows with --fixed-rows",
            listOf("--prompt", prompt, "--size", "big") to "--size must be WIDTHxHEIGHT",
            listOf("--prompt", prompt, "--strength", "0.5") to "--strength needs the image that --init names",
            listOf("--prompt", prompt, "--init", "pom.xml") to "is no image",
            listOf("--prompt", prompt, "--count", "0") to "--count must be at least 1",
            listOf("--prompt", prompt, "--memory", "0") to "--memory must be at least 1",
            listOf("--prompt", prompt, "--guidance", "NaN") to "--guidance",
            listOf("--prompt", "three ".repeat(80)) to "at most 77",
        )
        ) {
            "refuses ${arguments.drop(2).ifEmpty { listOf("a long prompt") }.joinToString(" ")}" {
                val given = if ("--pipeline" in arguments) arguments else listOf("--pipeline", pipeline) + arguments
                val out = Files.createTempDirectory("images").resolve("none")
                val ended =
                    run("image", "--out", out.toString(), "--solver", "euler", "--budget", "4", *given.toTypedArray())
                ended.code shouldBe 2
                ended.err shouldContain complaint
                Files.exists(out) shouldBe false
            }
        }
    })
