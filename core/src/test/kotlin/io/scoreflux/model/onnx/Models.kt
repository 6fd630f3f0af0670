package io.scoreflux.model.onnx

import io.scoreflux.model.GaussianMixture
import java.nio.file.Path

/** Returns the file of a model in the test resources. */
internal fun file(name: String): Path =
    Path.of(checkNotNull(OnnxDenoiserBuilder::class.java.getResource("/onnx/$name.onnx")) { "no model $name" }.toURI())

/** Returns a builder for a model in the test resources. */
internal fun model(name: String): OnnxDenoiserBuilder = OnnxDenoiser.builder(file(name))

private val WEIGHTS = listOf(0.5, 0.3, 0.2)
private val STDS = listOf(0.3, 0.4, 0.25)
private val MEANS = listOf(listOf(0.8, 0.3), listOf(-0.9, 0.5), listOf(-0.2, -1.1))

/** The distribution of the models in closed form, shifted. See fixtures.py. */
internal fun mixture(x: Double = 0.0, y: Double = 0.0): GaussianMixture {
    val builder = GaussianMixture.builder(2)
    for ((k, mean) in MEANS.withIndex()) builder.component(WEIGHTS[k], doubleArrayOf(mean[0] + x, mean[1] + y), STDS[k])
    return builder.build()
}

/** One component of [mixture]. */
internal fun component(k: Int): GaussianMixture =
    GaussianMixture.builder(2).component(1.0, doubleArrayOf(MEANS[k][0], MEANS[k][1]), STDS[k]).build()
