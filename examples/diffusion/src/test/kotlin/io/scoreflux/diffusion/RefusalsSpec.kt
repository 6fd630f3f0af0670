package io.scoreflux.diffusion

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.diffusion.PipelineException.Kind
import io.scoreflux.error.InvalidArgumentException
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import java.awt.image.BufferedImage
import java.nio.file.Files
import java.nio.file.Path

/** Each case damages one file of a copy of the pipeline. */
class RefusalsSpec :
    StringSpec({
        fun use(folder: Path) {
            DiffusionPipeline.open(folder).use { pipeline ->
                val condition = pipeline.condition(Prompt("a photo of the digit three", 2.0))
                val sampler = pipeline.sampler().condition(condition).solver(FixedStep(Scheme.EULER, 2)).build()
                val image = pipeline.images(sampler.samples(0, 1)).blockLast()!!
                pipeline.encode(image.toBufferedImage())
            }
        }

        /** Requires a refusal that names the file, the field if there is one, and some words. */
        fun refuses(kind: Kind, file: String?, field: String?, vararg words: String, damage: (Path) -> Unit) {
            val folder = copyOfTiny()
            damage(folder)
            val refusal = shouldThrow<PipelineException> { use(folder) }
            withClue(refusal.message) {
                refusal.kind() shouldBe kind
                refusal.file() shouldBe file?.let(folder::resolve)
                refusal.field() shouldBe field
                words.forEach { refusal.message!! shouldContain it }
                if (file != null) refusal.message!! shouldContain file
                // ONNX Runtime names the file again.
                if (file != null && file.endsWith("json")) refusal.message!!.split(file).size shouldBe 2
            }
        }

        "accepts the undamaged copy" { use(copyOfTiny()) }

        for (
        file in
        listOf(
            "model_index.json",
            "scheduler/scheduler_config.json",
            "tokenizer/tokenizer_config.json",
            "text_encoder/config.json",
            "text_encoder/model.onnx",
            "unet/config.json",
            "unet/model.onnx",
            "vae_decoder/config.json",
            "vae_decoder/model.onnx",
            "vae_encoder/model.onnx",
        )
        ) {
            "refuses a folder without $file" {
                refuses(Kind.UNREADABLE, file, null, "does not exist") { Files.delete(it.resolve(file)) }
            }
        }

        "refuses a file that is no folder" {
            val refusal = shouldThrow<PipelineException> { DiffusionPipeline.open(tiny.resolve("README.md")) }
            refusal.message!! shouldContain "is no folder"
        }

        "refuses JSON that cannot be parsed" {
            refuses(Kind.UNREADABLE, "model_index.json", null, "cannot be read as JSON") {
                Files.writeString(it.resolve("model_index.json"), "{\"_class_name\": ")
            }
        }

        "refuses a scheduler that cannot be parsed, or has a field twice" {
            for ((text, words) in listOf("{\"beta_start\": " to "JSON", "{\"a\": 1, \"a\": 2}" to "JSON")) {
                refuses(Kind.UNREADABLE, "scheduler/scheduler_config.json", null, words) {
                    Files.writeString(it.resolve("scheduler/scheduler_config.json"), text)
                }
            }
        }

        "refuses another class of pipelines" {
            refuses(Kind.UNSUPPORTED, "model_index.json", "_class_name", "FluxPipeline", "StableDiffusionPipeline") {
                edit(it, "model_index.json", "StableDiffusionPipeline", "FluxPipeline")
            }
        }

        "refuses an unknown class of schedulers" {
            refuses(Kind.UNSUPPORTED, "scheduler/scheduler_config.json", "_class_name", "TurboScheduler") {
                edit(it, "scheduler/scheduler_config.json", "DDIMScheduler", "TurboScheduler")
            }
        }

        "refuses betas out of range" {
            refuses(Kind.INVALID_FIELD, "scheduler/scheduler_config.json", "beta_end", "1.5") {
                edit(it, "scheduler/scheduler_config.json", "0.012", "1.5")
            }
        }

        "refuses an unknown prediction type" {
            refuses(Kind.INVALID_FIELD, "scheduler/scheduler_config.json", "prediction_type", "colour") {
                edit(it, "scheduler/scheduler_config.json", "\"epsilon\"", "\"colour\"")
            }
        }

        "refuses a network with more channels than the latents" {
            refuses(Kind.INVALID_FIELD, "unet/config.json", "in_channels", "9", "latent_channels") {
                edit(it, "unet/config.json", "\"in_channels\": 4", "\"in_channels\": 9")
            }
        }

        "refuses a number of channels that is no number" {
            refuses(Kind.INVALID_FIELD, "vae_decoder/config.json", "latent_channels", "whole number") {
                edit(it, "vae_decoder/config.json", "\"latent_channels\": 4", "\"latent_channels\": \"four\"")
            }
        }

        "refuses a scaling factor of 0" {
            refuses(Kind.INVALID_FIELD, "vae_decoder/config.json", "scaling_factor", "greater than 0") {
                edit(it, "vae_decoder/config.json", "1.158", "0")
            }
        }

        "refuses images of gigabytes" {
            val refusal =
                shouldThrow<PipelineException> { DiffusionPipeline.builder(tiny).size(40_000, 40_000).open() }
            refusal.kind() shouldBe Kind.TOO_LARGE
            refusal.message!! shouldContain "40000 x 40000"
        }

        "refuses sizes of the training beyond the range of integers" {
            refuses(Kind.TOO_LARGE, null, null, "4000000000 x 4000000000") {
                edit(it, "unet/config.json", "\"sample_size\": 8", "\"sample_size\": 2000000000")
            }
        }

        "accepts a height and a width of the training, and refuses other lists" {
            val folder = copyOfTiny()
            edit(folder, "unet/config.json", "\"sample_size\": 8", "\"sample_size\": [8, 12]")
            DiffusionPipeline.open(folder).use { pipeline ->
                pipeline.height() shouldBe 16
                pipeline.width() shouldBe 24
            }
            for (list in listOf("[8]", "[8, 0]", "[8, 8, 8]", "[8, \"8\"]")) {
                refuses(Kind.INVALID_FIELD, "unet/config.json", "sample_size", "list of two") {
                    edit(it, "unet/config.json", "\"sample_size\": 8", "\"sample_size\": $list")
                }
            }
        }

        "refuses settings that are not positive by their names" {
            val builder = DiffusionPipeline.builder(tiny)
            for (
            (name, set) in
            mapOf<String, () -> Unit>(
                "threads" to { builder.threads(0) },
                "fixedRows" to { builder.fixedRows(0) },
                "memory" to { builder.memory(0) },
                "height" to { builder.size(8, -8) },
            )
            ) {
                shouldThrow<InvalidArgumentException> { set() }.violation().setting() shouldBe name
            }
        }

        "refuses a size between the sizes of latents" {
            val refusal = shouldThrow<PipelineException> { DiffusionPipeline.builder(tiny).size(17, 16).open() }
            refusal.message!! shouldContain "width must be a multiple of 2"
        }

        "refuses the tokenizer of another vocabulary" {
            refuses(Kind.INVALID_PROMPT, "text_encoder/config.json", "vocab_size", "token", "tokenizer") {
                edit(it, "text_encoder/config.json", "\"vocab_size\": 567", "\"vocab_size\": 500")
            }
        }

        "refuses a padding token that is none" {
            refuses(Kind.INVALID_FIELD, "tokenizer/tokenizer_config.json", "pad_token", "no token") {
                edit(
                    it,
                    "tokenizer/tokenizer_config.json",
                    "\"pad_token\": \"<|endoftext|>\"",
                    "\"pad_token\": \"<pad>\"",
                )
            }
        }

        "refuses a truncated network" {
            refuses(Kind.INVALID_NETWORK, "text_encoder/model.onnx", null, "ONNX Runtime") {
                val file = it.resolve("text_encoder/model.onnx")
                Files.write(file, Files.readAllBytes(file).copyOf(10_000))
            }
        }

        "refuses a decoder in place of the text encoder" {
            refuses(Kind.INVALID_NETWORK, "text_encoder/model.onnx", null, "last_hidden_state") {
                val decoder = Files.readAllBytes(it.resolve("vae_decoder/model.onnx"))
                Files.write(it.resolve("text_encoder/model.onnx"), decoder)
            }
        }

        "refuses a prompt that is too long" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                val refusal =
                    shouldThrow<PipelineException> { pipeline.condition(Prompt("three ".repeat(76), 1.0)) }
                refusal.kind() shouldBe Kind.INVALID_PROMPT
                refusal.message!! shouldContain "78 tokens"
                refusal.message!! shouldContain "at most 77"
                pipeline.condition(Prompt("three ".repeat(75), 1.0)) // Fills all positions.
            }
        }

        "refuses images of another size, and masks without a dark part" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                val small = BufferedImage(8, 16, BufferedImage.TYPE_INT_RGB)
                val image = BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB)
                shouldThrow<PipelineException> { pipeline.encode(small) }.message!! shouldContain
                    "16 x 16 pixels, was 8 x 16"
                shouldThrow<PipelineException> { pipeline.known(image, small) }.message!! shouldContain "the mask"
                val bright = BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB)
                for (y in 0 until 16) for (x in 0 until 16) bright.setRGB(x, y, 0xffffff)
                shouldThrow<PipelineException> { pipeline.known(image, bright) }.message!! shouldContain
                    "dark somewhere"
                val dark = BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB)
                shouldThrow<PipelineException> { pipeline.known(image, dark) }.message!! shouldContain
                    "bright somewhere"
                shouldThrow<PipelineException> { pipeline.noiseLevel(0.0) }.message!! shouldContain "strength"
            }
        }
    })
