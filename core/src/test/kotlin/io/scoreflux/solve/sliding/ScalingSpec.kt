package io.scoreflux.solve.sliding

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.distance
import io.scoreflux.solve.bimodal
import io.scoreflux.solve.drive
import io.scoreflux.solve.problem
import io.scoreflux.solve.ring8
import io.scoreflux.solve.rms
import io.scoreflux.solve.solve
import io.scoreflux.solve.starts
import java.util.Random
import kotlin.math.PI
import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sin
import kotlin.math.sqrt

/** How the cost grows with accuracy, dimension and the noise floor. Prints tables. */
class ScalingSpec : FreeSpec({

    /** The slope and the offset of the least-squares line. */
    fun line(x: List<Double>, y: List<Double>): Pair<Double, Double> {
        val slope = x.zip(y).sumOf { (a, b) -> (a - x.average()) * b } / x.sumOf { (it - x.average()) * it }
        return slope to y.average() - slope * x.average()
    }

    "the dimension hardly matters: ten Gaussians on a sphere in 2 to 1,024 dimensions" {
        val means = listOf(2, 16, 128, 1024).associateWith { dimension ->
            val random = Random(11)
            val builder = GaussianMixture.builder(dimension)
            repeat(10) {
                val direction = DoubleArray(dimension) { random.nextGaussian() }
                val norm = sqrt(direction.sumOf { it * it })
                builder.component(1.0, 0.2, *DoubleArray(dimension) { 5 * direction[it] / norm })
            }
            val target = builder.build()
            val problem = target.problem(80.0, 0.02)
            // The radius holds the widths of all axes: the tolerance is relative to that of the means.
            val tolerance = 1e-6 * 5 / problem.radius()
            target.starts(80.0, 48).map { drive(target, Sliding(tolerance), problem, it).calls() }.average()
        }
        for ((dimension, calls) in means) {
            println(
                "sliding, sphere in $dimension dimensions, 1e-6: calls %.1f".format(calls),
            )
        }
        means.values.max() / means.values.min() shouldBeLessThan 1.15
    }

    "the cost grows with the logarithm of the radius over the noise floor" {
        val ratios = listOf(0.3, 0.1, 0.03, 0.01, 0.003)
        val calls = ratios.map { std ->
            val builder = GaussianMixture.builder(2)
            for (k in 0 until 8) builder.component(1.0, std, cos(2 * PI * k / 8), sin(2 * PI * k / 8))
            val target = builder.build()
            val problem = target.problem(20.0, std / 10)
            val mean = target.starts(20.0, 24).map { drive(target, Sliding(1e-8), problem, it).calls() }.average()
            println("sliding, ring of std $std, 1e-8: calls %.1f".format(mean))
            mean
        }
        val (power, _) = line(ratios.map { ln(1 / it) }, calls.map { ln(it) })
        val (perE, offset) = line(ratios.map { ln(1 / it) }, calls)
        println("sliding: calls grow as (R / std)^%.3f, or as %.1f + %.1f ln(R / std)".format(power, offset, perE))
        power shouldBeLessThan 0.35
    }

    for ((name, target) in listOf("ring8" to ring8(), "bimodal" to bimodal())) {
        "$name: calls grow with a power of the logarithm of 1 / error, and rows cost about the same" {
            val problem = target.problem(20.0, 0.01)
            val starts = target.starts(20.0, 60)
            val ends = starts.map { solve(target, Sliding(1e-13), problem, it) }
            val points = (3..11).map { digits ->
                val solved = starts.map { drive(target, Sliding(exp(-digits * ln(10.0))), problem, it) }
                val calls = solved.map { it.calls().toDouble() }.sorted()
                val error = rms(solved.zip(ends).map { (it, end) -> distance(it.z(), end) / problem.radius() })
                withClue("$name, 1e-$digits: $calls") {
                    calls[(0.99 * calls.size).toInt()] / calls.average() shouldBeLessThan 1.35
                }
                error to calls.average()
            }
            val (power, _) = line(points.map { ln(ln(1 / it.first)) }, points.map { ln(it.second) })
            println("sliding, $name: calls grow as ln(1 / error)^%.2f".format(power))
            power shouldBeLessThan 2.0
        }
    }
})
