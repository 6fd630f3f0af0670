// A Bayesian logistic regression that uses only gradients: how do the radius and the texture of a tumour predict whether it is
// malignant? The features are standardised, and the coefficients have independent priors N(0, 2.5^2).
import io.scoreflux.logconcave.Diagnostics
import io.scoreflux.kotlin.*
import kotlinx.coroutines.flow.*
import kotlinx.coroutines.runBlocking
import org.jetbrains.kotlinx.multik.ndarray.data.get
import kotlin.io.path.*
import kotlin.math.*

val file = Path(args.getOrElse(0) { "examples/files/src/main/resources/io/scoreflux/files/tumours/tumours.csv" })
val draws = args.getOrElse(1) { "500" }.toLong()
val rows = file.readLines().map { it.split(",") }
fun column(name: String) = rows.drop(1).map { it[rows[0].indexOf(name)].toDouble() }
fun standardised(x: List<Double>) = x.map { it - x.average() }.let { c -> c.map { it / sqrt(c.sumOf { v -> v * v } / c.size) } }

val names = listOf("intercept", "radius", "texture")
val y = column("malignant")
val design = standardised(column("radius")).zip(standardised(column("texture"))) { r, t -> doubleArrayOf(1.0, r, t) }
val regression = posterior {
    target {
        logConcave(dimension = 3) { b, gradient ->
            for (j in b.indices) gradient[j] = b[j] / 2.5.pow(2)
            design.forEachIndexed { i, x ->
                val excess = 1 / (1 + exp(-(b[0] * x[0] + b[1] * x[1] + b[2] * x[2]))) - y[i]
                for (j in b.indices) gradient[j] += excess * x[j]
            }
        }
    }
    chains { count = 4; burnIn = 200 }
}
val diagnostics = Diagnostics(4, 3)
val moments = RunningMoments(3)
runBlocking {
    regression.asFlow(draws).onEach { diagnostics.add(it) }.collect { moments.add(it.values()) }
    val (mean, covariance) = moments.mean() to moments.covariance()
    names.forEachIndexed { j, name -> println("%-10s%7.3f +- %.3f".format(name, mean[j], sqrt(covariance[j, j]))) }
    with(diagnostics.summary()) { println("largest R-hat %.3f, smallest effective size %.0f".format(largestRhat(), leastEffectiveSize())) }
}
