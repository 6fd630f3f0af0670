// A Bayesian logistic regression by gradients alone: how much do the radius and the texture of a tumour say of whether it is
// malignant? Coefficients are of standardised features, with independent priors N(0, 2.5^2).
import io.scoreflux.Diagnostics
import io.scoreflux.kotlin.*
import kotlinx.coroutines.flow.*
import kotlinx.coroutines.runBlocking
import org.jetbrains.kotlinx.multik.ndarray.data.get
import kotlin.io.path.*
import kotlin.math.*

val file = Path(args.getOrElse(0) { "examples/cli/src/main/resources/io/scoreflux/cli/tumours/tumours.csv" })
val draws = args.getOrElse(1) { "500" }.toLong()

val rows = file.readLines().map { it.split(",") }
fun column(name: String) = rows.drop(1).map { it[rows[0].indexOf(name)].toDouble() }
fun standardised(x: List<Double>) = sqrt(x.sumOf { (it - x.average()).pow(2) } / x.size).let { s -> x.map { (it - x.average()) / s } }

val names = listOf("intercept", "radius", "texture")
val y = column("malignant")
val features = listOf(y.map { 1.0 }, standardised(column("radius")), standardised(column("texture")))
val design = y.indices.map { i -> DoubleArray(3) { features[it][i] } }

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

runBlocking {
    val diagnostics = Diagnostics(4, 3)
    val moments = RunningMoments(3)
    regression.asFlow(draws).collect { draw ->
        diagnostics.add(draw)
        moments.add(draw.values())
    }
    val (mean, covariance) = moments.mean() to moments.covariance()
    names.forEachIndexed { j, name -> println("%-10s%7.3f +- %.3f".format(name, mean[j], sqrt(covariance[j, j]))) }
    println("largest R-hat %.3f, least effective size %.0f".format(
        diagnostics.summary().largestRhat(), diagnostics.summary().leastEffectiveSize()))
}
