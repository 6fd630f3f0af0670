package io.scoreflux.diffusion

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.floats.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.model.ModelException
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import java.awt.image.BufferedImage
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import kotlin.math.abs
import kotlin.math.sin

/** The networks are formulas, which `fixtures.py` beside them states. */
class FormulasSpec :
    StringSpec({
        val prompt = "a photo of the digit three"

        /** The tokens of the prompt, padded to a length. */
        fun tokens(folder: Path, length: Int) =
            PromptTokenizer.open(folder.resolve("tokenizer"), 77).use { encoder ->
                val own = encoder.encode(prompt).toList()
                own + List(length - own.size) { own.last() }
            }

        /** D of one row whose numbers are all 0.5. */
        fun denoised(pipeline: DiffusionPipeline, sigma: Double, condition: Condition?): Double {
            val denoiser = pipeline.denoiser()
            val rows = Rows(denoiser.dimension(), 1)
            rows.append(DoubleArray(denoiser.dimension()) { 0.5 }, 0, sigma)
            if (condition != null) rows.condition(0, condition)
            val out = DoubleArray(denoiser.dimension())
            denoiser.denoise(rows, out)
            return out[3]
        }

        /** The part of the output that depends on the states of tokens: a sum over positions and columns with distinct weights. */
        fun text(states: List<DoubleArray>) =
            states.withIndex().sumOf { (l, state) ->
                state.withIndex().sumOf { (c, value) -> sin(1.0 + l + 10 * c) / 10 * (value + 0.01) }
            }

        fun times(factor: Double, vararg direction: Int) =
            DoubleArray(direction.size) { factor * direction[it] }

        "Stable Diffusion XL joins the last but one states, the pooled vector and the size" {
            val folder = formulas("xl")
            DiffusionPipeline.builder(folder).size(8, 12).open().use { pipeline ->
                val tokens = tokens(folder, 77)
                // hidden_states.1 of both encoders: 2 t / 100 times (1, -1) and (1, 2, 3).
                val own = text(tokens.map { times(2 * it / 100.0, 1, -1, 1, 2, 3) })
                val pooled = tokens.average() / 100 * (1 * 1 + 2 * 2 + 3 * 3)
                // Height and width, the corner, height and width.
                val size = (1 * 12 + 2 * 8 + 3 * 0 + 4 * 0 + 5 * 12 + 6 * 8) / 1000.0
                val level = 1.7
                val schedule = pipeline.scheduler().schedule()
                val time = schedule.timestep(level) / 1000

                fun exact(prompt: Double) = 0.5 - level * (0.05 * schedule.alpha(level) + prompt + size + time)

                val condition = pipeline.condition(Prompt(prompt, 1.0))
                denoised(pipeline, level, condition) shouldBe (exact(own + pooled) plusOrMinus 1e-4)
                // Without a negative prompt, the other branch has embeddings of 0 and the same size.
                val none = text(List(77) { DoubleArray(5) })
                denoised(pipeline, level, null) shouldBe (exact(none) plusOrMinus 1e-5)
                val guided = 3 * exact(own + pooled) - 2 * exact(none)
                denoised(pipeline, level, condition.withGuidance(3.0)) shouldBe (guided plusOrMinus 5e-4)
            }
        }

        "Stable Diffusion 3 joins the states of three text encoders, and both pooled vectors" {
            for (hasT5 in listOf(true, false)) {
                val folder = formulas("sd3")
                if (!hasT5) {
                    edit(folder, "model_index.json", "\"transformers\", \"T5EncoderModel\"", "null, null")
                }
                DiffusionPipeline.builder(folder).size(8, 12).open().use { pipeline ->
                    val tokens = tokens(folder, 77)
                    val clip = tokens.map { times(2 * it / 100.0, 1, -1, 1, 2, 3, 0, 0, 0) }
                    // This tokenizer ends after 77 tokens. Without T5, there are 256 rows of 0.
                    val t5 =
                        if (hasT5) {
                            tokens.map { times(3 * it / 100.0, 1, -2, 3, -4, 5, -6, 7, -8) }
                        } else {
                            List(256) { DoubleArray(8) }
                        }
                    val pooled = tokens.average() / 100 * (1 * 1 - 1 * 2 + 1 * 3 + 2 * 4 + 3 * 5)
                    val level = 1.7
                    val t = level / (1 + level)
                    // x_t = (1 - t) z, and D = x_t - t f.
                    val x = 0.5 * (1 - t)
                    val exact = x - t * (x / 10 + text(clip + t5) + pooled + t)
                    denoised(pipeline, level, pipeline.condition(Prompt(prompt, 1.0))) shouldBe (exact plusOrMinus 1e-4)
                    pipeline.scheduler().schedule().time(level) shouldBe (t plusOrMinus 1e-12)
                }
            }
        }

        "an encoder T5 that the index names must exist" {
            val folder = formulas("sd3")
            Files.move(folder.resolve("text_encoder_3"), folder.resolve("unused"))
            val refusal = shouldThrow<PipelineException> { DiffusionPipeline.open(folder) }
            refusal.kind() shouldBe PipelineException.Kind.UNREADABLE
            refusal.file() shouldBe folder.resolve("text_encoder_3/config.json")
            edit(folder, "model_index.json", ", \"text_encoder_3\": [\"transformers\", \"T5EncoderModel\"]", "")
            DiffusionPipeline.open(folder).close()
        }

        "16 fixed rows of the size of Stable Diffusion 3 fit into the memory of a call" {
            val folder = formulas("sd3")
            Files.copy(resource("wide/transformer.onnx"), folder.resolve("transformer/model.onnx"), REPLACE_EXISTING)
            edit(folder, "transformer/config.json", "\"joint_attention_dim\": 8", "\"joint_attention_dim\": 4096")
            edit(folder, "model_index.json", "\"transformers\", \"T5EncoderModel\"", "null, null")
            val builder = DiffusionPipeline.builder(folder).size(256, 256).fixedRows(2)
            builder.open().use { it.denoiser().dimension() shouldBe 4 * 128 * 128 }
            // State and output count 64 times, also the timestep; the embeddings count once.
            val row = 64L * 4 * (2 * 4 * 128 * 128 + 1) + 4 * (333 * 4096 + 5)
            builder.memory(16 * row).open().use { it.denoiser().dimension() shouldBe 4 * 128 * 128 }
            builder.memory(16 * row - 1).open().use {
                shouldThrow<ModelException> { it.denoiser() }.kind() shouldBe ModelException.Kind.TOO_LARGE
            }
        }

        "latents are scaled by the statistics of their channels" {
            val folder = formulas("xl")
            val means = listOf(0.1, -0.2, 0.3, -0.4)
            val deviations = listOf(2.0, 3.0, 0.5, 0.25)
            edit(
                folder,
                "vae_decoder/config.json",
                "\"shift_factor\": 0.25",
                "\"latents_mean\": $means, \"latents_std\": $deviations",
            )
            DiffusionPipeline.builder(folder).size(8, 12).open().use { pipeline ->
                val image = BufferedImage(8, 12, BufferedImage.TYPE_INT_RGB)
                for (y in 0 until 12) for (x in 0 until 8) image.setRGB(x, y, 0x10_20_30 * (1 + x / 2) + 3 * (y / 2))
                val latents = pipeline.encode(image)
                latents.size shouldBe 4 * 4 * 6
                for (channel in 0 until 4) {
                    for (cell in 0 until 24) {
                        val rgb = image.getRGB(cell % 4 * 2, cell / 4 * 2)
                        val l = if (channel == 3) 0.5 else (rgb shr (16 - 8 * channel) and 255) / 127.5 - 1
                        val z = (l - means[channel]) * 0.5 / deviations[channel]
                        latents[channel * 24 + cell] shouldBe (z plusOrMinus 1e-6)
                    }
                }
                // The decoder undoes what the encoder did, and so does the scaling.
                val sampler = pipeline.sampler().condition(pipeline.condition(Prompt("", 1.0))).build()
                val kept = sampler.decode(arrayOf(latents)).map { pipeline.decode(it) }
                val decoded = kept.blockLast()!!
                val z = decoded.sample().values()
                for (channel in 0 until 3) {
                    for (pixel in 0 until 96) {
                        val own = z[channel * 24 + pixel / 8 / 2 * 4 + pixel % 8 / 2]
                        val exact = (own * deviations[channel] / 0.5 + means[channel] + 1) / 2
                        decoded.colours()[channel * 96 + pixel].toDouble() shouldBe
                            (exact plusOrMinus 1e-6 * (1 + abs(exact)))
                    }
                }
            }
        }

        for (
        (text, field, rule) in
        listOf(
            Triple("\"latents_mean\": [0, 0, 0, 0]", "latents_std", "together with 'latents_mean'"),
            Triple("\"latents_std\": [1, 1, 1, 1]", "latents_mean", "together with 'latents_std'"),
            Triple("\"latents_mean\": [0, 0, 0, 0], \"latents_std\": [1, 1, 1]", "latents_std", "4 numbers"),
            Triple("\"latents_mean\": [0, 0, 0, 0], \"latents_std\": [1, 1, 0, 1]", "latents_std", "greater than 0"),
        )
        ) {
            "refuses $text" {
                val folder = formulas("xl")
                edit(folder, "vae_decoder/config.json", "\"shift_factor\": 0.25", text)
                val refusal = shouldThrow<PipelineException> { DiffusionPipeline.open(folder) }
                refusal.kind() shouldBe PipelineException.Kind.INVALID_FIELD
                refusal.field() shouldBe field
                refusal.message!! shouldContain rule
            }
        }

        "refuses an encoder that draws latents, and decoders of other images" {
            for (
            (component, file, words) in
            listOf(
                Triple("vae_encoder", "random-encoder.onnx", "random draw"),
                Triple("vae_decoder", "nan-decoder.onnx", "half precision"),
                Triple("vae_decoder", "two-channels-decoder.onnx", "1 or 3"),
            )
            ) {
                val folder = formulas("xl")
                Files.copy(resource("broken/$file"), folder.resolve("$component/model.onnx"), REPLACE_EXISTING)
                DiffusionPipeline.builder(folder).size(8, 12).open().use { pipeline ->
                    val refusal =
                        shouldThrow<PipelineException> {
                            if (component == "vae_encoder") {
                                pipeline.encode(BufferedImage(8, 12, BufferedImage.TYPE_INT_RGB))
                            } else {
                                val sampler =
                                    pipeline
                                        .sampler()
                                        .condition(pipeline.condition(Prompt("", 1.0)))
                                        .solver(FixedStep(Scheme.EULER, 2))
                                        .build()
                                pipeline.images(sampler.samples(0, 1)).blockLast()
                            }
                        }
                    refusal.kind() shouldBe PipelineException.Kind.INVALID_NETWORK
                    refusal.file() shouldBe folder.resolve("$component/model.onnx")
                    refusal.message!! shouldContain words
                }
            }
        }

        "draws images, with the shift and the scale of the latents" {
            val folder = formulas("xl")
            DiffusionPipeline.builder(folder).size(8, 8).open().use { pipeline ->
                val sampler =
                    pipeline
                        .sampler()
                        .condition(pipeline.condition(Prompt("seven", 2.0)))
                        .solver(FixedStep(Scheme.EULER, 4))
                        .build()
                val image = pipeline.images(sampler.samples(0, 1)).blockLast()!!
                image.width() shouldBe 8
                // The decoder repeats each of the first three latents, l = z / scale + shift, and colours are (l + 1) / 2.
                val z = image.sample().values()
                val colours = image.colours()
                for (channel in 0 until 3) {
                    for (pixel in 0 until 64) {
                        val latent = z[channel * 16 + pixel / 8 / 2 * 4 + pixel % 8 / 2] / 0.5 + 0.25
                        val exact = ((latent + 1) / 2).toFloat()
                        colours[channel * 64 + pixel] shouldBe (exact plusOrMinus 1e-4f)
                    }
                }
            }
        }
    })
