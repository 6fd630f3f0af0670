package io.scoreflux.logconcave

import io.scoreflux.state.Rows
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import kotlin.math.exp

/** Returns the density of f from its gradient at one row, which is written to the second array. */
fun logConcave(
    dimension: Int,
    everywhere: Boolean = true,
    gradient: (DoubleArray, DoubleArray) -> Unit,
): LogConcave {
    val rowwise = LogConcave.rowwise(dimension, gradient)
    return object : LogConcave by rowwise {
        override fun definedEverywhere() = everywhere
    }
}

/** The centered normal distribution of a precision matrix. */
fun normal(precision: Array<DoubleArray>): LogConcave = logConcave(precision.size) { x, out ->
    for (i in x.indices) out[i] = x.indices.sumOf { precision[i][it] * x[it] }
}

/** N(0, I). */
fun standardNormal(dimension: Int): LogConcave = logConcave(dimension) { x, out -> x.copyInto(out) }

/** Counts calls and rows. [before] is called before each call. */
class Watched(
    private val inner: LogConcave,
    private val before: (Rows) -> Unit = {},
) : LogConcave {
    val calls = AtomicInteger()
    val rows = AtomicLong()

    override fun dimension() = inner.dimension()

    override fun definedEverywhere() = inner.definedEverywhere()

    override fun gradient(
        at: Rows,
        out: DoubleArray,
    ) {
        calls.incrementAndGet()
        rows.addAndGet(at.count().toLong())
        before(at)
        inner.gradient(at, out)
    }
}

/** A Bayesian logistic regression with the prior N(0, 1 / priorPrecision) on each coefficient: rows of features, and labels 0 or 1. */
class Logistic(
    private val features: Array<DoubleArray>,
    private val labels: IntArray,
    private val priorPrecision: Double,
) : LogConcave {
    override fun dimension() = features[0].size

    override fun gradient(
        at: Rows,
        out: DoubleArray,
    ) {
        val d = dimension()
        for (row in 0 until at.count()) {
            val from = at.offset(row)
            for (i in 0 until d) out[from + i] = priorPrecision * at.values()[from + i]
            for (k in features.indices) {
                var eta = 0.0
                for (i in 0 until d) eta += features[k][i] * at.values()[from + i]
                val residual = 1 / (1 + exp(-eta)) - labels[k]
                for (i in 0 until d) out[from + i] += residual * features[k][i]
            }
        }
    }
}

/** A sampler with unscaled steps and A = 0. */
fun plain(
    target: LogConcave,
    configure: ProximalSamplerBuilder.() -> Unit = {},
): ProximalSampler = ProximalSampler
    .builder(target)
    .preconditioner(Preconditioner.identity())
    .curvature(Curvature.none())
    .apply(configure)
    .build()

fun ProximalSampler.collect(draws: Long): List<Draw> = draws(draws).collectList().block()!!

fun List<Draw>.summary(
    chains: Int,
    dimension: Int,
): Diagnostics.Summary = Diagnostics(chains, dimension).also { forEach(it::add) }.summary()

/** Returns the mean of a function over draws, with the standard error of the means of the independent chains. */
fun List<Draw>.mean(of: (DoubleArray) -> Double): Pair<Double, Double> {
    val means = groupBy { it.chain() }.values.map { chain -> chain.map { of(it.values()) }.average() }
    val mean = means.average()
    val variance = means.sumOf { (it - mean) * (it - mean) } / (means.size - 1) / means.size
    return mean to kotlin.math.sqrt(variance)
}
