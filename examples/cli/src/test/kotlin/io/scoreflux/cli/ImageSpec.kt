package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import javax.imageio.ImageIO

class ImageSpec :
    StringSpec({
        val pipeline = "../tiny-pipeline"
        val prompt = "a photo of the digit three"

        fun image(out: Path, vararg arguments: String) =
            run(
                "image",
                "--pipeline",
                pipeline,
                "--out",
                out.toString(),
                "--solver",
                "unipc",
                "--budget",
                "6",
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

        "starts from a given image, and keeps what the mask does not cover" {
            val out = Files.createTempDirectory("images")
            image(out, "--prompt", prompt).code shouldBe 0
            val init = out.resolve("000000.png").toString()
            val changed = Files.createTempDirectory("images")
            image(changed, "--prompt", prompt, "--init", init, "--strength", "0.3").code shouldBe 0
            bytes(changed, "000000.png") shouldNotBe bytes(out, "000000.png")
            image(changed, "--prompt", prompt, "--init", init, "--mask", init).code shouldBe 0
        }

        for (
        (arguments, complaint) in
        listOf(
            listOf("--prompt", prompt, "--pipeline", "nowhere") to "nowhere: is no folder",
            listOf("--prompt", prompt, "--size", "17x16") to "width must be a multiple of 2, was 17",
            listOf("--prompt", prompt, "--size", "big") to "--size must be WIDTHxHEIGHT",
            listOf("--prompt", prompt, "--strength", "0.5") to "--strength needs the image that --init names",
            listOf("--prompt", prompt, "--init", "pom.xml") to "is no image",
            listOf("--prompt", prompt, "--count", "0") to "--count must be at least 1",
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
