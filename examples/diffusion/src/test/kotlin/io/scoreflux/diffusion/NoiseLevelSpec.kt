package io.scoreflux.diffusion

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import kotlin.math.exp
import kotlin.math.pow
import kotlin.math.sqrt

/** The noise levels of strengths, for each kind of schedules. */
class NoiseLevelSpec :
    StringSpec({
        fun <R> with(kind: String, scheduler: String, width: Int, height: Int, use: (DiffusionPipeline) -> R): R {
            val folder = formulas(kind)
            Files.writeString(folder.resolve("scheduler/scheduler_config.json"), scheduler)
            return DiffusionPipeline.builder(folder).size(width, height).open().use(use)
        }

        infix fun Double.shouldBeClose(exact: Double) {
            this shouldBe (exact plusOrMinus 1e-9 * exact)
        }

        "a discrete chain has the level of a timestep" {
            val scheduler =
                """{"_class_name": "DDIMScheduler", "beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02}"""
            with("xl", scheduler, 8, 8) { pipeline ->
                for (step in listOf(100, 500, 999)) {
                    val alphas = (0..step).fold(1.0) { product, i -> product * (1 - (1e-4 + i * (0.02 - 1e-4) / 999)) }
                    val exact = sqrt((1 - alphas) / alphas)
                    // As in diffusers, the betas are in single precision. Neighbouring timesteps differ by more than 2e-3.
                    pipeline.noiseLevel(step / 999.0) shouldBe (exact plusOrMinus 1e-5 * exact)
                }
            }
        }

        "flow matching shifts the level of a part of the unshifted times" {
            for (shift in listOf(1.0, 3.0)) {
                val scheduler = """{"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": $shift}"""
                with("sd3", scheduler, 8, 8) { pipeline ->
                    for (strength in listOf(0.1, 0.6, 1.0)) {
                        val t = strength * 0.999
                        // The time after the shift, as it is usually written, and its level.
                        val shifted = shift * t / (1 + (shift - 1) * t)
                        pipeline.noiseLevel(strength) shouldBeClose shifted / (1 - shifted)
                    }
                }
            }
        }

        "a dynamic shift depends on the number of patches" {
            val scheduler =
                """{"_class_name": "FlowMatchEulerDiscreteScheduler", "use_dynamic_shifting": true, "base_shift": 0.5,
                    "max_shift": 1.15, "base_image_seq_len": 256, "max_image_seq_len": 4096}"""
            // Latents have half the size of images, and patches half the size of latents. The part of a patch does not count.
            for ((size, tokens) in listOf((64 to 64) to 256, (256 to 256) to 4096, (128 to 66) to 32 * 16)) {
                with("sd3", scheduler, size.first, size.second) { pipeline ->
                    val shift = exp(0.5 + (1.15 - 0.5) * (tokens - 256) / (4096 - 256))
                    pipeline.scheduler().fromSigma() shouldBeClose shift * 999
                    pipeline.noiseLevel(0.6) shouldBeClose shift * 0.5994 / (1 - 0.5994)
                }
            }
        }

        "schedules of EDM are equidistant in the seventh root of the level" {
            val scheduler =
                """{"_class_name": "EDMEulerScheduler", "sigma_data": 0.5, "sigma_max": 80.0, "sigma_min": 0.002}"""
            with("xl", scheduler, 8, 8) { pipeline ->
                fun exact(strength: Double) = (
                    80.0.pow(1.0 / 7) + (1 - strength) * (0.002.pow(1.0 / 7) - 80.0.pow(1.0 / 7))
                ).pow(7)
                for (strength in listOf(0.3, 0.6, 1.0)) pipeline.noiseLevel(strength) shouldBeClose exact(strength)
                pipeline.noiseLevel(0.6) shouldBe (5.83 plusOrMinus 0.01)
            }
        }

        "no strength exceeds the range of the sampler" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                pipeline.noiseLevel(1e-9) shouldBe 2 * pipeline.scheduler().toSigma()
                pipeline.noiseLevel(1.0) shouldBeClose pipeline.scheduler().fromSigma()
            }
        }
    })
