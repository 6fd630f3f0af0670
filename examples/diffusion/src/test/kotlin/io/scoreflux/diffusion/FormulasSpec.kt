package io.scoreflux.diffusion

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.floats.plusOrMinus
import io.kotest.matchers.shouldBe
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import java.nio.file.Files
import java.nio.file.Path
import java.util.stream.Collectors

/** The networks are formulas, which `fixtures.py` beside them states. */
class FormulasSpec :
    StringSpec({
        /** The folder of a kind of pipelines, with the tokenizer of the tiny pipeline for each text encoder. */
        fun folder(kind: String): Path {
            val source = Path.of(
                FormulasSpec::class.java.getResource("/formulas/$kind/model_index.json")!!.toURI(),
            ).parent
            val folder = Files.createTempDirectory(kind)
            for (from in Files.walk(source).use { it.collect(Collectors.toList()) }) {
                val to = folder.resolve(source.relativize(from).toString())
                if (Files.isDirectory(from)) Files.createDirectories(to) else Files.copy(from, to)
            }
            for (suffix in listOf("", "_2", "_3")) {
                val tokenizer = Files.createDirectories(folder.resolve("tokenizer$suffix"))
                for (file in listOf("tokenizer.json", "tokenizer_config.json")) {
                    Files.copy(tiny.resolve("tokenizer/$file"), tokenizer.resolve(file))
                }
            }
            return folder
        }

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

        "Stable Diffusion XL joins the last but one states, the pooled vector and the size" {
            val folder = folder("xl")
            DiffusionPipeline.builder(folder).size(8, 8).open().use { pipeline ->
                val tokens = tokens(folder, 77)
                // hidden_states.1 of both encoders: 2 t / 100 times (1, -1) and (1, 2, 3).
                val states = tokens.average() * 2 / 100 * (1 - 1 + 1 + 2 + 3) / 5
                val pooled = tokens.average() / 100 * (1 + 2 + 3) / 3
                val size = (8 + 8 + 0 + 0 + 8 + 8) / 6.0 / 1000
                val level = 1.7
                val schedule = pipeline.scheduler().schedule()
                val time = schedule.timestep(level) / 1000

                fun exact(text: Double) = 0.5 - level * (0.05 * schedule.alpha(level) + text + size + time)

                val condition = pipeline.condition(Prompt(prompt, 1.0))
                denoised(pipeline, level, condition) shouldBe (exact(states + pooled) plusOrMinus 1e-4)
                // Without a negative prompt, the other branch has embeddings of 0 and the same size.
                denoised(pipeline, level, null) shouldBe (exact(0.0) plusOrMinus 1e-5)
                val guided = 3 * exact(states + pooled) - 2 * exact(0.0)
                denoised(pipeline, level, condition.withGuidance(3.0)) shouldBe (guided plusOrMinus 5e-4)
            }
        }

        "Stable Diffusion 3 joins the states of three text encoders, and both pooled vectors" {
            for (hasT5 in listOf(true, false)) {
                val folder = folder("sd3")
                if (!hasT5) Files.move(folder.resolve("text_encoder_3"), folder.resolve("unused"))
                DiffusionPipeline.builder(folder).size(8, 8).open().use { pipeline ->
                    val mean = tokens(folder, 77).average() / 100
                    // 77 rows of 2 (1, -1, 1, 2, 3, 0, 0, 0) times t / 100, then 77 of 256 rows of 3 (1, ..., 1) times t / 100: this
                    // tokenizer ends there.
                    val clip = 2 * 77 * mean * (1 - 1 + 1 + 2 + 3)
                    val rows = if (hasT5) 77 + 77 else 77 + 256
                    val text = (clip + (if (hasT5) 3 * 77 * mean * 8 else 0.0)) / (rows * 8)
                    val pooled = mean * (1 * 1 - 1 * 2 + 1 * 3 + 2 * 4 + 3 * 5)
                    val level = 1.7
                    val t = level / (1 + level)
                    // x_t = (1 - t) z, and D = x_t - t f.
                    val x = 0.5 * (1 - t)
                    val exact = x - t * (x / 10 + text + pooled + t)
                    denoised(pipeline, level, pipeline.condition(Prompt(prompt, 1.0))) shouldBe (exact plusOrMinus 1e-4)
                    pipeline.scheduler().schedule().time(level) shouldBe (t plusOrMinus 1e-12)
                }
            }
        }

        "draws images, with the shift and the scale of the latents" {
            val folder = folder("xl")
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
