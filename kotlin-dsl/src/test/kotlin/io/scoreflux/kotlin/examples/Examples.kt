// The examples of the documentation, with the names that `@sample` refers to.

package io.scoreflux.kotlin.examples

import io.scoreflux.Likelihood
import io.scoreflux.Request
import io.scoreflux.kotlin.asD1Array
import io.scoreflux.kotlin.asD2Array
import io.scoreflux.kotlin.asFlow
import io.scoreflux.kotlin.awaitEstimate
import io.scoreflux.kotlin.awaitExpectation
import io.scoreflux.kotlin.awaitSummary
import io.scoreflux.kotlin.decodeAsFlow
import io.scoreflux.kotlin.encodeAsFlow
import io.scoreflux.kotlin.estimatesAsFlow
import io.scoreflux.kotlin.exactPosterior
import io.scoreflux.kotlin.expectation
import io.scoreflux.kotlin.gaussianMixtureOf
import io.scoreflux.kotlin.labelledMixtureOf
import io.scoreflux.kotlin.likelihoodAsFlow
import io.scoreflux.kotlin.matrices
import io.scoreflux.kotlin.moments
import io.scoreflux.kotlin.onnxDenoiserOf
import io.scoreflux.kotlin.posterior
import io.scoreflux.kotlin.refinementsAsFlow
import io.scoreflux.kotlin.renoiseAsFlow
import io.scoreflux.kotlin.runningMoments
import io.scoreflux.kotlin.sampler
import io.scoreflux.kotlin.toBatch
import io.scoreflux.kotlin.toD2Array
import io.scoreflux.kotlin.toRows
import io.scoreflux.kotlin.toTable
import io.scoreflux.kotlin.tracesAsFlow
import io.scoreflux.kotlin.weightsToD1Array
import io.scoreflux.state.ConditionTensor
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import org.jetbrains.kotlinx.multik.api.mk
import org.jetbrains.kotlinx.multik.api.ndarray
import org.jetbrains.kotlinx.multik.ndarray.data.get
import org.jetbrains.kotlinx.multik.ndarray.operations.minus
import org.jetbrains.kotlinx.multik.ndarray.operations.plus
import org.jetbrains.kotlinx.multik.ndarray.operations.times
import java.nio.file.Path

suspend fun firstSamples() {
    val sampler = sampler {
        target {
            gaussianMixture {
                component(weight = 0.7, mean = doubleArrayOf(1.0, 0.0), std = 0.1)
                component(weight = 0.3, mean = doubleArrayOf(-1.0, 0.5), std = 0.2)
            }
        }
        reverseProcess { from(20.0).to(0.01) }
    }
    sampler.asFlow().take(3).collect { println("${it.index()}: ${it.values().toList()}") }
}

suspend fun mixtureWithCovariances() {
    val sampler = sampler {
        target {
            gaussianMixture {
                component(0.5, mk.ndarray(mk[1.0, 0.0]), covariance = mk.ndarray(mk[mk[0.04, 0.01], mk[0.01, 0.09]]))
                component(0.5, doubleArrayOf(-1.0, 0.5), std = doubleArrayOf(0.1, 0.3))
            }
        }
        reverseProcess { from(20.0).to(0.01) }
    }
    println(sampler.asFlow().first())
}

suspend fun smoothedRows() {
    val sampler = sampler {
        target { dataset(arrayOf(doubleArrayOf(0.0, 1.0), doubleArrayOf(1.0, 0.0)), bandwidth = 0.1) }
        reverseProcess { from(20.0).to(0.01) }
    }
    println(sampler.asFlow().first())
}

suspend fun formula() {
    val sampler = sampler {
        target {
            // A Gaussian with mean 3 and standard deviation 0.5.
            denoiser(dimension = 1) { z, sigma, out -> out[0] = 3 + 0.25 / (0.25 + sigma * sigma) * (z[0] - 3) }
            radius = 0.5
        }
        reverseProcess { from(50.0).to(0.001) }
        collocation { tolerance = 1e-8 }
    }
    println(sampler.asFlow().first())
}

suspend fun multikDenoiser() {
    val sampler = sampler {
        target {
            // A standard normal distribution in two dimensions. Each row has its own noise level.
            multikDenoiser(dimension = 2) { z, sigma ->
                DoubleArray(z.size) { z[it / 2, it % 2] / (1 + sigma[it / 2] * sigma[it / 2]) }.asD2Array(2)
            }
            radius = 1.4
        }
        reverseProcess { from(20.0).to(0.01) }
    }
    println(sampler.asFlow().first())
}

suspend fun suspendingModel() {
    val sampler = sampler {
        target {
            suspendingDenoiser(dimension = 1) { rows ->
                delay(1) // A remote call.
                DoubleArray(rows.count()) { rows.values()[it] / (1 + rows.sigma(it) * rows.sigma(it)) }
            }
            radius = 1.0
        }
        reverseProcess { from(20.0).to(0.01) }
        engine { maxInFlight = 2 }
    }
    println(sampler.asFlow().first())
}

suspend fun labelled() {
    val sampler = sampler {
        target {
            gaussianMixture {
                component(weight = 0.7, mean = doubleArrayOf(1.0, 0.0), std = 0.1, label = 0)
                component(weight = 0.2, mean = doubleArrayOf(-1.0, 0.5), std = 0.2, label = 1)
                component(weight = 0.1, mean = doubleArrayOf(-1.0, -0.5), std = 0.2, label = 1)
            }
        }
        label = 1
        reverseProcess { from(20.0).to(0.01) }
    }
    sampler.asFlow().take(3).collect { println(it.values().toList()) }
}

suspend fun guided() {
    val sampler = sampler {
        target {
            gaussianMixture {
                component(weight = 0.5, mean = doubleArrayOf(0.0), std = 0.5, label = 0)
                component(weight = 0.5, mean = doubleArrayOf(1.0), std = 0.5, label = 1)
            }
        }
        label = 1
        guidance = 2.0
        reverseProcess { from(20.0).to(0.01) }
    }
    // The certificate counts the evaluations of both branches.
    println(sampler.asFlow().first().certificate().toTable())
}

suspend fun observed() {
    val sampler = sampler {
        target {
            gaussianMixture {
                component(
                    1.0,
                    mk.ndarray(mk[0.0, 0.0]),
                    covariance = mk.ndarray(mk[mk[1.0, 0.8], mk[0.8, 1.0]]),
                )
            }
        }
        // The first component is about 2, and the second is correlated with it.
        observe { pixels(indices = intArrayOf(0), values = doubleArrayOf(2.0), noise = 0.1) }
        reverseProcess { from(20.0).to(0.01) }
    }
    sampler.asFlow().take(3).collect { println(it.values().toList()) }
}

suspend fun trainedNetwork() {
    val sampler = sampler {
        target {
            onnx(Path.of("../examples/digits/digits.onnx")) { label("label", classes = 10) }
            radius = 14.5
        }
        label = 7
        guidance = 2.0
        reverseProcess { from(80.0).to(0.002) }
        collocation { tolerance = 1e-2 }
    }
    println(sampler.asFlow().first().certificate().toTable())
}

suspend fun prompted() {
    // Prompts of three tokens, two numbers each.
    val empty = ConditionTensor.of(listOf(3, 2), 0f, 0f, 0f, 0f, 0f, 0f)
    val sampler = sampler {
        target {
            onnx(Path.of("../core/src/test/resources/onnx/prompted-float.onnx")) {
                condition("context", nullTensor = empty)
                condition("mask", nullTensor = ConditionTensor.of(listOf(3), 1f, 1f, 1f))
            }
            radius = 1.0
        }
        condition { tensor("context", listOf(3, 2), floatArrayOf(1f, 0f, 2f, 0f, 3f, 0f)) }
        negative { tensor("context", listOf(3, 2), floatArrayOf(-1f, 0f, -1f, 0f, -1f, 0f)) }
        guidance = 3.0
        reverseProcess { from(20.0).to(0.02) }
    }
    println(sampler.asFlow().first())
}

suspend fun closedNetwork() {
    onnxDenoiserOf(Path.of("../examples/digits/digits.onnx")) { label("label", classes = 10) }.use { digits ->
        val sampler = sampler {
            target {
                denoiser(digits)
                radius = 14.5
            }
            reverseProcess { from(80.0).to(0.002) }
            collocation { tolerance = 1e-2 }
        }
        println(sampler.asFlow().take(2).toBatch())
    }
}

suspend fun corrected() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.05) }
        collocation { tolerance = 1e-4 }
        correct { fors { budget = 0.01 } }
    }
    println(sampler.asFlow().first().certificate().toTable())
}

suspend fun requests() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
    }
    val wanted = listOf(7L, 8L).asFlow().map { user -> Request.of(user, 0).withTolerance(1e-6) }
    sampler.asFlow(wanted).collect { println("${it.request().get().seed()}: ${it.values().single()}") }
}

suspend fun refined() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
    }
    val preview = sampler.refinementsAsFlow(0, 1e-1, 1e-4, 1e-8).onEach { println(it.values().single()) }
    println(preview.first { it.certificate().error().asDouble < 1e-3 }.certificate().toTable())
}

suspend fun traced() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0), std = 0.5) } }
        reverseProcess {
            from(10.0)
            to(0.01)
            stages(8)
        }
    }
    for (point in sampler.tracesAsFlow().first().points()) println("${point.sigma()}: ${point.z().single()}")
}

suspend fun decoded() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
    }
    val states = mk.ndarray(mk[mk[3.0, -4.0], mk[0.0, 10.0]])
    println(sampler.decodeAsFlow(states).toList().toD2Array())
}

suspend fun renoised() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) } }
        // A small level keeps most of the input.
        reverseProcess { from(0.3).to(0.01) }
    }
    val inputs = mk.ndarray(mk[mk[0.5, 1.0], mk[0.0, 0.0]])
    println(sampler.renoiseAsFlow(inputs).toBatch())
}

suspend fun encoded() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
        collocation { tolerance = 1e-6 }
    }
    val noise = sampler.encodeAsFlow(mk.ndarray(mk[mk[0.5, 1.0], mk[0.0, 0.0]])).toList().toD2Array()
    // Decoding is the inverse of encoding.
    println(sampler.decodeAsFlow(noise).toBatch())
}

suspend fun likelihoods() {
    val mixture = labelledMixtureOf {
        component(weight = 0.5, mean = doubleArrayOf(0.0), std = 0.5, label = 0)
        component(weight = 0.5, mean = doubleArrayOf(1.0), std = 0.5, label = 1)
    }
    for (k in 0 until mixture.classes()) {
        val sampler = sampler {
            target { denoiser(mixture) }
            label = k
            reverseProcess { from(20.0).to(0.01) }
        }
        sampler.likelihoodAsFlow(arrayOf(doubleArrayOf(0.2)), Likelihood.exact()).collect {
            println("ln p of class $k: ${it.logDensity()}")
        }
    }
}

suspend fun regression() {
    val x = doubleArrayOf(-1.0, 0.0, 1.0, 2.0)
    val y = doubleArrayOf(-0.9, 0.2, 1.1, 1.8)
    val sampler = posterior {
        target {
            // y = a + b x + noise with standard deviation 0.2. The prior of a and b is normal with standard deviation 10.
            logConcave(dimension = 2) { (a, b), gradient ->
                gradient[0] = a / 100 + x.indices.sumOf { a + b * x[it] - y[it] } / 0.04
                gradient[1] = b / 100 + x.indices.sumOf { (a + b * x[it] - y[it]) * x[it] } / 0.04
            }
        }
        constraint { nonNegative() }
        chains {
            count = 2
            burnIn = 100
        }
        seed = 1
    }
    sampler.asFlow(draws = 2).collect { println("chain ${it.chain()}, draw ${it.number()}: ${it.values().toList()}") }
}

suspend fun expectedCoefficients() {
    val sampler = posterior {
        target {
            // A straight line a + b x through three points, with standard deviation 0.2.
            logConcave(dimension = 2) { (a, b), gradient ->
                gradient[0] = a / 100 + listOf(a - b + 0.9, a - 0.2, a + b - 1.1).sum() / 0.04
                gradient[1] = b / 100 + (a + b - 1.1 - (a - b + 0.9)) / 0.04
            }
        }
        seed = 1
    }
    val estimate = sampler.awaitExpectation(within = 0.01, most = 100_000) { (a, b) -> doubleArrayOf(b, a + 2 * b) }
    val (slope, atTwo) = estimate.values()
    println("slope ${slope.value()} +- ${slope.halfWidth()}, line at 2: ${atTwo.value()} +- ${atTwo.halfWidth()}")
    check(estimate.reached())
}

suspend fun twoModes() {
    val posterior = exactPosterior {
        target {
            gaussianMixture {
                component(weight = 0.5, mean = doubleArrayOf(-1.0, -1.0), std = 0.3)
                component(weight = 0.5, mean = doubleArrayOf(1.0, 1.0), std = 0.3)
            }
        }
        observe { pixels(indices = intArrayOf(1), values = doubleArrayOf(0.4), noise = 0.3) }
        reverseProcess { from(30.0).to(0.02) }
    }
    val summary = posterior.awaitSummary(islands = 8)
    println("${summary.mean(0)}, ${summary.warnings()}")
    posterior.asFlow(to = 8).collect { island -> println("${island.draw().toList()}, ln Z = ${island.logEvidence()}") }
}

suspend fun islandsOfTwoModes() {
    val posterior = exactPosterior {
        target {
            gaussianMixture {
                component(weight = 0.5, mean = doubleArrayOf(-1.0, -1.0), std = 0.3)
                component(weight = 0.5, mean = doubleArrayOf(1.0, 1.0), std = 0.3)
            }
        }
        observe { averages(dimension = 2, arrayOf(intArrayOf(0, 1)), values = doubleArrayOf(0.7), noise = 0.2) }
        reverseProcess { from(30.0).to(0.02) }
        particles = 64
    }
    val island = posterior.asFlow().first()
    println(island.toD2Array())
    println(island.weightsToD1Array())
}

suspend fun estimated() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) } }
        reverseProcess { from(20.0).to(0.01) }
    }
    val expectation = expectation(sampler) {
        statistic(lipschitz = 1.0) { x -> x[0] }
        indicator { x -> x[0] + x[1] - 1.5 } // P(x[0] + x[1] > 1.5)
        within(0.05)
    }
    expectation.awaitEstimate().values().forEach { println(it) }
}

suspend fun runningEstimates() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) } }
        reverseProcess { from(20.0).to(0.01) }
    }
    val expectation = expectation(sampler) {
        statistic { (x, y) -> x * y }
        within(0.05)
    }
    expectation.estimatesAsFlow().collect { println("${it.status()}: ${it.values().single()}") }
}

suspend fun arraysAndBack() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0).asD1Array(), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
    }
    val matrix = sampler.asFlow().take(5).toList().toD2Array()
    println((matrix - 1.0) * 2.0 + matrix)
    println(matrix.toRows().first().toList())
}

suspend fun matrices() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
        engine { prefetch = 64 }
    }
    sampler.asFlow(to = 100).matrices(rows = 64).collect { println(it.shape.toList()) }
}

suspend fun runningMean() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
    }
    sampler.asFlow().take(20).runningMoments().collect { println("${it.count} samples, mean ${it.mean()[0]}") }
}

suspend fun momentsOfSamples() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
    }
    println(sampler.asFlow().take(100).moments().covariance())
}

suspend fun batchAsTable() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
    }
    println(sampler.asFlow().take(5).toBatch())
}

suspend fun certificateAsTable() {
    val sampler = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.01) }
    }
    println(sampler.asFlow().first().certificate().toTable())
}

suspend fun mixtureAsTable() {
    println(gaussianMixtureOf { component(1.0, doubleArrayOf(0.0, 1.0), std = 0.5) })
}
