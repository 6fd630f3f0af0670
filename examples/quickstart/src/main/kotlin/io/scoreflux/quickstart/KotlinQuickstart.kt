package io.scoreflux.quickstart

import io.scoreflux.Sampler
import io.scoreflux.kotlin.asFlow
import io.scoreflux.model.GaussianMixture
import kotlinx.coroutines.flow.take

/** The README's Kotlin example: prints three samples of a mixture. */
suspend fun main() {
    // README
    val mixture = GaussianMixture.builder(2).component(0.7, 0.1, 1.0, 0.0).component(0.3, 0.2, -1.0, 0.5).build()
    val sampler = Sampler.builder(mixture).noiseRange(20.0, 0.01).seed(42).build()
    sampler.asFlow().take(3).collect { sample ->
        println("${sample.index()}: ${sample.values().toList()}, error about ${sample.certificate().error().asDouble}")
    }
    // README
}
