package io.scoreflux.quickstart

import io.scoreflux.kotlin.asFlow
import io.scoreflux.kotlin.sampler
import io.scoreflux.kotlin.toBatch
import kotlinx.coroutines.flow.take

/** Prints a table of three samples of a Gaussian mixture. */
suspend fun main() {
    val sampler = sampler {
        target {
            gaussianMixture {
                component(weight = 0.7, mean = doubleArrayOf(1.0, 0.0), std = 0.1)
                component(weight = 0.3, mean = doubleArrayOf(-1.0, 0.5), std = 0.2)
            }
        }
        reverseProcess { from(20.0).to(0.01) }
    }
    println(sampler.asFlow().take(3).toBatch())
}
