// Draws the pictures of the documentation: a scatter plot with contours, trajectories, and error against calls.
import io.scoreflux.kotlin.*
import io.scoreflux.plots.*
import io.scoreflux.solve.fixedstep.Scheme
import kotlinx.coroutines.flow.*
import kotlinx.coroutines.runBlocking
import kotlin.math.*

val folder = args.getOrElse(0) { "." }
val scale = args.getOrElse(1) { "1.0" }.toDouble()
val ring = gaussianMixtureOf {
    repeat(8) { component(1.0, doubleArrayOf(cos(it * PI / 4), sin(it * PI / 4)), 0.15) }
}

/** A sampler of the ring with the given solver. */
fun ringBy(solver: SamplerScope.() -> Unit) = sampler {
    target { denoiser(ring) }
    reverseProcess { from(20.0); to(0.01); stages(60) }
    solver()
}

/** Mean calls, and root mean square error against the exact samples with the same indices. */
suspend fun reached(name: String, exact: List<DoubleArray>, solver: SamplerScope.() -> Unit): SolverResult {
    val samples = ringBy(solver).asFlow(to = exact.size.toLong()).toList()
    val error = samples.map { s -> s.values().zip(exact[s.index().toInt()]) { a, b -> (a - b).pow(2) }.sum() }.average()
    return SolverResult(name, samples.map { it.certificate().calls() }.average(), sqrt(error) / ring.moments().get().radius())
}

runBlocking {
    ringBy { }.asFlow(to = 1000).toScatter("1,000 samples of a ring of eight Gaussians").save("$folder/scatter.png", scale)
    val way = ringBy { collocation { tolerance = 1e-6 } }.tracesAsFlow(to = 60)
    way.toTrajectories("Sixty trajectories of the ring").save("$folder/trajectories.png", scale)

    val exact = ringBy { collocation { tolerance = 1e-13 } }.asFlow(to = 40).map { it.values() }.toList()
    val collocated = (2..11).map { reached("collocation", exact) { collocation { tolerance = 10.0.pow(-it) } } }
    val stepped = listOf(Scheme.HEUN, Scheme.DPMPP_2M, Scheme.UNIPC).flatMap { scheme ->
        listOf(12, 24, 48, 96, 192).map { reached(scheme.label(), exact) { fixedStep(scheme, it) } }
    }
    errorAgainstCalls(collocated + stepped, "Forty samples of the ring").save("$folder/error.png", scale)
}
