package io.scoreflux.model.onnx

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sampler
import io.scoreflux.error.InvalidConfigurationException
import io.scoreflux.model.ModelException.Kind
import io.scoreflux.model.at
import io.scoreflux.model.atAll
import io.scoreflux.model.distance
import io.scoreflux.model.network.Parametrization
import io.scoreflux.model.network.TimeInput
import io.scoreflux.model.norm
import io.scoreflux.noise.DiscreteSchedule
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import java.nio.file.Files
import java.util.Random
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.min
import kotlin.math.sqrt

private fun chain(name: String, schedule: NoiseSchedule, parametrization: Parametrization): OnnxDenoiserBuilder =
    model("discrete-$name").parametrization(parametrization).schedule(schedule)
        .state("sample").time("timestep", TimeInput.TIMESTEP).output("out_sample")

private fun state(random: Random, s: Double) =
    DoubleArray(2) { s * random.nextGaussian() + random.nextGaussian() }

/** Exact networks on the tables of diffusers' schedulers, which fixtures.py computes with NumPy. */
class OnnxDiscreteSpec : FreeSpec({
    val target = mixture()
    val linear = DiscreteSchedule.linear(1e-4, 0.02, 1000)
    val scaled = DiscreteSchedule.scaledLinear(0.00085, 0.012, 1000)
    val tables = mapOf(
        "linear" to linear,
        "scaled-linear" to scaled,
        "cosine" to DiscreteSchedule.squaredCosine(1000),
        "trained" to DiscreteSchedule.ofBetas(0.001, 0.02, 0.003, 0.3, 0.1, 0.5, 0.2, 0.4),
        "zero-snr" to scaled.withZeroTerminalSnr(),
    )

    for ((name, schedule) in tables) {
        val parametrization = if (name == "zero-snr") Parametrization.V else Parametrization.EPSILON
        "$name: D agrees with the closed form at and between all levels" {
            chain(name, schedule, parametrization).open().use { denoiser ->
                denoiser.schedule() shouldBe schedule
                val random = Random(1)
                val sigmas = schedule.sigmas().filter { it.isFinite() }
                val between = List(sigmas.size) {
                    exp(ln(sigmas[0]) + random.nextDouble() * ln(schedule.maxSigma() / sigmas[0]))
                }
                for (s in sigmas + between) {
                    val z = state(random, s)
                    distance(denoiser.at(s, *z), target.at(s, *z)) shouldBeLessThan 1e-12 * (1 + s)
                }
            }
        }

        "$name: an index that is off by one would show" {
            val k = schedule.sigmas().count { it.isFinite() } / 2
            val z = doubleArrayOf(0.3, -0.4)
            val s = schedule.sigma(k.toDouble())
            distance(target.at(schedule.sigma(k + 1.0), *z), target.at(s, *z)) shouldBeGreaterThan 1e-5 * (1 + s)
        }
    }

    "a network with whole timesteps is exact at its levels, continuous, and of second order between them" {
        fun v(s: Double, z: DoubleArray) = target.at(s, *z).mapIndexed { i, denoised ->
            (z[i] / (1 + s * s) - denoised) * sqrt(1 + s * s) / s
        }
        chain("int64", linear, Parametrization.V).open().use { denoiser ->
            denoiser.evaluations(null) shouldBe 2
            val random = Random(2)
            for (k in 0 until 999) {
                val s = linear.sigma(k.toDouble())
                val z = state(random, s)
                distance(denoiser.at(s, *z), target.at(s, *z)) shouldBeLessThan 1e-12 * (1 + norm(z))
                distance(denoiser.at(s * (1 + 1e-9), *z), target.at(s, *z)) shouldBeLessThan 1e-7 * (1 + norm(z))
                val middle = linear.sigma(k + 0.5)
                val h = ln(linear.sigma(k + 1.0) / s)
                val mean = v(s, z).zip(v(linear.sigma(k + 1.0), z)) { a, b -> (a + b) / 2 }
                val interpolated = DoubleArray(2) {
                    z[it] / (1 + middle * middle) - middle / sqrt(1 + middle * middle) * mean[it]
                }
                distance(denoiser.at(middle, *z), interpolated) shouldBeLessThan 1e-12 * (1 + norm(z))
                // The second derivative of v in ln s stays below 5 here. Off by half a step, the error would be about h / 2.
                distance(denoiser.at(middle, *z), target.at(middle, *z)) shouldBeLessThan
                    5 * h * h / 8 * min(1.0, middle)
            }
        }
    }

    "trajectories of a network with whole timesteps end where the closed form ends, and count both evaluations" {
        val starts = target.initialStates(linear.maxSigma(), 4).toTypedArray()

        fun ends(denoiser: io.scoreflux.model.Denoiser) = Sampler.builder(denoiser).radius(1.0)
            .noiseRange(linear.maxSigma(), linear.minSigma()).solver(Sliding(1e-4)).build().decode(starts)
            .collectList().block()!!
        chain("int64", linear, Parametrization.V).open().use { whole ->
            chain("linear", linear, Parametrization.EPSILON).open().use { fractions ->
                val exact = ends(fractions)
                for ((sample, other) in ends(whole).zip(exact)) {
                    distance(sample.values(), other.values()) shouldBeLessThan 1e-3
                    (sample.certificate().calls() % 2) shouldBe 0
                }
            }
        }
    }

    "a network with one time per call answers each row for its own level" {
        val cases = mapOf(
            chain("int32-scalar", linear, Parametrization.EPSILON) to 2e-3,
            // The time is float, which has the relative error 6e-8 of indices up to 999.
            chain("float-one", linear, Parametrization.DENOISED) to 1e-5,
        )
        for ((builder, error) in cases) {
            builder.fixedRows(16).open().use { denoiser ->
                val random = Random(3)
                val levels = List(40) { exp(ln(0.02) + (it % 13) / 13.0 * ln(100 / 0.02)) }
                val rows = Rows(2, 1)
                for (s in levels) rows.append(state(random, s), 0, s)
                val together = DoubleArray(80).also { denoiser.denoise(rows, it) }
                for ((row, s) in levels.withIndex()) {
                    val z = rows.values().copyOfRange(2 * row, 2 * row + 2)
                    val own = together.copyOfRange(2 * row, 2 * row + 2)
                    own.toList() shouldBe denoiser.at(s, *z).toList()
                    distance(own, target.at(s, *z)) shouldBeLessThan error * (1 + s)
                }
            }
        }
    }

    "the range ends at the last level, up to the rounding of tables" {
        chain("linear", linear, Parametrization.EPSILON).open().use { denoiser ->
            val sampler = Sampler.builder(denoiser).radius(1.0)
            sampler.noiseRange(157.40728081, 0.0100005).build()
            shouldThrow<InvalidConfigurationException> { sampler.noiseRange(157.5, 0.01).build() }.message shouldContain
                "fromSigma must be at most 157.407"
        }
    }

    "half precision is accepted, and determines the rounding" {
        model("float16").open().use { denoiser ->
            denoiser.rounding() shouldBe Math.scalb(1.0, -11)
            val random = Random(4)
            repeat(100) {
                val s = exp(ln(0.05) + random.nextDouble() * ln(20 / 0.05))
                val z = state(random, s)
                // State, time and answer have the relative error 2^-11, and the Lipschitz constant of D is at most 9 or so.
                distance(denoiser.at(s, *z), target.at(s, *z)) shouldBeLessThan Math.scalb(10.0, -11) * (1 + norm(z))
            }
        }
    }

    "of an output with a learned variance, the first half is the prediction" {
        model("learned-variance").learnedVariance(true).open().use { denoiser ->
            val states = List(5) { doubleArrayOf(0.1 * it, -0.2) }
            for ((answer, z) in denoiser.atAll(0.7, states).zip(states)) {
                distance(answer, target.at(0.7, *z)) shouldBeLessThan 1e-14
            }
        }
        shouldThrow<OnnxModelException> { model("learned-variance").open() }.let {
            it.kind() shouldBe Kind.SHAPE
            it.message shouldContain "or set learnedVariance if the second half of its channels is a variance"
        }
        shouldThrow<OnnxModelException> { model("denoised-ve-sigma-double").time("time").learnedVariance(true).open() }
            .message shouldContain "must have twice the state's channels, [n, 4], is double[batch, 2]; " +
            "name the output with the prediction, or set learnedVariance to false"
    }

    "a label can be a one-hot vector, of zeros without a condition" {
        model("one-hot").label("class_labels", 3).open().use { denoiser ->
            val rows = Rows(2, 4)
            for (label in 0..3) {
                rows.append(doubleArrayOf(0.3, -0.4), 0, 0.7)
                if (label < 3) rows.condition(label, Condition.label(label))
            }
            val answers = DoubleArray(8).also { denoiser.denoise(rows, it) }
            for (label in 0..3) {
                val law = if (label < 3) component(label) else target
                val own = answers.copyOfRange(2 * label, 2 * label + 2)
                distance(own, law.at(0.7, 0.3, -0.4)) shouldBeLessThan 1e-14
            }
        }
        shouldThrow<OnnxModelException> { model("one-hot").label("class_labels", 4).open() }.message shouldContain
            "must have one number for each of the 4 classes"
    }

    "the length of a sequence follows from its values" {
        model("sequence").input("embeds", 0.25, 0.0, 0.25, -1.0, -0.25, 0.5, 0.0, 0.0).open().use { denoiser ->
            distance(denoiser.at(0.7, 0.3, -0.4), mixture(0.25, -0.5).at(0.7, 0.3, -0.4)) shouldBeLessThan 1e-14
        }
        shouldThrow<OnnxModelException> { model("sequence").input("embeds", 1.0, 2.0, 3.0).open() }.kind() shouldBe
            Kind.SHAPE
    }

    "a constant of a fixed batch has equal rows, because any sample can be in any row" {
        val row = doubleArrayOf(0.25, 0.0, 0.25, -1.0, -0.25, 0.5)
        for (values in listOf(row, row + row)) {
            model("batch-of-2").input("embeds", *values).fixedRows(2).open().use { denoiser ->
                for (answer in denoiser.atAll(0.7, List(3) { doubleArrayOf(0.3, -0.4) })) {
                    distance(answer, mixture(0.25, -0.5).at(0.7, 0.3, -0.4)) shouldBeLessThan 1e-14
                }
            }
        }
        val other = row.clone().also { it[5] = 0.75 }
        val refused =
            shouldThrow<OnnxModelException> { model("batch-of-2").input("embeds", *row, *other).fixedRows(2).open() }
        refused.kind() shouldBe Kind.SHAPE
        refused.message shouldContain "its rows must be equal, because any sample can be in any row, but row 1 differs"
    }

    "weights in a file beside the model are read" {
        model("external").open().use { denoiser ->
            distance(denoiser.at(0.7, 0.3, -0.4), target.at(0.7, 0.3, -0.4)) shouldBeLessThan 1e-14
        }
        val alone = Files.createTempDirectory("external").resolve("external.onnx")
        Files.copy(file("external"), alone)
        shouldThrow<OnnxModelException> { OnnxDenoiser.builder(alone).open() }.let {
            it.kind() shouldBe Kind.UNREADABLE
            it.message shouldContain "external.weights"
        }
    }

    "an index in half precision is a whole number, and one in bfloat16 is rejected" {
        chain("float16-index", linear, Parametrization.V).open().use { half ->
            chain("int64", linear, Parametrization.V).open().use { whole ->
                half.evaluations(null) shouldBe 2
                half.rounding() shouldBe Math.scalb(1.0, -53)
                for (s in listOf(0.02, 0.7, 60.0, 150.0)) {
                    distance(half.at(s, 0.3, -0.4), whole.at(s, 0.3, -0.4)) shouldBeLessThan 1e-14
                }
            }
        }
        val refused = shouldThrow<OnnxModelException> { chain("bfloat16-index", linear, Parametrization.V).open() }
        refused.kind() shouldBe Kind.TYPE
        refused.message shouldContain "does not hold the whole numbers above 256, but the schedule has 1000 levels"
    }

    "whole numbers are rejected as any other time" {
        for ((schedule, means) in listOf(
            linear to TimeInput.SIGMA,
            linear to TimeInput.LOG_SIGMA,
            NoiseSchedule.ve() to TimeInput.TIMESTEP,
            NoiseSchedule.vpCosine() to TimeInput.T,
        )) {
            withClue("$schedule $means") {
                val refused = shouldThrow<OnnxModelException> {
                    chain("int64", schedule, Parametrization.V).time("timestep", means).open()
                }
                refused.kind() shouldBe Kind.TYPE
                refused.message shouldContain "whole numbers can only be timesteps"
            }
        }
    }
})
