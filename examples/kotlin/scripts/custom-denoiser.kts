// A custom denoiser, given by a formula. The data are three switches, each +1 with probability 0.7 and otherwise -1.
// For one switch with noise of standard deviation sigma, E[x_0 | z] = tanh(z / sigma^2 + ln(p / (1 - p)) / 2).
import io.scoreflux.kotlin.*
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlin.math.abs
import kotlin.math.ln
import kotlin.math.tanh

val count = args.getOrElse(0) { "500" }.toLong()
val p = 0.7

val switches = sampler {
    target {
        denoiser(dimension = 3) { z, sigma, out ->
            for (i in z.indices) out[i] = tanh(z[i] / (sigma * sigma) + ln(p / (1 - p)) / 2)
        }
    }
    reverseProcess { from(80.0); to(0.05) }
}

runBlocking {
    val values = switches.asFlow(to = count).toList().flatMap { it.values().toList() }
    println("share of +1: ${values.count { it > 0 } / values.size.toDouble()} of ${values.size}")
    println("farthest from -1 and +1: ${values.maxOf { abs(abs(it) - 1) }}")
    println("radius, as estimated by the pilot run: ${switches.plan().radius()}")
}
