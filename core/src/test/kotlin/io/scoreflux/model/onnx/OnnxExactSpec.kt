package io.scoreflux.model.onnx

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.scoreflux.Sampler
import io.scoreflux.model.at
import io.scoreflux.model.distance
import io.scoreflux.model.network.Parametrization
import io.scoreflux.model.network.TimeInput
import io.scoreflux.model.norm
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.problem
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.solve.solve
import java.util.Random
import kotlin.math.exp
import kotlin.math.ln

private const val FROM = 20.0
private const val TO = 0.02

/** Exact networks in every parametrization, schedule and type, compared with the closed form. */
class OnnxExactSpec : FreeSpec({
    val target = mixture()
    val radius = target.moments().get().radius()
    val starts = target.initialStates(FROM, 4)
    val problem = target.problem(FROM, TO)
    val ends = starts.map { solve(target, Sliding(1e-11), problem, it) }

    fun ends(denoiser: OnnxDenoiser, tolerance: Double): List<DoubleArray> =
        Sampler.builder(denoiser)
            .radius(radius)
            .noiseRange(FROM, TO)
            .solver(Sliding(tolerance))
            .build()
            .decode(starts.toTypedArray())
            .collectList()
            .block()!!
            .map { it.values() }

    fun check(name: String, open: () -> OnnxDenoiser) {
        val double = name.endsWith("double")
        "$name: values agree with the closed form" {
            open().use { denoiser ->
                val random = Random(1)
                repeat(100) {
                    val s = exp(ln(TO) + random.nextDouble() * ln(FROM / TO))
                    val z = DoubleArray(2) { s * random.nextGaussian() + random.nextGaussian() }
                    // In single precision the error of s from t is 1e-4 at the end of the worst schedule, where D hardly depends on s.
                    // Predictions of noise have the rounding of z.
                    val error = if (double) 1e-12 else 2e-5
                    distance(denoiser.at(s, *z), target.at(s, *z)) shouldBeLessThan error * (1 + norm(z) / 10)
                }
            }
        }
        "$name: trajectories end at the same states as with the closed form" {
            open().use { denoiser ->
                val bound = if (double) 1e-7 else 1e-4
                ends(denoiser, if (double) 1e-8 else 1e-5).zip(ends).forEach { (end, exact) ->
                    distance(end, exact) / radius shouldBeLessThan bound
                }
            }
        }
    }

    val schedules =
        listOf(NoiseSchedule.ve(), NoiseSchedule.vpLinear(0.1, 20.0), NoiseSchedule.vpCosine(), NoiseSchedule.flow())
    for (kind in listOf("double", "float")) {
        for (schedule in schedules) {
            for (parametrization in Parametrization.entries - Parametrization.EDM) {
                val means = if (schedule.name() == "ve") "sigma" else "t"
                val name = "${parametrization.name.lowercase()}-${schedule.name()}-$means-$kind"
                check(name) {
                    model(name)
                        .parametrization(parametrization)
                        .schedule(schedule)
                        .time("time", TimeInput.T)
                        .open()
                }
            }
        }
        val meanings =
            mapOf("sigma" to TimeInput.SIGMA, "log-sigma" to TimeInput.LOG_SIGMA, "timestep" to TimeInput.TIMESTEP)
        for ((means, time) in meanings) {
            val name = "epsilon-vp-linear-$means-$kind"
            check(name) {
                model(name)
                    .parametrization(Parametrization.EPSILON)
                    .schedule(NoiseSchedule.vpLinear(0.1, 20.0))
                    .time("time", time)
                    .open()
            }
        }
        check("denoised-ve-log-sigma-$kind") {
            model("denoised-ve-log-sigma-$kind").time("time", TimeInput.LOG_SIGMA).open()
        }
        check("image-$kind") {
            model("image-$kind").state("image").time("noise", TimeInput.SIGMA).output("clean").shape(1, 2, 1).open()
        }
    }
})
