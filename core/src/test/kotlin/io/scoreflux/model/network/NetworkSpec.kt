package io.scoreflux.model.network

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.at
import io.scoreflux.model.atAll
import io.scoreflux.model.distance
import io.scoreflux.model.norm
import io.scoreflux.model.relative
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.initialStates
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.problem
import io.scoreflux.solve.solve
import java.util.Random
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt

private const val SIGMA_DATA = 0.5

/** F = (D - c_skip z) / c_out of Karras et al. (arXiv 2206.00364, table 1). */
private fun preconditioned(x0: Double, z: Double, s: Double): Double {
    val total = s * s + SIGMA_DATA * SIGMA_DATA
    return (x0 - SIGMA_DATA * SIGMA_DATA / total * z) / (s * SIGMA_DATA / sqrt(total))
}

/**
 * An exact network in terms of the quantities of the process. From x_t = alpha x_0 + sigma_t n and x0 = E[x_0 | x_t], the expected noise is
 * n = (x_t - alpha x0) / sigma_t, and each prediction is a combination of the two.
 */
private class ExactNetwork(
    val mixture: GaussianMixture,
    val schedule: NoiseSchedule,
    val parametrization: Parametrization,
    val spoilsInput: Boolean = false,
) : Network {
    override fun dimension() = mixture.dimension()

    override fun predict(x: DoubleArray, time: DoubleArray, count: Int, out: DoubleArray) {
        val d = dimension()
        for (row in 0 until count) {
            val s = schedule.sigma(time[row])
            val alpha = schedule.alpha(s)
            val sigma = alpha * s
            val x0 = mixture.at(s, *DoubleArray(d) { x[row * d + it] / alpha })
            for (i in 0 until d) {
                val noise = (x[row * d + i] - alpha * x0[i]) / sigma
                out[row * d + i] = when (parametrization) {
                    Parametrization.DENOISED -> x0[i]
                    Parametrization.EPSILON -> noise
                    Parametrization.V -> alpha * noise - sigma * x0[i]
                    Parametrization.FLOW -> noise - x0[i]
                    Parametrization.SCORE -> -noise / sigma
                    Parametrization.EDM -> preconditioned(x0[i], x[row * d + i] / alpha, s)
                }
            }
        }
        if (spoilsInput) {
            x.fill(Double.NaN)
            time.fill(Double.NaN)
        }
    }
}

/** Three modes with a radius near 1. */
private fun target() =
    GaussianMixture.builder(2)
        .component(0.5, doubleArrayOf(0.8, 0.3), 0.3)
        .component(0.3, doubleArrayOf(-0.9, 0.5), Covariance.diagonal(0.2, 0.4))
        .component(0.2, doubleArrayOf(-0.2, -1.1), 0.25)
        .build()

class NetworkSpec : FreeSpec({
    val mixture = target()
    val schedules =
        listOf(NoiseSchedule.ve(), NoiseSchedule.vpLinear(0.1, 20.0), NoiseSchedule.vpCosine(), NoiseSchedule.flow())
    val problem = mixture.problem(20.0, 0.01)
    val starts = mixture.initialStates(20.0, 4)
    val fixed = FixedStep(Scheme.UNIPC, 64)
    val adaptive = Picard(1e-12)
    val fixedEnds = starts.map { solve(mixture, fixed, problem, it) }
    val adaptiveEnds = starts.map { solve(mixture, adaptive, problem, it) }

    for (schedule in schedules + NoiseSchedule.edm(SIGMA_DATA)) {
        for (parametrization in Parametrization.entries) {
            if (parametrization == Parametrization.EDM && schedule.name() != "edm") continue
            val network = ExactNetwork(mixture, schedule, parametrization)
            val denoiser = Network.denoiser(network, schedule, parametrization, null)

            "${schedule.name()}, $parametrization: the network agrees with the canonical denoiser" {
                val random = Random(1)
                repeat(200) {
                    val s = exp(ln(0.001) + random.nextDouble() * ln(20 / 0.001))
                    val z = DoubleArray(2) { s * random.nextGaussian() + random.nextGaussian() }
                    // The error of s from t is 1e-14 in the worst schedule. D = z - s n has the rounding of z, which is up to 60 here.
                    distance(denoiser.at(s, *z), mixture.at(s, *z)) shouldBeLessThan 1e-13 * (1 + norm(z))
                }
            }

            "${schedule.name()}, $parametrization: 64 fixed steps end where the canonical denoiser ends" {
                starts.zip(fixedEnds).forEach { (start, end) ->
                    // 64 values with errors of at most 1e-13. A conversion that is wrong in the sixth digit would show.
                    distance(solve(denoiser, fixed, problem, start), end) shouldBeLessThan 1e-12
                }
            }

            "${schedule.name()}, $parametrization: an adaptive solve to 1e-12 ends within 1e-10 of the canonical one" {
                starts.zip(adaptiveEnds).forEach { (start, end) ->
                    // Both are within about 1e-12 of the exact path, for any choice of windows.
                    distance(solve(denoiser, adaptive, problem, start), end) shouldBeLessThan 1e-10
                }
            }
        }
    }

    "F of Karras's preconditioning requires their scaling of inputs" {
        for (schedule in schedules) {
            shouldThrow<IllegalArgumentException> {
                Network.denoiser(
                    ExactNetwork(mixture, schedule, Parametrization.EDM),
                    schedule,
                    Parametrization.EDM,
                    null,
                )
            }.message shouldBe
                "parametrization must not be edm unless the schedule is edm, was edm with the schedule " +
                "${schedule.name()}; use NoiseSchedule.edm, or name what the network predicts"
        }
    }

    "the target has a radius near 1, so that errors are relative" {
        relative(problem.radius(), 1.1) shouldBeLessThan 0.15
    }

    "a network may overwrite its input" {
        for (parametrization in Parametrization.entries - Parametrization.EDM) {
            val schedule = NoiseSchedule.vpCosine()
            val careful = Network.denoiser(
                ExactNetwork(mixture, schedule, parametrization),
                schedule,
                parametrization,
                null,
            )
            val careless =
                Network.denoiser(
                    ExactNetwork(mixture, schedule, parametrization, true),
                    schedule,
                    parametrization,
                    null,
                )
            careless.at(0.7, 0.1, 0.2).toList() shouldBe careful.at(0.7, 0.1, 0.2).toList()
        }
    }

    "TIMESTEP has the documented values at the noise levels of a discrete chain" {
        val schedule = NoiseSchedule.vpLinear(0.1, 20.0)
        var signal = 1.0
        val steps = List(1000) { k ->
            signal *= 1 - (1e-4 + (0.02 - 1e-4) * k / 999)
            TimeInput.TIMESTEP.of(schedule, sqrt(1 / signal - 1))
        }
        // The documentation has two decimals of the values and one of the differences.
        val documented = mapOf(0 to 0.92, 1 to 1.86, 10 to 10.66, 100 to 100.61, 500 to 501.61, 999 to 1003.38)
        for ((k, step) in documented) steps[k] shouldBe (step plusOrMinus 0.005)
        val ahead = List(301) { steps[it] - it }
        ahead.min() shouldBe (0.6 plusOrMinus 0.05)
        ahead.max() shouldBe (1.0 plusOrMinus 0.05)
        steps[999] - 999 shouldBe (4.4 plusOrMinus 0.05)
        sqrt(1 / signal - 1) shouldBe (157.4 plusOrMinus 0.05)
        schedule.maxSigma() shouldBe (152.2 plusOrMinus 0.05)
    }

    "the denoiser has the rounding of the network" {
        val schedule = NoiseSchedule.ve()
        val exact = ExactNetwork(mixture, schedule, Parametrization.DENOISED)
        val single = object : Network by exact {
            override fun rounding() = Math.scalb(1.0, -24)
        }
        for ((network, rounding) in mapOf(exact to Math.scalb(1.0, -53), single to Math.scalb(1.0, -24))) {
            Network.denoiser(network, schedule, Parametrization.DENOISED, null).rounding() shouldBe rounding
        }
    }

    "rows do not depend on each other, and moments are passed on" {
        val schedule = NoiseSchedule.flow()
        val network = ExactNetwork(mixture, schedule, Parametrization.FLOW)
        val denoiser = Network.denoiser(network, schedule, Parametrization.FLOW, mixture.moments().get())
        val states = List(5) { doubleArrayOf(0.3 * it, 1.0 - 0.2 * it) }
        states.zip(denoiser.atAll(0.9, states)).forEach { (z, answer) ->
            denoiser.at(0.9, *z).toList() shouldBe
                answer.toList()
        }
        denoiser.moments() shouldBe mixture.moments()
        denoiser.dimension() shouldBe 2
        Network.denoiser(network, schedule, Parametrization.FLOW, null).moments().isEmpty shouldBe true
    }
})
