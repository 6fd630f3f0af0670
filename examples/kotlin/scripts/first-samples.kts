// Draws the first samples of a mixture of two Gaussians, and prints their accuracy and cost.
import io.scoreflux.kotlin.*
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.runBlocking

val count = args.getOrElse(0) { "10" }.toInt()

val mixture = sampler {
    target {
        gaussianMixture {
            component(weight = 0.7, mean = doubleArrayOf(1.0, 0.0), std = 0.1)
            component(weight = 0.3, mean = doubleArrayOf(-1.0, 0.5), std = 0.2)
        }
    }
    reverseProcess { from(20.0); to(0.01) }
    seed = 42
}

runBlocking {
    val samples = mixture.asFlow().take(count).toBatch()
    println(samples)
    println("\nCertificate of the first sample:\n${samples.first().certificate().toTable()}")
}
