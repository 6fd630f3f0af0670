package io.scoreflux.kotlin

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.double
import io.kotest.property.arbitrary.element
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.long
import io.kotest.property.arbitrary.map
import io.kotest.property.arbitrary.shuffle
import io.kotest.property.checkAll
import io.scoreflux.Likelihood
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.model.Covariance
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.stream.Order
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlin.math.PI
import kotlin.math.ln
import kotlin.math.sign
import kotlin.math.sqrt

private class Component(val weight: Double, val mean: DoubleArray, val std: Double)

private val SOLVERS = listOf<SamplerScope.() -> Unit>(
    { },
    {
        collocation {
            tolerance = 1e-7
            degree = 3..9
        }
    },
    { picard(1e-5) },
    { parallel(1e-5) },
    { fixedStep(Scheme.ANCESTRAL, 12) },
    { fors { budget = 0.3 } },
    { correct { metropolis { moves = 2 } } },
)

private fun config(seed: Long, iterations: Int) = PropTestConfig(seed = seed, iterations = iterations)

private fun finite(from: Double, to: Double) = Arb.double(from, to, includeNaNs = false)

private fun mixture(dimension: Int, components: Int): Arb<List<Component>> = Arb.list(
    Arb.list(finite(-2.0, 2.0), dimension..dimension).map { mean ->
        // The standard deviation and the weight are arbitrary functions of the mean.
        val some = mean.sumOf { it * it } / dimension
        Component(0.2 + some, mean.toDoubleArray(), 0.2 + 0.1 * some)
    },
    components..components,
)

private fun sampler(of: List<Component>, settings: SamplerScope.() -> Unit = {}): Sampler = sampler {
    target { gaussianMixture { of.forEach { component(it.weight, it.mean, std = it.std) } } }
    reverseProcess { from(40.0).to(0.1) }
    settings()
}

private fun bits(samples: List<Sample>) = samples.associate { it.index() to it.values().map(Double::toRawBits) }

private fun distance(a: DoubleArray, b: DoubleArray) = sqrt(a.indices.sumOf { (a[it] - b[it]) * (a[it] - b[it]) })

/** Properties that hold for all settings of the DSL. */
class PropertiesSpec : StringSpec({
    val target = listOf(
        Component(0.4, doubleArrayOf(1.0, 0.0, 0.5), 0.2),
        Component(0.6, doubleArrayOf(-1.0, 0.5, 0.0), 0.3),
    )

    "the bits of a sample depend on seed and index, and not on the engine's settings or the first index" {
        checkAll(
            config(1, 40),
            Arb.element(SOLVERS),
            Arb.long(),
            Arb.int(1..20),
            Arb.int(0..30),
            Arb.int(1..7),
            Arb.long(0L..12L),
        ) { solver, anySeed, anyWidth, ahead, rows, first ->
            val expected = bits(
                sampler(target) {
                    seed = anySeed
                    solver()
                }.asFlow(to = 16).toList(),
            )
            val other = sampler(target) {
                seed = anySeed
                solver()
                engine {
                    concurrency = anyWidth
                    prefetch = ahead
                    maxRows = rows
                    order = if (rows % 2 == 0) Order.AS_READY else Order.BY_INDEX
                    if (ahead % 3 == 0) parallelism(1 + anyWidth % 2, Dispatchers.Default)
                }
            }
            val samples = bits(other.asFlow(first, 16).toList())
            samples.keys.sorted() shouldContainExactly (first until 16L).toList()
            samples.forEach { (index, bits) -> bits shouldBe expected[index] }
        }
    }

    "the bits of a request depend on its seed and index, and not on other requests" {
        checkAll(config(2, 20), Arb.list(Arb.long(0L..3L), 1..8), Arb.list(Arb.long(0L..3L), 8..8)) { seeds, indices ->
            val asked = seeds.zip(indices)
            val samples = sampler(target).asFlow(
                asked.asFlow().map { (seed, index) ->
                    Request.of(seed, index)
                },
            ).toList()
            samples.size shouldBe asked.size
            for ((sample, request) in samples.zip(asked)) {
                val alone = sampler(target) { seed = request.first }.asFlow(request.second, request.second + 1).toList()
                bits(listOf(sample)) shouldBe bits(alone)
            }
        }
    }

    "the order of components and of axes does not matter" {
        checkAll(config(3, 20), mixture(3, 4), Arb.shuffle(listOf(0, 1, 2)), Arb.shuffle(listOf(0, 1, 2, 3))) {
            mixture,
            axes,
            order,
            ->
            fun DoubleArray.permuted() = DoubleArray(size) { this[axes[it]] }
            val states = arrayOf(doubleArrayOf(30.0, -20.0, 10.0), doubleArrayOf(-5.0, 40.0, 60.0))
            val permuted = order.map { mixture[it] }.map { Component(it.weight, it.mean.permuted(), it.std) }
            val exact: SamplerScope.() -> Unit = { collocation { tolerance = 1e-9 } }
            val here = sampler(mixture, exact).decodeAsFlow(states).toList()
            val there = sampler(permuted, exact).decodeAsFlow(Array(2) { states[it].permuted() }).toList()
            here.zip(there).forEach { (a, b) ->
                // The sum of two errors of about the tolerance, times a radius below 5. The flow does not amplify errors here.
                distance(a.values().permuted(), b.values()) shouldBeLessThan 1e-6
            }
        }
    }

    "a shifted mixture has shifted samples" {
        checkAll(config(4, 20), mixture(2, 3), Arb.list(finite(-50.0, 50.0), 2..2)) { mixture, by ->
            fun DoubleArray.shifted() = DoubleArray(size) { this[it] + by[it] }
            val states = arrayOf(doubleArrayOf(30.0, -20.0), doubleArrayOf(-5.0, 40.0), doubleArrayOf(0.0, 1.0))
            val shifted = mixture.map { Component(it.weight, it.mean.shifted(), it.std) }
            val exact: SamplerScope.() -> Unit = { collocation { tolerance = 1e-9 } }
            val here = sampler(mixture, exact).decodeAsFlow(states).toList()
            val there = sampler(shifted, exact).decodeAsFlow(Array(3) { states[it].shifted() }).toList()
            here.zip(there).forEach { (a, b) -> distance(a.values().shifted(), b.values()) shouldBeLessThan 1e-6 }
        }
    }

    "a scaled mixture over a scaled range has scaled samples" {
        checkAll(config(5, 20), mixture(2, 3), finite(0.1, 10.0)) { mixture, by ->
            fun DoubleArray.scaled() = DoubleArray(size) { this[it] * by }
            val states = arrayOf(doubleArrayOf(30.0, -20.0), doubleArrayOf(-5.0, 40.0))
            val here = sampler(mixture) { collocation { tolerance = 1e-9 } }.decodeAsFlow(states).toList()
            val there = sampler {
                target { gaussianMixture { mixture.forEach { component(it.weight, it.mean.scaled(), it.std * by) } } }
                reverseProcess { from(40.0 * by).to(0.1 * by) }
                collocation { tolerance = 1e-9 }
            }.decodeAsFlow(Array(2) { states[it].scaled() }).toList()
            here.zip(there).forEach { (a, b) -> distance(a.values().scaled(), b.values()) shouldBeLessThan 1e-6 * by }
        }
    }

    "samples of a Gaussian agree with the closed form, for any range and tolerance" {
        var converged = 0
        checkAll(
            config(6, 40),
            finite(-5.0, 5.0),
            finite(0.1, 3.0),
            finite(20.0, 200.0),
            finite(1e-3, 0.5),
            Arb.int(3..10),
        ) { mean, std, top, bottom, digits ->
            val asked = Math.pow(10.0, -digits.toDouble())
            val state = mean + 1.3 * top
            val end = sampler {
                target { gaussianMixture { component(1.0, doubleArrayOf(mean), std) } }
                reverseProcess { from(top).to(bottom) }
                collocation { tolerance = asked }
            }.decodeAsFlow(arrayOf(doubleArrayOf(state))).toList().single()
            val exact = mean + (state - mean) * sqrt((std * std + bottom * bottom) / (std * std + top * top))
            val error = kotlin.math.abs(end.values()[0] - exact) / std
            // The error of a converged sample is at most 30 times the tolerance, in radii. Other samples report their error.
            if (end.certificate().status() == Status.CONVERGED) {
                converged++
                error shouldBeLessThan 30 * asked
            } else {
                error shouldBeLessThan 3 * end.certificate().error().asDouble
            }
        }
        println("closed form of a Gaussian: $converged of 40 converged")
        converged shouldBeGreaterThanOrEqual 30
    }

    "decoding inverts encoding" {
        val error = mutableListOf<Double>()
        checkAll(config(7, 20), mixture(2, 3), Arb.long()) { mixture, anySeed ->
            val there = sampler(mixture) {
                collocation { tolerance = 1e-6 }
                seed = anySeed
            }
            // The state is a sample. From a state between the modes, where no sample is, decoding is unstable.
            val start = there.asFlow(to = 1).toList().single().values()
            val up = there.encodeAsFlow(arrayOf(start)).toList().single()
            val back = there.decodeAsFlow(arrayOf(up.values())).toList().single()
            error += distance(back.values(), start)
            // Thirty times the tolerance in each direction, times a radius below 4.
            error.last() shouldBeLessThan 2.4e-4
        }
        println("there and back: at most ${error.max()}")
    }

    "log-densities agree with those of each class of the mixture" {
        checkAll(config(8, 10), finite(-2.0, 2.0), finite(0.2, 1.0), Arb.int(0..1)) { deviations, std, k ->
            val means = listOf(0.0, 1.0)
            val at = means[k] + deviations * std
            val sampler = sampler {
                target {
                    gaussianMixture {
                        means.forEachIndexed {
                            j,
                            m,
                            ->
                            component(1.0, doubleArrayOf(m), std, label = j)
                        }
                    }
                }
                label = k
                reverseProcess { from(200.0).to(0.1) }
                collocation { tolerance = 1e-7 }
            }
            val found = sampler.likelihoodAsFlow(arrayOf(doubleArrayOf(at)), Likelihood.exact()).toList().single()
            val variance = std * std + 0.01
            val exact = -(at - means[k]) * (at - means[k]) / (2 * variance) - 0.5 * ln(2 * PI * variance)
            // The initial states have the distribution of both classes, whose mean is 0.5 from that of one class: at most 2 * 0.5 / 200 in ln p.
            found.logDensity() shouldBe (exact plusOrMinus 0.01)
        }
    }

    "guidance counts both branches and moves samples toward the class" {
        checkAll(config(9, 20), finite(-2.0, 2.0), finite(-2.0, 2.0), finite(1.5, 4.0)) { a, b, w ->
            fun guidedBy(weight: Double) = sampler {
                target {
                    gaussianMixture {
                        component(0.5, doubleArrayOf(a), std = 0.5, label = 0)
                        component(0.5, doubleArrayOf(b), std = 0.5, label = 1)
                    }
                }
                label = 1
                guidance = weight
                reverseProcess { from(40.0).to(0.1) }
                fixedStep(Scheme.HEUN, 40)
            }
            val one = guidedBy(1.0).asFlow(to = 1).toList().single()
            val two = guidedBy(w).asFlow(to = 1).toList().single()
            two.certificate().calls() shouldBe 2 * one.certificate().calls()
            // D_u lies between the values of the classes at every state.
            if (a != b) sign(two.values()[0] - one.values()[0]) shouldBe sign(b - a)
        }
    }

    "an observation of one axis of a Gaussian moves the other by its regression" {
        checkAll(config(10, 10), finite(-0.9, 0.9), finite(-2.0, 2.0)) { correlation, seen ->
            val states = arrayOf(doubleArrayOf(0.0, 0.0))
            val end = sampler {
                target {
                    gaussianMixture {
                        val covariance = arrayOf(doubleArrayOf(1.0, correlation), doubleArrayOf(correlation, 1.0))
                        component(1.0, doubleArrayOf(0.0, 0.0), Covariance.full(covariance))
                    }
                }
                observe { pixels(intArrayOf(0), doubleArrayOf(seen), noise = 0.5) }
                reverseProcess { from(1e4).to(1e-3) }
                collocation { tolerance = 1e-7 }
            }.decodeAsFlow(states).toList().single()
            // From 0 at a much larger level, the flow ends within 1e-4 of the mean given y.
            val gain = seen / 1.25
            distance(end.values(), doubleArrayOf(gain, correlation * gain)) shouldBeLessThan 2e-3
        }
    }

    "renoised inputs stay near the inputs" {
        checkAll(config(11, 20), mixture(2, 3), finite(0.2, 0.4)) { mixture, level ->
            val input = mixture.first().mean
            val ends = sampler {
                target { gaussianMixture { component(1.0, input, std = 0.2) } }
                reverseProcess { from(level).to(0.1) }
            }.renoiseAsFlow(arrayOf(input, input)).toList()
            // The flow of a Gaussian shrinks the noise around its mean, and the norm of two normal numbers is below 6.
            ends.forEach { distance(it.values(), input) shouldBeLessThan 6 * level }
        }
    }
})
