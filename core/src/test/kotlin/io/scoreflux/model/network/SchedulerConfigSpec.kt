package io.scoreflux.model.network

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.error.InvalidArgumentException
import io.scoreflux.noise.DiscreteSchedule
import io.scoreflux.noise.NoiseSchedule
import java.nio.file.Files
import java.nio.file.Path
import kotlin.math.exp

private fun config(className: String, fields: String = "") =
    SchedulerConfig.parse(
        "scheduler_config.json",
        """{"_class_name":"$className"${if (fields.isEmpty()) "" else ",$fields"}}""",
    )

class SchedulerConfigSpec : FreeSpec({
    "a saved configuration of DDIM" {
        val file = Files.createTempDirectory("scheduler").resolve("scheduler_config.json")
        Files.writeString(
            file,
            """
            {
              "_class_name": "DDIMScheduler",
              "_diffusers_version": "0.40.0.dev0",
              "beta_end": 0.012,
              "beta_schedule": "scaled_linear",
              "beta_start": 0.00085,
              "clip_sample": false,
              "clip_sample_range": 1.0,
              "num_train_timesteps": 1000,
              "prediction_type": "epsilon",
              "rescale_betas_zero_snr": false,
              "set_alpha_to_one": false,
              "steps_offset": 1,
              "thresholding": false,
              "timestep_spacing": "leading",
              "trained_betas": null
            }
            """,
        )
        val config = SchedulerConfig.read(file)
        config.className() shouldBe "DDIMScheduler"
        config.parametrization() shouldBe Parametrization.EPSILON
        config.timeInput() shouldBe TimeInput.TIMESTEP
        config.learnedVariance() shouldBe false
        config.fromSigma() shouldBe 14.614646624923662
        config.toSigma() shouldBe 0.02916753316555422
        config.schedule().timestep(13.120415588346862) shouldBe 981.0
        config.withTokens(10) shouldBe config
    }

    "each class has its process, and the defaults of diffusers" {
        fun sigmas(config: SchedulerConfig) = (config.schedule() as DiscreteSchedule).sigmas().toList()
        val linear = DiscreteSchedule.linear(1e-4, 0.02, 1000).sigmas().toList()
        for (name in listOf(
            "DDPMScheduler",
            "DDIMScheduler",
            "PNDMScheduler",
            "EulerDiscreteScheduler",
            "EulerAncestralDiscreteScheduler",
            "LMSDiscreteScheduler",
            "DPMSolverMultistepScheduler",
            "DPMSolverSinglestepScheduler",
            "DEISMultistepScheduler",
            "UniPCMultistepScheduler",
        )) {
            withClue(name) {
                sigmas(config(name)) shouldBe linear
                config(name).parametrization() shouldBe Parametrization.EPSILON
            }
        }
        sigmas(config("HeunDiscreteScheduler")) shouldBe
            DiscreteSchedule.linear(0.00085, 0.012, 1000).sigmas().toList()
        sigmas(config("DDPMScheduler", """"beta_schedule":"squaredcos_cap_v2","num_train_timesteps":50""")) shouldBe
            DiscreteSchedule.squaredCosine(50).sigmas().toList()
        sigmas(config("DDPMScheduler", """"trained_betas":[0.1,0.2,0.3],"num_train_timesteps":3""")) shouldBe
            DiscreteSchedule.ofBetas(0.1, 0.2, 0.3).sigmas().toList()
        config("DDPMScheduler", """"variance_type":"learned_range"""").learnedVariance() shouldBe true
    }

    "predictions have their names" {
        val names = mapOf(
            "epsilon" to Parametrization.EPSILON,
            "v_prediction" to Parametrization.V,
            "sample" to Parametrization.DENOISED,
        )
        for ((name, parametrization) in names) {
            config("DDPMScheduler", """"prediction_type":"$name"""").parametrization() shouldBe parametrization
        }
    }

    "with zero terminal SNR the range ends at the last finite level" {
        val config = config(
            "EulerDiscreteScheduler",
            """"beta_start":0.00085,"beta_end":0.012,"beta_schedule":"scaled_linear",
                "prediction_type":"v_prediction","rescale_betas_zero_snr":true""",
        )
        config.fromSigma() shouldBe
            DiscreteSchedule.scaledLinear(0.00085, 0.012, 1000).withZeroTerminalSnr().sigma(998.0)
        config.fromSigma().isFinite() shouldBe true
    }

    "flow matching takes 1000 t, and the shift multiplies canonical levels" {
        val static = config("FlowMatchEulerDiscreteScheduler", """"shift":3.0,"num_train_timesteps":1000""")
        static.schedule() shouldBe NoiseSchedule.flow()
        static.parametrization() shouldBe Parametrization.FLOW
        static.timeInput() shouldBe TimeInput.TIMESTEP

        // The shift of diffusers, t' = s t / (1 + (s - 1) t), at t = 0.999 and 0.001.
        fun shifted(t: Double) = (3 * t / (1 + 2 * t)).let { it / (1 - it) }
        static.fromSigma() shouldBe (shifted(0.999) plusOrMinus 1e-8)
        static.toSigma() shouldBe (shifted(0.001) plusOrMinus 1e-15)
        static.timeInput().of(static.schedule(), 1.0) shouldBe 500.0

        val dynamic = config(
            "FlowMatchEulerDiscreteScheduler",
            """"use_dynamic_shifting":true,"base_shift":0.5,"max_shift":1.15,"base_image_seq_len":256,
                "max_image_seq_len":4096,"shift":3.0""",
        )
        dynamic.withTokens(4096).fromSigma() shouldBe (exp(1.15) * 999 plusOrMinus 1e-9)
        dynamic.withTokens(256).fromSigma() shouldBe (exp(0.5) * 999 plusOrMinus 1e-9)
        dynamic.withTokens(2176).toSigma() shouldBe (exp(0.825) / 999 plusOrMinus 1e-15)
        dynamic.fromSigma() shouldBe dynamic.withTokens(256).fromSigma()

        val unipc = config(
            "UniPCMultistepScheduler",
            """"use_flow_sigmas":true,"prediction_type":"flow_prediction","flow_shift":5.0""",
        )
        unipc.parametrization() shouldBe Parametrization.FLOW
        for (
        (name, parametrization) in
        mapOf("epsilon" to Parametrization.EPSILON, "sample" to Parametrization.DENOISED)
        ) {
            config("UniPCMultistepScheduler", """"use_flow_sigmas":true,"prediction_type":"$name"""")
                .parametrization() shouldBe parametrization
        }
        unipc.toSigma() shouldBe (5.0 / 999 plusOrMinus 1e-15)
    }

    "Karras's networks take ln(sigma) / 4" {
        val edm = config("EDMEulerScheduler", """"sigma_data":0.5,"sigma_max":60.0,"sigma_min":0.01""")
        edm.parametrization() shouldBe Parametrization.EDM
        edm.schedule() shouldBe NoiseSchedule.edm(0.5)
        edm.timeInput() shouldBe TimeInput.QUARTER_LOG_SIGMA
        listOf(edm.fromSigma(), edm.toSigma()) shouldBe listOf(60.0, 0.01)
        val video = config(
            "EulerDiscreteScheduler",
            """"prediction_type":"v_prediction","timestep_type":"continuous","sigma_max":700.0,"sigma_min":0.002""",
        )
        video.parametrization() shouldBe Parametrization.V
        video.timeInput().of(video.schedule(), 700.0) shouldBe (1.6378 plusOrMinus 1e-4)
        listOf(video.fromSigma(), video.toSigma()) shouldBe listOf(700.0, 0.002)
    }

    "what has no process or contradicts itself is rejected with file and field" {
        val ddpm = "DDPMScheduler"
        val flow = "FlowMatchEulerDiscreteScheduler"
        val cases = listOf(
            Triple(
                "LCMScheduler",
                "",
                "_class_name must be a scheduler whose noise schedule is known, was 'LCMScheduler'",
            ),
            Triple(
                ddpm,
                """"beta_schedule":"sigmoid"""",
                "beta_schedule must be linear, scaled_linear or squaredcos_cap_v2",
            ),
            Triple(ddpm, """"beta_schedule":3""", "beta_schedule must be a string, was 3"),
            Triple(ddpm, """"beta_start":0""", "beta_start must be in (0, 1), was 0"),
            Triple(ddpm, """"beta_end":"x"""", "beta_end must be a finite number, was 'x'"),
            Triple(
                ddpm,
                """"prediction_type":"eps"""",
                "prediction_type must be epsilon, v_prediction, sample or flow",
            ),
            Triple(
                ddpm,
                """"prediction_type":"flow_prediction"""",
                "prediction_type must not be flow_prediction unless use_flow_sigmas is true",
            ),
            Triple(ddpm, """"trained_betas":[0.1,2]""", "trained_betas[1] must be in (0, 1), was 2.0; give the value"),
            Triple(
                ddpm,
                """"trained_betas":[0.1,0.2],"num_train_timesteps":1000""",
                "num_train_timesteps must be the number of trained_betas, which is 2, was 1000",
            ),
            Triple(ddpm, """"num_train_timesteps":1""", "num_train_timesteps must be a whole number from 2"),
            Triple(ddpm, """"rescale_betas_zero_snr":"no"""", "rescale_betas_zero_snr must be true or false"),
            Triple(flow, """"shift":-1""", "shift must be finite and greater than 0, was -1"),
            Triple(flow, """"prediction_type":"epsilon"""", "prediction_type must be flow_prediction, was 'epsilon'"),
            Triple(flow, """"invert_sigmas":true""", "invert_sigmas must be false"),
            Triple(flow, """"rescale_betas_zero_snr":true""", "rescale_betas_zero_snr must be false with flow sigmas"),
            Triple(
                "UniPCMultistepScheduler",
                """"use_flow_sigmas":true,"prediction_type":"v_prediction"""",
                "prediction_type must not be v_prediction with flow sigmas, was 'v_prediction'; name what the network",
            ),
            Triple(
                flow,
                """"num_train_timesteps":500""",
                "num_train_timesteps must be a whole number from 1000 to 1000",
            ),
            Triple(
                flow,
                """"use_dynamic_shifting":true,"max_image_seq_len":10""",
                "max_image_seq_len must be greater than base_image_seq_len, which is 256, was 10",
            ),
            Triple("EDMEulerScheduler", """"prediction_type":"v_prediction"""", "sigma_data must be 1 with"),
            Triple(
                ddpm,
                """"variance_type":"bogus"""",
                "variance_type must be fixed_small, fixed_small_log, fixed_large, fixed_large_log, learned or " +
                    "learned_range, was 'bogus'; leave it out",
            ),
            Triple(
                ddpm,
                """"timestep_spacing":"bogus"""",
                "timestep_spacing must be linspace, leading or trailing, was 'bogus'; leave it out, as it does not",
            ),
            Triple(ddpm, """"timestep_spacing":3""", "timestep_spacing must be a string, was 3"),
            Triple(ddpm, """"interpolation_type":"x"""", "interpolation_type must be linear or log_linear, was 'x'"),
            Triple(ddpm, """"final_sigmas_type":"x"""", "final_sigmas_type must be zero or sigma_min, was 'x'"),
            Triple(
                ddpm,
                """"beta_start":0.9,"beta_end":0.1""",
                "beta_end must give noise levels that are positive, finite and ascending, was s_",
            ),
            Triple("EDMEulerScheduler", """"sigma_max":0.001""", "sigma_max must be greater than sigma_min"),
        )
        val nulls = listOf("beta_start", "beta_end", "beta_schedule", "num_train_timesteps", "prediction_type").map {
            Triple(ddpm, """"$it":null""", "$it must not be null, was null; leave it out for the default, or give the")
        }
        for ((className, fields, message) in cases + nulls) {
            withClue(message) {
                val refused = shouldThrow<InvalidArgumentException> { config(className, fields) }
                refused.message!! shouldStartWith "scheduler_config.json: $message"
                refused.violation().setting() shouldStartWith "scheduler_config.json: "
                // One rule with its value, and a remedy.
                refused.message!!.split(", was ").size shouldBe 2
                refused.violation().remedies().isEmpty() shouldBe false
            }
        }
        // The fields whose default in diffusers is null.
        config(
            ddpm,
            """"trained_betas":null,"variance_type":null,"sigma_min":null,"sigma_max":null""",
        ).fromSigma() shouldBe
            config(ddpm).fromSigma()
        shouldThrow<InvalidArgumentException> { SchedulerConfig.parse("s.json", "{}") }.message!! shouldStartWith
            "s.json: _class_name must be a scheduler whose noise schedule is known, was missing; give one of DDIM"
        shouldThrow<InvalidArgumentException> { SchedulerConfig.parse("s.json", "[]") }.message shouldBe
            "s.json: the file must be an object {...}, was []; save the scheduler again"
        shouldThrow<InvalidArgumentException> { SchedulerConfig.parse("s.json", "{\n\"a\":}") }.message shouldBe
            "s.json: the file must be JSON, was invalid in line 2; save the scheduler again"
        shouldThrow<InvalidArgumentException> {
            SchedulerConfig.parse("s.json", """{"a":1,"a":2}""")
        }.message shouldContain
            "must be JSON"
        shouldThrow<InvalidArgumentException> { SchedulerConfig.read(Path.of("nowhere.json")) }.message shouldContain
            "nowhere.json: the file must be a readable scheduler_config.json in UTF-8, was missing"
    }
})
